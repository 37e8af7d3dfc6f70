"""Runs in the database: made, filled chunk by chunk, put in force by moving one pointer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import Max
from numpy.typing import NDArray

from engagement.errors import ConflictError
from engagement.scoring.blocks import full_numbers, low_bits, pack, pack_masks, unpack, unpack_masks
from engagement.scoring.formula import ScoredCustomers
from engagement.scoring.models import RunPointer, ScoreRun
from engagement.scoring.runs.chunk import ChunkResult
from engagement.scoring.runs.plan import RunPlan
from tenants.tenancy import new_id


@dataclass(frozen=True, slots=True)
class PackedChunk:
    """A chunk as it is stored."""

    counts: bytes
    scores: bytes
    members: bytes


@dataclass(frozen=True, eq=False, slots=True)
class StoredChunk:
    """A chunk as it is read back; row i is one customer in every array."""

    numbers: NDArray[np.int64]
    counts: NDArray[np.int64]  # (n, n_actions), × scale
    points: NDArray[np.int64]  # thousandths × scale
    scores: NDArray[np.int64]  # millionths
    bands: NDArray[np.int64]
    days_since: NDArray[np.int64]
    n_channels: NDArray[np.int64]


def create_run(*, plan: RunPlan, cause: str, requested_by: UUID | None, now: datetime) -> ScoreRun:
    """A new run in state running, with the next number and all it will use."""
    with connection.cursor() as cursor:
        # Two at once would otherwise read the same number; the lock ends with the transaction.
        cursor.execute("SELECT pg_advisory_xact_lock(7318, %s)", [plan.organisation_id % 2**31])
    last = ScoreRun.objects.aggregate(last=Max("number"))["last"] or 0
    return ScoreRun.objects.create(
        organisation_id=plan.organisation_id,
        number=last + 1,
        as_of=plan.as_of,
        window_from=plan.window_from,
        window_to=plan.window_to,
        weight_set_id=plan.weight_set_id,
        uses=plan.to_json(),
        watermark=now,
        cause=cause,
        requested_by_id=requested_by,
        started_at=now,
    )


def pack_chunk(result: ChunkResult) -> PackedChunk:
    """The three blocks of a chunk; the same result gives the same bytes."""
    scored: ScoredCustomers = result.scored
    columns = [scored.counts[:, index] for index in range(scored.counts.shape[1])]
    return PackedChunk(
        counts=pack(columns),
        scores=pack(
            [
                low_bits(result.numbers),
                scored.points,
                scored.scores,
                scored.bands,
                result.days_since,
                scored.n_channels,
            ]
        ),
        members=pack_masks(result.masks),
    )


def write_chunk(*, run: ScoreRun, chunk: int, packed: PackedChunk) -> None:
    """Store the blocks of one chunk."""
    for table, data in (("count", packed.counts), ("score", packed.scores), ("member", packed.members)):
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO scoring_{table}_block (organisation_id, run_id, chunk, packed) "  # noqa: S608
                "VALUES (%s, %s, %s, %s)",
                [run.organisation_id, run.id, chunk, data],
            )


def publish_run(*, run: ScoreRun, chunks: int, customers: int, digest: str, now: datetime) -> None:
    """Put a finished run in force for its day; raises ConflictError if it is not running any more."""
    changed = ScoreRun.objects.filter(pk=run.pk, state=ScoreRun.State.RUNNING).update(
        state=ScoreRun.State.PUBLISHED,
        chunks=chunks,
        chunks_done=chunks,
        customers=customers,
        digest=digest,
        finished_at=now,
    )
    if changed != 1:
        raise ConflictError("This run has been ended by somebody else.")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO scoring_runpointer (id, organisation_id, as_of, run_id, published_at) "
            "VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (organisation_id, as_of) DO UPDATE SET run_id = EXCLUDED.run_id, "
            "published_at = EXCLUDED.published_at",
            [new_id(), run.organisation_id, run.as_of, run.id, now],
        )


def fail_run(*, run_id: UUID, error: str, now: datetime) -> None:
    """Say that a run was given up; what was in force stays."""
    ScoreRun.objects.filter(pk=run_id, state=ScoreRun.State.RUNNING).update(
        state=ScoreRun.State.FAILED, error=error[:2000], finished_at=now
    )


def run_in_force(*, as_of: date | None = None) -> ScoreRun | None:
    """The run that counts for a day; without a day, that of the latest scored one."""
    pointers = RunPointer.objects.select_related("run")
    pointer = pointers.filter(as_of=as_of).first() if as_of else pointers.order_by("-as_of").first()
    return pointer.run if pointer else None


def packed_blocks(*, table: str, run: ScoreRun, only: int | None = None) -> list[tuple[int, bytes]]:
    """The packed blocks of a run by chunk, of all or of one; `table` is count, score or member."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT chunk, packed FROM scoring_{table}_block "  # noqa: S608
            "WHERE organisation_id = %s AND run_id = %s AND chunk = COALESCE(%s::int, chunk) ORDER BY chunk",
            [run.organisation_id, run.id, only],
        )
        return [(int(chunk), bytes(packed)) for chunk, packed in cursor.fetchall()]


def read_chunks(run: ScoreRun, *, only: int | None = None) -> dict[int, StoredChunk]:
    """Counts and scores of a run by chunk, of all or of one; raises BlockError for damaged blocks."""
    counts = dict(packed_blocks(table="count", run=run, only=only))
    found = {}
    for chunk, packed in packed_blocks(table="score", run=run, only=only):
        low, points, scores, bands, days, channels = unpack(packed)
        by_action = unpack(counts[chunk])
        matrix = np.column_stack([column.astype(np.int64) for column in by_action])
        wide: Any = [part.astype(np.int64) for part in (points, scores, bands, days, channels)]
        found[chunk] = StoredChunk(full_numbers(low, chunk=chunk), matrix, *wide)
    return found


def read_masks(run: ScoreRun, *, rows: dict[int, int]) -> dict[int, list[NDArray[np.bool_]]]:
    """Membership per segment of the run's plan, by chunk; `rows` gives the customers of each chunk."""
    return {
        chunk: unpack_masks(packed, rows=rows[chunk])
        for chunk, packed in packed_blocks(table="member", run=run)
        if chunk in rows
    }
