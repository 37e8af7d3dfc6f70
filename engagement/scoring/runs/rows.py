"""The customers of a run as it is stored, whole, in a few reads: what lists, movers and cohorts pick from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from engagement.scoring.blocks import Column, full_numbers, unpack, unpack_masks
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.cache import RunCache
from engagement.scoring.runs.store import packed_blocks

_SCORE_COLUMNS: Final = 6


@dataclass(frozen=True, eq=False, slots=True)
class RunRows:
    """Row i is one customer in every array; numbers ascend. Columns keep the narrow types they are stored in.

    `points` thousandths × scale · `scores` millionths · `days_since` −1 for the silent · `masks` by segment key, of the
    segments that were asked for.
    """

    numbers: NDArray[np.int64]
    points: Column
    scores: Column
    bands: Column
    days_since: Column
    n_channels: Column
    masks: Mapping[str, NDArray[np.bool_]]

    def __len__(self) -> int:
        return len(self.numbers)

    def of(self, keep: NDArray[np.bool_]) -> RunRows:
        """Some of the customers."""
        columns = (self.numbers, self.points, self.scores, self.bands, self.days_since, self.n_channels)
        masks = {key: mask[keep] for key, mask in self.masks.items()}
        numbers, points, scores, bands, days_since, n_channels = (column[keep] for column in columns)
        return RunRows(numbers, points, scores, bands, days_since, n_channels, masks)


@dataclass(frozen=True, eq=False, slots=True)
class _Stored:
    """A run's scores as they are stored, joined, and its bitmaps as they are packed: [chunk][segment]."""

    numbers: NDArray[np.int64]
    columns: tuple[Column, ...]
    in_chunk: tuple[int, ...]  # customers of each chunk
    bitmaps: tuple[tuple[Column, ...], ...]

    @property
    def nbytes(self) -> int:
        bitmaps = sum(bitmap.nbytes for of_chunk in self.bitmaps for bitmap in of_chunk)
        return self.numbers.nbytes + sum(column.nbytes for column in self.columns) + bitmaps

    def mask(self, place: int) -> NDArray[np.bool_]:
        """Who is in the segment at this place of the run's plan."""
        parts = [
            np.unpackbits(bitmaps[place], count=n).astype(np.bool_)
            for bitmaps, n in zip(self.bitmaps, self.in_chunk, strict=True)
        ]
        return np.concatenate([np.zeros(0, dtype=np.bool_), *parts])

    def places_of(self, number: int) -> frozenset[int]:
        """The places in the run's plan of the segments that somebody is in; none for whom the run did not score."""
        at = int(np.searchsorted(self.numbers, number))
        if at == len(self.numbers) or self.numbers[at] != number:
            return frozenset()
        chunk = 0
        while at >= self.in_chunk[chunk]:
            at, chunk = at - self.in_chunk[chunk], chunk + 1
        byte, bit = divmod(at, 8)
        return frozenset(place for place, bits in enumerate(self.bitmaps[chunk]) if bits[byte] >> (7 - bit) & 1)


CACHE: Final[RunCache[_Stored]] = RunCache(lambda: int(settings.ROWS_CACHE_BYTES))


def run_rows(run: ScoreRun, *, segment_keys: Sequence[str] = ()) -> RunRows:
    """Everybody of a run with their places in some segments: two queries the first time, then none in this process.

    A million customers are some 30 MB; all that is kept stays under `ROWS_CACHE_BYTES`. Nobody where the run is kept as
    sums only. Arrays cannot be written to. Raises ValueError for a segment that the run did not know, BlockError for
    damaged blocks, LookupError outside the organisation's own scope.
    """
    known = [segment["key"] for segment in run.uses["segments"]]
    places = {key: known.index(key) for key in segment_keys}
    stored = CACHE.of(run, lambda: _read(run))
    points, scores, bands, days_since, n_channels = stored.columns
    masks = {key: stored.mask(place) for key, place in places.items()}
    return RunRows(stored.numbers, points, scores, bands, days_since, n_channels, masks)


def segment_places(run: ScoreRun, *, number: int) -> frozenset[int]:
    """Which of the plan's segments somebody is in, by place; nobody's whom the run did not score. As `run_rows`."""
    return CACHE.of(run, lambda: _read(run)).places_of(number)


def _read(run: ScoreRun) -> _Stored:
    segments = len(run.uses["segments"])
    members = dict(packed_blocks(table="member", run=run))
    packed = [(chunk, unpack(blocks)) for chunk, blocks in packed_blocks(table="score", run=run)]
    numbers = [full_numbers(columns[0], chunk=chunk) for chunk, columns in packed]
    joined = [_joined([columns[at] for _, columns in packed]) for at in range(1, _SCORE_COLUMNS)]
    everybody = np.concatenate([np.zeros(0, dtype=np.int64), *numbers])
    for column in (everybody, *joined):
        column.flags.writeable = False
    bitmaps = [tuple(bits.astype(np.uint8) for bits in unpack(members[chunk])[:segments]) for chunk, _ in packed]
    return _Stored(everybody, tuple(joined), tuple(len(one) for one in numbers), tuple(bitmaps))


def _joined(columns: Sequence[Column]) -> Column:
    return np.concatenate(columns) if columns else np.zeros(0, dtype=np.int64)


def action_columns(run: ScoreRun, *, places: Sequence[int]) -> tuple[Column, ...]:
    """How often everybody did some of the run's actions, × scale, in the order of `run_rows`: one query."""
    columns = [unpack(blocks) for _, blocks in packed_blocks(table="count", run=run)]
    return tuple(_joined([column[at] for column in columns]) for at in places)


@dataclass(frozen=True, eq=False, slots=True)
class PickedRows:
    """A few customers of a run: how often they did each action, × scale, and in which segments they are, by number."""

    counts: Mapping[int, Sequence[int]]
    segments: Mapping[int, frozenset[str]]  # ids of segments


def picked_rows(run: ScoreRun, *, numbers: Sequence[int]) -> PickedRows:
    """Counts and segments of some customers, those the run did not score left out: three queries."""
    wanted = np.unique(np.array(numbers, dtype=np.int64))
    counts = dict(packed_blocks(table="count", run=run))
    members = dict(packed_blocks(table="member", run=run))
    ids = [str(segment["id"]) for segment in run.uses["segments"]]
    by_number: dict[int, Sequence[int]] = {}
    segments: dict[int, frozenset[str]] = {}
    for chunk, blocks in packed_blocks(table="score", run=run):
        rows = full_numbers(unpack(blocks)[0], chunk=chunk)
        at = np.flatnonzero(np.isin(rows, wanted, assume_unique=True))
        if not len(at):
            continue
        columns, masks = unpack(counts[chunk]), unpack_masks(members[chunk], rows=len(rows))[: len(ids)]
        for place in at.tolist():
            number = int(rows[place])
            by_number[number] = [int(column[place]) for column in columns]
            segments[number] = frozenset(key for key, mask in zip(ids, masks, strict=True) if mask[place])
    return PickedRows(by_number, segments)
