"""Scores of several runs side by side, some chunks at a time: what following customers over time reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from engagement.scoring import queries
from engagement.scoring.blocks import full_numbers, unpack
from engagement.scoring.models import ScoreRun

# Four chunks of four runs are about 16 MB packed, and a million customers are four reads.
_AT_ONCE: Final = 4


@dataclass(frozen=True, eq=False, slots=True)
class ChunkScores:
    """Row i is one customer in every array; numbers ascend."""

    numbers: NDArray[np.int64]
    scores: NDArray[np.int64]  # millionths
    days_since: NDArray[np.int64]


def scores_of_chunk(runs: Sequence[ScoreRun], *, chunk: int) -> Mapping[UUID, ChunkScores]:
    """What each of an organisation's runs holds of one chunk; a run without it is left out."""
    rows = queries.fetch_packed(
        "scores_of_runs",
        organisation_id=runs[0].organisation_id,
        run_ids=[run.id for run in runs],
        first=chunk,
        last=chunk,
    )
    return {run_id: _unpacked(packed, chunk) for _chunk, run_id, packed in rows}


def scores_by_chunk(runs: Sequence[ScoreRun]) -> Iterator[tuple[int, Mapping[UUID, ChunkScores]]]:
    """Chunk after chunk, what each of an organisation's runs holds of it; a run without the chunk is left out."""
    for first in range(0, max((run.chunks for run in runs), default=0), _AT_ONCE):
        rows = queries.fetch_packed(
            "scores_of_runs",
            organisation_id=runs[0].organisation_id,
            run_ids=[run.id for run in runs],
            first=first,
            last=first + _AT_ONCE - 1,
        )
        by_chunk: dict[int, dict[UUID, Any]] = {}
        for chunk, run_id, packed in rows:
            by_chunk.setdefault(int(chunk), {})[run_id] = packed
        for chunk, of_runs in by_chunk.items():
            yield chunk, {run_id: _unpacked(packed, chunk) for run_id, packed in of_runs.items()}


def _unpacked(packed: Any, chunk: int) -> ChunkScores:
    low, _, scores, _, days_since, *_ = unpack(bytes(packed))
    return ChunkScores(full_numbers(low, chunk=chunk), scores.astype(np.int64), days_since.astype(np.int64))


def scores_at(*, numbers: NDArray[np.int64], known: ChunkScores | None, absent: int) -> NDArray[np.int64]:
    """The scores of these customers in a run, `absent` for whom it does not hold."""
    if known is None or not len(known.numbers):
        return np.full(len(numbers), absent, dtype=np.int64)
    at = np.minimum(np.searchsorted(known.numbers, numbers), len(known.numbers) - 1)
    found: NDArray[np.int64] = np.where(known.numbers[at] == numbers, known.scores[at], absent)
    return found
