"""Runs in the database: made, filled chunk by chunk, put in force by moving one pointer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _
from numpy.typing import NDArray
from psycopg import sql
from psycopg.pq import Format

from engagement.errors import ConflictError
from engagement.scoring import queries
from engagement.scoring.blocks import full_numbers, low_bits, pack, pack_masks, unpack, unpack_masks
from engagement.scoring.formula import ScoredCustomers
from engagement.scoring.models import (
    CountBlock,
    IdentityBlock,
    MemberBlock,
    RunChunk,
    RunPart,
    RunPointer,
    ScoreBlock,
    ScoreRun,
)
from engagement.scoring.runs.chunk import ChunkResult
from engagement.scoring.runs.merges import Merges
from engagement.scoring.runs.plan import RunPlan
from tenants.remembering import remembered
from tenants.tenancy import new_id


@dataclass(frozen=True, slots=True)
class PackedChunk:
    """A chunk as it is stored."""

    counts: bytes
    scores: bytes
    members: bytes
    identities: bytes | None  # who counted for whom; None where nobody was merged

    def blocks(self) -> Iterator[bytes]:
        """The blocks that there are, always in the same order."""
        yield from (self.counts, self.scores, self.members)
        if self.identities is not None:
            yield self.identities


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


def create_run(
    *, plan: RunPlan, cause: str, base: ScoreRun | None, restates: bool, requested_by: UUID | None, now: datetime
) -> ScoreRun:
    """A new run in state running, with the next number and all it will use; its ledger begins with `base`.

    `restates`: its weight set is not the one that holds on its day.
    """
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
        restates=restates,
        uses=plan.to_json(),
        base=base,
        watermark=now,
        cause=cause,
        requested_by_id=requested_by,
        started_at=now,
    )


def pack_chunk(result: ChunkResult, *, merges: Merges) -> PackedChunk:
    """The blocks of a chunk; the same result gives the same bytes. `merges` are those that touch the chunk."""
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
        members=pack_masks([*result.masks, *result.conditions]),
        identities=packed_identities(merges),
    )


def packed_identities(merges: Merges) -> bytes | None:
    """Who counts for whom as it is stored with a chunk; None where nobody was merged."""
    return pack([merges.numbers, merges.roots]) if len(merges) else None


def write_chunk(*, run: ScoreRun, chunk: int, packed: PackedChunk) -> None:
    """Store the blocks of one chunk."""
    queries.run(
        "put_blocks",
        organisation_id=run.organisation_id,
        run_id=run.id,
        chunk=chunk,
        counts=packed.counts,
        scores=packed.scores,
        members=packed.members,
        identities=packed.identities,
    )


def publish_run(*, run: ScoreRun, chunks: int, customers: int, digest: str, moment: str, now: datetime) -> None:
    """Put a finished run in force for its day; raises ConflictError if it is not running any more."""
    found: dict[str, Any] = {
        "state": ScoreRun.State.PUBLISHED,
        "chunks": chunks,
        "chunks_done": chunks,
        "chunks_reused": run.chunks_reused,
        "customers": customers,
        "digest": digest,
        "moment": moment,
        "finished_at": now,
    }
    if ScoreRun.objects.filter(pk=run.pk, state=ScoreRun.State.RUNNING).update(**found) != 1:
        raise ConflictError(_("This run has been ended by somebody else."))
    for name, value in found.items():
        setattr(run, name, value)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO scoring_runpointer (id, organisation_id, as_of, run_id, published_at) "
            "VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (organisation_id, as_of) DO UPDATE SET run_id = EXCLUDED.run_id, "
            "published_at = EXCLUDED.published_at",
            [new_id(), run.organisation_id, run.as_of, run.id, now],
        )


def fail_run(*, run_id: UUID, error: str, now: datetime) -> None:
    """Say that a run was given up, and clear away what there is of it; what was in force stays."""
    running = ScoreRun.objects.filter(pk=run_id, state=ScoreRun.State.RUNNING)
    if running.update(state=ScoreRun.State.FAILED, error=error[:2000], finished_at=now):
        for model in (CountBlock, ScoreBlock, MemberBlock, IdentityBlock, RunPart, RunChunk):
            model.objects.filter(run_id=run_id).delete()


def latest_pointer(*, as_of: date) -> RunPointer | None:
    """What is in force on the latest scored day up to a day: the run that a new one's ledger begins with."""
    pointers = RunPointer.objects.filter(as_of__lte=as_of).order_by("-as_of")
    return pointers.select_related("run__weight_set").first()


