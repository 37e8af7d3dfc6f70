"""A segment's members by first-seen month, as they are printed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from engagement.insights.calendars import By, period_end, period_name
from engagement.insights.selectors.cohorts import Cohort, Cohorts
from engagement.insights.terms import Terms
from engagement.look.charts import TrendChart, TrendMark
from engagement.look.charts.table import Cell, ChartTable
from engagement.look.dates import short_month_text
from engagement.look.exact import rounded
from engagement.look.numbers import count_text, plus_minus_text, score_text, share_text
from engagement.scorecards.present.score import BandMark
from engagement.scorecards.words import calculation
from engagement.scorecards.words.findings import short_name
from engagement.scorecards.words.periods import run_query, sums_only

NOT_SEEN = gettext_noop("Not seen yet")
_HEADER = ("First seen", "Customers", "Score", "Half of the 95 % interval", "Band", "Active share")
_BANDS = ("Poor", "Good", "Excellent")


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortRow:
    name: str
    is_missing: bool
    n: str
    score: str
    interval: str
    band: BandMark
    active: str
    counts: tuple[str, ...]  # the best band first


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortsPage:
    key: str
    name: str
    query: str
    window: str
    finding: str
    standfirst: str
    sums_only: str
    band_names: tuple[str, ...]
    rows: tuple[CohortRow, ...]
    sum: str
    chart: TrendChart | None
    first: str  # from when on anything is known


def cohorts_page(*, found: Cohorts, is_kept_run: bool, terms: Terms) -> CohortsPage:
    """The page; a run kept as sums only has the reason and no rows."""
    counts = [count_text(one.n, locale=terms.locale) for one in found.cohorts]
    seen = [one for one in found.cohorts if one.month is not None]
    return CohortsPage(
        key=found.segment_key,
        name=found.segment_name,
        query=run_query(run=found.run, is_kept_run=is_kept_run),
        window=calculation.window_words(run=found.run, terms=terms),
        finding=_finding(found, seen, terms),
        standfirst=_("The month of the first action that is kept, or in which the customer was first recorded."),
        sums_only=sums_only(run=found.run, terms=terms),
        band_names=tuple(reversed(terms.bands.said)),
        rows=tuple(_row(one, terms) for one in found.cohorts),
        sum=_sum(found, counts, terms) if counts else "",
        chart=_chart(seen, terms),
        first=_name(seen[0].month) if seen else "",
    )


def _sum(found: Cohorts, counts: list[str], terms: Terms) -> str:
    said = ngettext("{sum} = {n} customers.", "{sum} = {n} customers.", found.n)
    return said.format(sum=" + ".join(counts), n=count_text(found.n, locale=terms.locale))


def _finding(found: Cohorts, seen: list[Cohort], terms: Terms) -> str:
    """Where most of them come from."""
    subject = short_name(found.segment_name)
    if not seen:
        return _("{segment}: when its customers were first seen is not known").format(segment=subject)
    most = max(seen, key=lambda one: one.n)
    part, whole = (count_text(n, locale=terms.locale) for n in (most.n, found.n))
    said = ngettext(
        "{segment}: {n} of {all} were first seen in {month}",
        "{segment}: {n} of {all} were first seen in {month}",
        most.n,
    )
    return said.format(segment=subject, n=part, all=whole, month=_name(most.month))


def _name(month: date | None) -> str:
    return _(NOT_SEEN) if month is None else period_name(month, by=By.MONTH)


def _row(one: Cohort, terms: Terms) -> CohortRow:
    locale = terms.locale
    counts = one.band_counts
    return CohortRow(
        name=_name(one.month),
        is_missing=one.month is None,
        n=count_text(one.n, locale=locale),
        score=score_text(one.score, bands=terms.bands, locale=locale),
        interval=plus_minus_text(one.half_width_95, places=1, locale=locale),
        band=BandMark(code=one.band, name=terms.bands.name(one.band))
        if one.band
        else BandMark(code="", name=_few(one)),
        active=share_text(one.active_share, locale=locale),
        counts=tuple(count_text(n, locale=locale) for n in reversed(counts)) if counts else (locale.none,) * 3,
    )


def _few(one: Cohort) -> str:
    return _("too few for a number") if one.score is None else _("too few for a band")


def _chart(seen: list[Cohort], terms: Terms) -> TrendChart | None:
    """Score by cohort; None where fewer than two have one. The table has the intervals."""
    if sum(one.score is not None for one in seen) < 2:  # noqa: PLR2004  one point is no course
        return None
    marks = tuple(
        TrendMark(
            as_of=period_end(month, by=By.MONTH),
            label=terms.locale.months_axis[month.month - 1],
            full_label=short_month_text(month, locale=terms.locale),
            value=one.score,
            note=ngettext("{n} customers", "{n} customers", one.n).format(n=count_text(one.n, locale=terms.locale)),
        )
        for one in seen
        if (month := one.month) is not None
    )
    return TrendChart(measure=_("Score"), marks=marks, bands=terms.bands, note_name=_("Customers"), locale=terms.locale)


def cohorts_table(*, found: Cohorts) -> ChartTable:
    """The same as a file; cohorts with too few customers have their count alone."""

    def cells(one: Cohort) -> tuple[Cell, ...]:
        numbers = [one.score, one.half_width_95, one.active_share]
        score, half, active = (None if value is None else rounded(value, places=6) for value in numbers)
        name = NOT_SEEN if one.month is None else f"{one.month:%Y-%m}"
        return name, one.n, score, half, one.band, active, *(one.band_counts or (None, None, None))

    return ChartTable(header=(*_HEADER, *_BANDS), rows=tuple(cells(one) for one in found.cohorts))
