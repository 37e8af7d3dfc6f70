"""A small client with two scored months, in which everything that can become of a customer happens to somebody."""

from __future__ import annotations

from datetime import date

from engagement.ingest.models import Customer
from engagement.insights.services import score
from engagement.scoring.services.touching import touch_chunks
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, add_segments, make_small

BEFORE = date(2026, 1, 31)
EARLY, LATE = date(2025, 12, 1), date(2026, 2, 20)
WEIGHTS = {"visit": ("website", 1_000, None), "purchase": ("purchase", 10_000, None)}


def make_moving(world: World) -> Small:
    """Segment "gold" then: 1–8; now: 1–7 and 9. The window of 30 days holds one month each; full points are 50.

    1 rises (10 → 30) · 2 falls (40 → 10, less of purchases) · 3 stays at 10 · 4 falls silent · 5 comes back ·
    6 and 7 silent in both (they stay) · 8 leaves · 9 joins · 10 was never in it · 11–14 are never in it and silent.
    """
    small = make_small(world.ours, weights=WEIGHTS, full_points=50_000, window_days=30)
    add_customers(small, [(n, {"plan": "gold" if n <= 8 else "none", "size": "L"}) for n in range(1, 15)])
    rule = {"all": [{"trait": "plan", "op": "is", "value": "gold"}]}
    add_segments(small, "plan", {"gold": rule, "rest": {"all": [{"trait": "plan", "op": "is_not", "value": "gold"}]}})
    add_segments(small, "size", {"large": {"all": [{"trait": "size", "op": "is", "value": "L"}]}}, partition=False)
    then, now = date(2026, 1, 20), LATE
    add_activity(small, [
        (1, "purchase", then, 1), (2, "purchase", then, 4), (3, "visit", then, 10), (4, "visit", then, 20),
        (8, "visit", then, 5), (10, "visit", then, 1),
        (1, "purchase", now, 3), (2, "visit", now, 10), (3, "purchase", now, 1),
        (5, "visit", now, 7), (9, "visit", now, 3), (10, "visit", now, 9),
    ])  # fmt: skip
    score(organisation_id=small.id, as_of=BEFORE, cause="request", now=NOW)
    with organisation_scope(small.id):
        Customer.objects.filter(number=8).update(traits={"plan": "none", "size": "L"})
        Customer.objects.filter(number=9).update(traits={"plan": "gold", "size": "L"})
        touch_chunks(organisation_id=small.id, chunks=[0])
    score(organisation_id=small.id, as_of=AS_OF, cause="request", now=NOW)
    return small
