"""One scoring from beginning to end: plan, chunks, snapshots, ledgers, pointer. Either all of it counts or none."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection
from numpy.typing import NDArray

from engagement.errors import ConflictError
from engagement.ingest.wake import wake
from engagement.insights.models import SegmentSnapshot, SnapshotPart
from engagement.insights.services.ledgers import write_ledgers
from engagement.scoring import queries
from engagement.scoring.formula import SegmentSums
from engagement.scoring.models import ScoreRun, WeightSet
from engagement.scoring.runs.chunk import n_chunks
from engagement.scoring.runs.compute import compute_chunk, empty_sums
from engagement.scoring.runs.merges import load_merges
from engagement.scoring.runs.moments import MomentGoneError, in_moment, moment_seen, own_moment, shared_moment
from engagement.scoring.runs.parts import Whole, added_parts, read_parts
from engagement.scoring.runs.plan import RunPlan, make_plan, plan_of
from engagement.scoring.runs.store import base_for, create_run, fail_run, publish_run, read_masks, read_scores
from engagement.scoring.services.packing import pack_before_run
from engagement.scoring.services.roll_up import roll_up_waiting
from tenants.models import Organisation
from tenants.scope import organisation_scope

Progress = Callable[[int, int], None]
HELP_TASK: Final = "insights.run_chunks"
_LOOK_AGAIN_SECONDS: Final = 0.02
_SERIALIZATION: Final = "40001"


def score(
    *,
    organisation_id: int,
    as_of: date,
    cause: str,
    now: datetime,
    requested_by: UUID | None = None,
    weight_set_id: UUID | None = None,
    progress: Progress | None = None,
) -> ScoreRun:
    """Score everybody of an organisation as of a day and put the result in force; returns the published run.

    Called outside any scope. The run is announced in one transaction; its chunks are computed from one moment of the
    data, in one transaction where there are few, else by whoever claims them; snapshots, ledgers and the pointer follow
    in one. What was in force before stays until then. A run that fails is kept with its error and nothing else.
    `weight_set_id` restates: without it, the set of the day counts. Raises ConflictError when there is nothing to
    score with.
    """
    nested = connection.in_atomic_block  # then others could not see what is written here
    roll_up_waiting(organisation_id=organisation_id, now=now)
    pack_before_run(organisation_id=organisation_id, now=now)
    with organisation_scope(organisation_id):
        organisation = Organisation.objects.get(pk=organisation_id)
        chosen = WeightSet.objects.get(pk=weight_set_id) if weight_set_id else None
        plan = make_plan(organisation=organisation, as_of=as_of, weight_set=chosen)
        run = create_run(plan=plan, cause=cause, base=base_for(as_of=as_of), requested_by=requested_by, now=now)
        few = n_chunks(organisation_id) < settings.RUN_SHARED_FROM_CHUNKS
    try:
        if few or nested:
            _alone(run=run, now=now, progress=progress)
        else:
            _together(run=run, now=now, progress=progress)
    except Exception as error:
        with organisation_scope(organisation_id):
            fail_run(run_id=run.id, error=str(error) or type(error).__name__, now=now)
        raise
    with organisation_scope(organisation_id, write=False):
        return ScoreRun.objects.get(pk=run.pk)


def _alone(*, run: ScoreRun, now: datetime, progress: Progress | None) -> None:
    """Everything in one transaction: nothing of it is there unless all of it is."""
    with own_moment(), organisation_scope(run.organisation_id):
        plan, merges, chunks = plan_of(run), load_merges(run.organisation_id), n_chunks(run.organisation_id)
        for chunk in range(chunks):
            compute_chunk(run=run, plan=plan, chunk=chunk, merges=merges)
            if progress is not None:
                progress(chunk + 1, chunks)
        _finish(run=run, moment=moment_seen(), now=now)


def _together(*, run: ScoreRun, now: datetime, progress: Progress | None) -> None:
    """Chunk by chunk with whoever helps; all of them see the moment that is held here until the last one is done."""
    with shared_moment() as moment:
        with in_moment(moment), organisation_scope(run.organisation_id, write=False):
            chunks, seen = n_chunks(run.organisation_id), moment_seen()
        bound = {"organisation_id": run.organisation_id, "run_id": run.id}
        with organisation_scope(run.organisation_id):
            queries.run("add_run_chunks", chunks=chunks, **bound)
        for _ in range(min(settings.RUN_HELPERS, chunks - 1)):
            wake(HELP_TASK, run.organisation_id, run.id, moment)
        done = 0
        while done < chunks:
            if not _next_chunk(run=run, moment=moment):
                time.sleep(_LOOK_AGAIN_SECONDS)  # others are still at theirs, or their leases have to run out
            done = _told(run, chunks, progress)
    with organisation_scope(run.organisation_id):
        _finish(run=run, moment=seen, now=now)


def _told(run: ScoreRun, chunks: int, progress: Progress | None) -> int:
    with organisation_scope(run.organisation_id):
        done = int(queries.fetch("count_run_parts", organisation_id=run.organisation_id, run_id=run.id)[0][0])
        running = ScoreRun.objects.filter(pk=run.pk, state=ScoreRun.State.RUNNING)
        if not running.exists():  # given up by somebody else: its chunks are gone and would be waited for in vain
            raise ConflictError("This run has been ended by somebody else.")
        running.exclude(chunks_done=done).update(chunks=chunks, chunks_done=done)
    if progress is not None:
        progress(done, chunks)
    return done


def help_run(*, organisation_id: int, run_id: UUID, moment: str) -> int:
    """Compute chunks of somebody's run until none is left or its moment is over; returns how many."""
    with organisation_scope(organisation_id, write=False):
        run = ScoreRun.objects.filter(pk=run_id, state=ScoreRun.State.RUNNING).select_related("base").first()
    done = 0
    while run is not None:
        try:
            if not _next_chunk(run=run, moment=moment):
                break
        except MomentGoneError:
            break
        done += 1
    return done


