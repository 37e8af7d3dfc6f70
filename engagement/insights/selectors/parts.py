"""Reads of which weights scored whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from engagement.insights.models import SnapshotPart
from engagement.insights.part_types import OwnWeights, ScoredPart
from engagement.scoring.formula import SCORE_SCALE, WEIGHT_SCALE
from engagement.scoring.models import ScoreRun


def own_weights_used(*, uses: Mapping[str, Any]) -> tuple[OwnWeights, ...]:
    """The own weights for segments that a run used, in their order; none for runs of before there were any."""
    names = {segment["id"]: segment for segment in uses["segments"]}
    return tuple(
        OwnWeights(
            segment_key=names[used["segment"]]["key"],
            segment_name=names[used["segment"]]["name"],
            full_points=Decimal(used["full_points_thousandths"]) / WEIGHT_SCALE,
            weights=tuple(Decimal(weight) / WEIGHT_SCALE for weight in used["weight_thousandths"]),
            caps=tuple(used["caps"]),
        )
        for used in uses.get("overrides", ())
    )


def parts_of_run(
    *, run: ScoreRun, minimum_n: int, segment_keys: Iterable[str] | None = None
) -> dict[str, tuple[ScoredPart, ...]]:
    """Parts by segment key: the set's own numbers first, then by segment; parts of nobody are left out.

    Empty, and no query, for a run that used no own weights; else one.
    """
    own = own_weights_used(uses=run.uses)
    if not own:
        return {}
    order = {used.segment_key: at for at, used in enumerate(own)}
    rows = SnapshotPart.objects.filter(run=run, n__gt=0).select_related("segment", "override_of")
    if segment_keys is not None:
        rows = rows.filter(segment__key__in=list(segment_keys))
    found: dict[str, list[ScoredPart]] = {}
    for row in rows:
        used = None if row.override_of is None else own[order[row.override_of.key]]
        found.setdefault(row.segment.key, []).append(_part(row, used, run, minimum_n))
    for parts in found.values():
        parts.sort(key=lambda part: -1 if part.own is None else order[part.own.segment_key])
    return {key: tuple(parts) for key, parts in found.items()}


def _part(row: SnapshotPart, own: OwnWeights | None, run: ScoreRun, minimum_n: int) -> ScoredPart:
    points = Fraction(int(row.sum_points), WEIGHT_SCALE * row.points_scale)
    score = Fraction(row.sum_score_millionths, SCORE_SCALE)
    shown = row.n >= minimum_n
    return ScoredPart(
        weight_set_number=run.uses["weight_set"],
        own=own,
        n=row.n,
        n_active=row.n_active,
        total_points=points,
        total_score=score,
        band_counts=(row.n_poor, row.n_good, row.n_excellent),
        score=score / row.n if shown else None,
        points_per_customer=points / row.n if shown else None,
    )
