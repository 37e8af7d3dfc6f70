"""A score over the months: the line, its table, and what changed on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from engagement.insights.terms import Terms
from engagement.insights.types import TargetFigures, TrendPoint
from engagement.look.charts import TrendChart, TrendMark, TrendNote, TrendTarget
from engagement.look.charts.table import ChartTable
from engagement.look.dates import day_text
from engagement.look.numbers import short_text
from engagement.scorecards.words import findings


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPanel:
    """The trend section of a page."""

    heading: str
    caption: str
    chart: TrendChart
    table: ChartTable


def trend_panel(
    *, points: Sequence[TrendPoint], target: TargetFigures | None, window_days: int, terms: Terms
) -> TrendPanel | None:
    """The trend; None while there is no number to draw."""
    if not any(point.figures.score is not None for point in points):
        return None
    chart = TrendChart(
        measure="Score",
        marks=tuple(_mark(point, terms) for point in points),
        bands=terms.bands,
        target=_target(target, terms),
        notes=_notes(points),
        locale=terms.locale,
    )
    finished = [point.figures.score for point in points if point.finished and point.figures.score is not None]
    return TrendPanel(
        heading=findings.trend_heading(scores=finished, terms=terms),
        caption=_caption(points, chart, window_days),
        chart=chart,
        table=chart.table(),
    )


def _mark(point: TrendPoint, terms: Terms) -> TrendMark:
    return TrendMark(
        as_of=point.as_of,
        label=terms.locale.months_short[point.as_of.month - 1],
        full_label=point.label,
        value=point.figures.score,
        half_width_95=point.figures.half_width_95,
        finished=point.finished,
    )


def _target(target: TargetFigures | None, terms: Terms) -> TrendTarget | None:
    if target is None:
        return None
    value, due = short_text(target.value, locale=terms.locale), day_text(target.due_on, locale=terms.locale)
    return TrendTarget(value=target.value, label=f"Target {value} by {due}")


def _notes(points: Sequence[TrendPoint]) -> tuple[TrendNote, ...]:
    """Where the weights changed: levels before and after are not the same measure."""
    return tuple(
        TrendNote(day=later.as_of, text=f"{later.label}: weight set {later.weight_set_number}")
        for earlier, later in pairwise(points)
        if earlier.weight_set_number != later.weight_set_number
    )


def _caption(points: Sequence[TrendPoint], chart: TrendChart, window_days: int) -> str:
    unfinished = [point.label for point in points if not point.finished]
    parts = [f"Score at the end of each month, {window_days} days back.", "Shaded: 95 % interval."]
    parts += [f"Dashed: {unfinished[-1]}, unfinished and provisional."] if unfinished else []
    parts += [chart.scale_note] if chart.scale_note else []
    return " ".join(parts)
