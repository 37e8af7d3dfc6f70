"""Tests with arms as they cross borders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from engagement.cases.readout_types import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialWords:
    """A test as somebody plans it. The first arm is what the others are held against; shares are in thousandths.

    `difference` is the smallest one worth seeing, in the measure's own unit, a share 0…1; `customers_per_arm` may be
    left out where the spread is known.
    """

    title: str
    words: str = ""
    arm_source: str = "trait"
    event_name: str = ""
    arm_name: str
    arms: tuple[tuple[str, int], ...]
    measure: str = "score"
    judged_by: str = "mean"
    action_key: str = ""
    first_day: date
    last_day: date
    difference: Decimal
    customers_per_arm: int | None = None
    owner_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Size:
    """How many customers it takes: None where the spread is not known."""

    spread: float | None
    needed: int | None


class Doubt(StrEnum):
    """Why a test's result is no verdict."""

    SPLIT = "split"  # the customers found are not split as planned: withheld
    EARLY = "early"  # before the last day
    FEW = "few"  # fewer customers in an arm than was planned
    NOBODY = "nobody"  # an arm has too few customers to show a number


@dataclass(frozen=True, slots=True)
class ArmFound:
    """One arm: the mean, or the share, exact; with the difference from the first arm, an estimate."""

    value: str
    planned_thousandths: int
    n: int
    level: Fraction | None
    difference: Effect | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialReadOut:
    """What a test's arms did in one run, frozen."""

    number: int
    run_number: int
    as_of: date
    window_days: int
    made_at: datetime
    made_by: str
    arms: tuple[ArmFound, ...]
    outside: int  # customers with a value that is no arm
    p: Decimal
    doubts: tuple[Doubt, ...]

    @property
    def is_withheld(self) -> bool:
        """Shown only to whoever asks for it, as not to be trusted."""
        return Doubt.SPLIT in self.doubts

    @property
    def has_verdict(self) -> bool:
        return not {Doubt.SPLIT, Doubt.EARLY, Doubt.NOBODY} & set(self.doubts)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLine:
    """A test with what was planned; `state` is planned, running, over (its last day has passed) or stopped."""

    id: UUID
    number: int
    title: str
    words: str
    arm_source: str
    event_name: str
    arm_name: str
    arms: tuple[tuple[str, int], ...]
    measure: str
    judged_by: str
    action_key: str
    action_name: str
    first_day: date
    last_day: date
    difference: Decimal
    customers_per_arm: int
    state: str
    owner_name: str
    stopped_because: str
    latest_number: int | None
