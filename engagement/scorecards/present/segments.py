"""The table of segments: customers, score, interval, band, change, what it adds, points per customer by channel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.insights.calendars import By
from engagement.insights.history import Comparison
from engagement.insights.outlook_types import ChangeError
from engagement.insights.terms import Terms, places_of
from engagement.insights.types import Figures, SegmentGroup, SegmentRow
from engagement.look.charts import Axis, HeatMap, HeatRow, HeatValue, Spark, shared_axis
from engagement.look.locales import EN, Locale
from engagement.look.numbers import (
    count_text,
    delta_text,
    per_customer_text,
    plus_minus_text,
    range_text,
    read_change,
    score_text,
)
from engagement.look.sorting import Order
from engagement.scorecards.present.change import REST, Parts, half_width_of
from engagement.scorecards.present.channels import (
    HeatCell,
    channel_codes,
    channel_values,
    heat_cells,
    heat_heading,
    two_places,
)
from engagement.scorecards.present.ordering import segments_in_order
from engagement.scorecards.present.row_why import RowReasons, RowWhy
from engagement.scorecards.present.score import BandMark, band_mark, bare_reason
from engagement.scorecards.words import findings
from engagement.scorecards.words.parts import LESS_COMPARABLE, own_of
from engagement.scorecards.words.periods import compared_words
from engagement.scoring.models import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeText:
    text: str
    is_quiet: bool  # "unchanged" and "–" are printed grey


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentLine:
    """One line of the table; the total has no key and no shades."""

    key: str
    name: str
    is_missing: bool
    customers: str
    score: str
    reason: str
    interval: str
    band: BandMark
    change: ChangeText
    adds: str
    spark: Spark | None
    points: str
    channels: tuple[HeatCell, ...]
    points_value: Decimal | None = None  # as printed
    is_own: bool = False  # scored wholly with own weights of a segment
    why: RowWhy | None = None  # how its numbers are made


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentTable:
    """One set of segments as a table."""

    key: str
    name: str
    heading: str
    caption: str
    channels: tuple[str, ...]
    has_adds: bool
    spark_header: str
    lines: tuple[SegmentLine, ...]
    rest: str  # what segments too small to show add together; empty where there are none
    rest_name: str
    order: Order | None
    total: SegmentLine
    heat_heading: str = ""
    counted: str = ""  # how the numbers of the table are made, for paper
    locale: Locale = EN

    @property
    def heat(self) -> HeatMap | None:
        """The same segments by channel; None where one channel alone would repeat the points per customer."""
        if not self.channels:
            return None
        return HeatMap(
            measure=_("Points per customer"),
            first=self.name,
            total_name=_("All channels"),
            columns=self.channels,
            rows=tuple(_heat_row(line) for line in self.lines),
            locale=self.locale,
        )


def segment_table(
    *,
    group: SegmentGroup,
    total: Figures,
    change: Fraction | None,
    trend: Sequence[Fraction | None],
    parts: Parts | None,
    comparison: Comparison,
    terms: Terms,
    error: ChangeError | None = None,
    order: Order | None = None,
    why: RowReasons | None = None,
) -> SegmentTable:
    """The lines in the set's order or the one asked for, missing data last and grey, the total below."""
    rows = segments_in_order(group.rows, order=order)
    sparks = _sparks(rows, total, trend, comparison.by, terms)
    codes = channel_codes(total)
    heat = heat_cells([row.figures for row in rows], codes, terms)
    lines = tuple(
        segment_line(row, parts=parts, spark=spark, channels=cells, terms=terms, why=why)
        for row, spark, cells in zip(rows, sparks.lines, heat, strict=True)
    )
    rest = "" if parts is None or parts.rest is None else _signed(parts.rest, terms)
    return SegmentTable(
        key=group.key,
        name=group.name,
        heading=findings.segments_heading(group=group, terms=terms),
        caption=_caption(group, comparison),
        channels=tuple(str(Channel(code).label) for code in codes),
        has_adds=parts is not None,
        spark_header=sparks.header,
        lines=lines,
        rest=rest,
        rest_name=str(REST),
        order=order,
        total=_total(total, change=change, parts=parts, codes=codes, spark=sparks.total, terms=terms, error=error),
        heat_heading=heat_heading(total, terms),
        counted=why.in_short if why else "",
        locale=terms.locale,
    )


def _signed(value: Decimal, terms: Terms) -> str:
    return delta_text(value, places=places_of(value), locale=terms.locale)


def _caption(group: SegmentGroup, comparison: Comparison) -> str:
    if group.is_partition:
        adds = _("Segments of {name} hold every customer once: they add up to the total.")
    else:
        adds = _("Segments of {name} may overlap: they do not add up to the total.")
    said = [adds.format(name=group.name)]
    if any(row.change is not None for row in group.rows):
        known = any(half_width_of(error=row.change_error) is not None for row in group.rows)
        sure = _("Changes: {compared}; “unchanged” is inside their 95 % interval.")
        unsure = _("Changes: {compared}; no interval is known for them.")
        said.append((sure if known else unsure).format(compared=compared_words(comparison)))
    if any(own_of(row.figures) is not None for row in group.rows):
        said += [_("“Own weights”: its customers are scored with weights of their own."), str(LESS_COMPARABLE)]
    if any(row.figures.is_missing_data for row in group.rows):
        said.append(_("Customers without the data stand last and are not ranked."))
    return " ".join(said)


