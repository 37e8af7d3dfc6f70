"""The measures that stand beside the score: what each is called, what kind of number it is, and which way is better."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy

from engagement.companions.types import Measuring


class Unit(StrEnum):
    NPS = "nps"  # −100…100
    SHARE = "share"  # 0…1
    MONEY = "money"  # of the organisation's currency
    TIMES = "times"  # a ratio without a unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """`kind` is that of formula.estimate, "" where it is made of other measures; `better` 1: more is better, −1:
    less.
    """

    key: str
    name: str | Promise
    short: str | Promise
    unit: Unit
    kind: str
    better: int
    of: str | Promise  # what n counts

    def is_measured(self, measuring: Measuring) -> bool:
        """Whether the settings say how."""
        needs = _NEEDS.get(self.key)
        return needs is None or needs(measuring)


def _money(measuring: Measuring) -> bool:
    return bool(measuring.revenue)


def _profit(measuring: Measuring) -> bool:
    return bool(measuring.revenue) and measuring.margin_thousandths is not None


# What the settings have to name. Survey answers also come as files and by the API, whatever events say.
_NEEDS: Final[Mapping[str, Callable[[Measuring], bool]]] = {
    "repeat": lambda one: bool(one.purchases),
    "churn": lambda one: one.churn_by == "actions" or bool(one.purchases),
    "conversion": lambda one: bool(one.conversion_from and one.conversion_to),
    "order": _money,
    "revenue": _money,
    "value": _money,
    "ahead": _money,
    "profit": _profit,
    "return": _profit,
    "acquisition": lambda one: one.counts_new_customers,
}

_ALL: Final = (
    Measure(
        key="nps", name=_lazy("Net Promoter Score (NPS)"), short=_lazy("NPS"), unit=Unit.NPS, kind="nps", better=1,
        of=_lazy("answers"),
    ),
    Measure(
        key="csat", name=_lazy("Customer satisfaction (CSAT)"), short=_lazy("CSAT"), unit=Unit.SHARE, kind="share",
        better=1, of=_lazy("answers"),
    ),
    Measure(
        key="repeat", name=_lazy("Repeat-purchase rate"), short=_lazy("Repeat purchase"), unit=Unit.SHARE, kind="share",
        better=1, of=_lazy("customers who bought"),
    ),
    Measure(
        key="churn", name=_lazy("Churn"), short=_lazy("Churn"), unit=Unit.SHARE, kind="share", better=-1,
        of=_lazy("customers who were there before"),
    ),
    Measure(
        key="conversion", name=_lazy("Conversion"), short=_lazy("Conversion"), unit=Unit.SHARE, kind="share", better=1,
        of=_lazy("customers who took the first step"),
    ),
    Measure(
        key="order", name=_lazy("Average order"), short=_lazy("Average order"), unit=Unit.MONEY, kind="ratio", better=1,
        of=_lazy("orders"),
    ),
    Measure(
        key="revenue", name=_lazy("Revenue per customer"), short=_lazy("Revenue"), unit=Unit.MONEY, kind="mean",
        better=1, of=_lazy("customers"),
    ),
    Measure(
        key="value", name=_lazy("Customer lifetime value (CLV), so far"), short=_lazy("CLV so far"), unit=Unit.MONEY,
        kind="mean", better=1, of=_lazy("customers"),
    ),
    Measure(
        key="ahead", name=_lazy("Customer lifetime value (CLV), ahead"), short=_lazy("CLV ahead"), unit=Unit.MONEY,
        kind="", better=1, of=_lazy("customers"),
    ),
    Measure(
        key="profit", name=_lazy("Profit per customer"), short=_lazy("Profit"), unit=Unit.MONEY, kind="", better=1,
        of=_lazy("customers"),
    ),
    Measure(
        key="return", name=_lazy("Return on what was spent"), short=_lazy("Return"), unit=Unit.TIMES, kind="", better=1,
        of=_lazy("customers"),
    ),
    Measure(
        key="acquisition", name=_lazy("Cost per new customer"), short=_lazy("Cost per new"), unit=Unit.MONEY, kind="",
        better=-1, of=_lazy("new customers"),
    ),
)  # fmt: skip
MEASURES: Final[Mapping[str, Measure]] = MappingProxyType({measure.key: measure for measure in _ALL})
COUNTED: Final = tuple(measure.key for measure in _ALL if measure.kind)  # those that a job counts


def measured(measuring: Measuring) -> tuple[Measure, ...]:
    """The measures that the settings say how to count, in their order."""
    return tuple(measure for measure in _ALL if measure.is_measured(measuring))
