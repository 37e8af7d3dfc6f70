"""Clients of a firm whose counts are known, and a template to measure them all by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from engagement.insights.services import score
from engagement.scoring.models import YardstickScore
from engagement.scoring.selectors.yardsticks import YardstickLine, yardstick_lines
from engagement.scoring.services.yardstick_work import run_yardstick
from engagement.scoring.services.yardsticks import ask_for_yardstick
from tenants.models import Organisation
from tenants.scope import organisation_scope, tenant
from tests.conftest import NOW, World
from tests.insights.scoring_world import Small, add_activity, add_customers, make_small
from tests.scoring.templates_world import actor, content, make_template

DAY = date(2026, 1, 31)
_RULE: dict[str, Any] = {
    "conditions": [],
    "measure": "count",
    "value_property": None,
    "value_scale": 0,
    "currency": None,
}


def action(event: str, weight: str, *, cap: int | None = None, **rule: Any) -> dict[str, Any]:
    """An action of a template under the key that `make_small` gives the event's action."""
    said = {"event_names": [event], **_RULE, **rule}
    return {
        "key": f"t-{event}", "name": event.title(), "channel": "website", "rule": said, "weight": weight, "cap": cap,
    }  # fmt: skip


def yardstick(*actions: dict[str, Any], full_points: str = "10", **changes: Any) -> dict[str, Any]:
    """A template's content: visits at 1 unless said otherwise, looking back 28 days."""
    listed = list(actions) or [action("visit", "1")]
    said = {"actions": listed, "window_days": 28, "full_points": {"from": "own", "value": full_points}}
    return content(**{**said, "segment_sets": [], **changes})


def measured(
    organisation: Organisation,
    counts: Mapping[str, Sequence[int]],
    *,
    weight: int = 7_000,
    window_days: int = 28,
    first: int = 1,
    day: date = DAY,
    now: datetime = NOW,
    **plan: Any,
) -> Small:
    """A client under weights of its own, whose customers did each action so many times; scored as of the day."""
    weights = dict.fromkeys(counts, ("website", weight, None))
    small = make_small(organisation, weights=weights, full_points=50_000, window_days=window_days, **plan)
    n = max(len(of_one) for of_one in counts.values())
    add_customers(small, [(first + at, {}) for at in range(n)])
    add_activity(
        small,
        [(first + at, name, day, times) for name, of_one in counts.items() for at, times in enumerate(of_one) if times],
    )
    score(organisation_id=organisation.pk, as_of=day, cause="request", now=now)
    return small


def template(world: World, *, said: dict[str, Any] | None = None, name: str = "Standard") -> str:
    return make_template(world, name=name, said=said or yardstick())


def ask(world: World, key: str, *, now: datetime = NOW) -> int:
    """As a consultant of the firm does; returns how many clients have work waiting."""
    found = actor(world.consultant)
    with tenant(read=[world.firm.pk, *(one.organisation_id for one in found.clients_of(world.firm.pk))]):
        return ask_for_yardstick(actor=found, firm_id=world.firm.pk, key=key, now=now).clients


def rows(organisation: Organisation) -> list[YardstickScore]:
    with organisation_scope(organisation.pk, write=False):
        return list(YardstickScore.objects.select_related("run").order_by("requested_at", "id"))


def work(organisation: Organisation, *, now: datetime = NOW) -> list[bool]:
    """A worker goes through what there is."""
    return [run_yardstick(organisation_id=organisation.pk, row_id=row.pk, now=now) for row in rows(organisation)]


def line(organisation: Organisation) -> YardstickLine:
    row = rows(organisation)[-1]
    with tenant(read=[organisation.pk]):
        of_one = yardstick_lines(template_id=row.template_id, version=row.version, clients=[organisation.pk])
    return of_one[organisation.pk]