def run_in_force(*, as_of: date | None = None) -> ScoreRun | None:
    """The run that counts for a day; without a day, that of the latest scored one."""

    def read() -> ScoreRun | None:
        pointers = RunPointer.objects.select_related("run")
        pointer = pointers.filter(as_of=as_of).first() if as_of else pointers.order_by("-as_of").first()
        return pointer.run if pointer else None

    return remembered(f"scoring.run_in_force:{as_of}", read)


def packed_blocks(*, table: str, run: ScoreRun, only: int | None = None) -> list[tuple[int, bytes]]:
    """The packed blocks of a run by chunk, of all or of one; `table` is count, score, member or identity."""
    with connection.cursor() as cursor:
        cursor.cursor.format = Format.BINARY
        statement = sql.SQL(
            "SELECT chunk, packed FROM {} "
            "WHERE organisation_id = %s AND run_id = %s AND chunk = COALESCE(%s::int, chunk) ORDER BY chunk"
        ).format(sql.Identifier(f"scoring_{table}_block"))
        cursor.execute(statement.as_string(None), [run.organisation_id, run.id, only])
        return [(int(chunk), bytes(packed)) for chunk, packed in cursor.fetchall()]


def read_chunks(run: ScoreRun, *, only: int | None = None) -> dict[int, StoredChunk]:
    """Counts and scores of a run by chunk, of all or of one; raises BlockError for damaged blocks."""
    counts = dict(packed_blocks(table="count", run=run, only=only))
    return {
        chunk: _stored_chunk(chunk, counts=counts[chunk], scores=packed)
        for chunk, packed in packed_blocks(table="score", run=run, only=only)
    }


def _stored_chunk(chunk: int, *, counts: bytes, scores: bytes) -> StoredChunk:
    low, *columns = unpack(scores)
    matrix = np.column_stack([column.astype(np.int64) for column in unpack(counts)])
    wide: Any = [column.astype(np.int64) for column in columns]
    return StoredChunk(full_numbers(low, chunk=chunk), matrix, *wide)


def read_chunk(
    *, run: ScoreRun, chunk: int, n_actions: int
) -> tuple[StoredChunk, tuple[NDArray[np.bool_], ...], Merges]:
    """One chunk of a run with its memberships and who counted for whom; all empty where the run has no such chunk."""
    none = np.zeros(0, dtype=np.int64)
    rows = queries.fetch_packed("stored_chunk", organisation_id=run.organisation_id, run_id=run.id, chunk=chunk)
    if not rows:
        return StoredChunk(none, none.reshape(0, n_actions), *([none] * 5)), (), Merges(none, none)
    counts, scores, members, identities = rows[0]
    stored = _stored_chunk(chunk, counts=counts, scores=scores)
    numbers, roots = (column.astype(np.int64) for column in unpack(identities)) if identities else (none, none)
    return stored, tuple(unpack_masks(members, rows=len(stored.numbers))), Merges(numbers, roots)


def read_scores(run: ScoreRun) -> dict[int, NDArray[np.int64]]:
    """The scores of a run by chunk, in millionths, and nothing else of it."""
    return {chunk: unpack(packed)[2].astype(np.int64) for chunk, packed in packed_blocks(table="score", run=run)}


def read_masks(run: ScoreRun, *, rows: dict[int, int], only: int | None = None) -> dict[int, list[NDArray[np.bool_]]]:
    """Membership per segment of the run's plan, by chunk; `rows` gives the customers of each chunk."""
    segments = len(run.uses["segments"])  # the plan's kept conditions come behind them
    return {
        chunk: unpack_masks(packed, rows=rows[chunk])[:segments]
        for chunk, packed in packed_blocks(table="member", run=run, only=only)
        if chunk in rows
    }
