"""Forecasts made from what was known at past moments, held against what came: rolling origin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Final

from scipy.special import stdtrit

from engagement.forecast.estimates.fitting import Carried, Method, carried_on
from engagement.forecast.estimates.scales import Series

LEAST_TRAINED: Final = 8  # periods from which the first of the past forecasts is made
_MOST_ORIGINS: Final = 12  # evenly over what there is: each is a fit of each method
_BETTER: Final = 0.95  # a method that is less simple has to be better by a twentieth
_LEAST_ORIGINS: Final = 3
LEVELS: Final = (0.80, 0.95)


@dataclass(frozen=True, slots=True)
class Held:
    """One number that had been forecast and then came: `size` is the miss in the measure's own unit.

    `ratios` are the miss in half widths of the interval, by level: at most 1 is inside. `spreads` is the miss in the
    spread that the model gave.
    """

    origin: int  # how many periods were known
    step: int
    size: float
    ratios: tuple[float, float]
    spreads: float


@dataclass(frozen=True, slots=True)
class BackTest:
    """What a method would have said in the past: how far off, and how often its intervals held.

    `mase` is the mean miss in mean moves from one period to the next (under 1: better than that). `forecasts` past
    moments gave `numbers` that came; `inside` of them by level, 80 % and 95 %, before anything was widened. `widening`
    is what the intervals are multiplied with so that as many of the past would have been inside as they promise.
    `missed` is the root of the mean square of the misses, in the spreads that the model gave: 1 is as it promised.
    """

    method: Method
    mase: float
    forecasts: int
    numbers: int
    furthest: int  # steps ahead
    inside: tuple[int, int]
    widening: tuple[float, float]
    missed: float = 1.0

    @property
    def is_widened(self) -> bool:
        return max(self.widening) > 1


def backtest(series: Series, *, steps: int) -> Mapping[Method, BackTest]:
    """Every method that fits, held against the series' own past, up to so many steps ahead; empty where none can be.

    Methods are compared by the moments at which all of them could be fitted; one with fewer than three of these is left
    out (a season needs two full ones before the first moment).
    """
    moments = _moments(len(series))
    held = {method: _held(series, method, moments, steps) for method in Method}
    known = {method: found for method, found in held.items() if len({one.origin for one in found}) >= _LEAST_ORIGINS}
    if not known:
        return {}
    shared = set.intersection(*({one.origin for one in found} for found in known.values()))
    if len(shared) < _LEAST_ORIGINS:
        known, shared = {Method.LAST: known[Method.LAST]}, {one.origin for one in known[Method.LAST]}
    unit = _usual_move(series)
    return {
        method: _summed(method, [one for one in found if one.origin in shared], unit) for method, found in known.items()
    }


def chosen(tests: Mapping[Method, BackTest]) -> BackTest | None:
    """The method with the smallest mean miss; a less simple one only where it is better by a twentieth."""
    best: BackTest | None = None
    for method in Method:
        test = tests.get(method)
        if test is not None and (best is None or test.mase < best.mase * _BETTER):
            best = test
    return best


def half_width(carried: Carried, *, step: int, level: float) -> float:
    """Half of an interval `step` steps ahead (from 1), on the model's scale, before anything is widened."""
    return float(stdtrit(carried.degrees, (1 + level) / 2)) * carried.spreads[step - 1]


def _moments(n: int) -> list[int]:
    """How many periods were known at each of the past moments, evenly spaced, the latest always among them."""
    every = list(range(LEAST_TRAINED, n))
    if len(every) <= _MOST_ORIGINS:
        return every
    pace = (len(every) - 1) / (_MOST_ORIGINS - 1)
    return sorted({every[round(at * pace)] for at in range(_MOST_ORIGINS)})


def _held(series: Series, method: Method, moments: Sequence[int], steps: int) -> list[Held]:
    found: list[Held] = []
    for origin in moments:
        ahead = min(steps, len(series) - origin)
        carried = carried_on(series.until(origin), method=method, steps=ahead)
        if carried is None:
            continue
        for step in range(1, ahead + 1):
            came, centre = series.values[origin + step - 1], carried.centres[step - 1]
            miss = abs(carried.scale.into(came) - centre)
            low, high = (miss / half_width(carried, step=step, level=level) for level in LEVELS)
            size, spreads = abs(came - carried.scale.back(centre)), miss / carried.spreads[step - 1]
            found.append(Held(origin, step, size, (low, high), spreads))
    return found


def _usual_move(series: Series) -> float:
    moves = [abs(after - before) for before, after in zip(series.values, series.values[1:], strict=False)]
    return sum(moves) / len(moves)


def _summed(method: Method, held: Sequence[Held], unit: float) -> BackTest:
    by_level = tuple([one.ratios[at] for one in held] for at in range(len(LEVELS)))
    inside_80, inside_95 = (sum(ratio <= 1 for ratio in ratios) for ratios in by_level)
    widening_80, widening_95 = (_widening(ratios, level) for ratios, level in zip(by_level, LEVELS, strict=True))
    return BackTest(
        method=method,
        mase=sum(one.size for one in held) / len(held) / unit,
        forecasts=len({one.origin for one in held}),
        numbers=len(held),
        furthest=max(one.step for one in held),
        inside=(inside_80, inside_95),
        widening=(widening_80, widening_95),
        missed=sqrt(sum(one.spreads**2 for one in held) / len(held)),
    )


def _widening(ratios: Sequence[float], level: float) -> float:
    """The conformal quantile of the ratios where fewer than promised were inside; never makes an interval narrower.

    >>> _widening([0.5] * 19 + [3.0], 0.95), _widening([0.5] * 9 + [1.5] * 10, 0.95)
    (1.0, 1.5)
    """
    if sum(ratio <= 1 for ratio in ratios) >= level * len(ratios):
        return 1.0
    place = min(ceil((len(ratios) + 1) * level), len(ratios))
    return max(1.0, sorted(ratios)[place - 1])
