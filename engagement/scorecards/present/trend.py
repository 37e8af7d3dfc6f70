"""A score over the periods: the line, its table, and what changed on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

from engagement.insights.calendars import By, missing_ends, period_label, period_mark
from engagement.insights.terms import Terms
from engagement.insights.types import TargetFigures, TrendPoint
from engagement.look.charts import TrendChart, TrendMark, TrendNote, TrendTarget
from engagement.look.charts.table import ChartTable
from engagement.look.dates import day_text
from engagement.look.numbers import short_text
from engagement.scorecards.words import findings
from engagement.scorecards.words.periods import Unscored, unscored_lines, unscored_rest


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPanel:
    """The trend section of a page."""

    heading: str
    caption: str
    chart: TrendChart
    table: ChartTable
    unscored: tuple[Unscored, ...] = ()
    unscored_rest: str = ""


def trend_panel(
    *,
    points: Sequence[TrendPoint],
    target: TargetFigures | None,
    window_days: int,
    terms: Terms,
    by: By = By.MONTH,
) -> TrendPanel | None:
    """The trend; None while there is no number to draw."""
    if not any(point.figures.score is not None for point in points):
        return None
    chart = TrendChart(
        measure="Score",
        marks=_marks(points, by),
        bands=terms.bands,
        target=_target(target, terms),
        notes=_notes(points),
        locale=terms.locale,
    )
    finished = [point.figures.score for point in points if point.finished and point.figures.score is not None]
    return TrendPanel(
        heading=findings.trend_heading(scores=finished, terms=terms, by=by),
        caption=_caption(points, chart, window_days, by),
        chart=chart,
        table=chart.table(),
        unscored=unscored_lines(days=_gaps(points, by), terms=terms),
        unscored_rest=unscored_rest(_gaps(points, by)),
    )


def _gaps(points: Sequence[TrendPoint], by: By) -> tuple[date, ...]:
    return missing_ends((point.as_of for point in points), by=by)


def finished_scores(*, points: Sequence[TrendPoint], by: By) -> list[Fraction | None]:
    """Scores at the ends of finished periods, oldest first; None where one has no score or was not scored."""
    known = {point.as_of: point.figures.score for point in points if point.finished}
    return [score for _, score in sorted([*known.items(), *((day, None) for day in _gaps(points, by))])]


def _marks(points: Sequence[TrendPoint], by: By) -> tuple[TrendMark, ...]:
    """Every period's end, those without a scoring too: the line stops at them."""
    gaps = (
        TrendMark(
            as_of=day,
            label=period_mark(day, by=by),
            full_label=period_label(day, by=by),
            value=None,
            scored=False,
        )
        for day in _gaps(points, by)
    )
    return tuple(sorted([*(_mark(point, by) for point in points), *gaps], key=lambda mark: mark.as_of))


def _mark(point: TrendPoint, by: By) -> TrendMark:
    return TrendMark(
        as_of=point.as_of,
        label=period_mark(point.as_of, by=by),
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


def _caption(points: Sequence[TrendPoint], chart: TrendChart, window_days: int, by: By) -> str:
    unfinished = [point.label for point in points if not point.finished]
    parts = [f"Score at the end of each {by.value}, {window_days} days back.", "Shaded: 95 % interval."]
    parts += [f"Dashed: {unfinished[-1]}, unfinished and provisional."] if unfinished else []
    parts += [f"The line stops where a {by.value} was not scored."] if _gaps(points, by) else []
    parts += [chart.scale_note] if chart.scale_note else []
    return " ".join(parts)
