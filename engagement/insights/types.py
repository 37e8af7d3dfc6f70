"""What the pages and the API know about segments: exact, already honest about small and empty groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from engagement.insights.explaining import PartitionChange
from engagement.insights.history import Comparison
from engagement.insights.outlook_types import ChangeError, TargetOutlook
from engagement.insights.part_types import ScoredPart
from engagement.scoring.formula import BandChances


@dataclass(frozen=True, slots=True)
class ActionFigures:
    """One action's part in a segment's numbers. The parts of all actions add up to the segment's points exactly."""

    key: str
    name: str
    channel: str
    weight: Decimal  # points for one occurrence: of the run's weight set, or own ones that scored the whole segment
    cap: int | None
    occurrences: Fraction
    points: Fraction  # of all members, caps applied
    customers: int  # members who did it at least once
    points_per_customer: Fraction | None


def without_head(reason: str | None) -> str:
    """A reason without what it is the reason of, which a colon sets apart in every language.

    >>> without_head("no score: no customers"), without_head("no band"), without_head(None)
    ('no customers', 'no band', '')
    """
    head, colon, rest = (reason or "").partition(": ")
    return rest if colon else head


@dataclass(frozen=True, slots=True)
class Figures:
    """One segment in one run. A number that may not be shown is None, and `reason` says why.

    score, points_per_customer and the like are exact fractions; round at the border only. `band` is "poor", "good" or
    "excellent", or None under the organisation's minimum. `total_*` and counts are given whatever n is, for sums.
    """

    segment_key: str
    segment_name: str
    set_key: str | None
    is_missing_data: bool
    as_of: date
    n: int
    n_active: int
    n_multi_channel: int
    total_points: Fraction
    total_score: Fraction  # Σ of members' scores
    total_occurrences: Fraction
    band_counts: tuple[int, int, int]  # poor, good, excellent
    reason: str | None
    score: Fraction | None
    band: str | None
    band_reason: str | None
    half_width_95: Decimal | None
    median_score: Fraction | None
    points_per_customer: Fraction | None
    actions_per_customer: Fraction | None
    depth: Fraction | None  # actions per active customer
    active_share: Fraction | None
    multi_channel_share: Fraction | None
    actions: tuple[ActionFigures, ...]
    standard_error: Decimal | None = None  # of the score
    band_chances: BandChances | None = None  # only where there is a band
    points_standard_error: Decimal | None = None  # of points per customer
    points_half_width_95: Decimal | None = None
    active_share_standard_error: Decimal | None = None
    definition_number: int | None = None  # which rule of the segment
    parts: tuple[ScoredPart, ...] = ()  # who was scored with which weights; empty without own weights of segments

    def channels(self) -> Mapping[str, Fraction]:
        """Points per customer by channel; empty where there is no number."""
        found: dict[str, Fraction] = {}
        for action in self.actions:
            if action.points_per_customer is not None:
                found[action.channel] = found.get(action.channel, Fraction(0)) + action.points_per_customer
        return found


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a run used: behind "How is this calculated?" and beside every number."""

    number: int
    as_of: date
    window_from: datetime
    window_to: datetime
    window_days: int
    half_life_days: int | None
    weight_set_number: int
    full_points: Decimal
    good_threshold: Decimal
    excellent_threshold: Decimal
    finished_at: datetime
    watermark: datetime
    code_version: str
    thinned_at: datetime | None = None  # its results per customer were let go; sums per segment are all there is


@dataclass(frozen=True, slots=True)
class TargetFigures:
    """A target beside the number it is for; `gap` is number minus target (negative: below).

    Values are in the measure's own unit; an active share is 0…1. `outlook` is None where only the number is wanted.
    """

    id: str
    segment_key: str
    segment_name: str
    measure: str  # "score", "points_per_customer" or "active_share"
    value: Decimal
    due_on: date
    owner_name: str
    current: Fraction | None
    gap: Fraction | None
    note: str
    start_value: Decimal | None = None
    start_as_of: date | None = None
    start_run_number: int | None = None
    owner_email: str = ""
    outlook: TargetOutlook | None = None


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One finished period's end, or the unfinished present."""

    as_of: date
    label: str  # "Dec 2017"
    figures: Figures
    weight_set_number: int
    finished: bool
    holds_from: date | None = None  # the first day of its weight set in this line; None: all days before, or not known
    restates: bool = False  # the number is of a set that did not hold on the day
    has_other_line: bool = False  # the day has been restated: the other line has another number


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A line of the scorecard's segment table."""

    figures: Figures
    previous: Figures | None
    change: Fraction | None  # of the score, of the compared finished period; None when either end is missing
    adds_to_total: Fraction | None  # what this segment's change adds to the total's, in a partition
    target: TargetFigures | None
    trend: tuple[Fraction | None, ...]  # scores at the end of the last finished periods, oldest first
    compared: Figures | None = None  # of the last finished period: `figures` themselves where that is shown
    change_error: ChangeError | None = None