def _next_chunk(*, run: ScoreRun, moment: str) -> bool:
    """Claim a chunk and compute it; False where there is none to claim."""
    bound = {"organisation_id": run.organisation_id, "run_id": run.id}
    with organisation_scope(run.organisation_id):
        claimed = queries.fetch("claim_run_chunk", seconds=settings.RUN_CHUNK_LEASE_SECONDS, **bound)
    if not claimed:
        return False
    chunk = int(claimed[0][0])
    try:
        with in_moment(moment), organisation_scope(run.organisation_id):
            compute_chunk(run=run, plan=plan_of(run), chunk=chunk, merges=load_merges(run.organisation_id))
    except (IntegrityError, OperationalError) as error:
        if not _is_done(error):
            raise
    except Exception:
        with organisation_scope(run.organisation_id):
            queries.run("release_run_chunk", chunk=chunk, **bound)
        raise
    return True


def _is_done(error: Exception) -> bool:
    """Whether a worker whose lease had run out finished the chunk after all: the same bytes are there already."""
    return isinstance(error, IntegrityError) or getattr(error.__cause__, "sqlstate", "") == _SERIALIZATION


def _finish(*, run: ScoreRun, moment: str, now: datetime) -> None:
    plan = plan_of(run)
    whole = added_parts(read_parts(run), empty=empty_sums(plan))
    write_snapshots(run=run, plan=plan, whole=whole)
    if whole.chains is not None and run.base is not None:
        write_ledgers(run=run, base=run.base, plan=plan, chains=whole.chains)
    queries.run("delete_run_chunks", organisation_id=run.organisation_id, run_id=run.id)
    publish_run(run=run, chunks=whole.chunks, customers=whole.customers, digest=whole.digest, moment=moment, now=now)


def write_snapshots(*, run: ScoreRun, plan: RunPlan, whole: Whole) -> None:
    """One row per segment, with its exact sums; and their parts by weights where some segments have their own."""
    scores = read_scores(run)
    masks = read_masks(run, rows={chunk: len(of_chunk) for chunk, of_chunk in scores.items()})
    SegmentSnapshot.objects.bulk_create(
        SegmentSnapshot(
            organisation_id=run.organisation_id,
            run=run,
            segment_id=segment.id,
            definition_number=segment.definition,
            as_of=run.as_of,
            median_score_millionths=median_millionths([of[masks[chunk][at]] for chunk, of in scores.items()]),
            **_sums_columns(plan, sums),
        )
        for at, (segment, sums) in enumerate(zip(plan.segments, whole.sums, strict=True))
    )
    _write_parts(run=run, plan=plan, whole=whole)


def _write_parts(*, run: ScoreRun, plan: RunPlan, whole: Whole) -> None:
    """One row per segment and set of weights that scored any of its members; none where there is one set only."""
    names = ("n", "n_active", "sum_points", "points_scale", "sum_score_millionths", "n_poor", "n_good", "n_excellent")
    owners = [None, *(override.segment_id for override in plan.overrides)]
    found = []
    for owner, of_one in zip(owners, whole.by_variant, strict=False):
        for segment, sums in zip(plan.segments, of_one, strict=True):
            if sums.n:
                columns = _sums_columns(plan, sums)
                found.append(
                    SnapshotPart(
                        organisation_id=run.organisation_id,
                        run=run,
                        segment_id=segment.id,
                        weight_set_id=run.weight_set_id,
                        override_of_id=owner,
                        **{name: columns[name] for name in names},
                    )
                )
    SnapshotPart.objects.bulk_create(found)


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


def _sums_columns(plan: RunPlan, sums: SegmentSums) -> dict[str, Any]:
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
        "sum_point_squares": sums.sum_point_squares,
        "n_poor": poor,
        "n_good": good,
        "n_excellent": excellent,
        "by_action": {action.key: list(part) for action, part in zip(plan.actions, parts, strict=True)},
    }
