"""Order and level: mid-ranks, their correlation, and full points that keep the total score."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.scoring.formula import (
    DECAY_SCALE,
    Distribution,
    keep_level,
    proportional_full_points,
    rank_correlation,
    ranked,
    ranks,
    total_score,
)

POINTS = st.lists(st.integers(-50, 50), min_size=1, max_size=40)


def _plain_ranks(values: list[int]) -> list[int]:
    """Twice the mean place of the customers with as many points, less n + 1."""
    ordered = sorted(values)
    places = {value: [at + 1 for at, other in enumerate(ordered) if other == value] for value in values}
    return [int(2 * Fraction(sum(places[value]), len(places[value]))) - len(values) - 1 for value in values]


@given(POINTS, st.integers(1, 3), st.booleans())
def test_ranks_are_the_middle_of_the_places(values: list[int], step: int, by_sorting: bool) -> None:
    points = np.array(values) * step
    with patch.object(ranks, "_COUNTED_VALUES", 0 if by_sorting else 2**22):
        found = ranked(points=points, step=step)
    assert found.ranks.tolist() == _plain_ranks(values)
    assert found.ranks.sum() == 0
    assert found.distribution.values.tolist() == sorted({value * step for value in values})
    assert found.distribution.counts.tolist() == [values.count(value) for value in sorted(set(values))]
    assert (found.distribution.n, found.distribution.total()) == (len(values), sum(values) * step)


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=30))
def test_the_correlation_is_that_of_the_ranks(rows: list[tuple[int, int]]) -> None:
    before, after = (_plain_ranks([row[at] for row in rows]) for at in (0, 1))
    found = rank_correlation(before=np.array(before), after=np.array(after))
    variances = sum(a * a for a in before) * sum(b * b for b in after)
    if not variances:
        assert (found.value, found.is_same) == (None, False)
        return
    exact = Decimal(sum(a * b for a, b in zip(before, after, strict=True))) / Context(prec=60).sqrt(Decimal(variances))
    assert found.value is not None
    assert abs(found.value - exact) <= Decimal("0.000001")
    assert (found.value == 1) == found.is_same == (before == after)


def test_almost_the_same_order_is_never_called_the_same() -> None:
    before = np.arange(-99_999, 100_000, 2)
    after = before.copy()
    after[[5, 6]] = after[[6, 5]]
    found = rank_correlation(before=before, after=after)
    assert (found.value, found.is_same) == (Decimal("0.999999"), False)


def test_nobody_has_no_order() -> None:
    nobody = ranked(points=np.zeros(0, dtype=np.int64))
    assert nobody.distribution.n == nobody.distribution.total() == 0
    assert rank_correlation(before=nobody.ranks, after=nobody.ranks).value is None
    huge = Distribution(np.array([9 * 10**18]), np.array([3]))
    assert huge.total() == 27 * 10**18


# ── the level ────────────────────────────────────────────────────────────────────────────────────────────────


@settings(deadline=None)  # every full points there are, one by one
@given(
    st.dictionaries(st.integers(-20, 300), st.integers(1, 5), min_size=1, max_size=6),
    st.integers(1, 30 * 10**8),
    st.integers(5, 400),
    st.sampled_from([1, DECAY_SCALE]),
)
def test_the_level_is_kept_as_closely_as_any_full_points_do(
    counts: dict[int, int], wanted: int, most: int, scale: int
) -> None:
    values = sorted(counts)
    spread = Distribution(np.array(values) * scale, np.array([counts[value] for value in values]))
    totals = {
        full: total_score(distribution=spread, full_points_thousandths=full, scale=scale) for full in range(1, most + 1)
    }
    found = keep_level(distribution=spread, wanted_millionths=wanted, most_thousandths=most, scale=scale)
    if totals[1] < wanted:
        assert (found.obstacle, found.total_score_millionths) == ("too_few_points", totals[1])
    elif totals[most] > wanted:
        assert (found.obstacle, found.total_score_millionths) == ("out_of_range", totals[most])
    else:
        assert found.full_points_thousandths is not None
        assert totals[found.full_points_thousandths] == found.total_score_millionths
        assert abs(found.total_score_millionths - wanted) == min(abs(total - wanted) for total in totals.values())
        assert found.is_exact == (found.total_score_millionths == wanted)


def test_the_total_is_the_sum_of_the_rounded_scores() -> None:
    spread = Distribution(np.array([-5, 0, 10_000, 20_000, 90_000]), np.array([4, 9, 3, 1, 2]))
    assert total_score(distribution=spread, full_points_thousandths=30_000, scale=1) == (
        3 * 33_333_333 + 66_666_667 + 2 * 100_000_000
    )


def test_doubling_all_points_asks_for_double_full_points_as_a_round_number() -> None:
    spread = Distribution(np.arange(0, 400_000, 7_000), np.arange(1, 59))
    wanted = total_score(distribution=spread, full_points_thousandths=60_000, scale=1)
    double = Distribution(spread.values * 2, spread.counts)
    found = keep_level(distribution=double, wanted_millionths=wanted, most_thousandths=9 * 10**8, scale=1)
    assert (found.full_points_thousandths, found.is_exact) == (120_000, True)


def test_no_level_is_kept_of_nothing() -> None:
    spread = Distribution(np.array([-5, 0]), np.array([4, 9]))
    nothing = keep_level(distribution=spread, wanted_millionths=0, most_thousandths=100, scale=1)
    assert (nothing.full_points_thousandths, nothing.obstacle) == (None, "no_score")


@pytest.mark.parametrize(
    ("now", "before", "after", "expected"),
    [(60_000, 10, 20, 120_000), (1_000, 3, 2, 667), (1_000, 2, 1, 500), (5, 0, 9, None), (5, 9, -1, None)],
)
def test_the_simple_rule_follows_the_sum_of_points(now: int, before: int, after: int, expected: int | None) -> None:
    assert proportional_full_points(now_thousandths=now, before=before, after=after) == expected
