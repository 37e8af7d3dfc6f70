"""Exact sums of one chunk's members for one month, and of survey answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engagement.companions.formula.estimates import Sums
from engagement.companions.formula.grid import NEVER, Grid, Numbers
from engagement.scoring.formula import exact_sum, sum_of_squares

Mask = NDArray[np.bool_]


def _share(base: Mask, counted: Mask) -> Sums:
    n, total = int(np.count_nonzero(base)), int(np.count_nonzero(base & counted))
    return Sums(n=n, total=total, squares=total)


def _mean(values: Numbers) -> Sums:
    return Sums(n=len(values), total=exact_sum(values), squares=sum_of_squares(values))


def _ratio(values: Numbers, weights: Numbers) -> Sums:
    """Σvw from the squares of v + w, so that it is exact where they do not fit 64 bits."""
    squares, weight_squares = sum_of_squares(values), sum_of_squares(weights)
    cross = (sum_of_squares(values + weights) - squares - weight_squares) // 2
    return Sums(len(values), exact_sum(values), squares, exact_sum(weights), weight_squares, cross)


def customer_sums(grid: Grid, *, at: int, places: Numbers, silence: tuple[int, int, int] | None) -> dict[str, Sums]:
    """The sums by measure of these members (places in the chunk) in month `at`.

    `silence` = (days, the month's last day, the last day of the month before), None where silence is a whole month:
    then whoever was active in the month before and is not in this one is gone.
    """
    bought, orders, values = grid.purchases[at][places], grid.orders[at][places], grid.values[at][places]
    buys, led = orders > 0, grid.led[at][places]
    found = {
        "repeat": _share(bought > 0, bought > 1),
        "conversion": _share(led, grid.won[at][places]),
        "order": _ratio(values[buys], orders[buys]),
        "revenue": _mean(values),
    }
    if at:
        found["churn"] = _churn(grid, at=at, places=places, silence=silence)
    return found


def _churn(grid: Grid, *, at: int, places: Numbers, silence: tuple[int, int, int] | None) -> Sums:
    if silence is None:
        return _share(grid.active[at - 1][places], ~grid.active[at][places])
    days, end, end_before = silence
    before, now = grid.last_seen[at - 1][places], grid.last_seen[at][places]
    return _share((before != NEVER) & (before > end_before - days), now <= end - days)


def lifetime_sums(grid: Grid, *, at: int, months: int, places: Numbers) -> Sums | None:
    """What each of these members brought in over the months that end with `at`; None where they begin before the
    grid.
    """
    if at + 1 < months:
        return None
    return _mean(grid.values[at + 1 - months : at + 1, places].sum(axis=0))


@dataclass(frozen=True, eq=False, slots=True)
class Answers:
    """Survey answers of one kind; two columns (n,). `numbers` are customers, NEVER where nobody is named."""

    numbers: Numbers
    values: Numbers


def answer_sums(values: Numbers, *, kind: str, satisfied_from: int) -> Sums:
    """NPS: +1 for 9 and 10, −1 for 0 to 6, 0 for 7 and 8. CSAT: 1 from `satisfied_from` on.

    >>> answer_sums(np.array([10, 9, 8, 6, 0]), kind="nps", satisfied_from=0)
    Sums(n=5, total=0, squares=4, weight=0, weight_squares=0, cross=0)
    """
    if kind == "nps":
        promoters, detractors = int(np.count_nonzero(values >= 9)), int(np.count_nonzero(values <= 6))  # noqa: PLR2004
        return Sums(n=len(values), total=promoters - detractors, squares=promoters + detractors)
    satisfied = int(np.count_nonzero(values >= satisfied_from))
    return Sums(n=len(values), total=satisfied, squares=satisfied)
