"""A score over the periods: the line, its table, and what changed on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Final
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.forecast.selectors import Marks
from engagement.insights.calendars import By, missing_ends, period_label, period_mark
from engagement.insights.history import AS_IT_WAS, RESTATED
from engagement.insights.note_types import NoteLine
from engagement.insights.terms import Terms
from engagement.insights.types import TargetFigures, TrendPoint
from engagement.look.charts import TrendChart, TrendMark, TrendNote, TrendTarget
from engagement.look.charts.table import ChartTable
from engagement.look.components import Choice
from engagement.look.dates import day_text, short_date_text, span_text
from engagement.look.exact import exact
from engagement.look.numbers import decimal_text, short_text
from engagement.scorecards.words import findings
from engagement.scorecards.words.periods import Unscored, unscored_lines, unscored_rest

_MARKED: Final = 8  # people's notes on one chart: more would hide the line
_MILLIONTH: Final = Fraction(1, 1_000_000)  # what was looked at is kept so exactly


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPanel:
    """The trend section of a page."""

    heading: str
    caption: str
    chart: TrendChart
    table: ChartTable
    unscored: tuple[Unscored, ...] = ()
    unscored_rest: str = ""
    lines: tuple[Choice, ...] = ()  # as it was, and restated: where there are two


def trend_panel(
    *,
    points: Sequence[TrendPoint],
    target: TargetFigures | None,
    window_days: int,
    terms: Terms,
    by: By = By.MONTH,
    asked: Mapping[str, str] | None = None,
    notes: Sequence[NoteLine] = (),
    unusual: Marks | None = None,
) -> TrendPanel | None:
    """The trend; None while there is no number to draw. `asked` is the page's own question, kept by the switch.

    `notes` are what people say happened in its days, the earliest first; `unusual` what was not to be expected.
    """
    if not any(point.figures.score is not None for point in points):
        return None
    chart = TrendChart(
        measure=_("Score"),
        marks=tuple(replace(mark, unusual=_unusual(mark, unusual or {}, terms)) for mark in _marks(points, by, terms)),
        note_name=_("Weights"),
        bands=terms.bands,
        target=_target(target, terms),
        notes=_notes(points, notes, terms),
        locale=terms.locale,
    )
    finished = [point.figures.score for point in points if point.finished and point.figures.score is not None]
    return TrendPanel(
        heading=findings.trend_heading(scores=finished, terms=terms, by=by),
        caption=" ".join([_caption(points, chart, window_days, by), *_unmarked(notes)]),
        chart=chart,
        table=chart.table(),
        unscored=unscored_lines(days=_gaps(points, by), terms=terms),
        unscored_rest=unscored_rest(_gaps(points, by)),
        lines=_line_choices(points, dict(asked or {})),
    )


def _notes(points: Sequence[TrendPoint], notes: Sequence[NoteLine], terms: Terms) -> tuple[TrendNote, ...]:
    """Changes of the weights and the latest of people's notes, by day."""
    found = [TrendNote(day=day, text=text) for day, text in _changes(points, terms).values()]
    found += [
        TrendNote(
            day=note.first_day, text=f"{span_text(note.first_day, note.last_day, locale=terms.locale)}: {note.text}"
        )
        for note in notes[-_MARKED:]
    ]
    return tuple(sorted(found, key=lambda note: note.day))


def _unmarked(notes: Sequence[NoteLine]) -> list[str]:
    more = len(notes) - _MARKED
    said = _("Of {n} notes the latest {marked} are marked.")
    return [said.format(n=len(notes), marked=_MARKED)] if more > 0 else []


def _line_choices(points: Sequence[TrendPoint], asked: dict[str, str]) -> tuple[Choice, ...]:
    """The switch between the lines; none where every day has one number."""
    if not any(point.has_other_line for point in points):
        return ()
    line = asked.get("line") or RESTATED
    return tuple(
        Choice(label=label, url="?" + urlencode({**asked, "line": code}) + "#h-trend", current=line == code)
        for code, label in ((AS_IT_WAS, _("As it was")), (RESTATED, _("Restated")))
    )


def _gaps(points: Sequence[TrendPoint], by: By) -> tuple[date, ...]:
    return missing_ends((point.as_of for point in points), by=by)


