"""Where a series will be: the method that its own past speaks for, with intervals that its past has held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import floor, sqrt
from typing import Final

from scipy.special import stdtr

from engagement.forecast.estimates.backtest import LEVELS, BackTest, backtest, chosen, half_width
from engagement.forecast.estimates.fitting import Carried, Method, carried_on
from engagement.forecast.estimates.scales import Series

LEAST_PERIODS: Final = 8


class Outcome(StrEnum):
    """What came of trying."""

    MADE = "made"
    TOO_LITTLE = "too_little"  # fewer than LEAST_PERIODS periods
    FLAT = "flat"  # it has never moved


@dataclass(frozen=True, slots=True)
class Step:
    """The measure so many periods after the last known one: the middle, and where 80 and 95 of 100 lie."""

    centre: float
    low_80: float
    high_80: float
    low_95: float
    high_95: float


@dataclass(frozen=True, slots=True)
class Chance:
    """The measure on one day, and the chance that it is at least a target; a share 0…1."""

    on: Step
    chance: float


@dataclass(frozen=True, slots=True)
class Projection:
    """A forecast. Without `carried` nothing could be said; `tests` has every method that was held against the past."""

    outcome: Outcome
    method: Method | None = None
    carried: Carried | None = None
    steps: tuple[Step, ...] = ()
    test: BackTest | None = None  # of the chosen method; None where the past was too short to hold it against
    tests: Mapping[Method, BackTest] | None = None
    widening: tuple[float, float] = (1, 1)


def forecast(series: Series, *, steps: int) -> Projection:
    """The series carried on for so many steps (at least one).

    Fewer than LEAST_PERIODS periods say nothing, nor does a series that has never moved. Where the past is too short to
    hold anything against, the last value is carried on: nothing speaks for more.
    """
    if len(series) < LEAST_PERIODS:
        return Projection(Outcome.TOO_LITTLE)
    if series.is_flat:
        return Projection(Outcome.FLAT)
    tests = backtest(series, steps=steps)
    test = chosen(tests)
    method = test.method if test else Method.LAST
    carried = carried_on(series, method=method, steps=steps)
    if carried is None:  # it fitted the past and does not fit the whole
        method, test = Method.LAST, tests.get(Method.LAST)
        carried = carried_on(series, method=method, steps=steps)
    assert carried is not None
    widening = nested(test.widening) if test else (1, 1)
    return Projection(
        outcome=Outcome.MADE,
        method=method,
        carried=carried,
        steps=tuple(step_of(carried, at, widening) for at in range(1, steps + 1)),
        test=test,
        tests=tests,
        widening=widening,
    )


def at(found: Projection, *, periods: float, last: float) -> Step:
    """The step at any time ahead, 0 < periods ≤ the steps there are: between two, middle and variance are in between.

    `last` is the last known value, from which the first step begins. ValueError outside.
    """
    carried = _made(found)
    if not 0 < periods <= len(carried.centres):
        raise ValueError("no step so far ahead was made")
    return step_of(_between(carried, periods, last), 1, found.widening)


def chance_of(found: Projection, *, target: float, periods: float, last: float) -> Chance:
    """The chance that the measure is at least `target` that many periods ahead; the 95 % interval's widening counts."""
    on = at(found, periods=periods, last=last)
    carried = _between(_made(found), periods, last)
    missing = carried.scale.into(target) - carried.centres[0]
    below = float(stdtr(carried.degrees, missing / (carried.spreads[0] * found.widening[1])))
    return Chance(on, 1 - below)


def _made(found: Projection) -> Carried:
    if found.carried is None:
        raise ValueError("no forecast was made")
    return found.carried


def _between(carried: Carried, periods: float, last: float) -> Carried:
    """One step at that time ahead, as if it had been carried there."""
    whole = floor(periods)
    rest = periods - whole
    centres, spreads = (carried.scale.into(last), *carried.centres), (0.0, *carried.spreads)
    after = min(whole + 1, len(centres) - 1)
    centre = centres[whole] + (centres[after] - centres[whole]) * rest
    variance = spreads[whole] ** 2 + (spreads[after] ** 2 - spreads[whole] ** 2) * rest
    return Carried(carried.scale, (centre,), (sqrt(variance),), carried.degrees)


def step_of(carried: Carried, step: int, widening: tuple[float, float]) -> Step:
    """The step with its intervals, widened, on the measure's own scale."""
    centre = carried.centres[step - 1]
    near, far = (half_width(carried, step=step, level=level) for level in LEVELS)
    near, far = near * widening[0], far * widening[1]
    back = carried.scale.back
    return Step(back(centre), back(centre - near), back(centre + near), back(centre - far), back(centre + far))


def nested(widening: tuple[float, float]) -> tuple[float, float]:
    """The 80 % interval never reaches beyond the 95 % one: it is not widened more than that one is."""
    return (min(widening), widening[1]) if widening[0] > widening[1] else widening
