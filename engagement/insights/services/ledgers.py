"""Keeping why each segment's number moved."""

from __future__ import annotations

from engagement.insights.models import SegmentLedger
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.explain import Chains
from engagement.scoring.runs.plan import RunPlan


def write_ledgers(*, run: ScoreRun, base: ScoreRun, plan: RunPlan, chains: Chains) -> None:
    """One row per segment: the states from the base to the run itself, in the transaction that publishes it."""
    SegmentLedger.objects.bulk_create(
        SegmentLedger(
            organisation_id=run.organisation_id,
            run=run,
            base=base,
            segment_id=segment.id,
            as_of=run.as_of,
            states=[
                [state.cause, state.action, sums.n, sums.sum_score_millionths, sums.sum_points, sums.scale]
                for state in chains.states(at)
                for sums in [state.sums]
            ],
        )
        for at, segment in enumerate(plan.segments)
    )
