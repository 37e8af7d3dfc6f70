"""One scoring from beginning to end: plan, chunks, snapshots, ledgers, pointer. Either all of it counts or none."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from engagement.errors import ConflictError
from engagement.insights import queries as insights_queries
from engagement.insights.models import SnapshotPart
from engagement.insights.services.ledgers import write_ledgers
from engagement.scoring import queries
from engagement.scoring.formula import SegmentSums
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.announce import Announced, announce_run
from engagement.scoring.runs.chunk import n_chunks
from engagement.scoring.runs.compute import compute_chunk, empty_sums
from engagement.scoring.runs.merges import Merges, load_merges
from engagement.scoring.runs.moments import MomentGoneError, in_moment, moment_seen, own_moment, shared_moment
from engagement.scoring.runs.parts import Part, Whole, added_parts, read_parts
from engagement.scoring.runs.plan import RunPlan, plan_of
from engagement.scoring.runs.reuse import take_over
from engagement.scoring.runs.store import fail_run, publish_run, read_masks, read_scores
from engagement.scoring.services.breakdowns import breakdowns_after
from engagement.scoring.services.packing import pack_before_run
from engagement.scoring.services.roll_up import roll_up_waiting
from tenants.scope import organisation_scope
from tenants.tenancy import new_id
from tenants.wake import wake

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
    reuse: bool = True,
) -> ScoreRun:
    """Score everybody of an organisation as of a day and put the result in force; returns the published run.

    Called outside any scope. The run is announced in one transaction; its chunks are computed from one moment of the
    data, in one transaction where there are few, else by whoever claims them; snapshots, ledgers and the pointer follow
    in one. What was in force before stays until then. A run that fails is kept with its error and nothing else.
    A day that is scored again takes over the chunks that nobody has written since (runs/reuse.py), unless `reuse` is
    off, or somebody else's transaction is open: then all of them are computed, with the same result.
    `weight_set_id` restates: without it, the set of the day counts. Raises ConflictError when there is nothing to
    score with.
    """
    nested = connection.in_atomic_block  # then others could not see what is written here
    asked: dict[str, Any] = {
        "organisation_id": organisation_id,
        "as_of": as_of,
        "cause": cause,
        "weight_set_id": weight_set_id,
        "requested_by": requested_by,
        "now": now,
    }
    announced = _announced(asked)
    run, plan = announced.run, announced.plan
    try:
        if nested or announced.chunks < settings.RUN_SHARED_FROM_CHUNKS:
            _alone(run=run, plan=plan, now=now, progress=progress, reuse=reuse and not nested)
        else:
            _together(run=run, plan=plan, now=now, progress=progress, reuse=reuse)
    except Exception as error:
        with organisation_scope(organisation_id):
            fail_run(run_id=run.id, error=str(error) or type(error).__name__, now=now)
        raise
    return run


def _announced(asked: Mapping[str, Any]) -> Announced:
    """The run announced, after what it needs has been counted and packed."""
    organisation_id, now = asked["organisation_id"], asked["now"]
    with organisation_scope(organisation_id):
        announced = announce_run(**asked, prepared=False)
    if announced is None:
        roll_up_waiting(organisation_id=organisation_id, now=now)
        pack_before_run(organisation_id=organisation_id, now=now)
        with organisation_scope(organisation_id):
            announced = announce_run(**asked, prepared=True)
    if announced is None:
        raise RuntimeError("what was prepared has to be announced")
    return announced


def _alone(*, run: ScoreRun, plan: RunPlan, now: datetime, progress: Progress | None, reuse: bool) -> None:
    """Everything in one transaction: nothing of it is there unless all of it is."""
    with own_moment(), organisation_scope(run.organisation_id):
        moment = moment_seen()  # before anything is read: what others commit meanwhile counts as not seen
        merges, chunks = load_merges(run.organisation_id), n_chunks(run.organisation_id)
        parts = list(take_over(run=run, plan=plan, merges=merges, moment=moment, now=now)) if reuse else []
        run.chunks_reused = len(parts)
        for chunk in sorted(set(range(chunks)) - {part.chunk for part in parts}):
            parts.append(compute_chunk(run=run, plan=plan, chunk=chunk, merges=merges, is_shared=False))
            if progress is not None:
                progress(len(parts), chunks)
        _finish(run=run, plan=plan, parts=parts, moment=moment, now=now)


def _together(*, run: ScoreRun, plan: RunPlan, now: datetime, progress: Progress | None, reuse: bool) -> None:
    """Chunk by chunk with whoever helps; all of them see the moment that is held here until the last one is done."""
    with shared_moment() as moment:
        with in_moment(moment), organisation_scope(run.organisation_id):
            chunks, seen, merges = n_chunks(run.organisation_id), moment_seen(), load_merges(run.organisation_id)
            taken = take_over(run=run, plan=plan, merges=merges, moment=seen, now=now) if reuse else ()
        run.chunks_reused = len(taken)
        bound = {"organisation_id": run.organisation_id, "run_id": run.id}
        with organisation_scope(run.organisation_id):
            queries.run("add_run_chunks", chunks=chunks, **bound)
        for _helper in range(min(settings.RUN_HELPERS, chunks - len(taken) - 1)):
            wake(HELP_TASK, run.organisation_id, run.id, moment)
        done = len(taken)
        while done < chunks:
            if not _next_chunk(run=run, plan=plan, merges=merges, moment=moment):
                time.sleep(_LOOK_AGAIN_SECONDS)  # others are still at theirs, or their leases have to run out
            done = _told(run, chunks, progress)
    with organisation_scope(run.organisation_id):
        _finish(run=run, plan=plan, parts=read_parts(run), moment=seen, now=now)


def _told(run: ScoreRun, chunks: int, progress: Progress | None) -> int:
    with organisation_scope(run.organisation_id):
        done = int(queries.fetch("count_run_parts", organisation_id=run.organisation_id, run_id=run.id)[0][0])
        running = ScoreRun.objects.filter(pk=run.pk, state=ScoreRun.State.RUNNING)
        if not running.exists():  # given up by somebody else: its chunks are gone and would be waited for in vain
            raise ConflictError(_("This run has been ended by somebody else."))
        running.exclude(chunks_done=done).update(chunks=chunks, chunks_done=done)
    if progress is not None:
        progress(done, chunks)
    return done


def help_run(*, organisation_id: int, run_id: UUID, moment: str) -> int:
    """Compute chunks of somebody's run until none is left or its moment is over; returns how many."""
    with organisation_scope(organisation_id, write=False):
        run = ScoreRun.objects.filter(pk=run_id, state=ScoreRun.State.RUNNING).select_related("base").first()
    if run is None:
        return 0
    plan, done = plan_of(run), 0
    with suppress(MomentGoneError):
        with in_moment(moment), organisation_scope(organisation_id, write=False):
            merges = load_merges(organisation_id)
        while _next_chunk(run=run, plan=plan, merges=merges, moment=moment):
            done += 1
    return done


