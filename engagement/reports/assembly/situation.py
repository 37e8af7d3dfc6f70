"""Where the score stands: the number with band, interval and target, its way there, and the segments."""

from __future__ import annotations

from fractions import Fraction

from django.utils.translation import gettext as _

from engagement.insights.types import Figures, SegmentGroup, SegmentRow
from engagement.look.charts import IndustryRange, TrendChart
from engagement.look.dates import day_text
from engagement.look.numbers import count_text, per_customer_text, plus_minus_text, score_text
from engagement.reports.assembly.tables import number, table_of
from engagement.reports.drawing import drawn
from engagement.reports.record import Material
from engagement.reports.types import Cell, Named, Piece, Score, Table
from engagement.scorecards.present.change import half_width_of
from engagement.scorecards.present.score import facts, score_panel
from engagement.scorecards.present.segments import change_text
from engagement.scorecards.present.trend import trend_panel
from engagement.scorecards.words import findings


def headline(material: Material) -> str:
    """The finding in one sentence: what became of the score, how it is judged, how far from the target."""
    everybody = _("Engagement")
    return findings.finding(
        subject=everybody if material.is_everybody else findings.short_name(material.figures.segment_name),
        figures=material.figures,
        change=material.change,
        target=material.target,
        terms=material.terms,
        half_width_95=half_width_of(error=material.change_error),
    )


def lead(material: Material) -> str:
    """What the headline rests on."""
    panel = score_panel(
        figures=material.figures, run=material.run, target=material.target, industry=None, terms=material.terms
    )
    day = day_text(material.subject.last_day, locale=material.terms.locale)
    if material.figures.score is None:
        return _("There is no Customer Engagement Score for {day}: {why}.").format(day=day, why=panel.reason)
    said = _("The Customer Engagement Score of {n} customers stood at {score} on {day}: {band}, {reading}.")
    return said.format(
        n=count_text(material.figures.n, locale=material.terms.locale), score=panel.number, day=day,
        band=panel.band.name, reading=panel.reading,
    )  # fmt: skip


def score(material: Material) -> Piece:
    """The number on its scale, and the facts beside it."""
    figures, terms, run = material.figures, material.terms, material.run
    span = IndustryRange(material.industry, *material.industry_range) if material.industry_range else None
    panel = score_panel(figures=figures, run=run, target=material.target, industry=span, terms=terms)
    said = facts(figures=figures, run=run, terms=terms, comparison=material.comparison, previous=material.previous)
    named = tuple(Named(one.name, one.value, " · ".join(filter(None, (one.base, one.change)))) for one in said)
    customers = Named(_("Customers"), count_text(figures.n, locale=terms.locale))
    return Piece(
        heading=_("Where the score stands"),
        score=Score(panel.number, panel.band.name, panel.band.code or "", panel.reading),
        chart=drawn(panel.chart) if figures.score is not None else None,
        paragraphs=tuple(filter(None, (panel.reason, panel.weights))),
        facts=(customers, *_before(material), *named),
    )


def _before(material: Material) -> tuple[Named, ...]:
    """The finished period that this one is held against."""
    previous, terms = material.previous, material.terms
    if previous is None or previous.score is None:
        return (Named(_("Held against"), _("nothing: the period before has not been scored")),)
    said = change_text(change=material.change, error=material.change_error, terms=terms).text
    value = score_text(previous.score, places=2, bands=terms.bands, locale=terms.locale)
    base = _("{n} customers; change {change}").format(n=count_text(previous.n, locale=terms.locale), change=said)
    day = day_text(previous.as_of, locale=terms.locale)
    return (Named(_("Score on {day}").format(day=day), value, base),)


def trend(material: Material) -> Piece | None:
    """The score at the ends of the periods before, with what was noted for reports."""
    panel = trend_panel(
        points=material.trend, target=material.target, window_days=material.run.window_days,
        terms=material.terms, by=material.comparison.by, notes=material.notes,
    )  # fmt: skip
    if panel is None:
        return None
    chart: TrendChart = panel.chart
    notes = tuple(f"{at} · {note.text}" for at, note in enumerate(chart.notes, start=1))
    gaps = tuple(f"{gap}" for gap in (panel.unscored_rest,) if gap)
    return Piece(
        heading=panel.heading,
        caption=panel.caption,
        chart=drawn(chart, notes=notes),
        paragraphs=gaps,
        table=table_of(panel.table, title=_("Score by period"), locale=material.terms.locale),
    )


def segments(material: Material) -> Piece | None:
    """A table for each set of segments."""
    if not material.groups:
        return None
    caption = _("Segments too small for a number show their customers only. Missing data is not ranked.")
    parts = tuple(Piece(heading=group.name, table=_table(group, material)) for group in material.groups)
    return Piece(heading=_("The segments"), caption=caption, parts=parts)


def _table(group: SegmentGroup, material: Material) -> Table:
    header = (
        _("Segment"), _("Customers"), _("Score"), _("95 % interval"), _("Band"), _("Change"), _("Points per customer")
    )  # fmt: skip
    numeric = (False, True, True, True, False, True, True)
    return Table(group.name, header, numeric, tuple(_row(row, material) for row in group.rows))


def _row(row: SegmentRow, material: Material) -> tuple[Cell, ...]:
    figures, terms = row.figures, material.terms
    locale = terms.locale
    return (
        Cell(figures.segment_name),
        number(count_text(figures.n, locale=locale), figures.n),
        number(score_text(figures.score, places=2, bands=terms.bands, locale=locale), figures.score),
        number(plus_minus_text(figures.half_width_95, places=1, locale=locale), figures.half_width_95),
        Cell(_band(figures, material)),
        number(change_text(change=row.change, error=row.change_error, terms=terms).text, row.change),
        number(per_customer_text(figures.points_per_customer, locale=locale), figures.points_per_customer),
    )


def _band(figures: Figures, material: Material) -> str:
    if figures.is_missing_data:
        return _("missing data")
    return material.terms.bands.name(figures.band) if figures.band else figures.band_reason or figures.reason or ""


def exact_text(value: Fraction) -> str:
    """A fraction as it is: "2754/40"."""
    return f"{value.numerator}/{value.denominator}"


def printed_score(material: Material) -> str:
    """The score as the report's tables print it."""
    return score_text(material.figures.score, places=2, bands=material.terms.bands, locale=material.terms.locale)
