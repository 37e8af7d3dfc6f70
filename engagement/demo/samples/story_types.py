"""What people of a sample entered, said and did beside the numbers: made up, and declared without Django.

Days are the client's own. Every moment is said by its day; the loader makes it a working hour there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from engagement.demo.samples.intake_types import SampleIntake


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleAnswer:
    """An answer to a survey: `kind` "nps" (0 to 10) or "csat" (1 to 5), by a customer."""

    day: date
    kind: str
    value: int
    customer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMeasuring:
    """How companions are measured. `revenue` is an action of its own that adds up an amount and is worth no points."""

    amount_key: str
    amount_name: str
    event_name: str
    amount_property: str
    purchases: tuple[str, ...]
    conversion: tuple[str, str]
    margin_thousandths: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleCost:
    """What a month cost; `kind` "programme" or "acquisition"."""

    month: date
    kind: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRemark:
    """Something that a customer said."""

    day: date
    text: str
    kind: str
    source: str
    customer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTheme:
    """A theme of feedback with the words that name it; `defined_on` begins the days that it is open."""

    name: str
    phrases: tuple[str, ...]
    defined_on: date
    state: str = "open"
    state_note: str = ""
    state_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMarketFigure:
    about: str
    measure: str
    value: Decimal
    unit: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOutcome:
    """What scores are held against: `kind` "silent" or "no_repeat"; no actions: any."""

    kind: str
    days: int
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFinding:
    """What was seen; `key` is how steps name it."""

    key: str
    title: str
    words: str
    segment: str | None
    first_day: date
    last_day: date
    severity: int
    seen_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleStep:
    """A step that answers findings; planned, and as far as days say: started, ended, read out."""

    title: str
    words: str
    lever: str
    segment: str | None
    compared: tuple[str, ...]
    planned_on: date
    first_day: date
    read_out_on: date
    expected: Decimal
    cost: Decimal
    answers: tuple[str, ...]
    starts: bool = True
    last_day: date | None = None
    is_read_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTrial:
    """A test with arms, by a trait; shares in thousandths, the first arm is what the others are held against."""

    title: str
    words: str
    trait: str
    arms: tuple[tuple[str, int], ...]
    difference: Decimal
    planned_on: date
    first_day: date
    last_day: date
    read_out_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleReport:
    """A report over a quarter or month, and what is written into its sections; published and shared, or a draft."""

    by: str
    last_day: date
    segment: str | None
    texts: Mapping[str, str]
    written_on: date
    is_published: bool = True
    shared_with: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleAcceptance:
    """A pitfall that is lived with, and why."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRhythm:
    """How often a client is reviewed: `every` "month" or "quarter"."""

    every: str
    working_days: int
    chosen_on: date


@dataclass(frozen=True, slots=True)
class SamplePoint:
    """An item of an agenda: its kind, and what it is about: a title, a segment's key, a code, or a decision's words."""

    kind: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleItemNote:
    """What was noted on an item."""

    on: SamplePoint
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleDecision:
    """What was decided on an item; `measure` of `segment` judges it, "" for none. `done_on`: done that day."""

    on: SamplePoint
    text: str
    due_on: date
    measure: str = ""
    segment: str | None = None
    done_on: date | None = None
    done_because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleReview:
    """The review of a finished period; without `closed_on` it is open.

    `added` are items of somebody's own. At its end what nothing was decided on is carried over where its kind is
    `carried`, else dropped with `dropped_because`.
    """

    rhythm: str
    last_day: date
    opened_on: date
    added: tuple[str, ...] = ()
    notes: tuple[SampleItemNote, ...] = ()
    decisions: tuple[SampleDecision, ...] = ()
    closed_on: date | None = None
    carried: tuple[str, ...] = ()
    dropped_because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePlan:
    """When rounds of a firm are prepared and sent: days of the month after."""

    prepare_day: int
    send_day: int
    due_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRounds:
    """Who gets the reports of each month, members or addresses that are confirmed, and how they go out.

    `firm` is the plan of the firm, said by one sample for all of its clients.
    """

    recipients: tuple[str, ...]
    attaches_pdf: bool = False
    link_days: int = 30
    firm: SamplePlan | None = None


def _nothing() -> tuple[()]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleStory:
    """Everything of it, in the order in which it is told. What is long is made when asked for."""

    measuring: SampleMeasuring | None = None
    answers: Callable[[], tuple[SampleAnswer, ...]] = field(default=_nothing, repr=False)
    costs: tuple[SampleCost, ...] = ()
    themes: tuple[SampleTheme, ...] = ()
    remarks: Callable[[], tuple[SampleRemark, ...]] = field(default=_nothing, repr=False)
    market: tuple[SampleMarketFigure, ...] = ()
    outcome: SampleOutcome | None = None
    findings: tuple[SampleFinding, ...] = ()
    steps: tuple[SampleStep, ...] = ()
    trials: tuple[SampleTrial, ...] = ()
    reports: tuple[SampleReport, ...] = ()
    made_by: str = ""
    acceptances: tuple[SampleAcceptance, ...] = ()
    rhythm: SampleRhythm | None = None
    reviews: tuple[SampleReview, ...] = ()
    rounds: SampleRounds | None = None
    intake: SampleIntake | None = None
