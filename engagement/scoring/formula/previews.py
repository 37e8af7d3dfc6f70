"""Everybody scored again from stored counts, column by column, and what becomes of segments, bands and customers.

Counts stay in the narrow types they are stored in; a chunk at a time is widened to 64 bits. The numbers are those of
`score_customers` and `segment_sums`, to the last digit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula.counts import IntArray, exact_sum
from engagement.scoring.formula.points import customer_bands, customer_points, customer_scores
from engagement.scoring.formula.weights import BAND_NAMES, MAX_UNITS, SCORE_SCALE, WEIGHT_SCALE, Bands, Weights

Column = NDArray[Any]  # whole numbers of any width
N_BANDS: Final = len(BAND_NAMES)
_MAX_ROWS: Final = 2**16  # of a chunk, so that a row fits an index of 16 bits


@dataclass(frozen=True, eq=False, slots=True)
class Scored:
    """Customers of one chunk under one weight set; row i is one customer in every array.

    `points` (n,) thousandths × scale · `scores` (n,) millionths · `bands` (n,) codes; whole numbers of any width.
    """

    points: Column
    scores: Column
    bands: Column

    def of(self, rows: NDArray[np.int64]) -> Scored:
        """Some of the customers."""
        return Scored(self.points[rows], self.scores[rows], self.bands[rows])


@dataclass(frozen=True, eq=False, slots=True)
class Members:
    """Who belongs to which segment of one chunk: rows of the members of segment 0, then of segment 1, and so on.

    `parts` are the rows segment by segment, rising; `index` (Σ sizes,) all of them one after the other.
    """

    parts: tuple[NDArray[np.uint16], ...]
    index: NDArray[np.uint16]

    @classmethod
    def of_parts(cls, parts: Sequence[NDArray[np.uint16]]) -> Members:
        """From the rows of each segment's members, rising."""
        return cls(tuple(parts), np.concatenate([np.zeros(0, dtype=np.uint16), *parts]))

    @classmethod
    def of_masks(cls, masks: Sequence[NDArray[np.bool_]]) -> Members:
        """From one boolean per customer and segment; at most 65,536 customers."""
        if masks and len(masks[0]) > _MAX_ROWS:
            raise ValueError(f"a chunk has at most {_MAX_ROWS:,} customers")
        whole = cls.of_parts([_rows(mask) for mask in masks])
        parts = np.split(whole.index, np.cumsum(whole.sizes)[:-1]) if masks else []
        return cls(tuple(parts), whole.index)  # the parts take no room of their own

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(len(part) for part in self.parts)

    def replaced(self, masks: Mapping[int, NDArray[np.bool_]]) -> Members:
        """With the members of some segments, by their places, from masks; the others' parts are the same objects."""
        return Members.of_parts([_rows(masks[at]) if at in masks else part for at, part in enumerate(self.parts)])

    def and_of(self, other: Members) -> Members:
        """Who belongs to each segment in both; the rows have to be those of the same customers."""
        pairs = zip(self.parts, other.parts, strict=True)
        return Members.of_parts([one if one is second else _in_both(one, second) for one, second in pairs])

    @property
    def rows(self) -> NDArray[np.intp]:
        """The index as NumPy takes it: with the narrow one every `take` converts in small pieces, six times slower."""
        return self.index.astype(np.intp)

    def mask(self, place: int, *, n: int) -> NDArray[np.bool_]:
        """One boolean per customer (n,): who belongs to one segment."""
        start = sum(self.sizes[:place])
        found = np.zeros(n, dtype=np.bool_)
        found[self.index[start : start + self.sizes[place]]] = True
        return found

    def masks(self, *, n: int) -> tuple[NDArray[np.bool_], ...]:
        """One boolean per customer and segment again, each (n,)."""
        found = []
        for part in self.parts:
            mask = np.zeros(n, dtype=np.bool_)
            mask[part] = True
            found.append(mask)
        return tuple(found)


