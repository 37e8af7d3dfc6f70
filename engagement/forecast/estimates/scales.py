"""On which scale a model looks at a measure: as it is, or as the logit of its place between two ends."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from typing import Final

# A logit has no number at the ends, and runs away next to them: half a hundredth of the span is close enough.
_EDGE: Final = 0.005


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which values a measure lies, both included."""

    low: float
    high: float

    def cut(self, value: float) -> float:
        return min(max(value, self.low), self.high)


@dataclass(frozen=True, slots=True)
class Series:
    """A measure at the ends of consecutive periods, oldest first; `season` is how many of them make a year.

    Nothing is missing in between: a period without a number is unknown, so a series begins after the last of these.
    """

    values: tuple[float, ...]
    season: int
    bounds: Bounds | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def is_flat(self) -> bool:
        """It has never moved: no model says more than that, and nothing tells how far it might."""
        return len(set(self.values)) <= 1

    def until(self, n: int) -> Series:
        """The first `n` periods."""
        return Series(self.values[:n], self.season, self.bounds)

    def may_be_logit(self) -> bool:
        """Whether every value keeps its distance from both ends."""
        if self.bounds is None:
            return False
        edge = _EDGE * (self.bounds.high - self.bounds.low)
        return all(self.bounds.low + edge <= value <= self.bounds.high - edge for value in self.values)


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a model works: `is_logit` between bounds, else the measure itself, cut at the bounds on the way back."""

    bounds: Bounds | None
    is_logit: bool

    def into(self, value: float) -> float:
        """A value as the model sees it; without end at the bounds of a logit.

        >>> Scale(Bounds(0, 100), is_logit=True).into(50)
        0.0
        """
        if not self.is_logit or self.bounds is None:
            return value
        share = (value - self.bounds.low) / (self.bounds.high - self.bounds.low)
        if not 0 < share < 1:
            return float("-inf") if share <= 0 else float("inf")
        return log(share / (1 - share))

    def back(self, value: float) -> float:
        """What the model says as a value of the measure.

        >>> Scale(Bounds(0, 100), is_logit=True).back(0.0), Scale(Bounds(0, 100), is_logit=False).back(103.0)
        (50.0, 100)
        """
        if self.bounds is None:
            return value
        if not self.is_logit:
            return self.bounds.cut(value)
        share = 1 / (1 + exp(-value)) if value >= 0 else exp(value) / (1 + exp(value))
        return self.bounds.low + (self.bounds.high - self.bounds.low) * share