def _next_chunk(*, run: ScoreRun, plan: RunPlan, merges: Merges, moment: str) -> bool:
    """Claim a chunk and compute it; False where there is none to claim."""
    bound = {"organisation_id": run.organisation_id, "run_id": run.id}
    with organisation_scope(run.organisation_id):
        claimed = queries.fetch("claim_run_chunk", seconds=settings.RUN_CHUNK_LEASE_SECONDS, **bound)
    if not claimed:
        return False
    chunk = int(claimed[0][0])
    try:
        with in_moment(moment), organisation_scope(run.organisation_id):
            compute_chunk(run=run, plan=plan, chunk=chunk, merges=merges)
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


def _finish(*, run: ScoreRun, plan: RunPlan, parts: Sequence[Part], moment: str, now: datetime) -> None:
    whole = added_parts(parts, empty=empty_sums(plan))
    write_snapshots(run=run, plan=plan, whole=whole)
    if whole.chains is not None and run.base is not None:
        write_ledgers(run=run, base=run.base, plan=plan, chains=whole.chains)
    queries.run("end_run_chunks", organisation_id=run.organisation_id, run_id=run.id)
    publish_run(run=run, chunks=whole.chunks, customers=whole.customers, digest=whole.digest, moment=moment, now=now)
    breakdowns_after(run=run, now=now)


def write_snapshots(*, run: ScoreRun, plan: RunPlan, whole: Whole) -> None:
    """One row per segment, with its exact sums; and their parts by weights where some segments have their own."""
    scores = read_scores(run)
    masks = read_masks(run, rows={chunk: len(of_chunk) for chunk, of_chunk in scores.items()})
    rows = [
        {
            "id": str(new_id()),
            "segment_id": segment.id,
            "definition_number": segment.definition,
            "median_score_millionths": median_millionths([of[masks[chunk][at]] for chunk, of in scores.items()]),
            **_sums_columns(plan, sums),
        }
        for at, (segment, sums) in enumerate(zip(plan.segments, whole.sums, strict=True))
    ]
    insights_queries.run(
        "put_snapshots", organisation_id=run.organisation_id, run_id=run.id, as_of=run.as_of, rows=json.dumps(rows)
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
