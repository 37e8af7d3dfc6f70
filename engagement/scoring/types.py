"""What crosses the border of this step: actions, weight sets, segments and previews, exact and ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal
from uuid import UUID

from engagement.scoring.previewed import Finding, LevelChoice, LevelOffer, Mover, OrderPreview, SegmentPreview, Work

FullPointsSource = Literal["median", "p60", "p75", "mean", "own"]
# In the order in which a page offers them.
FULL_POINTS_SOURCES: Final[tuple[FullPointsSource, ...]] = ("median", "p60", "p75", "mean", "own")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionLine:
    """An action as it is now. `times` is how often it was counted in the window that ends with `times_as_of`.

    `rule` is the newest definition's; until `is_counted`, runs use the one before.
    """

    key: str
    name: str
    channel: str
    channel_name: str
    rule: Mapping[str, object]
    words: str
    definition: int
    is_counted: bool
    archived_at: datetime | None
    times: int
    times_from: date
    times_as_of: date


@dataclass(frozen=True, slots=True)
class EventNameCount:
    """A name among the latest events, and how many of them bear it."""

    name: str
    occurrences: int


@dataclass(frozen=True, slots=True)
class WeightLine:
    """What one action is worth in a weight set; cap None: every occurrence counts."""

    key: str
    name: str
    channel: str
    channel_name: str
    weight: Decimal
    cap: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideView:
    """What the customers of one segment are scored with in place of their weight set's own numbers.

    `weights` are in the order of the set's own, one for each of its actions.
    """

    segment_key: str
    segment_name: str
    set_key: str
    set_name: str
    full_points: Decimal
    weights: tuple[WeightLine, ...]
    is_archived: bool = False  # the segment: nobody is scored with them any more


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightSetView:
    """A weight set with its numbers as a person reads them; full points None: not decided yet."""

    number: int
    state: str
    window_days: int
    half_life_days: int | None
    full_points: Decimal | None
    full_points_from: str
    based_on: int | None
    note: str
    created_by: str
    created_at: datetime
    changed_at: datetime
    published_by: str
    published_at: datetime | None
    weights: tuple[WeightLine, ...]
    # The first local day that is scored with it (None: the first set, for all days), and since when it counts.
    effective_from: date | None = None
    in_force_at: datetime | None = None
    restate_from: date | None = None
    proposed_by: str = ""
    proposed_at: datetime | None = None
    proposed_by_id: UUID | None = None
    approved_by: str = ""
    approved_at: datetime | None = None
    # Weights of their own, in the order of their segments; the segments are those of one partition.
    overrides: tuple[OverrideView, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishingStepLine:
    """One act on the way of a weight set; `by` is empty for the clock."""

    what: str
    what_name: str
    by: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestatementLine:
    """A restatement of the past: `done` of `days` days are scored again, `failed` more could not be."""

    number: int  # of the weight set
    first_day: date
    state: str
    days: int
    done: int
    failed: int
    requested_by: str
    requested_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Past:
    """What lies behind a set: finished days scored otherwise (the newest first), and the latest restatement with it."""

    days: tuple[date, ...]
    latest: RestatementLine | None

    @property
    def days_scored_otherwise(self) -> int:
        return len(self.days)


@dataclass(frozen=True, slots=True)
class WeightChange:
    """A weight in points (up to three decimals, may be negative) and the occurrences that count at most."""

    weight: Decimal
    cap: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftChange:
    """All that a draft says. Actions that are not named keep what they have.

    `full_points` counts with `full_points_from` "own" only: otherwise it is taken from the data. `changed_at` is what
    the draft said when it was opened; None asks for no such check.
    """

    weights: Mapping[str, WeightChange] = field(default_factory=dict)
    window_days: int
    half_life_days: int | None
    full_points: Decimal | None
    full_points_from: str
    note: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideChange:
    """All that the own weights of a segment say. Actions that are not named keep what they have.

    What is new begins with the set's own numbers. `changed_at` as in DraftChange.
    """

    weights: Mapping[str, WeightChange] = field(default_factory=dict)
    full_points: Decimal
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Histogram:
    """Customers by points in bins of `bin_width` points from 0; the last bin is open, `n_negative` lie below 0."""

    counts: tuple[int, ...]
    bin_width: int
    n_negative: int
    whole_numbers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FullPointsSuggestion:
    """Full points that the data suggests; a value is None where nobody is active or the typical one has no points."""

    as_of: date
    window_days: int
    n: int
    n_active: int
    median: Decimal | None
    p60: Decimal | None
    p75: Decimal | None
    mean: Decimal | None
    histogram: Histogram

    def of(self, source: str) -> Decimal | None:
        """The value of one source; None for "own"."""
        found = {"median": self.median, "p60": self.p60, "p75": self.p75, "mean": self.mean}
        return found.get(source)


@dataclass(frozen=True, slots=True)
class ActionPart:
    """What one action gives to all customers together: occurrences, and points per customer (None: no customers)."""

    key: str
    occurrences: Fraction
    points_per_customer: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """All customers under one weight set. score and points per customer are None below the organisation's minimum."""

    number: int
    n: int
    score: Fraction | None
    points_per_customer: Fraction | None
    poor: int
    good: int
    excellent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPreview:
    """The set in force beside the draft for the same day; one is None where it cannot be computed.

    `reason` says why there is no level of the draft; `work` is there while it has to be computed in the background.
    `run_number` names the run whose counts were read, None where activity was. `parts` are the draft's, one for each
    action that is counted; `segments` begin with all customers; `full_points` are those the draft was scored with.
    """

    as_of: date
    run_number: int | None
    now: Level | None
    draft: Level | None
    full_points: Decimal | None
    parts: tuple[ActionPart, ...]
    suggestion: FullPointsSuggestion | None
    reason: str
    segments: tuple[SegmentPreview, ...] = ()
    order: OrderPreview | None = None
    movers: tuple[Mover, ...] = ()
    findings: tuple[Finding, ...] = ()
    keep_level: LevelOffer | None = None
    work: Work | None = None
    points_now: Mapping[str, Fraction] = field(default_factory=dict)  # of each action of either set, per customer
    choices: tuple[LevelChoice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentLine:
    """A segment as it is now; `n` is how many members the latest scoring found, None before the first."""

    key: str
    name: str
    set_key: str | None
    rule: Mapping[str, object]
    words: str
    definition: int
    is_missing_data: bool
    n: int | None


@dataclass(frozen=True, slots=True)
class PartitionReport:
    """Whether the segments of a set cover every customer once.

    `n_gaps` customers are in none, `n_overlaps` in several. Not `is_checked`: rules over activity can only be checked
    by a scoring.
    """

    n: int
    n_gaps: int
    n_overlaps: int
    is_checked: bool

    @property
    def is_whole(self) -> bool:
        return self.is_checked and not self.n_gaps and not self.n_overlaps


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentSetLine:
    key: str
    name: str
    is_partition: bool
    segments: tuple[SegmentLine, ...]
    partition: PartitionReport | None


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many customers a rule finds now; `n` is None for rules over activity, which the next scoring evaluates."""

    n: int | None
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionView:
    """The rule in force that says who is not scored; without a rule, and with number 0, nobody is left out by one."""

    number: int
    rule: Mapping[str, object] | None
    words: str
    note: str
    created_by: str
    created_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingProgress:
    """Definitions that are being counted from stored events; there is none where nothing waits.

    `is_recounting`: every day is counted anew after a change of the time zone. `done` of `total` events have been
    read, both 0 before a worker has begun. `seconds_left` follows from the pace so far, None before there is one.
    """

    is_recounting: bool
    names: tuple[str, ...]
    done: int
    total: int
    since: datetime | None
    seconds_left: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityReach:
    """How far activity reaches: the first local day that can be counted anew, and the last one that is packed."""

    countable_from: date | None
    packed_before: date
    counting: CountingProgress | None
