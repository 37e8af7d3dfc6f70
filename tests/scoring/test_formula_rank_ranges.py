"""Rank ranges: worked tables, a second plain implementation in floating point, and how often they are wrong."""

from __future__ import annotations

from decimal import Decimal
from math import exp, lgamma, log, pi, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.scoring.formula import GroupMean, RankRange, rank_ranges, surely_above, t_above
from engagement.scoring.formula.rank_ranges import MOST_DEGREES, chance_not_above


def _of(values: list[int], **opened: bool) -> GroupMean:
    return GroupMean(len(values), sum(values), sum(value * value for value in values), **opened)


def _near(mean: int, *, n: int = 100, apart: int = 10) -> GroupMean:
    """Half of the values `apart` below the mean, half above."""
    return _of([mean - apart, mean + apart] * (n // 2))


def _told(groups: list[GroupMean]) -> list[tuple[int, int]]:
    return [(found.best, found.worst) for found in rank_ranges(groups)]


# ── worked by hand ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([], []),
        ([_near(50)], [(1, 1)]),
        ([_near(50), _near(50)], [(1, 2), (1, 2)]),
        ([_near(90), _near(50), _near(51)], [(1, 1), (2, 3), (2, 3)]),  # ± 1.0 each: 40 apart is sure, 1 is not
        ([_near(50), _near(53), _near(56)], [(2, 3), (1, 3), (1, 2)]),  # only the ends are told apart
        ([_near(50), _near(60), _near(70)], [(3, 3), (2, 2), (1, 1)]),
        ([_of([5, 5, 5]), _of([6, 6, 6])], [(2, 2), (1, 1)]),  # without any spread the larger is larger
        ([_of([5, 5, 5]), _of([5, 5, 5])], [(1, 2), (1, 2)]),
    ],
)
def test_worked_tables(groups: list[GroupMean], expected: list[tuple[int, int]]) -> None:
    assert _told(groups) == expected


