"""What came of a step, as it crosses borders. Sums and means are exact; effects with their intervals are estimates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from uuid import UUID


class Mode(StrEnum):
    """Whom the treated were compared with."""

    SEGMENTS = "segments"  # members of other segments
    MATCHED = "matched"  # anybody untouched, by tenths of the score before
    NOBODY = "nobody"  # everybody was treated


class Warned(StrEnum):
    """What has to be said beside a result."""

    EARLY = "early"  # before the day that was fixed
    CHANGED = "changed"  # measure or day were changed after the start
    BY_ACTIVITY = "by_activity"  # the treated segment is defined by what is measured
    FELL_BEFORE = "fell_before"  # the treated fell before the start: they may rise by themselves
    SMALL = "small"  # under the number from which bands show
    RULE_CHANGED = "rule_changed"  # the segment's rule is another one now
    OTHERS_TOUCHED = "others_touched"  # other steps ran for the treated at the same time


class WhyRefused(StrEnum):
    """Why a segment cannot be compared with."""

    BY_ACTIVITY = "by_activity"
    TOUCHED = "touched"
    MISSING = "missing"
    TOO_FEW = "too_few"
    FAR = "far"  # it began too far away: only where the system proposes


@dataclass(frozen=True, slots=True)
class RefusedSegment:
    key: str
    name: str
    why: WhyRefused


@dataclass(frozen=True, slots=True)
class Effect:
    """An estimate in the measure's own unit, to six decimals, with its 95 % interval."""

    effect: Decimal
    error: Decimal
    low: Decimal
    high: Decimal

    @property
    def is_told_from_nothing(self) -> bool:
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class ArmView:
    """One group of customers who were there at both moments: exact means in the measure's own unit."""

    n: int
    before: Fraction | None
    after: Fraction | None


@dataclass(frozen=True, slots=True)
class Moved:
    """Who was in a group at one moment only, and is left out."""

    left: int = 0
    joined: int = 0


@dataclass(frozen=True, slots=True)
class PreTrendView:
    """Whether both groups moved alike before: by how much the treated rose faster a month."""

    verdict: str  # "enough", "not" or "unknown"
    days: tuple[date, ...]
    difference: Effect | None
    treated: Effect | None  # the treated's own slope


@dataclass(frozen=True, slots=True)
class SegmentMoment:
    """The whole segment in a run, as pages show it; None where too few customers were there."""

    run_number: int
    as_of: date
    n: int
    score: Fraction | None
    points_per_customer: Fraction | None
    band: str | None


@dataclass(frozen=True, slots=True)
class TargetThen:
    """The score target that was in force when the read-out was made."""

    value: Decimal
    due_on: date


@dataclass(frozen=True, slots=True)
class Money:
    """What it cost and brought, in hundredths of the currency; None: not known."""

    currency: str
    cost_minor: int | None
    return_minor: int | None
    note: str = ""

    @property
    def return_on_cost(self) -> Fraction | None:
        """(return − cost) ÷ cost; None where either is unknown, or nothing was spent."""
        if self.cost_minor is None or self.return_minor is None or self.cost_minor == 0:
            return None
        return Fraction(self.return_minor - self.cost_minor, self.cost_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOutView:
    """A read-out with all its figures as they were frozen."""

    id: UUID
    number: int
    step_id: UUID
    made_at: datetime
    made_by: str
    mode: Mode
    compared: tuple[tuple[str, str], ...]  # keys and names
    refused: tuple[RefusedSegment, ...]
    measure: str
    before: SegmentMoment
    after: SegmentMoment
    treated: Mapping[str, ArmView]  # by measure
    other: Mapping[str, ArmView]
    plain: Mapping[str, Effect]
    matched: Mapping[str, Effect]
    without_match: int
    overlap: int
    treated_moved: Moved
    other_moved: Moved
    pre_trend: PreTrendView
    warnings: tuple[Warned, ...]
    target: TargetThen | None
    money: Money

    def effect(self, measure: str | None = None) -> Effect | None:
        """The estimate that counts: matched where customers were matched, else the plain difference; None: none."""
        found = self.matched if self.mode is Mode.MATCHED else self.plain
        return found.get(measure or self.measure)

    @property
    def change(self) -> Fraction | None:
        """What the whole segment's score changed by, treated or not being the reason."""
        if self.before.score is None or self.after.score is None:
            return None
        return self.after.score - self.before.score

    @property
    def change_share(self) -> Fraction | None:
        """The same as a share of the score before; None from nothing."""
        return self.change / self.before.score if self.change is not None and self.before.score else None

    @property
    def target_gap(self) -> Fraction | None:
        """Score − target: below 0 it was missed by so much."""
        if self.target is None or self.after.score is None:
            return None
        return self.after.score - Fraction(self.target.value)

    @property
    def cost_per_difference(self) -> Fraction | None:
        """Cost in the currency's own unit for each 1 of the effect on the score.

        None where the cost is not known, or the effect is not told from nothing, or is a loss.
        """
        effect = self.effect("score")
        if self.money.cost_minor is None or effect is None or effect.low <= 0:
            return None
        return Fraction(self.money.cost_minor, 100) / Fraction(effect.effect)
