"""A scorecard to look at before there is one: fixed figures of the grocery sample, and no row of any organisation.

They are those of Fennel Grocers on 31 December 2017 (open data; demo/samples/data/SOURCE.md), 90 days, full points 60.
A client sees them wherever Rapport runs, without reaching a sample organisation and without anything being mixed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from engagement.look.bands import Bands
from engagement.look.charts import BandBar, ScaleChart
from engagement.look.components import Fact
from engagement.look.locales import spoken
from engagement.look.numbers import per_customer_text, share_with_base

_BANDS: Final = Bands()
SCORE: Final = Decimal("68.928716")
HALF_WIDTH: Final = Decimal("1.42")
TARGET: Final = Decimal(75)
EXCELLENT, GOOD, POOR = 1321, 105, 1043
POINTS_PER_CUSTOMER: Final = Decimal("80.99")
ACTIVE, MULTI_CHANNEL, CUSTOMERS = 2343, 1221, 2469


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecimenRow:
    """A segment: customers, score and half of its 95 % interval."""

    name: str
    customers: int
    score: Decimal
    half_width_95: Decimal
    is_missing: bool = False

    @property
    def band(self) -> str:
        return _BANDS.code(self.score)


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """Everything on the page."""

    score: Decimal
    band: str
    scale: ScaleChart
    bar: BandBar
    facts: tuple[Fact, ...]
    rows: tuple[SpecimenRow, ...]


def _row(name: str, customers: int, score: str, half_width: str, *, is_missing: bool = False) -> SpecimenRow:
    return SpecimenRow(
        name=name, customers=customers, score=Decimal(score), half_width_95=Decimal(half_width), is_missing=is_missing
    )


ROWS: Final = (
    _row("19–24", 46, "92.36", "5.6"),
    _row("25–34", 142, "95.15", "2.2"),
    _row("35–44", 194, "93.24", "2.5"),
    _row("45–54", 288, "94.44", "1.8"),
    _row("55–64", 59, "97.26", "2.4"),
    _row("65+", 72, "90.25", "5.1"),
    _row("Unknown", 1668, "56.89", "1.8", is_missing=True),
)


def specimen() -> Specimen:
    """The same for everybody, whatever they reach."""
    locale = spoken()
    active, multi = (share_with_base(part=part, whole=CUSTOMERS, locale=locale) for part in (ACTIVE, MULTI_CHANNEL))
    return Specimen(
        score=SCORE,
        band=_BANDS.code(SCORE),
        scale=ScaleChart(score=SCORE, half_width_95=HALF_WIDTH, target=TARGET, locale=locale),
        bar=BandBar(poor=POOR, good=GOOD, excellent=EXCELLENT, locale=locale),
        facts=(
            Fact(name=_("Points per customer"), value=per_customer_text(POINTS_PER_CUSTOMER, locale=locale)),
            Fact(name=_("Active customers"), value=active.text, base=active.base),
            Fact(name=_("On two or more channels"), value=multi.text, base=multi.base),
        ),
        rows=ROWS,
    )
