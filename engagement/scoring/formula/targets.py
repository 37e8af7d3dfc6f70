"""Whether a target will be reached: the pace that is needed against the pace of late, with its uncertainty.

The rule, in order. All values are of one measure; a pace is per day inside and printed per month.

1. Due day over: *reached* if the value near the due day is at least the target, else *missed*.
2. The value now is at least the target: *reached*. A target is a floor: one set below the value of the day asks to hold
   it. The chance that it still holds on the due day is given beside it.
3. Recent pace: the slope of a straight line through the ends of the last three finished periods, least squares, equal
   weights. Three, because the question is what happens lately, and because three are the fewest that show scatter;
   equal weights, because the errors of one segment's months are alike. At equal distances it is (last − first) ÷ time.
4. Its variance: what each value may be off, carried through the slope, plus the scatter of the three round the line,
   which has one degree of freedom. The windows of neighbouring months overlap and the same customers are in them, so
   the true error is smaller: the rule errs towards "at risk".
5. Projected value on the due day = value now + recent pace · days left; its variance is carried through likewise.
6. Chance = Φ((projected − target) ÷ its standard error). From 2/3 on *on track*, below 1/3 *off track*, between them
   *at risk*.

It carries the recent pace on, no more: it is not a forecast of anything planned, and does not say why the pace is so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Final

from engagement.scoring.formula.distributions import EXACT, Z_95, as_decimal, normal_below, root

PERIODS: Final = 3
LIKELY: Final = Fraction(2, 3)
UNLIKELY: Final = Fraction(1, 3)
_SLOPE_PARAMETERS: Final = 2  # a line has a level and a slope


class TargetState(Enum):
    """Where a target stands; the order is from best to worst known, and unknown last."""

    REACHED = "reached"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"
    MISSED = "missed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Measured:
    """A value on a day (a whole number of days from any one day), and its standard error in the same unit."""

    day: int
    value: Fraction
    error: Decimal


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the rule says, with all it rests on; what could not be computed is None.

    needed_pace and recent_pace are per day, `recent_error` is the standard error of the recent one; `projected` is the
    value on the due day at the recent pace, with `projected_error`; `chance` that it is at least the target, 0…1.
    """

    state: TargetState
    needed_pace: Fraction | None = None
    recent_pace: Fraction | None = None
    recent_error: Decimal | None = None
    projected: Fraction | None = None
    projected_error: Decimal | None = None
    chance: Decimal | None = None


def settled(*, target: Fraction, value: Fraction) -> Outlook:
    """A target whose due day has come.

    >>> settled(target=Fraction(75), value=Fraction(75)).state
    <TargetState.REACHED: 'reached'>
    """
    return Outlook(TargetState.REACHED if value >= target else TargetState.MISSED)


def outlook(
    *,
    target: Fraction,
    due: int,
    now: Measured,
    periods: Sequence[Measured],
    floor: Fraction | None = None,
    ceiling: Fraction | None = None,
) -> Outlook:
    """Where a target stands before its due day.

    `due` > now.day, else ValueError. `periods`: the ends of the last PERIODS finished periods, oldest first; with fewer
    the state is UNKNOWN unless the value is there already. `floor` and `ceiling` cut the projected value where the
    measure ends; the chance is of the uncut one, which is the same question.

    Needs +5 in 150 days; 68, 69, 70 at days 0, 30, 60 gave just that: as likely as not, so at risk.

    >>> months = [Measured(day, Fraction(68 + day // 30), Decimal("0.3")) for day in (0, 30, 60)]
    >>> found = outlook(target=Fraction(75), due=210, now=months[-1], periods=months)
    >>> found.state.value, found.needed_pace == found.recent_pace == Fraction(1, 30), found.projected
    ('at_risk', True, Fraction(75, 1))
    """
    if due <= now.day:
        raise ValueError("a target whose due day has come is settled")
    left, reached = due - now.day, now.value >= target
    needed = (target - now.value) / left
    if len(periods) < PERIODS:
        return Outlook(TargetState.REACHED if reached else TargetState.UNKNOWN, needed_pace=needed)
    line = _Line.through(periods[-PERIODS:])
    projected = now.value + line.slope * left
    error = root(line.variance_of_step(left, now))
    chance = _chance(projected - target, error)
    return Outlook(
        state=TargetState.REACHED if reached else _state(chance),
        needed_pace=needed,
        recent_pace=line.slope,
        recent_error=root(line.variance),
        projected=_cut(projected, floor, ceiling),
        projected_error=error,
        chance=chance,
    )


def pace_half_width_95(*, error: Decimal) -> Decimal:
    """Half of the 95 % interval of a pace or a projected value: 1.96 standard errors, approximate.

    >>> pace_half_width_95(error=Decimal(1)).quantize(Decimal("0.01"))
    Decimal('1.96')
    """
    return EXACT.multiply(Z_95, error)


def _state(chance: Decimal) -> TargetState:
    if Fraction(chance) >= LIKELY:
        return TargetState.ON_TRACK
    return TargetState.OFF_TRACK if Fraction(chance) < UNLIKELY else TargetState.AT_RISK


def _chance(ahead: Fraction, error: Decimal) -> Decimal:
    if error == 0:
        return Decimal(int(ahead >= 0))
    return normal_below(EXACT.divide(as_decimal(ahead), error))


def _cut(value: Fraction, floor: Fraction | None, ceiling: Fraction | None) -> Fraction:
    value = value if floor is None else max(value, floor)
    return value if ceiling is None else min(value, ceiling)


@dataclass(frozen=True, slots=True)
class _Line:
    """A straight line by least squares: slope = Σ weight · value, with the variance of that slope."""

    points: tuple[Measured, ...]
    weights: tuple[Fraction, ...]
    slope: Fraction
    scatter: Fraction  # variance of the slope that comes from the distances to the line

    @classmethod
    def through(cls, points: Sequence[Measured]) -> _Line:
        n = len(points)
        mean_day, mean = Fraction(sum(p.day for p in points), n), sum((p.value for p in points), Fraction(0)) / n
        spread = sum(((p.day - mean_day) ** 2 for p in points), Fraction(0))
        if spread == 0:
            raise ValueError("a pace needs different days")
        weights = tuple((p.day - mean_day) / spread for p in points)
        slope = sum((w * p.value for w, p in zip(weights, points, strict=True)), Fraction(0))
        residuals = sum(((p.value - mean - slope * (p.day - mean_day)) ** 2 for p in points), Fraction(0))
        return cls(tuple(points), weights, slope, residuals / (n - _SLOPE_PARAMETERS) / spread)

    @property
    def variance(self) -> Fraction:
        """Of the slope: Σ (weight · error)² + scatter."""
        pairs = zip(self.weights, self.points, strict=True)
        return sum(((w * Fraction(p.error)) ** 2 for w, p in pairs), self.scatter)

    def variance_of_step(self, days: int, start: Measured) -> Fraction:
        """Of `start` + slope · days; a start that is one of the points is the same observation, not another one."""
        known = {p.day for p in self.points}
        own = [(w * days + (p.day == start.day), p.error) for w, p in zip(self.weights, self.points, strict=True)]
        own += [] if start.day in known else [(Fraction(1), start.error)]
        return sum(((w * Fraction(error)) ** 2 for w, error in own), self.scatter * days**2)
