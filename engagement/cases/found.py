"""A read-out's figures as they are kept: exact sums as integers, estimates as texts of six decimals; and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from engagement.cases.formula import ArmSums, Estimate, PreTrend, SlopeSums
from engagement.cases.readout_types import (
    ArmView,
    Effect,
    Mode,
    Moved,
    PreTrendView,
    RefusedSegment,
    SegmentMoment,
    WhyRefused,
)
from engagement.look.exact import rounded

FORMAT: Final = 1
_PLACES: Final = 6


def arm_to_json(arm: ArmSums) -> list[int]:
    return [arm.n, arm.before, arm.after, arm.squares]


def arm_view(kept: list[int], *, unit: int) -> ArmView:
    """Exact means of a group from its kept sums; None of nobody."""
    n, before, after, _squares = kept
    if n == 0:
        return ArmView(0, None, None)
    return ArmView(n, Fraction(before, n * unit), Fraction(after, n * unit))


def estimate_to_json(found: Estimate | None) -> list[str] | None:
    """Effect, error and the interval's ends as texts; None where there is no estimate."""
    if found is None:
        return None
    floats = (Fraction(found.error), Fraction(found.low), Fraction(found.high))
    return [str(rounded(value, places=_PLACES)) for value in (found.effect, *floats)]


def effect_of(kept: list[str] | None) -> Effect | None:
    return None if kept is None else Effect(*(Decimal(text) for text in kept))


def effects_of(kept: Mapping[str, list[str] | None]) -> dict[str, Effect]:
    """By measure, those that there are."""
    found = {name: effect_of(one) for name, one in kept.items()}
    return {name: one for name, one in found.items() if one is not None}


def slopes_to_json(sums: SlopeSums) -> list[int]:
    return [sums.n, sums.total, sums.squares]


def pre_trend_to_json(found: PreTrend, *, days: list[date], treated: Estimate | None) -> dict[str, Any]:
    return {
        "verdict": found.verdict.value,
        "days": [day.isoformat() for day in days],
        "difference": estimate_to_json(found.difference),
        "treated": estimate_to_json(treated),
    }


def pre_trend_of(kept: Mapping[str, Any]) -> PreTrendView:
    days = tuple(date.fromisoformat(day) for day in kept["days"])
    return PreTrendView(kept["verdict"], days, effect_of(kept["difference"]), effect_of(kept["treated"]))


def moved_of(kept: list[int]) -> Moved:
    return Moved(*kept)


def moment_of(kept: Mapping[str, Any]) -> SegmentMoment:
    """The whole segment in a run, from its kept sums."""
    n = int(kept["n"])
    is_shown = kept["is_shown"]
    return SegmentMoment(
        run_number=kept["run"],
        as_of=date.fromisoformat(kept["as_of"]),
        n=n,
        score=Fraction(kept["sum_score"], n * 1_000_000) if is_shown else None,
        points_per_customer=Fraction(int(kept["sum_points"]), n * 1_000 * kept["points_scale"]) if is_shown else None,
        band=kept["band"],
    )


def refused_of(kept: list[list[str]]) -> tuple[RefusedSegment, ...]:
    return tuple(RefusedSegment(key, name, WhyRefused(why)) for key, name, why in kept)


def mode_of(kept: Mapping[str, Any]) -> Mode:
    return Mode(kept["mode"])
