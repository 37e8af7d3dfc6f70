"""Two weight sets over the same customers, chunk by chunk: what segments, bands, order and single customers do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula.counts import IntArray, exact_sum
from engagement.scoring.formula.previews import (
    N_BANDS,
    Column,
    LevelSums,
    Members,
    Scored,
    band_moves,
    band_tally,
    capped_counts,
    largest_moves,
    segment_levels,
)
from engagement.scoring.formula.ranks import Distribution, RankCorrelation, rank_correlation, ranked
from engagement.scoring.formula.reasons import (
    ActionTally,
    Formula,
    Numbers,
    Reason,
    changed_actions,
    reasons,
    tally_action,
)
from engagement.scoring.formula.variants import OWN, variant_rows
from engagement.scoring.formula.weights import DECAY_SCALE, WEIGHT_SCALE

MOVERS: Final = 20
_SAFE: Final = 2**46  # values of one chunk below it add up within 64 bits

Rows = NDArray[np.int64]
Columns = Mapping[str, Column]


@dataclass(frozen=True, eq=False, slots=True)
class Side:
    """The customers of one chunk under one weight set; row i is one customer in every array.

    `numbers` (n,) rising · `columns` counts (n,) by action · `active` (n,) any counted action · `points` (n,) ·
    `scored` None while full points are not decided · `members` of every segment, all customers first · `levels` their
    sums, where they are known already · `variants` (n,) of the set's formula, None where everybody has its own numbers.
    """

    numbers: IntArray
    columns: Columns
    active: NDArray[np.bool_]
    points: Column
    scored: Scored | None
    members: Members
    levels: tuple[LevelSums, ...] | None = None
    variants: IntArray | None = None

    @property
    def rest(self) -> NDArray[np.bool_]:
        """(n,): who is scored with the set's own numbers."""
        return np.ones(len(self.numbers), dtype=np.bool_) if self.variants is None else self.variants == OWN


@dataclass(frozen=True, slots=True)
class Move:
    """A customer under both sets: points in units of its set, scores in millionths, codes of bands."""

    number: int
    points: tuple[int, int]
    scores: tuple[int, int]
    bands: tuple[int, int]

    def order(self) -> tuple[int, int, int]:
        """By |Δ score|, then |Δ points|, then number."""
        (p0, p1), (s0, s1) = self.points, self.scores
        return -abs(s1 - s0), -abs(p1 - p0), self.number


