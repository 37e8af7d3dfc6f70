"""Reads of findings, as far as a membership's limit allows. `keys` are its segments; None: no limit to segments."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from fractions import Fraction
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from engagement.cases.models import Finding, Initiative, InitiativeFinding
from engagement.cases.types import FindingLine, FindingState, SeenFigures, StepName
from engagement.errors import NotFoundError
from engagement.insights.note_types import EVERYBODY, EVERYBODY_NAME
from engagement.scoring.formula import SCORE_SCALE, WEIGHT_SCALE

LISTED = 200
Keys = Collection[str] | None


def _seen_by(keys: Keys) -> QuerySet[Finding]:
    links = InitiativeFinding.objects.select_related("initiative").order_by("initiative__number")
    found = Finding.objects.select_related("segment", "run", "recorded_by").prefetch_related(
        Prefetch("steps", queryset=links)
    )
    return found if keys is None else found.filter(segment__key__in=list(keys))


def findings(
    *, keys: Keys = None, state: str = "", segment_key: str = "", origin_kind: str = ""
) -> tuple[FindingLine, ...]:
    """The latest LISTED findings: open ones first, then those with a step, then closed ones; the serious first."""
    rows = _seen_by(keys)
    if segment_key:
        rows = rows.filter(segment__isnull=True) if segment_key == EVERYBODY else rows.filter(segment__key=segment_key)
    if origin_kind:
        rows = rows.filter(origin_kind=origin_kind)
    lines = [_line(row) for row in rows.order_by("closed_at", "-recorded_at", "-number")[:LISTED]]
    order = list(FindingState)
    lines = [line for line in lines if not state or line.state == state]
    return tuple(sorted(lines, key=lambda line: (order.index(line.state), -line.severity)))


def finding(*, finding_id: UUID, keys: Keys = None) -> FindingLine:
    """One finding; raises NotFoundError, also for one outside the limit."""
    found = _seen_by(keys).filter(pk=finding_id).first()
    if found is None:
        raise NotFoundError(_("There is no such finding."))
    return _line(found)


def open_findings(*, keys: Keys = None, segment_key: str | None = None) -> tuple[FindingLine, ...]:
    """All findings that are not closed, with a step or without, the serious and then the oldest first.

    With `segment_key` those about the segment, and those about everybody.
    """
    rows = _seen_by(keys).filter(closed_at__isnull=True)
    if segment_key is not None:
        about = Q(segment__isnull=True)
        rows = rows.filter(about if segment_key == EVERYBODY else about | Q(segment__key=segment_key))
    return tuple(_line(row) for row in rows.order_by("-severity", "recorded_at", "number"))


def findings_without_step(*, keys: Keys = None, segment_key: str | None = None) -> tuple[FindingLine, ...]:
    """Open findings that no step answers, the serious and then the oldest first."""
    found = open_findings(keys=keys, segment_key=segment_key)
    return tuple(line for line in found if line.state is FindingState.OPEN)


def findings_between(*, first_day: date, last_day: date, keys: Keys = None) -> tuple[FindingLine, ...]:
    """Findings about days in a span, the earliest first; closed ones too."""
    rows = _seen_by(keys).filter(first_day__lte=last_day, last_day__gte=first_day)
    return tuple(_line(row) for row in rows.order_by("first_day", "number"))


def _line(row: Finding) -> FindingLine:
    steps = tuple(
        StepName(link.initiative.pk, link.initiative.number, link.initiative.title, link.initiative.state)
        for link in row.steps.all()
    )
    return FindingLine(
        id=row.pk,
        number=row.number,
        title=row.title,
        words=row.words,
        segment_key=row.segment.key if row.segment else EVERYBODY,
        segment_name=row.segment.name if row.segment else _(EVERYBODY_NAME),
        first_day=row.first_day,
        last_day=row.last_day,
        severity=row.severity,
        origin_kind=row.origin_kind,
        origin_key=row.origin_key,
        state=_state(row, steps),
        seen=_seen(row),
        recorded_by=row.recorded_by.name if row.recorded_by else "",
        recorded_at=row.recorded_at,
        closed_at=row.closed_at,
        closed_because=row.closed_because,
        steps=steps,
    )


def _state(row: Finding, steps: tuple[StepName, ...]) -> FindingState:
    if row.closed_at is not None:
        return FindingState.CLOSED
    has_step = any(step.state != Initiative.State.STOPPED for step in steps)
    return FindingState.HAS_STEP if has_step else FindingState.OPEN


def _seen(row: Finding) -> SeenFigures | None:
    if row.run is None:
        return None
    if not row.n or row.sum_score_millionths is None or row.sum_points is None or row.points_scale is None:
        return SeenFigures(row.run.number, row.run.as_of, None, None, None)
    return SeenFigures(
        run_number=row.run.number,
        as_of=row.run.as_of,
        n=row.n,
        score=Fraction(row.sum_score_millionths, row.n * SCORE_SCALE),
        points_per_customer=Fraction(int(row.sum_points), row.n * WEIGHT_SCALE * row.points_scale),
    )
