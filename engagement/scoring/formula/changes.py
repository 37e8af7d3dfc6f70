"""Why a total moved: its parts moved (rate), or customers moved between parts (mix)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

from engagement.scoring.formula.segments import SegmentSums

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class PartLevel:
    """One segment of a partition at one time: how many members, and their mean (None exactly when n = 0)."""

    n: int
    mean: Fraction | None

    def __post_init__(self) -> None:
        if self.n < 0 or (self.mean is None) != (self.n == 0):
            raise ValueError("a part has a mean exactly when it has members")

    @classmethod
    def of_score(cls, sums: SegmentSums) -> PartLevel:
        return cls(sums.n, sums.score)


@dataclass(frozen=True, slots=True)
class PartChange:
    """What one part gave to the change: `rate` by its own level, `mix` by its share of the customers."""

    mix: Fraction
    rate: Fraction


@dataclass(frozen=True, slots=True)
class LevelChange(Generic[Key]):
    """The totals before and after, and the change in two terms: after − before = mix + rate, exactly."""

    before: Fraction
    after: Fraction
    mix: Fraction
    rate: Fraction
    parts: Mapping[Key, PartChange]


def mix_and_rate(*, before: Mapping[Key, PartLevel], after: Mapping[Key, PartLevel]) -> LevelChange[Key] | None:
    """Split the change of a partition's total: rate = Σ share_after · Δlevel, mix = Σ Δshare · level_before.

    The mappings hold the parts of a partition by the same keys; a part missing on one side is empty there. A
    part without members before has no level before: its level after stands in, so that all it gives is mix.
    The mix of a part is counted from the total before (Δshare · (level − total)): customers who move to a
    part below the total lower it. None when either side has no members at all.

    A 80 → 82 (800 → 400 customers) and B 60 → 62 (200 → 600) give 76 → 70 = mix −8, rate +2.
    """
    total_before, total_after = _mean(before), _mean(after)
    if total_before is None or total_after is None:
        return None
    n_before = sum(part.n for part in before.values())
    n_after = sum(part.n for part in after.values())
    parts: dict[Key, PartChange] = {}
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key, PartLevel(0, None)), after.get(key, PartLevel(0, None))
        share = Fraction(new.n, n_after)
        share_change = share - Fraction(old.n, n_before)
        level_before, level_after = _levels(old, new)
        parts[key] = PartChange(
            mix=share_change * (level_before - total_before), rate=share * (level_after - level_before)
        )
    mix = sum((part.mix for part in parts.values()), Fraction(0))
    rate = sum((part.rate for part in parts.values()), Fraction(0))
    return LevelChange(before=total_before, after=total_after, mix=mix, rate=rate, parts=parts)


def _levels(old: PartLevel, new: PartLevel) -> tuple[Fraction, Fraction]:
    """Both levels of a part; where one is missing, the other stands in for it (0 where both are)."""
    before = old.mean if old.mean is not None else new.mean
    after = new.mean if new.mean is not None else old.mean
    return before or Fraction(0), after or Fraction(0)


def _mean(parts: Mapping[Key, PartLevel]) -> Fraction | None:
    n = sum(part.n for part in parts.values())
    if n == 0:
        return None
    return sum((part.n * part.mean for part in parts.values() if part.mean is not None), Fraction(0)) / n
