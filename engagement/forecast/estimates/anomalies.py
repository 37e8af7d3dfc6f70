"""Whether the last period is one that the periods before it would not have led one to expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scipy.special import stdtr, stdtrit

from engagement.forecast.estimates.backtest import BackTest, backtest, chosen
from engagement.forecast.estimates.fitting import Carried, Method, carried_on
from engagement.forecast.estimates.forecasting import LEAST_PERIODS, Step, nested, step_of
from engagement.forecast.estimates.scales import Series
from engagement.insights.estimates import holm as adjusted

ALPHA: Final = 0.05
_UPPER: Final = 1 - ALPHA / 2


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

    The method is the one that the values before it speak for, one step ahead, a season where there are two. Two things
    say how far it may be off, and the wider one counts: the model, widened as its past asks for, by Student's t with
    its degrees of freedom; and what it missed by at past moments, by Student's t with as many degrees as there were
    moments. So `p` under 5 % and outside of the interval are the same.
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
    value = series.values[-1]
    off = abs(carried.scale.into(value) - carried.centres[0]) / carried.spreads[0]
    return Surprise(
        value, step_of(carried, 1, widening_of(carried, test)), method, p=chance_of_miss(off, carried, test)
    )


def chance_of_miss(off: float, carried: Carried, test: BackTest | None) -> float:
    """How often chance alone is so many spreads off, two-sided, by the model and by its past: the larger of both."""
    by_model = 2 * float(stdtr(carried.degrees, -off / (test.widening[1] if test else 1)))
    if test is None:
        return by_model
    return max(by_model, 2 * float(stdtr(test.numbers, -off / test.missed)) if test.missed else 0.0)


def widening_of(carried: Carried, test: BackTest | None) -> tuple[float, float]:
    """What the model's intervals are multiplied with, so that the outer one is the wider of both."""
    if test is None:
        return (1, 1)
    by_past = test.missed * float(stdtrit(test.numbers, _UPPER) / stdtrit(carried.degrees, _UPPER))
    return nested((test.widening[0], max(test.widening[1], by_past)))


def holm(ps: Sequence[float], *, alpha: float = ALPHA) -> tuple[bool, ...]:
    """Which stand although so many were looked at together: Holm's step-down, family-wise error at most `alpha`.

    The smallest is held against alpha ÷ m, the next against alpha ÷ (m − 1), and so on until one does not stand.

    >>> holm([0.01, 0.04, 0.03]), holm([0.01, 0.02, 0.03])
    ((True, False, False), (True, True, True))
    """
    return tuple(p <= alpha for p in adjusted(ps))
