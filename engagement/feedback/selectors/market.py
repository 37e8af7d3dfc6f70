"""Reads of figures of competitors and the market."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.feedback.models import MarketFigure
from engagement.feedback.types import MarketLine
from engagement.insights.models import SegmentSnapshot
from engagement.insights.note_types import EVERYBODY
from engagement.scoring.formula import SCORE_SCALE
from engagement.scoring.models import RunPointer
from tenants.models import Organisation


def market_figures(
    *, organisation: Organisation, first_day: date | None = None, last_day: date | None = None, measure: str = ""
) -> tuple[MarketLine, ...]:
    """Figures in force, the latest day first: those whose days lie in the span, wholly or in part; all without one.

    Values are as they were entered, with unit, source and link: nobody has checked them. `measure` keeps to one.
    """
    found = _in_force(organisation)
    if first_day is not None:
        found = found.filter(last_day__gte=first_day)
    if last_day is not None:
        found = found.filter(first_day__lte=last_day)
    if measure:
        found = found.filter(measure=measure)
    return tuple(_line(row) for row in found.order_by("-last_day", "measure", "about", "id"))


def market_figure(*, organisation: Organisation, figure_id: UUID) -> MarketLine:
    """A figure in force with its former versions, the last one first; raises NotFoundError."""
    row = _in_force(organisation).filter(pk=figure_id).first()
    if row is None:
        raise NotFoundError(_("There is no such figure."))
    return _line(row, former=_former(row))


def own_scores(*, organisation: Organisation, days: list[date]) -> dict[date, Fraction]:
    """The score of all customers on these days; those that were not scored, or with too few, are left out."""
    runs = dict(RunPointer.objects.filter(as_of__in=days).values_list("run_id", "as_of"))
    found = SegmentSnapshot.objects.filter(run_id__in=runs, segment__key=EVERYBODY)
    return {
        runs[row.run_id]: Fraction(row.sum_score_millionths, row.n * SCORE_SCALE)
        for row in found
        if row.n >= max(organisation.minimum_n, 1)
    }


def _in_force(organisation: Organisation) -> QuerySet[MarketFigure]:
    return MarketFigure.objects.filter(organisation=organisation, retired_at__isnull=True).select_related("entered_by")


def _former(row: MarketFigure) -> tuple[MarketLine, ...]:
    lines, before = [], row.replaces_id
    while before is not None:
        former = MarketFigure.objects.select_related("entered_by").get(pk=before)
        lines.append(_line(former))
        before = former.replaces_id
    return tuple(lines)


def _line(row: MarketFigure, *, former: tuple[MarketLine, ...] = ()) -> MarketLine:
    return MarketLine(
        id=row.pk,
        about=row.about,
        measure=row.measure,
        value=row.value,
        unit=row.unit,
        first_day=row.first_day,
        last_day=row.last_day,
        source=row.source,
        link=row.link,
        note=row.note,
        entered_by=row.entered_by.name if row.entered_by else "",
        entered_at=row.entered_at,
        retired_at=row.retired_at,
        former=former,
    )
