"""Something of everything: what a backup, a restore, an upgrade and a rollback are tried on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone

from engagement.insights.services import score, set_target
from tenants.scope import organisation_scope
from tenants.services import create_token
from tests.conftest import NOW, World, build_world
from tests.ingest.sending import identify, send, take, track, write_key
from tests.insights.ledger_world import FIRST, THEN, make_world, newly
from tests.insights.scoring_world import Small, make_small

CANARY = "canary-7f3a"


@dataclass(frozen=True, slots=True)
class Sample:
    """`scored` has a history with own weights, targets and a ledger; `fed` takes events with `key`."""

    world: World
    scored: Small
    fed: Small
    key: str
    as_of: date = THEN


def build_sample() -> Sample:
    import random

    world = build_world()
    scored = make_world(world, overrides=True)
    with organisation_scope(scored.id):
        set_target(
            organisation=scored.organisation, segment_key="team", measure="score", value=Decimal(75),
            due_on=date(2026, 12, 31), owner=world.admin, note=CANARY, user=world.admin, now=NOW,
        )  # fmt: skip
    newly(scored, random.Random(2))
    score(organisation_id=scored.id, as_of=THEN, cause="history", now=NOW)
    create_token(user=world.consultant, name=CANARY, now=timezone.now())
    return Sample(world, scored, _fed(world), write_key(world.other))


def _fed(world: World) -> Small:
    """Requests and a file, with what was rejected of them, customers with traits, and a visitor who signed in."""
    fed = make_small(world.other, weights={"order": ("purchase", 10_000, None)})
    send(
        world.other,
        *(track(number, event="order", timestamp=f"2026-02-{number:02d}T10:00:00Z") for number in range(1, 21)),
        *(identify(f"c{number}", {"plan": "Team" if number % 2 else "Free"}) for number in range(1, 21)),
        track(1, anonymousId="visitor-1"),
        {"type": "track", "note": CANARY},
    )
    take(world.other, f"customer,event,time\nc1,order,2026-02-03\nc2,order,2026-02-04\n,order,{CANARY}\n")
    score(organisation_id=fed.id, as_of=FIRST, cause="history", now=NOW)
    return fed
