"""Estimates and fractions as they are stored: whole millionths in JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final

from engagement.forecast.types import Carrier, Fan, PathFigures, PathLever, PathRise, Tried, Unusual

MILLION: Final = 1_000_000


def millionths(value: Fraction | float) -> int:
    """A number in whole millionths: an estimate is rounded here and nowhere before.

    >>> millionths(0.1), millionths(Fraction(2, 3))
    (100000, 666667)
    """
    return round(value * MILLION)


def from_millionths(value: int | None) -> Fraction | None:
    return None if value is None else Fraction(value, MILLION)


def _plain(value: int) -> Fraction:
    return Fraction(value, MILLION)


def fan_of(stored: Sequence[Any]) -> Fan:
    """[day, middle, 80 % from, to, 95 % from, to] again."""
    day, *values = stored
    return Fan(date.fromisoformat(day), *(_plain(value) for value in values))


def tried_of(stored: Mapping[str, Any]) -> Tried:
    return Tried(
        mase=_plain(stored["mase"]),
        forecasts=stored["forecasts"],
        numbers=stored["numbers"],
        furthest=stored["furthest"],
        inside_80=stored["inside"][0],
        inside_95=stored["inside"][1],
        widening_80=_plain(stored["widening"][0]),
        widening_95=_plain(stored["widening"][1]),
        others=tuple((method, _plain(mase)) for method, mase in stored["others"]),
    )


def path_of(stored: Mapping[str, Any], *, names: Mapping[str, str]) -> PathFigures:
    """A path again; `names` of actions by key."""
    if stored["reason"]:
        return PathFigures(reason=stored["reason"])
    return PathFigures(
        reason="",
        value=_plain(stored["value"]),
        levers=tuple(_lever(one, names) for one in stored["levers"]),
        together=tuple(
            PathRise(names.get(key, key), _plain(rise), _plain(now)) for key, rise, now in stored["together"]
        ),
        share=from_millionths(stored["share"]),
        together_value=from_millionths(stored["together_value"]),
        most=_plain(stored["most"]),
    )


def _lever(one: Mapping[str, Any], names: Mapping[str, str]) -> PathLever:
    return PathLever(
        action=one["action"],
        name=names.get(one["action"], one["action"]),
        now=_plain(one["now"]),
        seen=one["seen"],
        spans=one["spans"],
        span=one["span"],
        precedent=one["precedent"],
        **{name: from_millionths(one[name]) for name in ("factor", "rise", "largest", "usual", "high", "best")},
    )


def unusual_of(stored: Sequence[Any], *, names: Mapping[str, str]) -> Unusual:
    """What was found again; `names` of segments by key."""
    key, value, expected, low, high, p, stands, carried = stored
    return Unusual(
        segment_key=key,
        segment_name=names.get(key, key),
        value=_plain(value),
        expected=_plain(expected),
        low=_plain(low),
        high=_plain(high),
        p=_plain(p),
        stands=stands,
        carried_by=tuple(Carrier(cause, action, _plain(size)) for cause, action, size in carried),
    )
