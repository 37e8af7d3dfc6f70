"""From events to counts per customer and action, and sums that cannot overflow."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engagement.errors import InvalidInputError
from engagement.language import _
from engagement.scoring.formula.weights import (
    DECAY_SCALE,
    MAX_HALF_LIFE_DAYS,
    MAX_UNITS,
    MAX_WINDOW_DAYS,
)
from engagement.scoring.numerals import whole

IntArray = NDArray[np.int64]

# Sixty digits: an irrational power of two is never within 1e-50 of a rounding border for 3,660 × 3,660 pairs.
_DECAY_CONTEXT: Final = Context(prec=60)
_LOW_BITS: Final = 32


def decay_table(*, half_life_days: int, window_days: int) -> IntArray:
    """What one occurrence is still worth, by age: round_half_up(10⁶ · 2^(−age/half-life)), at least 1.

    Shape (window_days,), millionths, index = age in days, never rising; age 0 is 1,000,000. Computed with
    integers and Decimal, so it is the same on every machine. It is never 0: what lies in the window counts as
    activity, however old. Raises InvalidInputError outside the bounds of `Weights`.

    >>> decay_table(half_life_days=2, window_days=5).tolist()
    [1000000, 707107, 500000, 353553, 250000]
    """
    if not 1 <= half_life_days <= MAX_HALF_LIFE_DAYS:
        raise InvalidInputError(
            fields={"half_life_days": [_("Give 1 to {most} days.").format(most=whole(MAX_HALF_LIFE_DAYS))]}
        )
    if not 1 <= window_days <= MAX_WINDOW_DAYS:
        raise InvalidInputError(
            fields={"window_days": [_("Give 1 to {most} days.").format(most=whole(MAX_WINDOW_DAYS))]}
        )
    # One full-precision factor per day within a half-life; older days halve it exactly.
    factors = [_millionths_within_half_life(day, half_life_days) for day in range(half_life_days)]
    worth = [_rounded_halving(factors[age % half_life_days], age // half_life_days) for age in range(window_days)]
    return np.array(worth, dtype=np.int64)


def _millionths_within_half_life(day: int, half_life_days: int) -> Decimal:
    exponent = _DECAY_CONTEXT.divide(Decimal(-day), Decimal(half_life_days))
    return _DECAY_CONTEXT.multiply(Decimal(DECAY_SCALE), _DECAY_CONTEXT.power(Decimal(2), exponent))


def _rounded_halving(millionths: Decimal, halvings: int) -> int:
    if 2**halvings > 2 * DECAY_SCALE:  # below half a millionth for every day
        return 1
    halved = _DECAY_CONTEXT.divide(millionths, Decimal(2**halvings))
    return max(1, int(halved.to_integral_value(rounding=ROUND_HALF_UP)))


def count_matrix(
    *,
    customer_index: IntArray,
    action_index: IntArray,
    age_days: IntArray,
    occurrences: IntArray,
    n_customers: int,
    n_actions: int,
    decay: IntArray | None = None,
) -> IntArray:
    """Counts per customer and action: n[u, a] = Σ occurrences · decay[age], exact in 64 bits.

    The four arrays (n_rows,) describe the rows of the window, in any order: customer 0…n_customers−1, action
    0…n_actions−1, age in days (read only with `decay`), occurrences (or a value in minor units; may be
    negative). Gives (n_customers, n_actions), in occurrences, or in millionths of one with `decay`; a
    customer without rows is a row of zeros. `add_counts` puts several groups of rows together.
    Raises ValueError for an index or age out of range, InvalidInputError if the amounts of one cell, signs
    left out, pass 9·10¹⁸ units.

    >>> one = np.array([0, 0]), np.array([1, 1]), np.array([0, 2]), np.array([3, 2])
    >>> names = ("customer_index", "action_index", "age_days", "occurrences")
    >>> count_matrix(**dict(zip(names, one)), n_customers=1, n_actions=2).tolist()
    [[0, 5]]
    """
    _check_rows(
        columns=(customer_index, action_index, age_days, occurrences),
        limits=(n_customers, n_actions, None if decay is None else len(decay), None),
    )
    scale = 1 if decay is None else DECAY_SCALE
    _check_magnitude(int(np.max(occurrences, initial=0)), int(np.min(occurrences, initial=0)), scale=scale)
    amounts = occurrences.astype(np.int64)
    if decay is not None:
        amounts = amounts * decay[age_days]
    cells = customer_index.astype(np.int64) * n_actions + action_index
    _check_cells(cells, amounts, n_cells=n_customers * n_actions)
    counts = np.zeros(n_customers * n_actions, dtype=np.int64)
    np.add.at(counts, cells, amounts)
    return counts.reshape(n_customers, n_actions)


def _check_rows(*, columns: Sequence[IntArray], limits: Sequence[int | None]) -> None:
    names = ("customer_index", "action_index", "age_days", "occurrences")
    for name, column, limit in zip(names, columns, limits, strict=True):
        if column.ndim != 1 or len(column) != len(columns[0]) or column.dtype.kind not in "iu":
            raise ValueError(f"{name} must be whole numbers, one per row")
        if limit is not None and len(column) and not 0 <= int(column.min()) <= int(column.max()) < limit:
            raise ValueError(f"{name} must lie in 0…{limit - 1}")


def _check_magnitude(largest: int, smallest: int, *, scale: int) -> None:
    if max(largest, -smallest) * scale > MAX_UNITS:
        raise _count_too_large()


def _check_cells(cells: IntArray, amounts: IntArray, *, n_cells: int) -> None:
    """Raise if the absolute amounts of one cell pass the bound; cheap unless all of them together do."""
    most = max(int(amounts.max(initial=0)), -int(amounts.min(initial=0)))
    if most * len(amounts) <= MAX_UNITS:
        return
    magnitudes = np.abs(amounts)
    if exact_sum(magnitudes) <= MAX_UNITS:
        return
    high = np.zeros(n_cells, dtype=np.int64)
    low = np.zeros(n_cells, dtype=np.int64)
    np.add.at(high, cells, magnitudes >> _LOW_BITS)
    np.add.at(low, cells, magnitudes & (2**_LOW_BITS - 1))
    high += low >> _LOW_BITS
    low &= 2**_LOW_BITS - 1
    most_high, most_low = divmod(MAX_UNITS, 2**_LOW_BITS)
    if bool(np.any((high > most_high) | ((high == most_high) & (low > most_low)))):
        raise _count_too_large()


def add_counts(*, left: IntArray, right: IntArray) -> IntArray:
    """Left + right, the counts of the same customers and actions from two groups of rows.

    Raises InvalidInputError where the sum would not fit 64 bits, instead of wrapping round.
    """
    total = left + right
    if bool(np.any(((left ^ total) & (right ^ total)) < 0)):  # both signs differ from the sum's: it wrapped
        raise _count_too_large()
    return total


def _count_too_large() -> InvalidInputError:
    return InvalidInputError(
        _(
            "The occurrences or values of one customer are too large to be added up exactly. "
            "Look for events with an absurd count or amount, and correct or exclude them."
        )
    )


def exact_sum(values: IntArray) -> int:
    """The sum of a 1-d int64 array as a Python integer: exact for any values up to 2³¹ of them."""
    return exact_sums(values.reshape(-1, 1))[0]


def exact_sums(matrix: IntArray) -> tuple[int, ...]:
    """The sum of each column of an int64 matrix (n, k) as Python integers; zeros when n = 0.

    Each value is split at bit 32, and the halves are summed apart: neither sum can pass 64 bits.
    """
    high = (matrix >> _LOW_BITS).sum(axis=0)
    low = (matrix & (2**_LOW_BITS - 1)).sum(axis=0)
    return tuple((int(upper) << _LOW_BITS) + int(lower) for upper, lower in zip(high, low, strict=True))
