"""The smallest credible way to a target: which actions would have to rise by how much, and whether they ever did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import combinations
from typing import Final

from engagement.forecast.formula.reach import ONE, Crowd
from engagement.forecast.formula.rises import Rises

_Reaches = Callable[[int], bool]
TENFOLD: Final = 10 * ONE  # more than that is no plan
_LOOKED_AT: Final = 6  # actions that are tried together: the six with the largest gains


class Precedent(StrEnum):
    """Whether a rise has been seen before."""

    BEFORE = "before"
    UNPRECEDENTED = "unprecedented"
    OUT_OF_REACH = "out_of_reach"  # not even ten times as often reaches the target


@dataclass(frozen=True, slots=True)
class Lever:
    """One action alone: its occurrences per customer now, and by how much they would have to rise.

    `factor` in thousandths is the smallest that reaches the target, None for none up to ten times; `rise` is the same
    in occurrences per customer; `best` is the value with its largest rise so far, None where it never rose.
    """

    place: int
    now: Fraction
    factor: int | None
    rise: Fraction | None
    seen: int  # of the spans of the past, how many rose by as much
    precedent: Precedent
    past: Rises
    best: Fraction | None


@dataclass(frozen=True, slots=True)
class Together:
    """Several actions at once, each by the same `share` (thousandths) of its largest rise so far; `rises` by place."""

    share: int
    rises: Mapping[int, Fraction]
    value: Fraction


@dataclass(frozen=True, slots=True)
class Path:
    """What would reach the target. `together` is the smallest set that does with rises that have been seen, if any.

    `most` is the value with every action at its largest rise so far, all at once, which need not have been seen.
    """

    value: Fraction
    levers: tuple[Lever, ...]
    together: Together | None
    most: Fraction

    @property
    def is_reached(self) -> bool:
        """Whether the target is reached as things are."""
        return not self.levers and self.together is None


def path_to(*, crowd: Crowd, measure: str, target: Fraction, past: Sequence[Rises]) -> Path:
    """The path for a crowd with members; `past` has the rises of each action, in the order of the columns.

    The value can only rise with a factor, so the smallest is found by halving. Levers are in the order of how small a
    part of what is there would have to be added; those that cannot stand last.
    """
    value = crowd.value({}, measure=measure)
    if value >= target:
        return Path(value, (), None, value)
    places = [place for place in range(len(crowd.columns)) if crowd.is_lever(place)]
    levers = [_lever(crowd, place, measure=measure, target=target, past=past[place]) for place in places]
    levers.sort(key=lambda one: (one.factor is None, one.factor or 0, one.place))
    largest = {one.place: _factor(one.now, one.past.largest) for one in levers if one.past.largest is not None}
    most = crowd.value(largest, measure=measure) if largest else value
    together = _together(crowd, levers, largest, measure=measure, target=target) if most >= target else None
    return Path(value, tuple(levers), together, most)


def _factor(now: Fraction, rise: Fraction | None) -> int:
    """The factor of a rise, rounded down: never more than has been seen."""
    return ONE + int((rise or 0) * ONE / now)


def _lever(crowd: Crowd, place: int, *, measure: str, target: Fraction, past: Rises) -> Lever:
    now, value = crowd.occurrences(place), crowd.varying([place], measure=measure)
    best = value({place: _factor(now, past.largest)}) if past.largest is not None else None
    factor = _smallest(lambda tried: value({place: tried}) >= target, most=TENFOLD)
    if factor is None:
        return Lever(place, now, None, None, 0, Precedent.OUT_OF_REACH, past, best)
    rise = now * (factor - ONE) / ONE
    seen = past.at_least(rise)
    return Lever(place, now, factor, rise, seen, Precedent.BEFORE if seen else Precedent.UNPRECEDENTED, past, best)


def _smallest(reaches: _Reaches, *, most: int) -> int | None:
    if not reaches(most):
        return None
    low, high = ONE, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high


def _together(
    crowd: Crowd, levers: Iterable[Lever], largest: Mapping[int, int], *, measure: str, target: Fraction
) -> Together | None:
    """The fewest actions whose largest rises reach the target; of as many, those that reach furthest."""
    by_place = {one.place: one for one in levers if one.place in largest}
    tried = sorted(by_place, key=lambda place: (-(by_place[place].best or 0), place))[:_LOOKED_AT]
    value = crowd.varying(tried, measure=measure)
    for size in range(1, len(tried) + 1):
        values = {chosen: value(_of(largest, chosen)) for chosen in combinations(tried, size)}
        best = max(values, key=lambda chosen: values[chosen])
        if values[best] >= target:
            return _scaled(crowd, [by_place[place] for place in best], largest, measure=measure, target=target)
    return None


def _of(largest: Mapping[int, int], places: Iterable[int]) -> dict[int, int]:
    return {place: largest[place] for place in places}


def _scaled(
    crowd: Crowd, chosen: Sequence[Lever], largest: Mapping[int, int], *, measure: str, target: Fraction
) -> Together:
    """As much of the largest rises as it takes, the same share of each."""

    def factors(share: int) -> dict[int, int]:
        return {one.place: ONE + -(-(largest[one.place] - ONE) * share // ONE) for one in chosen}

    value, share = crowd.varying([one.place for one in chosen], measure=measure), 0
    for step in (512, 256, 128, 64, 32, 16, 8, 4, 2, 1):
        if share + step < ONE and value(factors(share + step)) < target:
            share += step
    share = min(share + 1, ONE)
    rises = {one.place: one.now * (factors(share)[one.place] - ONE) / ONE for one in chosen}
    return Together(share, rises, value(factors(share)))