class Comparison:
    """Gathers chunks; every figure is exact and does not depend on how customers are cut into chunks.

    Chunks have to come in the order of their customers' numbers only for the ranks, and they do from any source here.
    `before` is None where no set is in force: then there is one side.
    """

    def __init__(self, *, before: Formula | None, after: Formula, n_segments: int) -> None:
        self.before, self.after, self.n_segments = before, after, n_segments
        self.levels_before = [LevelSums()] * n_segments
        self.levels_after = [LevelSums()] * n_segments
        self.moves = np.zeros((n_segments, N_BANDS, N_BANDS), dtype=np.int64)
        self.occurrences: dict[str, int] = {}
        self.n, self.n_active = 0, 0
        self.n_rest = 0  # of these, scored with the later set's own numbers
        self.own_score_millionths = 0  # of the others together, under the later set
        self._n_own: tuple[dict[str, int], dict[str, int]] = ({}, {})
        self._changed = changed_actions(before=before, after=after) if before else ()
        self._tallies = dict.fromkeys(self._changed, ActionTally())
        self._points: tuple[dict[str, int], dict[str, int]] = ({}, {})
        self._below = [0, 0]
        self._moved: list[Move] = []
        self._active_points: list[Column] = []
        self._ranked: tuple[list[Column], list[Column]] = ([], [])
        self._ranks_of_active = True

    def add(self, *, before: Side | None, after: Side) -> None:
        """One chunk; `before` has the same customers unless points decide who is scored."""
        self.n += len(after.numbers)
        self.n_active += int(np.count_nonzero(after.active))
        self._add_variants(after, self.after, side=1)
        self.n_rest += int(np.count_nonzero(after.rest))
        self._active_points.append(after.points[after.active & after.rest])
        self._add_actions(after, self.after, side=1)
        if after.scored is not None:
            self._below[1] += int(np.count_nonzero(after.points < 0))
            self.own_score_millionths += exact_sum(after.scored.scores[~after.rest].astype(np.int64))
        if before is None or before.scored is None or self.before is None:
            if after.scored is not None:
                self._add_after(after, after.scored, None)
            return
        self._add_actions(before, self.before, side=0)
        self._add_variants(before, self.before, side=0)
        self._below[0] += int(np.count_nonzero(before.points < 0))
        levels = before.levels or segment_levels(scored=before.scored, members=before.members)
        self.levels_before = _added(self.levels_before, levels)
        if after.scored is not None:
            self._compare(before, after, before.scored, after.scored)

    def _add_after(self, after: Side, scored: Scored, band_counts: NDArray[np.int64] | None) -> None:
        levels = segment_levels(scored=scored, members=after.members, band_counts=band_counts)
        self.levels_after = _added(self.levels_after, levels)

    def _add_actions(self, side_of: Side, formula: Formula, *, side: int) -> None:
        groups = _groups(side_of, formula)
        for key in formula.actions:
            column = side_of.columns.get(key)
            if column is None:
                continue
            total = column_total(column)
            if side:
                self.occurrences[key] = self.occurrences.get(key, 0) + total
            points = self._points[side]
            for numbers, rows in groups:
                weight, cap = numbers[key]
                its = column if rows is None else column[rows]
                if cap is not None:
                    its = capped_counts(counts=its, cap=cap * scale_of(formula))
                found = total if its is column else column_total(its)
                points[key] = points.get(key, 0) + found * weight

    def _add_variants(self, side_of: Side, formula: Formula, *, side: int) -> None:
        if side_of.variants is None:
            return
        n_of = np.bincount(side_of.variants, minlength=1 + len(formula.own)).tolist()
        for numbers, n in zip(formula.own, n_of[1:], strict=True):
            self._n_own[side][numbers.segment] = self._n_own[side].get(numbers.segment, 0) + n

    def _compare(self, before: Side, after: Side, scored: Scored, scored_after: Scored) -> None:
        rows = _common(before.numbers, after.numbers)
        if rows is None:
            is_same = before.members is after.members  # no rule looks at points
            members = after.members if is_same else before.members.and_of(after.members)
            old, new, numbers, active = scored, scored_after, after.numbers, after.active
        else:
            old, new = scored.of(rows[0]), scored_after.of(rows[1])
            numbers, active = after.numbers[rows[1]], after.active[rows[1]]
            members = _both_of(before, after, rows)
        moves = band_moves(before=old.bands, after=new.bands, members=members)
        self.moves += moves
        self._add_after(
            after, scored_after, _arrived(moves, members=members, after=after.members, bands=scored_after.bands)
        )
        self._add_ranks(old, new, active, is_whole=rows is None)
        self._add_moves(numbers, old, new)
        rest = _rest_of_both(before, after, rows)
        if rest is not None:
            old, new = old.of(rest), new.of(rest)
        for key in self._changed:
            column = _column(before, after, key, rows)
            if column is not None:
                column = column if rest is None else column[rest]
                self._tallies[key] += self._tally(key, column, old, new)

    def _tally(self, key: str, column: Column, old: Scored, new: Scored) -> ActionTally:
        assert self.before is not None
        caps = (self.before.cap(key), self.after.cap(key))
        return tally_action(counts=column, before=old, after=new, caps=caps, scale=scale_of(self.after))

    def _add_ranks(self, old: Scored, new: Scored, active: NDArray[np.bool_], *, is_whole: bool) -> None:
        counted = active | (old.points != 0)
        self._ranks_of_active &= is_whole and bool(np.array_equal(counted, active))
        self._ranked[0].append(old.points[counted])
        self._ranked[1].append(new.points[counted])

    def _add_moves(self, numbers: IntArray, old: Scored, new: Scored) -> None:
        least = abs(self._moved[-1].order()[0]) if len(self._moved) == MOVERS else 1
        found = [
            Move(
                number=int(numbers[row]),
                points=(int(old.points[row]), int(new.points[row])),
                scores=(int(old.scores[row]), int(new.scores[row])),
                bands=(int(old.bands[row]), int(new.bands[row])),
            )
            for row in largest_moves(before=old, after=new, most=MOVERS, at_least=least)
        ]
        self._moved = sorted([*self._moved, *found], key=Move.order)[:MOVERS]

    def movers(self) -> tuple[Move, ...]:
        """The customers whose score moves most, at most `MOVERS`."""
        return tuple(self._moved)

    def points_after(self, key: str) -> int:
        """Σ points that one action gives under the later set, in its units; 0 for one that is not counted."""
        return self._points[1].get(key, 0)

    def points_before(self, key: str) -> int:
        """The same under the earlier set, in the units of that one."""
        return self._points[0].get(key, 0)

    def order(
        self, *, ranks_before: Callable[[], IntArray] | None = None
    ) -> tuple[Distribution, RankCorrelation | None]:
        """The distribution of the active customers' points under the later set, and whether the order is another one.

        The distribution is of those who are scored with the set's own numbers. The correlation is over all who are
        active, or had points, under either set; None with one side. `ranks_before` gives the ranks of the active
        customers under the earlier set, where they are known already.
        """
        after = ranked(points=_joined(self._active_points), step=step_of(self.after))
        if self.before is None or not self._ranked[0]:
            return after.distribution, None
        if ranks_before is not None and self._ranks_of_active:
            before = ranks_before()
        else:
            before = ranked(points=_joined(self._ranked[0]), step=step_of(self.before)).ranks
        ranks = after.ranks
        if not self._ranks_of_active or self.n_rest < self.n:
            ranks = ranked(points=_joined(self._ranked[1]), step=step_of(self.after)).ranks
        return after.distribution, rank_correlation(before=before, after=ranks)

    def why(self) -> tuple[Reason, ...]:
        """What explains the change; nothing with one side."""
        if self.before is None:
            return ()
        keys = {**self._points[0], **self._points[1]}
        points = {key: (self._points[0].get(key, 0), self._points[1].get(key, 0)) for key in keys}
        then, now = self._n_own
        return reasons(
            before=self.before,
            after=self.after,
            tallies=self._tallies,
            points=points,
            n_below_zero=(self._below[0], self._below[1]),
            n_own={key: (then.get(key, 0), now.get(key, 0)) for key in {**then, **now}},
        )