@dataclass(frozen=True, slots=True)
class SegmentGroup:
    """One segment set on the scorecard."""

    key: str
    name: str
    is_partition: bool
    rows: tuple[SegmentRow, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """One of the days a scorecard can be opened for."""

    as_of: date
    label: str  # "December 2017", "January 2018, unfinished"
    finished: bool
    current: bool
    running: bool = False  # the day lies in a period that is not over


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Everything on an organisation's scorecard, as of one day.

    `change` is `compared` less `previous`: the last finished period, which is `total` itself where that is finished,
    less the finished one before it. `comparison` says which those are.
    """

    run: RunFacts
    total: Figures
    compared: Figures | None
    previous: Figures | None
    change: Fraction | None
    comparison: Comparison
    groups: tuple[SegmentGroup, ...]
    trend: tuple[TrendPoint, ...]
    targets: tuple[TargetFigures, ...]
    industry_range: tuple[int, int] | None
    change_error: ChangeError | None = None


@dataclass(frozen=True, slots=True)
class Distribution:
    """How a segment's customers spread over the score: counts in bins of ten, and those at 0 and at 100."""

    bins: tuple[int, ...]  # [0,10), [10,20) … [90,100) and exactly 100 in an eleventh
    silent: int
    full: int


@dataclass(frozen=True, slots=True)
class Freshness:
    """The last local day with a counted action, how many days ago that was, and the run of the latest scored day."""

    last_event_on: date | None
    stale_days: int | None
    run_number: int | None
    run_as_of: date | None
    scored_at: datetime | None


@dataclass(frozen=True, slots=True)
class PortfolioLine:
    """One client in the portfolio."""

    organisation_id: int
    slug: str
    name: str
    industry: str
    total: Figures | None  # None: no run yet
    compared: Figures | None  # of the last finished month: `total` itself where that is one
    change: Fraction | None  # of the score: `compared` less the finished month before it
    previous_as_of: date | None
    target: TargetFigures | None
    weakest: tuple[str, Fraction] | None  # segment name and score, of known data with enough customers
    last_event_on: date | None  # the last local day with a counted action
    stale_days: int | None  # days since then, on the organisation's own calendar
    trend: tuple[Fraction | None, ...]
    weight_set_number: int | None
    sample_today: date | None
    industry_code: str = ""
    # The change by rate and mix, for each partition between the two months; those that are none say why.
    partitions: tuple[PartitionChange, ...] = ()
    questions: int = 0  # that nobody has answered
    asked_since: datetime | None = None  # the first of them
    minder_id: UUID | None = None  # who of the firm minds it
    minder: str = ""
    is_unminded: bool = False  # whoever minded it has no role in the firm any more
    alerts: int = 0  # that nobody has looked at
    alerts_since: date | None = None  # the day of the first of them
    alert_fell_on: date | None = None  # the last month's end for which an open one says that the score fell
    alert_is_late: bool = False  # an open one says that data does not come
    report_of: date | None = None  # the last day of the month whose report is due, and nobody has published
    report_due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person: what, why, since when, and the one link that does it."""

    organisation_name: str
    organisation_slug: str
    what: str
    why: str
    since: date | None
    do: str
    url_name: str
    severity: int  # lower is more urgent


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run, or a request that waits (number None)."""

    number: int | None
    as_of: date
    state: str
    cause: str
    weight_set_number: int | None
    customers: int | None
    started_at: datetime
    finished_at: datetime | None
    error: str
    is_in_force: bool = False
    thinned_at: datetime | None = None
    seconds_left: int | None = None  # of a shared run, by its pace so far


@dataclass(frozen=True, slots=True)
class RunStorage:
    """What the packed results of an organisation's runs take on disk, and how many days were scored more than once."""

    bytes: int
    runs: int  # that are whole
    thinned: int
    restated_days: int


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """How far a new client has come."""

    events: int  # counted up to 1,000
    customers: int
    actions: int
    weight_set_published: bool
    draft: bool
    segments: int
    runs_waiting: int  # asked for or being scored
    counted: bool = False  # an event has counted as an action
    weights_chosen: bool = False  # somebody has kept the draft since it was made for them, or a set after it
    full_points: bool = False  # decided, in the draft or in a set after it
    proposed: bool = False  # a set waits for a second person
    scored: bool = False
    targets: int = 0
