"""Points divided by value: parts that add up in integers, and no part a unit off its exact share."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.scoring.formula.breakdown import apportioned, divided, summed

TOTALS = st.integers(-(2**62), 2**62)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any)


@pytest.mark.parametrize(
    ("total", "weights", "wanted"),
    [
        (10, [1, 1, 1], (4, 3, 3)),
        (10, [0, 1], (0, 10)),
        (-10, [1, 1, 1], (-4, -3, -3)),
        (0, [5, 5], (0, 0)),
        (7, [3], (7,)),
        (1, [1, 2, 2], (0, 1, 0)),  # of equal remainders the first
    ],
)
def test_known_parts(total: int, weights: list[int], wanted: tuple[int, ...]) -> None:
    assert apportioned(total=total, weights=weights) == wanted


@given(TOTALS, WEIGHTS)
def test_parts_add_up_and_none_is_a_unit_off(total: int, weights: list[int]) -> None:
    parts = apportioned(total=total, weights=weights)
    assert sum(parts) == total
    whole = sum(weights)
    assert all(abs(part - Fraction(total * weight, whole)) < 1 for part, weight in zip(parts, weights, strict=True))
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(TOTALS, st.integers(1, 10**6), st.integers(1, 8))
def test_equal_weights_give_parts_that_differ_by_one_at_most(total: int, weight: int, n: int) -> None:
    parts = apportioned(total=total, weights=[weight] * n)
    assert max(parts) - min(parts) <= 1


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [3, -1]])
def test_weights_that_say_nothing(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights are 0 or more"):
        apportioned(total=5, weights=weights)


ENTRIES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 4), st.integers(1, 50)),
    max_size=30, unique_by=lambda entry: entry[:3],
)  # fmt: skip
MATRIX = st.lists(st.lists(st.integers(0, 60), min_size=3, max_size=3), min_size=4, max_size=4)


@given(ENTRIES, MATRIX, st.lists(st.integers(-9, 9), min_size=3, max_size=3), st.lists(st.booleans(), min_size=4))
def test_every_cell_and_every_segment_adds_up(
    entries: list[tuple[int, int, int, int]], matrix: list[list[int]], weights: list[int], member: list[bool]
) -> None:
    """Whatever the events say, and whatever of them is left: points and occurrences are those of the run."""
    counts = np.array(matrix, dtype=np.int64)
    points = counts * np.array(weights, dtype=np.int64)
    columns = np.array(entries, dtype=np.int64).reshape(-1, 4).T
    cells = divided(
        rows=columns[0], columns=columns[1], values=columns[2], weights=columns[3], points=points, counts=counts,
        is_count=np.array([True, True, False]), gone=-1,
    )  # fmt: skip
    inside = np.array(member[:4])
    found = summed(cells, member=inside)
    assert sum(points for points, _, _ in found.values()) == int(points[inside].sum())
    assert sum(times for _, times, _ in found.values()) == int(counts[inside].sum())
    assert all(customers <= int(inside.sum()) for _, _, customers in found.values())
    # A cell whose events all have one value and are all there gives it everything, and nothing is gone.
    for row, column, value, weight in entries:
        alone = sum(entry[:2] == (row, column) for entry in entries) == 1
        if alone and counts[row, column] == weight:
            part = cells.values[(cells.rows == row) & (cells.points == points[row, column])]
            assert value in part


def test_what_is_no_longer_kept_is_gone_and_not_nothing() -> None:
    """Eight purchases counted, of which six are still there: four by mail, two without a name."""
    none = np.zeros(0, dtype=np.int64)
    counts, points = np.array([[8]]), np.array([[80]])
    made: dict[str, Any] = {"points": points, "counts": counts, "is_count": np.array([True]), "gone": -1}
    zero = np.zeros(2, dtype=np.int64)
    cells = divided(rows=zero, columns=zero, values=np.array([1, 0]), weights=np.array([4, 2]), **made)
    assert summed(cells, member=np.array([True])) == {-1: (20, 2, 1), 0: (20, 2, 1), 1: (40, 4, 1)}
    cells = divided(rows=none, columns=none, values=none, weights=none, **made)
    assert summed(cells, member=np.array([True])) == {-1: (80, 8, 1)}


def test_sums_pass_what_one_word_holds() -> None:
    counts = np.full((4, 1), 2**62, dtype=np.int64)
    none = np.zeros(0, dtype=np.int64)
    cells = divided(
        rows=none, columns=none, values=none, weights=none, points=counts, counts=counts,
        is_count=np.array([True]), gone=-1,
    )  # fmt: skip
    assert summed(cells, member=np.ones(4, dtype=np.bool_)) == {-1: (2**64, 2**64, 4)}
