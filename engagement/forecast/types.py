"""What the pages and the API know of forecasts: as they are stored, in fractions of the measure's own unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class BrokenBy(StrEnum):
    """What a series of periods begins after."""

    NOTHING = ""  # nothing was scored before
    GAP = "gap"  # a period before it was not scored
    WEIGHTS = "weights"  # another weight set before it, and the past was not restated
    RULE = "rule"  # another rule of the segment before it
    FEW = "few"  # too few customers before it


@dataclass(frozen=True, slots=True)
class Known:
    """The measure at the end of one finished period, and the run that said it."""

    day: date
    run_number: int
    value: Fraction


@dataclass(frozen=True, slots=True)
class Fan:
    """What was said of one day: the middle, and where 80 and 95 of 100 such numbers lie. Estimates."""

    day: date
    middle: Fraction
    low_80: Fraction
    high_80: Fraction
    low_95: Fraction
    high_95: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How the method did on the past of its own series: see `estimates.backtest.BackTest`."""

    mase: Fraction
    forecasts: int
    numbers: int
    furthest: int
    inside_80: int
    inside_95: int
    widening_80: Fraction
    widening_95: Fraction
    others: tuple[tuple[str, Fraction], ...]  # every method that was tried with its miss, the chosen one among them


@dataclass(frozen=True, slots=True, kw_only=True)
class PathLever:
    """One action alone: what it is now, per customer, and what would reach the target; see `formula.path.Lever`."""

    action: str
    name: str
    now: Fraction
    factor: Fraction | None
    rise: Fraction | None
    seen: int
    spans: int
    span: int  # periods that a span has
    precedent: str
    largest: Fraction | None
    usual: Fraction | None
    high: Fraction | None
    best: Fraction | None


@dataclass(frozen=True, slots=True)
class PathRise:
    """One action of several that would do together: how much it would have to rise, per customer."""

    name: str
    rise: Fraction
    now: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class PathFigures:
    """What would reach the target; `reason` says why nothing is known, and the rest is empty then."""

    reason: str
    value: Fraction | None = None
    levers: tuple[PathLever, ...] = ()
    together: tuple[PathRise, ...] = ()
    share: Fraction | None = None  # of their largest rises
    together_value: Fraction | None = None
    most: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastFigures:
    """One forecast as it was said."""

    number: int
    segment_key: str
    segment_name: str
    measure: str
    as_of: date
    run_number: int
    period: str  # "week" or "month"
    outcome: str  # see `estimates.forecasting.Outcome`
    method: str
    broken_by: str
    weight_set_number: int
    rule: int | None  # the number of the segment's definition then
    series: tuple[Known, ...]
    steps: tuple[Fan, ...]
    test: Tried | None
    target_id: str | None
    target: Decimal | None
    due_on: date | None
    at_due: Fan | None
    chance: Fraction | None
    path: PathFigures | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """What an earlier forecast said of a day that has come, and what came."""

    forecast_number: int
    made_as_of: date
    fan: Fan
    came: Fraction
    run_number: int

    @property
    def is_inside(self) -> bool:
        """Whether what came was inside the 95 % interval."""
        return self.fan.low_95 <= self.came <= self.fan.high_95


@dataclass(frozen=True, slots=True)
class Carrier:
    """What carried an unusual move: a cause of the ledger, of new activity an action, and how much of the score."""

    cause: str
    action: str
    value: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusual:
    """The score of one segment, outside what its past led to expect; `stands` among all that were looked at."""

    segment_key: str
    segment_name: str
    value: Fraction
    expected: Fraction
    low: Fraction
    high: Fraction
    p: Fraction
    stands: bool
    carried_by: tuple[Carrier, ...]


@dataclass(frozen=True, slots=True)
class LookFigures:
    """All segments of a run, looked at together; `action_names` by key, as the run knew them."""

    as_of: date
    run_number: int
    period: str
    compared: int
    found: tuple[Unusual, ...]
    action_names: Mapping[str, str]