def finished_scores(*, points: Sequence[TrendPoint], by: By) -> list[Fraction | None]:
    """Scores at the ends of finished periods, oldest first; None where one has no score or was not scored."""
    known = {point.as_of: point.figures.score for point in points if point.finished}
    return [score for _day, score in sorted([*known.items(), *((day, None) for day in _gaps(points, by))])]


def _marks(points: Sequence[TrendPoint], by: By, terms: Terms) -> tuple[TrendMark, ...]:
    """Every period's end, those without a scoring too: the line stops at them.

    Where the weights changed the table says since when.
    """
    changes = _changes(points, terms)
    has_changes = bool(changes) or any(point.has_other_line for point in points)
    scored = (
        _mark(point, by, note=(changes[at][1] if at in changes else _set_words(point)) if has_changes else "")
        for at, point in enumerate(points)
    )
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
    return tuple(sorted([*scored, *gaps], key=lambda mark: mark.as_of))


def _unusual(mark: TrendMark, unusual: Marks, terms: Terms) -> str:
    """What was to be expected instead; empty where nothing was found, or another number than the one drawn here."""
    for one in unusual.get(mark.as_of, ()):
        if mark.value is not None and mark.finished and abs(one.value - exact(mark.value)) <= _MILLIONTH:
            low, high = (decimal_text(end, places=1, locale=terms.locale) for end in (one.low, one.high))
            return _("{low} to {high} was to be expected").format(low=low, high=high)
    return ""


def _set_words(point: TrendPoint) -> str:
    said = _("Set {n}, restated") if point.restates else _("Set {n}")
    return said.format(n=point.weight_set_number)


def _mark(point: TrendPoint, by: By, *, note: str) -> TrendMark:
    return TrendMark(
        as_of=point.as_of,
        label=period_mark(point.as_of, by=by),
        full_label=point.label,
        value=point.figures.score,
        half_width_95=point.figures.half_width_95,
        finished=point.finished,
        note=note,
    )


def _target(target: TargetFigures | None, terms: Terms) -> TrendTarget | None:
    if target is None:
        return None
    value, due = short_text(target.value, locale=terms.locale), day_text(target.due_on, locale=terms.locale)
    return TrendTarget(value=target.value, label=_("Target {value} by {day}").format(value=value, day=due))


def _changes(points: Sequence[TrendPoint], terms: Terms) -> dict[int, tuple[date, str]]:
    """Where the weights changed, by the place of the first point after: since which day, and in words.

    Levels before and after are not the same measure. A day that is not known, or lies outside, is the point's own.
    """
    found = {}
    for at, (earlier, later) in enumerate(pairwise(points), start=1):
        if earlier.weight_set_number != later.weight_set_number:
            since = later.holds_from
            day = since if since and earlier.as_of < since <= later.as_of else later.as_of
            said = _("{set} from {day}")
            found[at] = day, said.format(set=_set_words(later), day=short_date_text(day, locale=terms.locale))
    return found


def _caption(points: Sequence[TrendPoint], chart: TrendChart, window_days: int, by: By) -> str:
    unfinished = [point.label for point in points if not point.finished]
    days = ngettext("{n} days", "{n} days", window_days).format(n=window_days)
    parts = [_every(by).format(days=days), _("Shaded: 95 % interval.")]
    if any(point.has_other_line for point in points):
        is_restated = any(point.restates for point in points)
        as_it_was = _("As it was: each day scored with the weights that held then.")
        parts += [_("Restated: the past scored again with later weights.") if is_restated else as_it_was]
    if unfinished:
        parts += [_("Dashed: {period}, unfinished and provisional.").format(period=unfinished[-1])]
    parts += [_stops(by)] if _gaps(points, by) else []
    if any(mark.unusual for mark in chart.marks):
        said = _("Ringed: outside of where the periods before led one to expect it, as chance alone is 1 time in 20.")
        parts += [said]
    parts += [chart.scale_note] if chart.scale_note else []
    return " ".join(parts)


def _every(by: By) -> str:
    if by is By.WEEK:
        return _("Score at the end of each week, {days} back.")
    if by is By.MONTH:
        return _("Score at the end of each month, {days} back.")
    return _("Score at the end of each quarter, {days} back.")


def _stops(by: By) -> str:
    if by is By.WEEK:
        return _("The line stops where a week was not scored.")
    if by is By.MONTH:
        return _("The line stops where a month was not scored.")
    return _("The line stops where a quarter was not scored.")
