"""A small client with a draft of weights, and what its preview and its runs say."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from engagement.insights.models import SegmentSnapshot
from engagement.insights.services import score
from engagement.scoring.models import Action, ScoreRun
from engagement.scoring.selectors.previews import draft_preview
from engagement.scoring.types import DraftChange, DraftPreview, WeightChange
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, add_segments, make_small

WEIGHTS: dict[str, tuple[str, int, int | None]] = {
    "visit": ("website", 1_000, None),
    "buy": ("purchase", 10_000, 3),
    "mail": ("email", 0, None),
}
BY_TRAIT = {"north": {"trait": "side", "op": "is", "value": "n"}, "south": {"trait": "side", "op": "is", "value": "s"}}
BY_POINTS: dict[str, dict[str, Any]] = {
    "much": {"activity": "points", "op": "gte", "value": 25},
    "well": {
        "any": [
            {"activity": "band", "op": "is", "value": "excellent"},
            {"activity": "actions", "op": "gte", "value": 9},
        ]
    },
    "lately": {"activity": "days_since_last_action", "op": "lte", "value": 3},
    "wide": {"activity": "channels", "op": "gte", "value": 2},
    "north-much": {
        "all": [{"trait": "side", "op": "is", "value": "n"}, {"activity": "points", "op": "gte", "value": 25}]
    },
    "chosen-well": {
        "any": [
            {"all": [{"customers": ["c2", "c3", "c65531"]}, {"activity": "score", "op": "gt", "value": 50}]},
            {
                "all": [
                    {"trait": "side", "op": "is_not", "value": "n"},
                    {"activity": "band", "op": "is", "value": "poor"},
                ]
            },
        ]
    },
}


def small_world(world: World, *, half_life_days: int | None = None, by_points: bool = True) -> Small:
    """120 customers over two chunks, with activity that differs from one to the next."""
    small = make_small(world.ours, weights=WEIGHTS, full_points=30_000, half_life_days=half_life_days)
    with organisation_scope(small.id):  # those that every new client has
        Action.objects.exclude(key__startswith="t-").update(archived_at=NOW)
    numbers = [*range(1, 61), *range(65_530, 65_590)]
    add_customers(small, [(number, {"side": "ns"[number % 2]}) for number in numbers])
    add_segments(small, "sides", BY_TRAIT)
    if by_points:
        add_segments(small, "doing", BY_POINTS, partition=False)
    add_activity(
        small,
        [
            (number, action, AS_OF - timedelta(days=age), 1 + number * 7 % 5)
            for number in numbers
            for action, age in (("visit", number % 4), ("buy", number % 9), ("mail", 30))
            if (number + len(action)) % 3
        ],
    )
    return small


def draft_of(small: Small, **changes: Any) -> DraftChange:
    said = {
        "weights": {
            "t-visit": WeightChange(Decimal("2.5"), 4), "t-buy": WeightChange(Decimal(-1)),
            "t-mail": WeightChange(Decimal(7)),
        },
        "window_days": 90, "half_life_days": None, "full_points": Decimal(21), "full_points_from": "own", **changes,
    }  # fmt: skip
    return DraftChange(**said)


def preview_of(organisation: Organisation, **typed: Any) -> DraftPreview:
    with organisation_scope(organisation.id, write=False):
        found = draft_preview(organisation=organisation, as_of=AS_OF, **typed)
    assert found is not None
    return found


def scored(small: Small, **asked: Any) -> ScoreRun:
    return score(organisation_id=small.id, as_of=AS_OF, cause="request", now=NOW, **asked)


def snapshots(small: Small, run: ScoreRun) -> dict[str, tuple[Any, ...]]:
    with organisation_scope(small.id, write=False):
        rows = SegmentSnapshot.objects.filter(run=run).select_related("segment")
        return {
            row.segment.key: (
                row.n,
                Fraction(row.sum_score_millionths, row.n * 10**6) if row.n else None,
                Fraction(int(row.sum_points), row.n * 1000 * row.points_scale) if row.n else None,
                (row.n_poor, row.n_good, row.n_excellent),
            )
            for row in rows
        }


def said(preview: DraftPreview, side: str) -> dict[str, tuple[Any, ...]]:
    levels = {segment.key: getattr(segment, side) for segment in preview.segments}
    return {
        key: (level.n, level.score, level.points_per_customer, level.bands)
        for key, level in levels.items()
        if level is not None
    }
