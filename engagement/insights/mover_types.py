"""What became of a segment's members between two finished periods, ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from engagement.insights.history import Comparison
from engagement.insights.types import RunFacts
from engagement.scoring.formula import Movement


@dataclass(frozen=True, slots=True)
class MoverLine:
    """One customer of both periods, and the action whose points changed most in the same direction."""

    number: int
    external_id: str
    movement: Movement
    before: Fraction
    after: Fraction
    action: str  # "" where no action's points went that way: the weights did it
    action_points: Fraction

    @property
    def change(self) -> Fraction:
        return self.after - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Movers:
    """Everybody in the segment at either end, by what became of them; `reason` says why there is nothing to say."""

    segment_key: str
    segment_name: str
    shown: RunFacts
    comparison: Comparison
    reason: str
    counted_otherwise: str  # why a customer's two scores differ by more than behaviour; ""
    tally: Mapping[Movement, int]
    before: int
    after: int
    erased: int  # in the sums of the two runs, and in no list any more
    risers: tuple[MoverLine, ...]
    fallers: tuple[MoverLine, ...]


@dataclass(frozen=True, slots=True)
class MoverRow:
    """A line of the file of everybody."""

    number: int
    external_id: str
    movement: Movement
    before: Fraction | None  # None: not scored then
    after: Fraction | None
