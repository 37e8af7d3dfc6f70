"""One scoring from beginning to end: plan, chunks, snapshots, pointer. Either all of it counts or none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from engagement.insights.models import SegmentSnapshot
from engagement.scoring.formula import SegmentSums, segment_sums
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.chunk import ChunkResult, n_chunks, score_chunk
from engagement.scoring.runs.merges import load_merges
from engagement.scoring.runs.plan import RunPlan, make_plan, plan_of
from engagement.scoring.runs.store import create_run, fail_run, pack_chunk, publish_run, write_chunk
from engagement.scoring.services.packing import pack_before_run
from engagement.scoring.services.roll_up import roll_up_waiting
from tenants.models import Organisation
from tenants.scope import organisation_scope

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class _Gathered:
    """What a segment has gathered over the chunks so far."""

    sums: SegmentSums
    scores: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, result: ChunkResult, mask: NDArray[np.bool_]) -> None:
        self.sums += segment_sums(scored=result.scored, member_mask=mask)
        self.scores.append(result.scored.scores[mask])


def median_millionths(scores: list[NDArray[np.int64]]) -> int | None:
    """The middle of all scores, the mean of the middle two (rounded half up) for an even number; None without any.

    >>> median_millionths([np.array([1, 9]), np.array([4])]), median_millionths([])
    (4, None)
    """
    together = np.concatenate(scores) if scores else np.zeros(0, dtype=np.int64)
    n = len(together)
    if n == 0:
        return None
    middle = np.partition(together, [(n - 1) // 2, n // 2])
    return (int(middle[(n - 1) // 2]) + int(middle[n // 2]) + 1) // 2


def score(
    *,
    organisation_id: int,
    as_of: date,
    cause: str,
    now: datetime,
    requested_by: UUID | None = None,
    progress: Progress | None = None,
) -> ScoreRun:
    """Score everybody of an organisation as of a day and put the result in force; returns the published run.

    Called outside any scope: the run is announced in one transaction and filled in a second, which sees one moment of
    the data (repeatable read) and either commits whole or leaves what was in force before. A run that fails is kept
    with its error. Raises ConflictError when there is nothing to score with.
    """
    roll_up_waiting(organisation_id=organisation_id, now=now)
    pack_before_run(organisation_id=organisation_id, now=now)
    with organisation_scope(organisation_id):
        organisation = Organisation.objects.get(pk=organisation_id)
        plan = make_plan(organisation=organisation, as_of=as_of)
        run = create_run(plan=plan, cause=cause, requested_by=requested_by, now=now)
    try:
        _fill(run=run, now=now, progress=progress)
    except Exception as error:
        with organisation_scope(organisation_id):
            fail_run(run_id=run.id, error=str(error) or type(error).__name__, now=now)
        raise
    with organisation_scope(organisation_id, write=False):
        return ScoreRun.objects.get(pk=run.pk)


def _one_moment() -> None:
    """Let the transaction that begins now see one moment; inside another one (tests) that is decided already."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _fill(*, run: ScoreRun, now: datetime, progress: Progress | None) -> None:
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            _one_moment()
        with organisation_scope(run.organisation_id):
            _score_all(run=run, plan=plan_of(run), now=now, progress=progress)


def _score_all(*, run: ScoreRun, plan: RunPlan, now: datetime, progress: Progress | None) -> None:
    empty = SegmentSums.empty(n_actions=len(plan.actions), scale=plan.weights.scale)
    gathered = [_Gathered(empty) for _ in plan.segments]
    merges, chunks = load_merges(plan.organisation_id), n_chunks(plan.organisation_id)
    digest, customers = hashlib.sha256(), 0
    for chunk in range(chunks):
        result = score_chunk(plan=plan, chunk=chunk, merges=merges)
        packed = pack_chunk(result)
        write_chunk(run=run, chunk=chunk, packed=packed)
        for part in (packed.counts, packed.scores, packed.members):
            digest.update(part)
        for segment, mask in zip(gathered, result.masks, strict=True):
            segment.add(result, mask)
        customers += len(result.numbers)
        if progress is not None:
            progress(chunk + 1, chunks)
    write_snapshots(run=run, plan=plan, gathered=gathered)
    publish_run(run=run, chunks=chunks, customers=customers, digest=digest.hexdigest(), now=now)


def write_snapshots(*, run: ScoreRun, plan: RunPlan, gathered: list[_Gathered]) -> None:
    """One row per segment, with its exact sums."""
    SegmentSnapshot.objects.bulk_create(
        SegmentSnapshot(
            organisation_id=run.organisation_id,
            run=run,
            segment_id=segment.id,
            definition_number=segment.definition,
            as_of=run.as_of,
            **_sums_columns(plan, found),
        )
        for segment, found in zip(plan.segments, gathered, strict=True)
    )


def _sums_columns(plan: RunPlan, found: _Gathered) -> dict[str, Any]:
    sums = found.sums
    poor, good, excellent = sums.band_counts
    parts = zip(sums.occurrences_by_action, sums.points_by_action, sums.n_customers_by_action, strict=True)
    return {
        "n": sums.n,
        "n_active": sums.n_active,
        "n_multi_channel": sums.n_multi_channel,
        "sum_points": sums.sum_points,
        "points_scale": sums.scale,
        "sum_score_millionths": sums.sum_score_millionths,
        "sum_score_squares": sums.sum_score_squares,
        "median_score_millionths": median_millionths(found.scores),
        "n_poor": poor,
        "n_good": good,
        "n_excellent": excellent,
        "by_action": {action.key: list(part) for action, part in zip(plan.actions, parts, strict=True)},
    }
