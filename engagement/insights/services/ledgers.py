"""Keeping why each segment's number moved."""

from __future__ import annotations

import json

from engagement.insights import queries
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.explain import Chains
from engagement.scoring.runs.plan import RunPlan
from tenants.tenancy import new_id


def write_ledgers(*, run: ScoreRun, base: ScoreRun, plan: RunPlan, chains: Chains) -> None:
    """One row per segment: the states from the base to the run itself, in the transaction that publishes it."""
    rows = [
        {
            "id": str(new_id()),
            "segment_id": segment.id,
            "states": [
                [cause, action, sums.n, sums.sum_score_millionths, sums.sum_points, sums.scale]
                for (cause, action), sums in zip(chains.labels, chains.sums[at], strict=True)
            ],
        }
        for at, segment in enumerate(plan.segments)
    ]
    queries.run(
        "put_ledgers",
        organisation_id=run.organisation_id,
        run_id=run.id,
        base_id=base.id,
        as_of=run.as_of,
        rows=json.dumps(rows),
    )