def _rows(mask: NDArray[np.bool_]) -> NDArray[np.uint16]:
    return np.flatnonzero(mask).astype(np.uint16)


def _in_both(one: NDArray[np.uint16], other: NDArray[np.uint16]) -> NDArray[np.uint16]:
    inside = np.zeros(_MAX_ROWS, dtype=np.bool_)
    inside[one] = True
    both: NDArray[np.uint16] = other[inside[other]]
    return both


@dataclass(frozen=True, slots=True)
class LevelSums:
    """Exact sums over the members of a segment: thousandths × scale, millionths, (Poor, Good, Excellent)."""

    n: int = 0
    sum_points: int = 0
    sum_score_millionths: int = 0
    band_counts: tuple[int, int, int] = (0, 0, 0)

    def __add__(self, other: LevelSums) -> LevelSums:
        poor, good, excellent = (a + b for a, b in zip(self.band_counts, other.band_counts, strict=True))
        return LevelSums(
            n=self.n + other.n,
            sum_points=self.sum_points + other.sum_points,
            sum_score_millionths=self.sum_score_millionths + other.sum_score_millionths,
            band_counts=(poor, good, excellent),
        )

    @property
    def score(self) -> Fraction | None:
        """Mean score 0…100; None without members."""
        return Fraction(self.sum_score_millionths, self.n * SCORE_SCALE) if self.n else None

    def points_per_customer(self, *, scale: int) -> Fraction | None:
        """Σ points / n, in points; None without members."""
        return Fraction(self.sum_points, self.n * WEIGHT_SCALE * scale) if self.n else None


def column_points(*, columns: Sequence[Column], weights: Weights) -> IntArray:
    """`customer_points` from one column of counts per action, each (n,) of any whole type; gives (n,) int64.

    P(u) = Σ_a weight_a · min(n[u, a], cap_a). Errors as `customer_points`: InvalidInputError where a customer's
    Σ|weight · count| passes the bound, decided by the columns' largest and, only where these are too large, row by row.
    """
    capped, bound = [], 0
    pairs = zip(columns, weights.weight_thousandths.tolist(), weights.cap_units.tolist(), strict=True)
    for column, weight, cap in pairs:
        counted = capped_counts(counts=column, cap=cap)
        capped.append((counted, weight))
        bound += abs(weight) * _largest(counted)
    if bound > MAX_UNITS:
        matrix = np.column_stack([column.astype(np.int64) for column in columns])
        return customer_points(counts=matrix, weights=weights)
    points = np.zeros(len(columns[0]), dtype=np.int64)
    for counted, weight in capped:
        if weight:
            points += np.multiply(counted, np.int64(weight), dtype=np.int64)
    return points


def capped_counts(*, counts: Column, cap: int) -> Column:
    """min(n, cap) in the column's own type; the column itself where the cap reaches nobody. `cap` as `cap_units`."""
    return np.minimum(counts, counts.dtype.type(cap)) if len(counts) and int(counts.max()) > cap else counts


def score_columns(*, columns: Sequence[Column], weights: Weights, bands: Bands) -> Scored:
    """Points, scores and bands from one column of counts per action; errors as `column_points`."""
    return score_points(points=column_points(columns=columns, weights=weights), weights=weights, bands=bands)


def score_points(*, points: IntArray, weights: Weights, bands: Bands) -> Scored:
    """Scores and bands of points (n,) that were computed with the same weights."""
    return Scored(
        points=points,
        scores=customer_scores(points=points, weights=weights),
        bands=customer_bands(points=points, weights=weights, bands=bands),
    )


