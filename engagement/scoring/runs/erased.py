"""What was taken out of a run's blocks when customers were erased: sums that make its parts whole again."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Sum

from engagement.scoring.formula import SegmentSums, StateSums
from engagement.scoring.models import ErasedPart, ScoreRun
from engagement.scoring.runs.parts import sums_from_json
from engagement.scoring.runs.plan import RunPlan


def n_erased(run: ScoreRun) -> int:
    """How many customers of a run were erased since; they are in its sums and in none of its lists."""
    return int(ErasedPart.objects.filter(run=run).aggregate(n=Sum("customers"))["n"] or 0)


def erased_sums(*, run: ScoreRun, chunk: int) -> tuple[SegmentSums, ...]:
    """What was taken out of a chunk, by segment of the run's plan; none where nothing was."""
    data = ErasedPart.objects.filter(run=run, chunk=chunk).values_list("sums", flat=True).first()
    return () if data is None else sums_from_json(data)[0]


def erased_states(*, run: ScoreRun, plan: RunPlan, chunk: int) -> Mapping[str, StateSums]:
    """The same as a ledger adds it up, by the id of the segment."""
    return {
        segment.id: StateSums(one.n, one.sum_score_millionths, one.sum_points, one.scale)
        for segment, one in zip(plan.segments, erased_sums(run=run, chunk=chunk), strict=False)
    }
