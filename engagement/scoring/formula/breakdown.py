"""What customers' counted points come from, by the value of an event property: shares in integers that add up.

A cap or a half-life works on a customer's action as a whole, so its points belong to no single event. They are divided
over the values of the events in proportion to the (decayed) occurrences of each, by largest remainder: the parts of a
cell are whole units and add up to it exactly, and so does every sum above them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


def apportioned(*, total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Whole parts of a total in proportion to weights ≥ 0; they add up to it exactly.

    Each part is ⌊|total| · w ÷ Σw⌋ with the sign of the total, and the units that are left go to the largest
    remainders, of equal ones to the first. No part is a whole unit off its exact share. Raises ValueError for no
    weight above 0, or one below.

    >>> apportioned(total=10, weights=[1, 1, 1]), apportioned(total=-5, weights=[3, 1])
    ((4, 3, 3), (-4, -1))
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights are 0 or more, and one of them is above 0")
    size, sign = abs(total), -1 if total < 0 else 1
    parts = [size * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda at: -(size * weights[at] % whole))
    for at in order[: size - sum(parts)]:
        parts[at] += 1
    return tuple(sign * part for part in parts)


@dataclass(frozen=True, eq=False, slots=True)
class Cells:
    """Parts of (customer, action) cells by value; five columns (n,), one row a value of a cell.

    `rows` customers as places in their chunk · `values` ids of values · `points`, `occurrences` whole units.
    """

    rows: IntArray
    values: IntArray
    points: IntArray
    occurrences: IntArray


def divided(
    *, rows: IntArray, columns: IntArray, values: IntArray, weights: IntArray, points: IntArray, counts: IntArray,
    is_count: NDArray[np.bool_], gone: int,
) -> Cells:  # fmt: skip
    """Every cell of `points` and `counts` (n_customers, n_actions) divided over the values of its events.

    The first four columns (n,) are events added up by customer, action and value; `weights` > 0. What a cell counts
    beyond its events (they are kept no longer) is of the value `gone`; so is a cell without any. A cell that counts
    nothing has no parts, whatever came in since. `is_count` says which actions count occurrences: of the others, which
    count amounts, only a cell without events is of `gone`.
    """
    n_actions = counts.shape[1]
    cells = rows * n_actions + columns
    flat_counts, flat_points = counts.reshape(-1), points.reshape(-1)
    counted = (flat_counts != 0) | (flat_points != 0)
    keep = counted[cells] if len(cells) else np.zeros(0, dtype=np.bool_)
    cells, values, weights = cells[keep], values[keep], weights[keep]
    known = np.zeros(counts.size, dtype=np.int64)
    np.add.at(known, cells, weights)
    short = np.where(np.tile(is_count, counts.shape[0]), np.maximum(flat_counts - known, 0), 0)
    short = np.where(counted & (known == 0), 1, np.where(counted, short, 0))
    missing = np.flatnonzero(short)
    cells = np.concatenate([cells, missing])
    values = np.concatenate([values, np.full(len(missing), gone, dtype=np.int64)])
    weights = np.concatenate([weights, short[missing]])
    order = np.lexsort((values, cells))
    cells, values, weights = cells[order], values[order], weights[order]
    parts = [_shares(flat[cells], cells, weights) for flat in (flat_points, flat_counts)]
    return Cells(cells // max(n_actions, 1), values, *parts)


def _shares(totals: IntArray, cells: IntArray, weights: IntArray) -> IntArray:
    """The total of each cell, repeated along its rows, divided by their weights; a cell of one row keeps all of it."""
    found = totals.copy()
    starts = np.flatnonzero(np.diff(cells, prepend=-1))
    sizes = np.diff(np.append(starts, len(cells)))
    for start, size in zip(starts[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
        end = start + size
        found[start:end] = apportioned(total=int(totals[start]), weights=weights[start:end].tolist())
    return found


def summed(cells: Cells, *, member: NDArray[np.bool_]) -> dict[int, tuple[int, int, int]]:
    """By value: points, occurrences and customers of the members (n_customers,), in exact integers."""
    keep = member[cells.rows]
    values, places = np.unique(cells.values[keep], return_inverse=True)
    reached = np.unique(np.column_stack([cells.rows[keep], places]), axis=0)[:, 1] if keep.any() else places
    customers = np.bincount(reached, minlength=len(values))
    sums = [_exact_sums(column[keep], places, len(values)) for column in (cells.points, cells.occurrences)]
    return {
        int(value): (points, occurrences, int(n))
        for value, points, occurrences, n in zip(values, *sums, customers, strict=True)
    }


def _exact_sums(column: IntArray, places: IntArray, n: int) -> list[int]:
    """Sums in two halves of 32 bits, so that no amount within 64 bits makes one overflow."""
    high, low = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    np.add.at(high, places, column >> 32)
    np.add.at(low, places, column & 0xFFFFFFFF)
    return [(int(one) << 32) + int(other) for one, other in zip(high, low, strict=True)]
