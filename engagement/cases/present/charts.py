"""The two lines of a step, one below the other: the treated, and those they are held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from engagement.cases.readout_types import ReadOutView
from engagement.cases.selectors.paths import PathPoint, StepPaths
from engagement.cases.types import StepLine
from engagement.insights.calendars import By, missing_ends, period_label, period_mark
from engagement.insights.note_types import segment_name
from engagement.insights.terms import Terms
from engagement.look.charts import TrendChart, TrendMark, TrendNote, TrendTarget
from engagement.look.dates import short_date_text
from engagement.look.numbers import short_text


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPanel:
    """One line with its title."""

    title: str
    caption: str
    name: str
    chart: TrendChart


def path_panels(paths: StepPaths, *, step: StepLine, view: ReadOutView | None, terms: Terms) -> tuple[PathPanel, ...]:
    """Of each group that has a score at one month end at least."""
    treated = segment_name(key=step.segment_key, name=step.segment_name)
    panels = [_panel(paths.treated, _("Treated: {name}").format(name=treated), step, view, terms, name="treated")]
    if paths.other_name:
        said = _("Held against: {name}").format(name=_(paths.other_name))
        panels.append(_panel(paths.other, said, step, None, terms, name="others"))
    return tuple(panel for panel in panels if any(mark.value is not None for mark in panel.chart.marks))


def _panel(
    points: Sequence[PathPoint], title: str, step: StepLine, view: ReadOutView | None, terms: Terms, *, name: str
) -> PathPanel:
    chart = TrendChart(
        measure=_("Score"),
        marks=_marks(points),
        bands=terms.bands,
        target=_target(view, terms),
        notes=_notes(step, terms),
        height=220,
        locale=terms.locale,
    )
    caption = " ".join(part for part in (_("Score at the end of each scored month."), chart.scale_note) if part)
    return PathPanel(title=title, caption=caption, name=name, chart=chart)


def _marks(points: Sequence[PathPoint]) -> tuple[TrendMark, ...]:
    """Every month end, those without a scoring too: the line stops at them."""
    scored = [
        TrendMark(
            as_of=point.as_of,
            label=point.label,
            full_label=point.full_label,
            value=point.score,
            half_width_95=point.half_width_95,
        )
        for point in points
    ]
    gaps = [
        TrendMark(
            as_of=day,
            label=period_mark(day, by=By.MONTH),
            full_label=period_label(day, by=By.MONTH),
            value=None,
            scored=False,
        )
        for day in missing_ends((point.as_of for point in points), by=By.MONTH)
    ]
    return tuple(sorted([*scored, *gaps], key=lambda mark: mark.as_of))


def _notes(step: StepLine, terms: Terms) -> tuple[TrendNote, ...]:
    begins = _("{day}: the step begins").format(day=short_date_text(step.first_day, locale=terms.locale))
    found = [TrendNote(day=step.first_day, text=begins)]
    if step.last_day is not None:
        ends = _("{day}: it ends").format(day=short_date_text(step.last_day, locale=terms.locale))
        found.append(TrendNote(day=step.last_day, text=ends))
    return tuple(found)


def _target(view: ReadOutView | None, terms: Terms) -> TrendTarget | None:
    if view is None or view.target is None:
        return None
    value = short_text(view.target.value, locale=terms.locale)
    return TrendTarget(value=view.target.value, label=_("Target {value}").format(value=value))