def segment_levels(
    *, scored: Scored, members: Members, band_counts: NDArray[np.int64] | None = None
) -> tuple[LevelSums, ...]:
    """Exact sums of each segment's members within one chunk; sums of chunks are added.

    `band_counts` (n_segments, 3), where the caller has counted them already.
    """
    points = _sums(scored.points, members)
    scores = _sums(scored.scores, members)
    in_bands = band_tally(bands=scored.bands, members=members) if band_counts is None else band_counts
    return tuple(
        LevelSums(n, sum_points, sum_scores, (poor, good, excellent))
        for n, sum_points, sum_scores, (poor, good, excellent) in zip(
            members.sizes, points, scores, in_bands.tolist(), strict=True
        )
    )


def band_tally(*, bands: Column, members: Members) -> NDArray[np.int64]:
    """Members by band, (n_segments, 3); `bands` (n,) codes."""
    return _tally(bands, members, kinds=N_BANDS)


def band_moves(*, before: Column, after: Column, members: Members) -> NDArray[np.int64]:
    """Members by band before and after, (n_segments, 3, 3): [s, b, a] went from band b to band a.

    `before`, `after` (n,) codes of the same customers.
    """
    kinds = N_BANDS * N_BANDS
    pairs = before.astype(np.uint8) * np.uint8(N_BANDS) + after.astype(np.uint8)
    return _tally(pairs, members, kinds=kinds).reshape(len(members.sizes), N_BANDS, N_BANDS)


def largest_moves(*, before: Scored, after: Scored, most: int, at_least: int = 1) -> NDArray[np.int64]:
    """Rows of the customers whose score moves most, at most `most`: by |Δ score|, |Δ points|, then the earlier row.

    Whose score moves by less than `at_least` millionths is left out. Not sorted beyond being the right ones.
    """
    by_score = np.abs(after.scores.astype(np.int64) - before.scores)
    rows = np.flatnonzero(by_score >= max(at_least, 1))
    if len(rows) <= most:
        return rows
    by_points = _distance(before.points[rows], after.points[rows])
    chosen: list[NDArray[np.int64]] = []
    places = np.arange(len(rows))
    for key in (by_score[rows], by_points):
        room = most - sum(len(part) for part in chosen)
        if len(places) <= room:
            break
        values = key[places]
        last = np.partition(values, len(values) - room)[len(values) - room]
        chosen.append(places[values > last])
        places = places[values == last]
    room = most - sum(len(part) for part in chosen)
    found: NDArray[np.int64] = rows[np.concatenate([*chosen, places[:room]])]
    return found


def _distance(before: Column, after: Column) -> NDArray[np.uint64]:
    """|after − before| of any two 64-bit numbers, without wrapping round."""
    low, high = np.minimum(before, after).astype(np.int64), np.maximum(before, after).astype(np.int64)
    return high.astype(np.uint64) - low.astype(np.uint64)


def _largest(column: Column) -> int:
    return max(abs(int(column.max())), abs(int(column.min()))) if len(column) else 0


def _sums(values: Column, members: Members) -> list[int]:
    """The sum of each segment's members as Python integers."""
    taken = values.take(members.rows)
    ends = np.cumsum(members.sizes, dtype=np.int64)
    starts = ends - members.sizes
    if _largest(values) > MAX_UNITS // _MAX_ROWS:
        return [exact_sum(taken[a:b].astype(np.int64)) for a, b in zip(starts, ends, strict=True)]
    sums = np.zeros(len(starts), dtype=np.int64)
    filled = np.flatnonzero(ends > starts)  # reduceat gives an empty group its neighbour's first value
    if len(filled):
        sums[filled] = np.add.reduceat(taken, starts[filled], dtype=np.int64)
    return [int(total) for total in sums]


def _tally(codes: Column, members: Members, *, kinds: int) -> NDArray[np.int64]:
    """How many members of each segment bear each code 0…kinds−1: (n_segments, kinds)."""
    keys = np.repeat(np.arange(0, len(members.sizes) * kinds, kinds), members.sizes)
    keys += codes.take(members.rows)
    found = np.bincount(keys, minlength=len(members.sizes) * kinds)
    return found.astype(np.int64).reshape(len(members.sizes), kinds)
