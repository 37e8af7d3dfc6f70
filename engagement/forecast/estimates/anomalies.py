"""Whether the last period is one that the periods before it would not have led one to expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scipy.special import stdtr

from engagement.forecast.estimates.backtest import backtest, chosen
from engagement.forecast.estimates.fitting import Method, carried_on
from engagement.forecast.estimates.forecasting import LEAST_PERIODS, Step, nested, step_of
from engagement.forecast.estimates.scales import Series

ALPHA: Final = 0.05


@dataclass(frozen=True, slots=True)
class Surprise:
    """The last value beside what the ones before it led to expect; `p` two-sided: how often chance alone does this."""

    value: float
    expected: Step
    method: Method
    p: float

    @property
    def is_outside(self) -> bool:
        return not self.expected.low_95 <= self.value <= self.expected.high_95


def surprise(series: Series) -> Surprise | None:
    """The last value held against one step ahead from the values before it; None where these are too few or flat.

    The method is the one that the values before it speak for, one step ahead, a season where there are two; its
    interval is widened by what it missed in the past, so that `p` under 5 % and outside of the interval are the same.
    """
    before = series.until(len(series) - 1)
    if len(before) < LEAST_PERIODS or before.is_flat:
        return None
    tests = backtest(before, steps=1)
    test = chosen(tests)
    method = test.method if test else Method.LAST
    carried = carried_on(before, method=method, steps=1)
    if carried is None:
        return None
    widening = nested(test.widening) if test else (1, 1)
    value = series.values[-1]
    off = abs(carried.scale.into(value) - carried.centres[0]) / (carried.spreads[0] * widening[1])
    return Surprise(value, step_of(carried, 1, widening), method, p=2 * float(stdtr(carried.degrees, -off)))


def holm(ps: Sequence[float], *, alpha: float = ALPHA) -> tuple[bool, ...]:
    """Which stand although so many were looked at together: Holm's step-down, family-wise error at most `alpha`.

    The smallest is held against alpha ÷ m, the next against alpha ÷ (m − 1), and so on until one does not stand.

    >>> holm([0.01, 0.04, 0.03]), holm([0.01, 0.02, 0.03])
    ((True, False, False), (True, True, True))
    """
    order = sorted(range(len(ps)), key=lambda at: ps[at])
    stands = [False] * len(ps)
    for rank, place in enumerate(order):
        if ps[place] > alpha / (len(ps) - rank):
            break
        stands[place] = True
    return tuple(stands)
