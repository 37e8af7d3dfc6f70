"""How sure a change is, and where targets stand: what the pages and the API know about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from engagement.scoring.formula import TargetState


@dataclass(frozen=True, slots=True)
class ChangeError:
    """How far a change of a score may be off; without numbers, `reason` says why."""

    standard_error: Decimal | None
    half_width_95: Decimal | None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetOutlook:
    """Where a target stands, with all that the rule used. Paces are per month of 365 ÷ 12 days; None is not known.

    `reason` says why the state is unknown, or why there is no pace beside a number that is there already. `value` on
    `value_on` is what decided: the latest number, or that of the due day. `chance` that the target is met on its due
    day is a share 0…1. `months` are the finished months the pace was taken from, oldest first.
    """

    state: TargetState
    reason: str | None = None
    value: Fraction | None = None
    value_on: date | None = None
    days_left: int | None = None
    needed_a_month: Fraction | None = None
    recent_a_month: Fraction | None = None
    recent_half_width_95: Decimal | None = None
    projected: Fraction | None = None
    projected_half_width_95: Decimal | None = None
    chance: Decimal | None = None
    months: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTarget:
    """A target of a segment, in force or ended (`retired_at`); kept as it was."""

    id: str
    segment_key: str
    segment_name: str
    measure: str
    value: Decimal
    due_on: date
    owner_name: str
    start_value: Decimal | None
    start_as_of: date | None
    note: str
    set_by: str
    set_at: datetime
    retired_at: datetime | None
