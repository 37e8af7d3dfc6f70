"""What crosses the borders of this step: frozen, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PooledFigureView:
    """A published figure, in points of the score, to a tenth; the ends of intervals are rounded outwards."""

    lever: str
    industry: str  # empty: all
    last_day: date  # of the quarter it was published for
    organisations: int
    read_outs: int
    effect: Decimal
    low: Decimal
    high: Decimal
    prediction_low: Decimal
    prediction_high: Decimal
    i_squared_percent: int
    above_percent: int  # of the organisations, those whose own interval lies above 0


@dataclass(frozen=True, slots=True)
class LeverEvidence:
    """What is known of a lever across organisations; without a figure it says why.

    `outcome` is that of the last quarter; `hidden`: there was a figure, and fewer than five stand behind it now.
    """

    lever: str
    outcome: str
    organisations: int  # that gave something in the last quarter; told only while they are too few
    hidden: bool
    figure: PooledFigureView | None
    industries: tuple[PooledFigureView, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All levers of a firm. `agreed` is how many clients agree now, 5 for five and more."""

    agreed: int
    last_day: date | None  # of the last quarter that was worked out
    next_day: date  # the last day of the running quarter
    levers: tuple[LeverEvidence, ...]


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """A consent that was given; `withdrawn_at` None: it is in force."""

    text_version: int
    by_firm: bool
    given_by: str
    given_at: datetime
    withdrawn_by: str
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Share:
    """What an organisation gives for a lever, or would give: the mean over its read-outs."""

    lever: str
    read_outs: int
    effect_millionths: int
    error_millionths: int

    @property
    def effect(self) -> Decimal:
        return Decimal(self.effect_millionths).scaleb(-6)

    @property
    def error(self) -> Decimal:
        return Decimal(self.error_millionths).scaleb(-6)
