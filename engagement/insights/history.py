"""What crosses the border about the past: which periods are compared, and what was known when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from engagement.insights.calendars import By
from engagement.insights.part_types import OwnWeights

if TYPE_CHECKING:
    from engagement.insights.types import Figures, Period, RunFacts

# The lines of a trend: what counts now, and each day as it was before it was restated.
RESTATED: Final = "restated"
AS_IT_WAS: Final = "as-it-was"
LINES: Final = (RESTATED, AS_IT_WAS)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which two runs of one day differ: a cause, and its words."""

    # "weights", "overrides", "actions", "segments", "exclusion", "bands", "time_zone", "program", "data" or "nothing"
    cause: str
    words: str


@dataclass(frozen=True, slots=True)
class KnownThen:
    """A run is shown although another one counts for its day: what counts now, and why it is another number."""

    published_at: datetime
    replaced_at: datetime
    replaced_by: int  # the number of the next run published for that day
    in_force: RunFacts
    figures: Figures | None  # of the same segment in the run in force; None where it is not in that run
    difference: Fraction | None  # of the score: in force less shown
    causes: tuple[Difference, ...]  # from the run that is shown to the one in force


@dataclass(frozen=True, slots=True)
class Comparison:
    """Which finished period a page compares with the finished one before it.

    `run` and `before` are the runs at their two ends, None where one has not been scored; then there is no change.
    `is_shown`: the finished period is the one that the page shows. Otherwise what is shown is provisional, and the
    comparison is that of the last period that is over.
    """

    by: By
    run: RunFacts | None
    before: RunFacts | None
    is_shown: bool
    unscored: tuple[date, ...]  # ends of finished periods that were looked for and have not been scored
    periods: tuple[Period, ...]  # the days on offer
    known: KnownThen | None  # None: the run that is shown is in force
    ends: tuple[date, ...] = ()  # of all finished periods that have been scored, the newest first


@dataclass(frozen=True, slots=True)
class RestatedRun:
    """One of several runs published for a day, with what it changed against the one before it."""

    number: int
    published_at: datetime
    asked_as: str  # "schedule", "request" or "history"
    asked_by: str  # a name, or nothing
    weight_set_number: int
    is_in_force: bool
    is_sums_only: bool
    score: Fraction | None
    reason: str | None
    change: Fraction | None  # against the run before it; None for the first, and where either has no score
    causes: tuple[Difference, ...]  # empty for the first


@dataclass(frozen=True, slots=True)
class RestatedDay:
    """A day that was scored more than once, the first run first."""

    as_of: date
    runs: tuple[RestatedRun, ...]


@dataclass(frozen=True, slots=True)
class RestatedDays:
    """One page of them, the latest day first; pages count from 1."""

    days: tuple[RestatedDay, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class UsedRule:
    """A definition that a run used, in words."""

    key: str
    name: str
    definition: int
    words: str


@dataclass(frozen=True, slots=True)
class UsedAction(UsedRule):
    """An action with what one occurrence was worth."""

    channel: str
    weight: Decimal
    cap: int | None


@dataclass(frozen=True, slots=True)
class RecordedSegment:
    """A segment's figures in a run, beside those of the run in force where that is another one."""

    figures: Figures
    in_force: Figures | None
    difference: Fraction | None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run with all it used, whether or not it still counts."""

    run: RunFacts
    state: str
    error: str
    asked_as: str
    asked_by: str
    started_at: datetime
    customers: int
    chunks: int
    digest: str
    stored_bytes: int
    is_in_force: bool
    known: KnownThen | None  # None: it counts, or it was never published
    actions: tuple[UsedAction, ...]
    segments: tuple[UsedRule, ...]
    exclusion: UsedRule | None
    figures: tuple[RecordedSegment, ...]  # everybody first
    day: RestatedDay | None  # None: it is the only run of its day
    overrides: tuple[OwnWeights, ...] = ()  # own weights of segments that it used
    chunks_reused: int = 0  # of `chunks`: nothing in them was written since the run it was compared with
