"""Exact sums over many groups at once: one product of matrices instead of a pass per group.

Doubles hold every integer below 2⁵³, and so does a sum of them: columns whose sums could pass it are cut into limbs.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula.counts import IntArray

Masks = NDArray[np.bool_]
_EXACT: Final = 2**53
_ROWS_AT_ONCE: Final = 8_192  # of memberships as doubles: they stay in the processor's cache
_MOST_ROWS: Final = 2**26  # below it a limb of 26 bits cannot pass 2⁵³
_LIMB_BITS: Final = 26
_PIECE_BITS: Final = 31  # the product of two pieces fits 64 bits


def sums_over_masks(*, masks: Masks, columns: Sequence[IntArray]) -> list[list[int]]:
    """Σ of each column over the members of each group: [group][column], as Python integers, exact for any int64.

    `masks` (s, n) says who belongs; every column is (n,). Zeros for a group without members. Raises ValueError for
    columns of another length, and for 2²⁶ customers or more.

    >>> masks = np.array([[True, True, False], [False, False, False]])
    >>> sums_over_masks(masks=masks, columns=[np.array([1, 2, 4]), np.array([2**62, 2**62, 0])])
    [[3, 9223372036854775808], [0, 0]]
    """
    n_groups, n = masks.shape
    if n >= _MOST_ROWS or any(column.shape != (n,) for column in columns):
        raise ValueError("every column has one whole number per customer")
    limbs = [_limbs(column) for column in columns]
    flat = [limb for of_column in limbs for limb in of_column]
    totals = np.zeros((n_groups, len(flat)), dtype=np.float64)
    for start in range(0, n, _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        values = np.stack([limb[rows] for limb in flat], axis=1, dtype=np.float64) if flat else None
        if values is not None:
            totals += masks[:, rows].astype(np.float64) @ values
    return _together(totals.astype(np.int64).tolist(), [len(of_column) for of_column in limbs])


def columns_of_squares(values: IntArray) -> list[tuple[IntArray, int]]:
    """Columns whose sums, each times its factor, add up to Σ v² exactly, for any |v| < 2⁶³.

    One column of squares where these fit 64 bits, else products of pieces of 31 bits.

    >>> values = np.array([3, -4, 2**62])
    >>> sum(int(column.sum()) * factor for column, factor in columns_of_squares(values)) == 25 + 2**124
    True
    """
    size = np.abs(values.astype(np.int64, copy=False))
    most = int(size.max(initial=0))
    if most * most < 2**63:
        return [(size * size, 1)]
    pieces = [(size >> at) & ((1 << _PIECE_BITS) - 1) for at in range(0, most.bit_length(), _PIECE_BITS)]
    return [
        (pieces[i] * pieces[j], (1 + (i < j)) << (_PIECE_BITS * (i + j)))
        for i in range(len(pieces))
        for j in range(i, len(pieces))
    ]


def _limbs(column: IntArray) -> list[NDArray[np.int64]]:
    """Parts of a column, the lowest first, whose sums stay below 2⁵³; the highest keeps the sign."""
    parts: list[NDArray[np.int64]] = []
    rest = column.astype(np.int64, copy=False)
    while max(int(rest.max(initial=0)), -int(rest.min(initial=0))) * max(1, len(rest)) >= _EXACT:
        parts.append(rest & ((1 << _LIMB_BITS) - 1))
        rest = rest >> _LIMB_BITS
    return [*parts, rest]


def _together(rows: list[list[int]], n_limbs: Sequence[int]) -> list[list[int]]:
    """The limbs of each column put together again, row by row; most columns have one."""
    if len(n_limbs) == sum(n_limbs):
        return rows
    ends = list(accumulate(n_limbs))
    places = [range(end - n, end) for n, end in zip(n_limbs, ends, strict=True)]
    return [
        [sum(row[at] << (_LIMB_BITS * place) for place, at in enumerate(of_column)) for of_column in places]
        for row in rows
    ]
