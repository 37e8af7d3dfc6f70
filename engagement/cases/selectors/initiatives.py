"""Reads of steps, as far as a membership's limit allows. `keys` are its segments; None: no limit to segments."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from engagement.cases.models import Initiative, InitiativeChange, InitiativeComparison, InitiativeFinding, ReadOut
from engagement.cases.types import FindingName, StepChange, StepLine
from engagement.errors import NotFoundError
from engagement.insights.note_types import EVERYBODY, EVERYBODY_NAME

LISTED = 200
Keys = Collection[str] | None
_ORDER = ("running", "ended", "planned", "read_out", "stopped")


def _seen_by(keys: Keys) -> QuerySet[Initiative]:
    links = InitiativeFinding.objects.select_related("finding").order_by("finding__number")
    compared = InitiativeComparison.objects.select_related("segment").order_by("segment__name")
    changes = InitiativeChange.objects.select_related("changed_by").order_by("-changed_at", "field")
    latest = ReadOut.objects.filter(initiative=OuterRef("pk")).order_by("-number")
    found = (
        Initiative.objects.select_related("segment", "action", "owner")
        .prefetch_related(
            Prefetch("answers", queryset=links),
            Prefetch("compared", queryset=compared),
            Prefetch("changes", queryset=changes),
        )
        .annotate(latest_number=Subquery(latest.values("number")[:1]))
    )
    return found if keys is None else found.filter(segment__key__in=list(keys))


def initiatives(*, keys: Keys = None, state: str = "", lever: str = "", segment_key: str = "") -> tuple[StepLine, ...]:
    """The latest LISTED steps: what runs and what waits for its read-out first."""
    rows = _seen_by(keys)
    if state:
        rows = rows.filter(state=state)
    if lever:
        rows = rows.filter(lever=lever)
    if segment_key:
        rows = rows.filter(segment__isnull=True) if segment_key == EVERYBODY else rows.filter(segment__key=segment_key)
    lines = [_line(row, keys) for row in rows.order_by("-first_day", "-number")[:LISTED]]
    return tuple(sorted(lines, key=lambda line: _ORDER.index(line.state)))


def initiative(*, initiative_id: UUID, keys: Keys = None) -> StepLine:
    """One step; raises NotFoundError, also for one outside the limit."""
    found = _seen_by(keys).filter(pk=initiative_id).first()
    if found is None:
        raise NotFoundError(_("There is no such step."))
    return _line(found, keys)


def initiatives_between(
    *, first_day: date, last_day: date, keys: Keys = None, segment_key: str | None = None
) -> tuple[StepLine, ...]:
    """Steps that have started and ran on a day of a span, the earliest first; stopped ones too.

    With `segment_key` those of the segment, and those of everybody.
    """
    still = Q(last_day__isnull=True) | Q(last_day__gte=first_day)
    rows = _seen_by(keys).filter(still, started_at__isnull=False, first_day__lte=last_day)
    if segment_key is not None:
        about = Q(segment__isnull=True)
        rows = rows.filter(about if segment_key == EVERYBODY else about | Q(segment__key=segment_key))
    return tuple(_line(row, keys) for row in rows.order_by("first_day", "number"))


def waiting_for_read_out(*, today: date, keys: Keys = None) -> tuple[StepLine, ...]:
    """Steps whose read-out day is over and that have not been read out, the longest first."""
    rows = _seen_by(keys).filter(state__in=["running", "ended"], read_out_on__lt=today, read_outs__isnull=True)
    return tuple(_line(row, keys) for row in rows.order_by("read_out_on", "number"))


def _line(row: Initiative, keys: Keys) -> StepLine:
    """Within a limit other segments are not named."""
    return StepLine(
        id=row.pk,
        number=row.number,
        title=row.title,
        lever=row.lever,
        words=row.words,
        segment_key=row.segment.key if row.segment else EVERYBODY,
        segment_name=row.segment.name if row.segment else _(EVERYBODY_NAME),
        first_day=row.first_day,
        last_day=row.last_day,
        baseline_first=row.baseline_first,
        baseline_last=row.baseline_last,
        expected=None if row.expected_thousandths is None else Decimal(row.expected_thousandths) / 1000,
        expected_by=row.expected_by,
        cost_minor=row.cost_minor,
        return_minor=row.return_minor,
        money_note=row.money_note,
        owner_name=row.owner.name if row.owner else "",
        owner_id=row.owner_id,
        comparison=row.comparison,
        compared=tuple(
            (link.segment.key, link.segment.name)
            for link in row.compared.all()
            if keys is None or link.segment.key in keys
        ),
        measure=row.measure,
        action_key=row.action.key if row.action else "",
        action_name=row.action.name if row.action else "",
        read_out_on=row.read_out_on,
        state=row.state,
        stopped_because=row.stopped_because,
        findings=_findings(row, keys),
        changes=() if keys is not None else tuple(_change(change) for change in row.changes.all()),
        latest_number=row.latest_number,  # type: ignore[attr-defined]
    )


def _findings(row: Initiative, keys: Keys) -> tuple[FindingName, ...]:
    links = row.answers.select_related("finding__segment") if keys is not None else row.answers.all()
    found = [link.finding for link in links]
    seen = [one for one in found if keys is None or (one.segment is not None and one.segment.key in keys)]
    return tuple(FindingName(one.pk, one.number, one.title, one.closed_at is None) for one in seen)


def _change(change: InitiativeChange) -> StepChange:
    return StepChange(
        field=change.field,
        before=change.before,
        after=change.after,
        is_after_start=change.is_after_start,
        changed_by=change.changed_by.name if change.changed_by else "",
        changed_at=change.changed_at,
    )
