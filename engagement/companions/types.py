"""What crosses this step's borders: what companions are measured by, and their figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from engagement.companions.formula import Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """What is what in an organisation's events. Empty: not measured. Actions are named by their keys.

    `csat_top` is the best answer on its scale (5, 7 or 10), `csat_satisfied_from` the first that counts as satisfied.
    `margin_thousandths` is the share of revenue that is margin. `churn_by`: "actions" or "purchases", whose silence
    counts; `churn_days` None: silent for the whole month. `conversion_days` None: within the same month.
    """

    nps_event: str = ""
    nps_property: str = ""
    csat_event: str = ""
    csat_property: str = ""
    csat_top: int = 5
    csat_satisfied_from: int = 4
    purchases: tuple[str, ...] = ()
    revenue: str = ""
    margin_thousandths: int | None = None
    churn_by: str = "actions"
    churn_days: int | None = None
    conversion_from: str = ""
    conversion_to: str = ""
    conversion_days: int | None = None
    value_months: int = 12
    discount_thousandths: int | None = None
    counts_new_customers: bool = False  # cost per new customer: acquisition cost ÷ those first seen in the month

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "purchases": list(self.purchases)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Measuring:
        """As it was kept; what did not exist then has its default."""
        known = {field.name for field in fields(cls)}
        kept = {name: value for name, value in content.items() if name in known}
        return cls(**{**kept, "purchases": tuple(kept.get("purchases", ()))})

    @property
    def actions(self) -> frozenset[str]:
        """Every action that is named."""
        named = {*self.purchases, self.revenue, self.conversion_from, self.conversion_to}
        return frozenset(named - {""})


@dataclass(frozen=True, slots=True)
class SettingFacts:
    """A version of the settings."""

    number: int
    measuring: Measuring
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanionFigures:
    """One measure of one segment in one month. A number that may not be shown or is not known is None: `reason` says
    why.

    Shares are 0…1, an NPS −100…100, money in units of `currency` (not cents). `n` is what it is of: answers, customers,
    for an order's average orders. `low` and `high` are the ends of the 95 % interval, estimates. `change` is against
    month before; `p` how likely a change at least this large is without any reason, None where that cannot be said;
    `is_unchanged`: p is 0.05 or more.
    """

    measure: str
    segment_key: str
    month: date  # its last day
    value: Fraction | None
    n: int | None
    low: float | None = None
    high: float | None = None
    reason: str = ""
    change: Fraction | None = None
    p: float | None = None
    is_unchanged: bool | None = None
    is_final: bool = True
    sums: Sums | None = None  # None: it is made of other measures

    @property
    def is_known(self) -> bool:
        return self.value is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Two numbers that moved apart between the last two finished months.

    `kind`: "score_up", the score rose while the companion got worse; "score_down", it fell while the companion got
    better; "without_profit", points per customer rose while profit per customer fell or is not above 0. `p` is
    adjusted by Holm for the measures looked at; None where no test was needed.
    """

    kind: str
    segment_key: str
    segment_name: str
    measure: str
    month: date
    before: date
    score_change: Fraction  # of the score, or of points per customer
    change: Fraction | None
    value: Fraction
    p: float | None
    looked_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyLine:
    """What holds for a month, kind and segment, and how often it was entered."""

    month: date
    kind: str
    segment_key: str
    segment_name: str
    amount: Decimal | None
    currency: str
    note: str
    entered_by: str
    entered_at: datetime
    versions: int