def _heat_row(line: SegmentLine) -> HeatRow:
    """Missing data is marked; a segment too small is empty and says why."""
    return HeatRow(
        name=line.name,
        total=line.points_value,
        values=tuple(HeatValue(cell.value, cell.shade) for cell in line.channels),
        note=line.reason or (_("missing data") if line.is_missing else ""),
    )


# ── what a line says ─────────────────────────────────────────────────────────────────────────────────────────


def segment_line(
    row: SegmentRow,
    *,
    parts: Parts | None,
    spark: Spark | None,
    channels: tuple[HeatCell, ...],
    terms: Terms,
    why: RowReasons | None = None,
) -> SegmentLine:
    """One segment as it is printed; without parts it adds nothing to a total."""
    figures = row.figures
    added = parts.by_key.get(figures.segment_key) if parts else None
    return SegmentLine(
        key=figures.segment_key,
        name=figures.segment_name,
        is_missing=figures.is_missing_data,
        customers=count_text(figures.n, locale=terms.locale),
        score=score_text(figures.score, bands=terms.bands, locale=terms.locale),
        reason=bare_reason(figures.reason),
        interval=plus_minus_text(figures.half_width_95, locale=terms.locale),
        band=band_mark(figures=figures, terms=terms),
        change=change_text(change=row.change, terms=terms, error=row.change_error),
        adds=terms.locale.none if added is None else _signed(added, terms),
        spark=spark,
        points=per_customer_text(figures.points_per_customer, locale=terms.locale),
        points_value=two_places(figures.points_per_customer),
        channels=channels,
        is_own=own_of(figures) is not None,
        why=why.of(row) if why else None,
    )


def change_text(
    *, change: Fraction | None, terms: Terms, places: int = 2, error: ChangeError | None = None
) -> ChangeText:
    """A change of a score; where no interval is known it is printed as it is from 0.05 on."""
    read = read_change(change, half_width_95=half_width_of(error=error), places=places, locale=terms.locale)
    return ChangeText(text=read.text, is_quiet=change is None or read.is_unchanged)


def _total(
    total: Figures,
    *,
    change: Fraction | None,
    parts: Parts | None,
    codes: tuple[str, ...],
    spark: Spark | None,
    terms: Terms,
    error: ChangeError | None,
) -> SegmentLine:
    """The line of everybody; where parts are printed, its change is the difference that they add up to."""
    moved = change_text(change=change, terms=terms, error=error)
    if parts is not None and not moved.is_quiet:
        moved = ChangeText(text=_signed(parts.total, terms), is_quiet=False)
    return SegmentLine(
        key="",
        name=_("All customers"),
        is_missing=False,
        customers=count_text(total.n, locale=terms.locale),
        score=score_text(total.score, bands=terms.bands, locale=terms.locale),
        reason=bare_reason(total.reason),
        interval=plus_minus_text(total.half_width_95, locale=terms.locale),
        band=band_mark(figures=total, terms=terms),
        change=moved,
        adds=_signed(parts.total, terms) if parts else terms.locale.none,
        spark=spark,
        points=per_customer_text(total.points_per_customer, locale=terms.locale),
        points_value=two_places(total.points_per_customer),
        channels=tuple(
            HeatCell(text=terms.locale.none if value is None else terms.text(value), shade=None, value=value)
            for value in channel_values(total, codes)
        ),
    )


# ── sparks ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Sparks:
    header: str
    lines: tuple[Spark | None, ...]
    total: Spark | None


def _trimmed(trends: Iterable[Sequence[Fraction | None]]) -> int:
    """How many leading periods nobody has a score for."""
    starts = [next((at for at, value in enumerate(trend) if value is not None), len(trend)) for trend in trends]
    return min(starts, default=0)


def _sparks(
    rows: Sequence[SegmentRow], total: Figures, trend: Sequence[Fraction | None], by: By, terms: Terms
) -> _Sparks:
    """One spark a line, on one scale; none at all before the second finished period."""
    longest = max([len(row.trend) for row in rows] + [0])
    total_trend = tuple(trend[-longest:]) if longest else ()
    start = _trimmed([row.trend for row in rows])
    count = longest - start
    if count < 2:  # noqa: PLR2004  a line needs two
        return _Sparks("", (None,) * len(rows), None)
    axis = shared_axis([*(row.trend for row in rows), total_trend])
    span = _periods(count, by)
    lines = tuple(
        _spark(row.figures, row.trend[start:], axis, span, terms) if row.figures.score is not None else None
        for row in rows
    )
    header = f"{span}, {range_text(axis.low, axis.high, locale=terms.locale)}"
    return _Sparks(header, lines, _spark(total, total_trend[-count:], axis, span, terms))


def _periods(count: int, by: By) -> str:
    if by is By.WEEK:
        said = ngettext("{n} week", "{n} weeks", count)
    elif by is By.MONTH:
        said = ngettext("{n} month", "{n} months", count)
    else:
        said = ngettext("{n} quarter", "{n} quarters", count)
    return said.format(n=count)


def _spark(figures: Figures, values: Sequence[Fraction | None], axis: Axis, span: str, terms: Terms) -> Spark | None:
    if not any(value is not None for value in values):
        return None
    return Spark(
        name=figures.segment_name,
        period=span,
        values=tuple(values),
        axis=axis,
        bands=terms.bands,
        is_missing_data=figures.is_missing_data,
        locale=terms.locale,
    )
