"""Twenty generated clients of a firm, three of which need somebody: quiet for six days, turned, below target."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from engagement.insights.models import SegmentSnapshot
from engagement.insights.services import score, set_target
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, make_client
from tests.insights.scoring_world import add_activity, add_customers, add_segments, make_small
from tests.insights.test_mixing import FEBRUARY, GOLDEN, JANUARY, RULES

TODAY = FEBRUARY + timedelta(days=1)
CLIENTS = 20
QUIET, TURNED, BELOW, FINE = "Client 03", "Client 07", "Client 12", "Client 20"


def _client(world: World, name: str) -> Organisation:
    """Forty customers in two segments who do as much in February as in January; scored at the end of both months."""
    made = make_client(world.firm, name, industry="healthcare" if name == QUIET else "retail")
    small = make_small(made, weights={"visit": ("website", 1_000, None)}, full_points=4_000, window_days=28)
    add_customers(small, [(number, {"group": "a" if number <= 20 else "b"}) for number in range(1, 41)])
    add_segments(small, "group", RULES)
    last = TODAY - timedelta(days=6 if name == QUIET else 2)
    for day in (date(2026, 1, 20), last):
        add_activity(small, [(number, "visit", day, number % 5 + 1) for number in range(1, 41)])
    with organisation_scope(made.pk):
        Organisation.objects.filter(pk=made.pk).update(sample_today=TODAY)
    for day in (JANUARY, FEBRUARY):
        score(organisation_id=made.pk, as_of=day, cause="history", now=NOW)
    return made


def _told(organisation: Organisation, levels: dict[date, dict[str, tuple[int, int]]]) -> None:
    """As if the runs had said so."""
    with organisation_scope(organisation.pk):
        for day, of_day in levels.items():
            for key, (n, level) in of_day.items():
                SegmentSnapshot.objects.filter(as_of=day, segment__key=key).update(
                    n=n, n_active=n, n_poor=n, n_good=0, n_excellent=0, sum_score_millionths=n * level * 10**6,
                    sum_score_squares=n * level * 10**6 * 100 * 10**6, sum_points=n * level * 1_000,
                    sum_point_squares=n * level * 1_000 * 100_000,
                )  # fmt: skip


def twenty(world: World) -> dict[str, Organisation]:
    """By name; the firm's other clients rest."""
    made = {name: _client(world, name) for name in (f"Client {number:02d}" for number in range(1, CLIENTS + 1))}
    _told(made[TURNED], GOLDEN)
    _told(made[BELOW], {day: {"a": (500, 72), "b": (500, 68), "all": (1000, 70)} for day in (JANUARY, FEBRUARY)})
    _told(made[FINE], {day: {"a": (500, 92), "b": (500, 88), "all": (1000, 90)} for day in (JANUARY, FEBRUARY)})
    with organisation_scope(made[BELOW].pk):
        set_target(
            organisation=made[BELOW], segment_key="all", measure="score", value=Decimal(75), owner=world.consultant,
            due_on=TODAY + timedelta(days=30), note="", user=world.consultant, now=NOW,
        )  # fmt: skip
    for other in (world.ours, world.other):
        with organisation_scope(other.pk):
            Organisation.objects.filter(pk=other.pk).update(suspended_at=NOW)
    return made
