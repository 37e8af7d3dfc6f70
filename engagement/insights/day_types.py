"""What one customer did day by day, as a scoring counts it: exact, and None where nothing may be said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from engagement.insights.customer_types import ReceiptLine
from engagement.insights.types import RunFacts


@dataclass(frozen=True, slots=True)
class DayAction:
    """One action on one local day. `worth` and `counted` are in the unit of `times`, and 0 outside the window."""

    key: str
    name: str
    channel: str
    times: int  # occurrences as they happened, or the sum of values for an action that counts these
    worth: Fraction  # after the half-life
    counted: Fraction  # what it adds to min(worth, cap), the oldest day first
    points: Fraction | None  # None: outside the window, or nobody knows with which weights

    @property
    def is_cut(self) -> bool:
        """Whether a cap changed what the day is worth."""
        return self.counted != self.worth


@dataclass(frozen=True, slots=True)
class CustomerDay:
    """A local day on which something was done that the scoring counts; the actions in the order of the weight set."""

    day: date
    actions: tuple[DayAction, ...]


@dataclass(frozen=True, slots=True)
class DayPage:
    """Consecutive local days [first, last] of a timeline; `None` where there is nothing so early.

    `newer` and `older` are what ?before= is for the pages beside it, each the day after their last one.
    """

    first: date | None
    last: date | None
    newer: date | None
    older: date | None


@dataclass(frozen=True, slots=True)
class CustomerDays:
    """The timeline of one person, whoever they were merged from included, or one page of it."""

    number: int
    external_id: str
    run: RunFacts
    first_in_window: date
    page: DayPage
    days: tuple[CustomerDay, ...]  # newest first: those read, of which the page shows some
    lines: tuple[ReceiptLine, ...]  # the parts of the score; empty for somebody whom the run does not hold
    is_merged: bool  # counts for another customer: these are the days of both
    has_own_weights: bool

    @property
    def shown(self) -> tuple[CustomerDay, ...]:
        """The active days of the page."""
        first, last = self.page.first, self.page.last
        return tuple(one for one in self.days if first and last and first <= one.day <= last)

    @property
    def in_window(self) -> tuple[CustomerDay, ...]:
        """The active days of the window, as far as they were read: all where the page lies in it."""
        return tuple(one for one in self.days if self.first_in_window <= one.day)