def scale_of(formula: Formula) -> int:
    """Units of one occurrence: 1, or 10⁶ with a half-life."""
    return 1 if formula.half_life_days is None else DECAY_SCALE


def step_of(formula: Formula) -> int:
    """What every customer's points are a multiple of: the greatest common divisor of the weights; at least 1."""
    return int(np.gcd.reduce([0, *(weight for numbers in formula.variants for weight, _ in numbers.values())])) or 1


def points_units(formula: Formula) -> int:
    """Units of one point: a thousand, times the scale."""
    return WEIGHT_SCALE * scale_of(formula)


def column_total(column: Column) -> int:
    """The exact sum of a column of counts of any whole type."""
    largest = max(abs(int(column.max())), abs(int(column.min()))) if len(column) else 0
    if largest < _SAFE:
        return int(column.sum(dtype=np.int64))
    return exact_sum(column.astype(np.int64))


def _groups(side: Side, formula: Formula) -> list[tuple[Numbers, Rows | None]]:
    """The numbers of each variant, with the rows of who is scored with them; None for all rows."""
    if side.variants is None:
        return [(formula.actions, None)]
    variants = formula.variants
    return [(variants[code], rows) for code, rows in variant_rows(variant=side.variants, n_variants=len(variants))]


def _rest_of_both(before: Side, after: Side, rows: tuple[Rows, Rows] | None) -> Rows | None:
    """Of the common customers those whom each set scores with its own numbers; None where these are all."""
    if before.variants is None and after.variants is None:
        return None
    first, second = before.rest, after.rest
    if rows is not None:
        first, second = first[rows[0]], second[rows[1]]
    return np.flatnonzero(first & second)


def _joined(parts: Sequence[Column]) -> IntArray:
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts]).astype(np.int64, copy=False)


def _added(left: Sequence[LevelSums], right: Sequence[LevelSums]) -> list[LevelSums]:
    return [one + other for one, other in zip(left, right, strict=True)]


def _common(before: IntArray, after: IntArray) -> tuple[Rows, Rows] | None:
    """Rows of the customers whom both sides score; None where these are all customers of both, row by row."""
    if before is after or np.array_equal(before, after):
        return None
    _, first, second = np.intersect1d(before, after, assume_unique=True, return_indices=True)
    return first, second


def _arrived(moves: NDArray[np.int64], *, members: Members, after: Members, bands: Column) -> NDArray[np.int64]:
    """Members after, by band: of a segment that keeps its members, those who arrive in a band are all who are in it."""
    found: NDArray[np.int64] = moves.sum(axis=1)
    pairs = zip(members.parts, after.parts, strict=True)
    others = [at for at, (both, part) in enumerate(pairs) if both is not part]
    if others:
        found[others] = band_tally(bands=bands, members=Members.of_parts([after.parts[at] for at in others]))
    return found


def _both_of(before: Side, after: Side, rows: tuple[Rows, Rows]) -> Members:
    first, second = before.members.masks(n=len(before.numbers)), after.members.masks(n=len(after.numbers))
    return Members.of_masks([one[rows[0]] & other[rows[1]] for one, other in zip(first, second, strict=True)])


def _column(before: Side, after: Side, key: str, rows: tuple[Rows, Rows] | None) -> Column | None:
    """The counts of one action of the common customers: the later set's, else those of the set that knows it."""
    for side, place in ((after, 1), (before, 0)):
        column = side.columns.get(key)
        if column is not None:
            return column if rows is None else column[rows[place]]
    return None