def test_the_line_between_sure_and_not_lies_where_the_table_of_t_says() -> None:
    """Two groups of 61, so 120 degrees: the smaller of two p has to be ≤ 0.05 ÷ 2, and t(120) of 0.025 is 1.97993."""
    n = 61
    for t, is_sure in ((1.979, False), (1.981, True)):
        spread = 10**6
        values = [-spread, spread] * (n // 2) + [0]
        v = sum(value * value for value in values) / (n - 1) / n
        shift = round(t * sqrt(2 * v))
        assert bool(list(surely_above([_of([x + shift for x in values]), _of(values)]))) is is_sure


def test_what_is_known_from_one_side_only_is_never_said_from_the_other() -> None:
    low, high = _near(50), _near(90)
    at_least = GroupMean(low.n, low.total, low.squares, open_above=True)
    at_most = GroupMean(high.n, high.total, high.squares, open_below=True)
    assert _told([high, at_least]) == [(1, 2), (1, 2)]  # the lower one may be anything from 50 up
    assert _told([low, GroupMean(high.n, high.total, high.squares, open_above=True)]) == [(2, 2), (1, 1)]
    assert _told([low, at_most]) == [(1, 2), (1, 2)]
    assert _told([GroupMean(low.n, low.total, low.squares, open_below=True), high]) == [(2, 2), (1, 1)]


def test_fewer_than_three_values_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        rank_ranges([_of([1, 2])])


# ── the distribution ─────────────────────────────────────────────────────────────────────────────────────────


def _t_above_by_sums(t: float, degrees: int, steps: int = 20_000) -> float:
    """Half, less the density between 0 and t by Simpson's rule."""
    scale = exp(lgamma((degrees + 1) / 2) - lgamma(degrees / 2)) / sqrt(degrees * pi)
    heights = [scale * exp(-(degrees + 1) / 2 * log(1 + (t * k / steps) ** 2 / degrees)) for k in range(steps + 1)]
    odd, even = sum(heights[1::2]), sum(heights[2:-1:2])
    return 0.5 - t / steps / 3 * (heights[0] + heights[-1] + 4 * odd + 2 * even)


@pytest.mark.parametrize("degrees", [2, 4, 10, 28, 60, MOST_DEGREES])
@pytest.mark.parametrize("t", ["0", "0.5", "1.7", "3.65", "6"])
def test_the_tail_of_t_against_adding_its_density_up(degrees: int, t: str) -> None:
    found = t_above(Decimal(t), degrees=degrees)
    assert float(found) == pytest.approx(_t_above_by_sums(float(t), degrees), abs=1e-9)
    assert abs(t_above(-Decimal(t), degrees=degrees) + found - 1) < Decimal("1e-25")


@pytest.mark.parametrize(("t", "degrees", "share"), [("63.6567", 2, None), ("4.3027", 2, 25), ("2.3646", 7, None)])
def test_quantiles_from_the_printed_table(t: str, degrees: int, share: int | None) -> None:
    if degrees % 2:
        with pytest.raises(ValueError, match="even"):
            t_above(Decimal(t), degrees=degrees)
    elif share is not None:
        assert t_above(Decimal(t), degrees=degrees).quantize(Decimal("0.001")) == Decimal(share) / 1000


# ── properties ───────────────────────────────────────────────────────────────────────────────────────────────

_VALUES = st.lists(st.integers(0, 100), min_size=3, max_size=12)
_GROUPS = st.lists(st.builds(_of, _VALUES, open_above=st.booleans(), open_below=st.booleans()), max_size=7)
_CLOSED = st.lists(st.builds(_of, _VALUES), min_size=1, max_size=7)


def _by_bonferroni(groups: list[GroupMean]) -> list[tuple[int, int]]:
    """The plain, wider method: every pair at 5 % ÷ n(n − 1)."""
    n, found = len(groups), []
    for one in groups:
        above = below = 0
        for other in groups:
            if other is not one:
                above += chance_not_above(other, one) * n * (n - 1) <= Decimal("0.05")
                below += chance_not_above(one, other) * n * (n - 1) <= Decimal("0.05")
        found.append((1 + above, n - below))
    return found


@given(_CLOSED)
@settings(max_examples=60, deadline=None)
def test_ranges_hold_the_rank_by_the_numbers_and_lie_within_bonferronis(groups: list[GroupMean]) -> None:
    for one, (best, worst), (wide_best, wide_worst) in zip(groups, _told(groups), _by_bonferroni(groups), strict=True):
        higher = sum(other.mean > one.mean for other in groups)
        lower = sum(other.mean < one.mean for other in groups)
        assert best <= 1 + higher
        assert len(groups) - lower <= worst
        assert wide_best <= best <= worst <= wide_worst


@given(_GROUPS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_in_which_they_are_given_does_not_matter(groups: list[GroupMean], random: object) -> None:
    places = list(range(len(groups)))
    random.shuffle(places)  # type: ignore[attr-defined]
    told, shuffled = _told(groups), _told([groups[place] for place in places])
    assert shuffled == [told[place] for place in places]


@given(_CLOSED, st.integers(-50, 50), st.integers(1, 1_000))
@settings(max_examples=60, deadline=None)
def test_neither_the_unit_nor_the_zero_matters(groups: list[GroupMean], shift: int, unit: int) -> None:
    moved = [
        GroupMean(
            one.n,
            unit * (one.total + one.n * shift),
            unit * unit * (one.squares + 2 * shift * one.total + one.n * shift * shift),
        )
        for one in groups
    ]
    assert _told(moved) == _told(groups)


@given(_GROUPS)
@settings(max_examples=60, deadline=None)
def test_who_is_known_less_well_is_told_apart_no_better(groups: list[GroupMean]) -> None:
    closed = [GroupMean(one.n, one.total, one.squares) for one in groups]
    opened = [GroupMean(one.n, one.total, one.squares, open_above=True, open_below=True) for one in groups]
    assert not list(surely_above(opened))
    pairs = list(surely_above(groups))
    assert all((lower, upper) not in pairs for upper, lower in pairs)
    assert all(groups[upper].mean > groups[lower].mean for upper, lower in pairs)
    assert all(closed[upper].variance >= 0 for upper, _ in pairs)


def test_all_ranges_hold_together_in_95_of_100_worlds() -> None:
    """Six groups, three of them truly alike: true ranks 1, 2…4, 5 and 6. The draws are always the same."""
    draws = np.random.default_rng(20261122)
    true = np.array([70, 60, 60, 60, 55, 40])
    wrong = 0
    for _ in range(300):
        groups = [_of(draws.normal(mean * 1000, 15_000, 40).round().astype(int).tolist()) for mean in true]
        for mean, found in zip(true, rank_ranges(groups), strict=True):
            best, worst = 1 + int((true > mean).sum()), len(true) - int((true < mean).sum())
            if not (found.best <= best and worst <= found.worst):
                wrong += 1
                break
    assert wrong <= 15  # 5 % of 300
    assert isinstance(rank_ranges([_near(50)])[0], RankRange)
