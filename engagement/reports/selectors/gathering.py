"""Reads everything that a report is assembled from, as it counts at one moment."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from engagement.cases.selectors import findings_between, initiatives_between, latest_readout, open_findings
from engagement.cases.types import FindingLine
from engagement.insights import selectors
from engagement.insights.calendars import period_start
from engagement.insights.note_types import EVERYBODY, Speaker
from engagement.insights.selectors.comparing import viewing
from engagement.insights.selectors.explaining import explanation
from engagement.insights.selectors.freshness import freshness
from engagement.insights.selectors.notes import notes_between
from engagement.insights.selectors.scorecard import INDUSTRY_RANGES
from engagement.insights.terms import terms_of
from engagement.insights.types import TargetFigures
from engagement.reports.record import Material
from engagement.reports.types import Subject
from tenants.models import Organisation


def gather(*, organisation: Organisation, subject: Subject, now: datetime) -> Material:
    """The figures and the record of a period; NotFoundError where its last day has not been scored."""
    first_day, key = period_start(subject.last_day, by=subject.by), subject.segment_key
    asked: dict[str, Any] = {"organisation": organisation, "now": now, "as_of": subject.last_day, "by": subject.by}
    figures = _of_everybody(asked) if key == EVERYBODY else _of_segment(asked, key)
    trend = figures["trend"]
    days: dict[str, Any] = {"first_day": first_day, "last_day": subject.last_day}
    steps = initiatives_between(**days, segment_key=None if key == EVERYBODY else key)
    found = ((step, latest_readout(initiative_id=step.id)) for step in steps if step.latest_number is not None)
    return Material(
        subject=subject,
        first_day=first_day,
        organisation_name=organisation.name,
        currency=organisation.currency,
        industry=organisation.get_industry_display(),
        industry_range=INDUSTRY_RANGES.get(Organisation.Industry(organisation.industry)),
        terms=terms_of(organisation=organisation, run=figures["run"]),
        why=explanation(organisation=organisation, view=viewing(**asked), segment_key=key),
        notes=notes_between(
            speaker=Speaker(None), segment_key=key, in_reports=True, last_day=subject.last_day,
            first_day=min([first_day, *(point.as_of for point in trend)]),
        ),
        freshness=freshness(organisation=organisation, now=now),
        restated=tuple(point.as_of for point in trend if point.has_other_line),
        findings=_findings(key, **days),
        steps=steps,
        read_outs=tuple((step, view) for step, view in found if view is not None),
        **figures,
    )  # fmt: skip


def _of_everybody(asked: dict[str, Any]) -> dict[str, Any]:
    card = selectors.scorecard(**asked)
    assert card is not None  # a day was asked for: there is one, or NotFoundError
    return {
        "run": card.run,
        "figures": card.total,
        "previous": card.previous,
        "change": card.change,
        "change_error": card.change_error,
        "comparison": card.comparison,
        "target": _score_target(card.targets),
        "groups": card.groups,
        "trend": card.trend,
    }


def _of_segment(asked: dict[str, Any], key: str) -> dict[str, Any]:
    row, run, trend, _spread, said = selectors.segment_figures(segment_key=key, **asked)
    return {
        "run": run,
        "figures": row.figures,
        "previous": row.previous,
        "change": row.change,
        "change_error": row.change_error,
        "comparison": said,
        "target": row.target,
        "groups": (),
        "trend": trend,
    }


def _score_target(targets: tuple[TargetFigures, ...]) -> TargetFigures | None:
    return next((one for one in targets if one.segment_key == EVERYBODY and one.measure == "score"), None)


def _findings(key: str, *, first_day: date, last_day: date) -> tuple[FindingLine, ...]:
    """Of the period, and whatever was seen before its end and is not closed; of a segment also what is about all."""
    found = {one.id: one for one in findings_between(first_day=first_day, last_day=last_day)}
    found |= {one.id: one for one in open_findings() if one.first_day <= last_day}
    about = (one for one in found.values() if key == EVERYBODY or one.segment_key in {key, EVERYBODY})
    return tuple(sorted(about, key=lambda one: (one.first_day, one.number)))
