"""Customers at risk and what was done about them, ready to be shown: exact, None where nothing may be said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from engagement.insights.calendars import By
from engagement.insights.types import RunFacts

# How long a customer whose outreach has ended counts as closed; then they stand as new again.
CLOSED_DAYS = 180
# How many of the largest falls a list keeps: more than anybody can call, and the same work whatever the rule.
KEPT = 10_000
# What became of outreach is looked at after so many days: earlier the window still holds what went before.
AFTER_DAYS = 30


class State(StrEnum):
    """How far somebody is with a customer at risk."""

    NEW = "new"
    CONTACTED = "contacted"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class FallRule:
    """When a customer is at risk. Number 0 is what holds before anybody has set one; scores are 0–100."""

    number: int = 0
    fall: Decimal = Decimal(20)
    least: Decimal = Decimal(30)
    by: By = By.MONTH
    runs: int = 3
    set_by: str = ""
    set_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OutreachLine:
    """One outreach to one customer."""

    id: str
    customer_number: int
    state: State
    owner_name: str
    owner_email: str
    how: str
    contacted_on: date | None
    note: str
    return_on: date | None
    outcome: str
    closed_on: date | None
    baseline: Fraction | None  # None: the customer was not on the list when taken up


@dataclass(frozen=True, slots=True)
class RiskLine:
    """A customer at risk."""

    number: int
    external_id: str
    baseline: Fraction
    score: Fraction
    fall: Fraction
    days_since_last_action: int | None  # None: newly silent, nothing in the window
    state: State
    outreach: OutreachLine | None  # the open one, or the last one of the last 180 days


@dataclass(frozen=True, slots=True)
class Base:
    """An earlier day that could be part of the baseline, and why it is not; "" where it is."""

    as_of: date
    run_number: int | None
    why_not: str


@dataclass(frozen=True, slots=True)
class Back:
    """Of so many customers so many are back; shares are None where they are too few to say."""

    of: int
    back: int | None
    share: Fraction | None
    low: Fraction | None
    high: Fraction | None


@dataclass(frozen=True, slots=True)
class Became:
    """What became of customers at risk at least 30 days later: those somebody contacted, and those nobody did."""

    contacted: Back
    others: Back
    outcomes: tuple[tuple[str, int], ...]  # of everybody contacted at least 30 days ago, also those not comparable
    not_comparable: int  # contacted, but scored with other weights since, or not in the latest scoring


@dataclass(frozen=True, slots=True)
class RiskPage:
    """One page of the list. `total` fit the filter; `at_risk` is everybody, also beyond the `kept` largest falls."""

    rule: FallRule
    run: RunFacts | None  # None before the first finished scoring
    bases: tuple[Base, ...]
    has_baseline: bool
    at_risk: int
    silent: int  # of those at risk, with nothing in the window
    kept: int
    unknown: int  # scored, and without a baseline
    by_state: tuple[tuple[State, int], ...]  # of those kept
    lines: tuple[RiskLine, ...]
    total: int
    page: int
    pages: int
