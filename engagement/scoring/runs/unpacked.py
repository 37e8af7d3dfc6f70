"""A run's blocks unpacked for previews, and kept in the process: they never change, so reading them once is enough.

The whole stays under `PREVIEW_CACHE_BYTES` (`cache.RunCache`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from engagement.scoring.blocks import full_numbers, unpack, unpack_masks
from engagement.scoring.formula import Column, IntArray, LevelSums, Members, Scored, ranked, segment_levels
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.cache import RunCache
from engagement.scoring.runs.store import packed_blocks

SPREAD: Final = 600  # customers: so many counts go with a page, and so near is what a browser says of all of them


@dataclass(frozen=True, eq=False, slots=True)
class UnpackedChunk:
    """One chunk in the types it is stored in; row i is one customer everywhere.

    `columns` one (n,) per action of the run's plan · `scored` under the run's weight set · `members` of all customers
    first, then of each segment of the plan · `levels` their sums · `conditions` for whom its kept conditions hold.
    """

    chunk: int
    low: Column
    columns: tuple[Column, ...]
    scored: Scored
    days_since: Column
    n_channels: Column
    members: Members
    levels: tuple[LevelSums, ...]
    conditions: tuple[NDArray[np.bool_], ...]

    @property
    def n(self) -> int:
        return len(self.low)

    @property
    def numbers(self) -> IntArray:
        """Customer numbers, rising."""
        return full_numbers(self.low, chunk=self.chunk)

    @property
    def nbytes(self) -> int:
        parts = (self.low, *self.columns, self.scored.points, self.scored.scores, self.scored.bands, self.days_since)
        return sum(int(part.nbytes) for part in (*parts, self.n_channels, self.members.index, *self.conditions))


class UnpackedRun:
    """All chunks of a run, and what is computed of them once."""

    def __init__(self, chunks: tuple[UnpackedChunk, ...]) -> None:
        self.chunks = chunks
        self._ranks: IntArray | None = None
        self._spread: tuple[IntArray, ...] | None = None

    def spread(self) -> tuple[IntArray, ...]:
        """Rows of each chunk, rising, of at most `SPREAD` customers who stand for all.

        They lie at even distances in the order of everybody's points, so that as many stand for each level of points
        as have it; always the same ones.
        """
        if self._spread is None:
            sizes = np.cumsum([0, *(chunk.n for chunk in self.chunks)])
            points = [chunk.scored.points.astype(np.int64) for chunk in self.chunks]
            order = np.argsort(np.concatenate([np.zeros(0, dtype=np.int64), *points]), kind="stable")
            n, most = len(order), min(SPREAD, len(order))
            chosen = np.sort(order[(2 * np.arange(most) + 1) * n // (2 * max(most, 1))])
            cuts = np.searchsorted(chosen, sizes)
            pairs = zip(cuts[:-1], cuts[1:], sizes[:-1], strict=True)
            self._spread = tuple(chosen[first:last] - before for first, last, before in pairs)
        return self._spread

    def active_ranks(self, *, step: int) -> IntArray:
        """Centred doubled mid-ranks of the active customers' points, in their order; `step` as in `ranked`."""
        if self._ranks is None:
            parts = [chunk.scored.points[chunk.n_channels > 0].astype(np.int64) for chunk in self.chunks]
            self._ranks = ranked(points=np.concatenate([np.zeros(0, dtype=np.int64), *parts]), step=step).ranks
        return self._ranks

    @property
    def nbytes(self) -> int:
        ranks = 0 if self._ranks is None else int(self._ranks.nbytes)
        return ranks + sum(chunk.nbytes for chunk in self.chunks)


CACHE: Final[RunCache[UnpackedRun]] = RunCache(lambda: int(settings.PREVIEW_CACHE_BYTES))


def unpacked(run: ScoreRun) -> UnpackedRun:
    """The run's blocks, read once per process; raises LookupError outside the organisation's own scope.

    Raises BlockError for damaged blocks.
    """
    return CACHE.of(run, lambda: _read(run))


def _read(run: ScoreRun) -> UnpackedRun:
    counts, members = dict(packed_blocks(table="count", run=run)), dict(packed_blocks(table="member", run=run))
    return UnpackedRun(
        tuple(
            _chunk(
                chunk, scores=scores, counts=counts[chunk], members=members[chunk], segments=len(run.uses["segments"])
            )
            for chunk, scores in packed_blocks(table="score", run=run)
        )
    )


def _chunk(chunk: int, *, scores: bytes, counts: bytes, members: bytes, segments: int) -> UnpackedChunk:
    low, points, score, bands, days_since, n_channels = (_own(column) for column in unpack(scores))
    scored = Scored(points, score, bands)
    masks = unpack_masks(members, rows=len(low))
    belonging = Members.of_masks([np.ones(len(low), dtype=np.bool_), *masks[:segments]])
    return UnpackedChunk(
        chunk=chunk,
        low=low,
        columns=tuple(_own(column) for column in unpack(counts)),
        scored=scored,
        days_since=days_since,
        n_channels=n_channels,
        members=belonging,
        levels=segment_levels(scored=scored, members=belonging),
        conditions=tuple(masks[segments:]),
    )


def _own(column: Column) -> Column:
    """A copy of its own: a column of a block may begin at any byte, and arithmetic on it is then slow."""
    return column.copy()
