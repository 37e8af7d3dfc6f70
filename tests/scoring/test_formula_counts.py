"""Counts, decay and sums: exact, and the same for every cut into chunks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.errors import InvalidInputError
from engagement.scoring.formula import (
    DECAY_SCALE,
    MAX_UNITS,
    IntArray,
    add_counts,
    count_matrix,
    decay_table,
    exact_sum,
    exact_sums,
)

Row = tuple[int, int, int, int]
N_CUSTOMERS, N_ACTIONS, WINDOW = 4, 3, 20
ROWS = st.lists(
    st.tuples(
        st.integers(0, N_CUSTOMERS - 1),
        st.integers(0, N_ACTIONS - 1),
        st.integers(0, WINDOW - 1),
        st.integers(-(10**10), 10**10),
    ),
    max_size=30,
)


def counted(rows: Sequence[Row], decay: IntArray | None = None) -> IntArray:
    columns = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    return count_matrix(
        customer_index=columns[0],
        action_index=columns[1],
        age_days=columns[2],
        occurrences=columns[3],
        n_customers=N_CUSTOMERS,
        n_actions=N_ACTIONS,
        decay=decay,
    )


def test_counts_add_up_per_customer_and_action_and_leave_gaps_at_zero() -> None:
    rows = [(0, 0, 1, 2), (2, 1, 0, 5), (0, 0, 9, 3), (2, 2, 4, -7)]
    assert counted(rows).tolist() == [[5, 0, 0], [0, 0, 0], [0, 5, -7], [0, 0, 0]]


def test_no_rows_are_all_zeros() -> None:
    assert counted([]).tolist() == [[0, 0, 0]] * N_CUSTOMERS


def test_with_a_half_life_a_count_is_in_millionths() -> None:
    decay = decay_table(half_life_days=10, window_days=WINDOW)
    rows = [(1, 0, 0, 1), (1, 0, 10, 3), (1, 2, 5, 1)]
    assert counted(rows, decay).tolist()[1] == [2_500_000, 0, 707_107]


@given(rows=ROWS, cut=st.integers(0, 30), decayed=st.booleans())
def test_counts_equal_a_plain_count_in_any_chunking_and_order(rows: list[Row], cut: int, decayed: bool) -> None:
    decay = decay_table(half_life_days=3, window_days=WINDOW) if decayed else None
    plain = [[0] * N_ACTIONS for _ in range(N_CUSTOMERS)]
    for customer, action, age, occurrences in rows:
        plain[customer][action] += occurrences * (int(decay[age]) if decay is not None else 1)
    assert counted(rows, decay).tolist() == plain
    assert counted(rows[::-1], decay).tolist() == plain
    assert add_counts(left=counted(rows[:cut], decay), right=counted(rows[cut:], decay)).tolist() == plain


def test_counts_beyond_the_precision_of_a_float_are_exact() -> None:
    assert counted([(0, 0, 0, 2**60), (0, 0, 0, 1)])[0, 0] == 2**60 + 1


def test_many_large_cells_together_are_not_mistaken_for_one_that_is_too_large() -> None:
    rows = [(u, a, 0, MAX_UNITS - 5) for u in range(N_CUSTOMERS) for a in range(N_ACTIONS)]
    assert counted([*rows, (0, 0, 0, 5)])[0].tolist() == [MAX_UNITS, MAX_UNITS - 5, MAX_UNITS - 5]


@pytest.mark.parametrize(
    "rows",
    [
        [(0, 0, 0, MAX_UNITS + 1)],
        [(0, 0, 0, -MAX_UNITS - 1)],
        [(0, 0, 0, MAX_UNITS), (0, 0, 0, 1)],
        [(0, 0, 0, 2**62), (0, 0, 0, 2**62), (0, 0, 0, 2**62)],
        [(0, 0, 0, MAX_UNITS - 2**31), (0, 0, 0, 2**31 + 1)],
    ],
)
def test_a_count_that_could_wrap_round_is_refused(rows: list[Row]) -> None:
    with pytest.raises(InvalidInputError, match="too large to be added up exactly"):
        counted(rows)


def test_a_decayed_count_that_could_wrap_round_is_refused() -> None:
    decay = decay_table(half_life_days=1, window_days=WINDOW)
    assert counted([(0, 0, 0, MAX_UNITS // DECAY_SCALE)], decay)[0, 0] == MAX_UNITS
    with pytest.raises(InvalidInputError):
        counted([(0, 0, 0, MAX_UNITS // DECAY_SCALE + 1)], decay)


def test_adding_matrices_refuses_to_wrap_round() -> None:
    large, one = np.array([[2**63 - 1]]), np.array([[1]])
    assert add_counts(left=large, right=-one).tolist() == [[2**63 - 2]]
    with pytest.raises(InvalidInputError):
        add_counts(left=large, right=one)
    with pytest.raises(InvalidInputError):
        add_counts(left=-large, right=-one - one)


@pytest.mark.parametrize("row", [(4, 0, 0, 1), (-1, 0, 0, 1), (0, 3, 0, 1), (0, -1, 0, 1)])
def test_an_index_out_of_range_is_an_error_and_not_another_customer(row: Row) -> None:
    with pytest.raises(ValueError, match="must lie in 0…"):
        counted([row])


def test_an_age_out_of_range_matters_only_with_a_half_life() -> None:
    row = (0, 0, WINDOW, 1)
    assert counted([row])[0, 0] == 1
    with pytest.raises(ValueError, match="age_days must lie in 0…19"):
        counted([row], decay_table(half_life_days=3, window_days=WINDOW))


def test_floats_and_uneven_columns_are_refused() -> None:
    good = np.array([0])
    for bad in (np.array([0.5]), np.array([0, 0])):
        with pytest.raises(ValueError, match="occurrences must be whole numbers, one per row"):
            count_matrix(
                customer_index=good,
                action_index=good,
                age_days=good,
                occurrences=bad,
                n_customers=1,
                n_actions=1,
            )


# -- decay


def test_the_decay_table_halves_each_half_life_and_rounds_ties_up() -> None:
    assert decay_table(half_life_days=1, window_days=10).tolist() == [
        1_000_000,
        500_000,
        250_000,
        125_000,
        62_500,
        31_250,
        15_625,
        7_813,  # 7,812.5
        3_906,  # 3,906.25
        1_953,  # 1,953.125
    ]


def test_a_half_life_of_thirty_days_as_printed() -> None:
    table = decay_table(half_life_days=30, window_days=91)
    assert [table[age] for age in (1, 15, 30, 45, 60, 90)] == [
        977_160,
        707_107,
        500_000,
        353_553,
        250_000,
        125_000,
    ]


def test_what_lies_in_the_window_never_decays_to_nothing() -> None:
    table = decay_table(half_life_days=1, window_days=3_660)
    assert table[20:24].tolist() == [1, 1, 1, 1]
    assert table[-1] == 1
    # 0.49 of a millionth at the end of the 21st half-life: rounding alone would make it nothing
    assert decay_table(half_life_days=30, window_days=630)[-1] == 1


@settings(max_examples=40, deadline=None)
@given(half_life=st.integers(1, 120), window=st.integers(1, 200))
def test_each_entry_is_the_nearest_millionth_by_integer_powers(half_life: int, window: int) -> None:
    """v is right when v − ½ ≤ 10⁶ · 2^(−age/H) < v + ½, raised to the power H: integers only."""
    table = decay_table(half_life_days=half_life, window_days=window).tolist()
    assert len(table) == window
    whole = (2 * DECAY_SCALE) ** half_life
    for age in range(0, window, max(1, window // 7)):
        shifted = 1 << age
        assert whole < (2 * table[age] + 1) ** half_life * shifted
        assert table[age] == 1 or (2 * table[age] - 1) ** half_life * shifted <= whole


@pytest.mark.parametrize(
    ("half_life", "window", "field"),
    [
        (0, 90, "half_life_days"),
        (3_661, 90, "half_life_days"),
        (1, 0, "window_days"),
        (1, 3_661, "window_days"),
    ],
)
def test_decay_outside_the_bounds_is_refused(half_life: int, window: int, field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        decay_table(half_life_days=half_life, window_days=window)
    assert list(caught.value.fields) == [field]


# -- sums


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=40))
def test_sums_of_any_64_bit_integers_are_exact(values: list[int]) -> None:
    assert exact_sum(np.array(values, dtype=np.int64)) == sum(values)


def test_sums_by_column_are_exact_where_64_bits_would_wrap() -> None:
    matrix = np.array([[2**62, -(2**62)], [2**62, -(2**62)], [2**62, -(2**62) - 1]])
    assert exact_sums(matrix) == (3 * 2**62, -3 * 2**62 - 1)
    assert Fraction(exact_sums(matrix)[0], 3) == 2**62
