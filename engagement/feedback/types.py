"""What crosses the borders of this step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from engagement.feedback.formula.tone import NEGATIVE, NEUTRAL, POSITIVE, UNJUDGED


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that somebody said, as it comes in. `customer` is the client's own id, `segment` a key.

    `id` is what its source calls it; without one it is told by what it says, and `repeat` counts the same sayings
    before it in one file or request, so that two customers who both wrote "ok" are two.
    """

    text: str
    day: date
    kind: str
    source: str
    language: str = ""
    customer: str = ""
    segment: str = ""
    id: str = ""
    repeat: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """One that was not taken: its place among those sent (from 0), and what is wrong by field.

    `is_erased`: it is about somebody who was erased, so nothing of it may be kept.
    """

    at: int
    fields: dict[str, list[str]]
    is_erased: bool = False


@dataclass(frozen=True, slots=True)
class Added:
    """What became of what was sent; `ids` are of those that are new, in order."""

    ids: tuple[UUID, ...] = ()
    duplicates: int = 0
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class ToneCounts:
    """How many sound how. Those that nobody judged count as feedback, and in no share."""

    negative: int = 0
    neutral: int = 0
    positive: int = 0
    unjudged: int = 0

    @classmethod
    def of(cls, counts: dict[str, int]) -> ToneCounts:
        return cls(*(counts.get(tone, 0) for tone in (NEGATIVE, NEUTRAL, POSITIVE, UNJUDGED)))

    @property
    def n(self) -> int:
        return self.judged + self.unjudged

    @property
    def judged(self) -> int:
        return self.negative + self.neutral + self.positive

    @property
    def negative_share(self) -> Fraction | None:
        """Of those that were judged; None where none was."""
        return Fraction(self.negative, self.judged) if self.judged else None


@dataclass(frozen=True, slots=True)
class MonthCounts:
    """One calendar month, by its first day."""

    month: date
    tones: ToneCounts


@dataclass(frozen=True, slots=True)
class ThemeCount:
    """How often a theme comes up in a span of days, and how it sounds there."""

    number: int
    name: str
    state: str
    tones: ToneCounts
    share: Fraction  # of all feedback of the span; themes overlap, so shares do not add up to 1
    months: tuple[MonthCounts, ...]  # of every month that has any feedback of the theme


@dataclass(frozen=True, slots=True)
class ThemeCounts:
    """Feedback of a span of days by theme, the most frequent theme first. `n` is all of it, with a theme or without."""

    first_day: date
    last_day: date
    segment_key: str | None
    tones: ToneCounts
    months: tuple[MonthCounts, ...]
    themes: tuple[ThemeCount, ...]
    without_theme: int

    @property
    def n(self) -> int:
        return self.tones.n


@dataclass(frozen=True, slots=True)
class OpenTheme:
    """A theme that nobody works on: how it sounds over a span of days, and since when it is open.

    `is_left` says the pitfall "feedback not acted on": at least LEAST_JUDGED judged, half of them negative or more, and
    open for more than MOST_DAYS_OPEN days.
    """

    number: int
    name: str
    tones: ToneCounts
    open_since: date
    days_open: int
    is_left: bool


@dataclass(frozen=True, slots=True)
class ThemeLine:
    """A theme as it stands today."""

    number: int
    version: int
    name: str
    phrases: tuple[str, ...]
    state: str
    state_note: str
    state_on: date
    state_by: str
    open_since: date


@dataclass(frozen=True, slots=True)
class ThemeVersionLine:
    number: int
    name: str
    phrases: tuple[str, ...]
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ThemeName:
    number: int
    name: str


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One piece of feedback as it is shown. `customer` is the client's own id; empty where nobody is named."""

    id: UUID
    day: date
    kind: str
    text: str
    language: str
    customer_number: int | None
    customer: str
    segment_key: str
    segment_name: str
    source: str
    source_id: str
    tone: str
    judged: str
    compound: Decimal | None
    unjudged_because: str
    model: str
    corrected: str
    corrected_by: str
    corrected_at: datetime | None
    themes: tuple[ThemeName, ...]
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """Which feedback is asked for; what is left empty asks nothing."""

    kind: str = ""
    tone: str = ""
    theme: int | None = None
    segment: str = ""
    search: str = ""
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketWords:
    """A figure of a competitor or the market as it is entered; without a last day it is of one day."""

    about: str
    measure: str
    value: Decimal
    unit: str = ""
    first_day: date
    last_day: date | None = None
    source: str
    link: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class MarketLine:
    """A figure of a competitor or the market in force, or a former version of one."""

    id: UUID
    about: str
    measure: str
    value: Decimal
    unit: str
    first_day: date
    last_day: date
    source: str
    link: str
    note: str
    entered_by: str
    entered_at: datetime
    retired_at: datetime | None
    former: tuple[MarketLine, ...] = field(default=(), compare=False)
