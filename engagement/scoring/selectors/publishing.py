"""Reads about publishing: the record of a set, what a return would leave out, how far a restatement is."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.scoring.models import PublishingStep, Restatement, RunRequest, Weight, WeightOverride, WeightSet
from engagement.scoring.services.effective import days_to_restate
from engagement.scoring.types import Past, PublishingStepLine, RestatementLine
from tenants.models import Organisation

_SPAN: Final = re.compile(r"(\d+) days from ([0-9-]+) on", re.ASCII)  # as services/restating.py keeps it


def publishing_record(*, organisation: Organisation, number: int) -> tuple[PublishingStepLine, ...]:
    """What was done about a set, the oldest first."""
    steps = PublishingStep.objects.filter(organisation=organisation, weight_set__number=number).select_related("by")
    return tuple(
        PublishingStepLine(
            what=step.what,
            what_name=str(PublishingStep.What(step.what).label),
            by=step.by.name if step.by else "",
            at=step.at,
            note=_note(step),
        )
        for step in steps.order_by("at", "id")
    )


def _note(step: PublishingStep) -> str:
    """What somebody wrote; what a restatement says of itself is kept in English and said as the reader speaks."""
    found = _SPAN.fullmatch(step.note) if step.what == PublishingStep.What.RESTATED else None
    if found is None:
        return step.note
    n, day = int(found[1]), found[2]
    return ngettext("{n} day from {day} on", "{n} days from {day} on", n).format(n=n, day=day)


def left_out(*, organisation: Organisation, number: int) -> tuple[str, ...]:
    """What of a set is archived by now, so that returning to it leaves it out: actions, own weights of segments."""
    weights = Weight.objects.filter(
        organisation=organisation, weight_set__number=number, action__archived_at__isnull=False
    )
    actions = weights.order_by("action__name").values_list("action__name", flat=True)
    overrides = WeightOverride.objects.filter(
        organisation=organisation, weight_set__number=number, segment__archived_at__isnull=False
    )
    segments = overrides.order_by("segment__name").values_list("segment__name", flat=True)
    own = _("own weights of {segment}")
    return (*actions, *(own.format(segment=name) for name in segments))


def restatement_of(*, organisation: Organisation, number: int) -> RestatementLine | None:
    """The latest restatement with a set; None without one."""
    rows = Restatement.objects.filter(organisation=organisation, weight_set__number=number)
    row = rows.select_related("weight_set", "requested_by").order_by("-requested_at").first()
    return None if row is None else _line(row)


def running_restatement(*, organisation: Organisation) -> RestatementLine | None:
    """The restatement that is under way; None without one."""
    rows = Restatement.objects.filter(organisation=organisation, state=Restatement.State.RUNNING)
    row = rows.select_related("weight_set", "requested_by").first()
    return None if row is None else _line(row)


def past_of(*, organisation: Organisation, number: int, now: datetime) -> Past:
    """Finished days whose run in force was scored with another set than this one, and the latest restatement."""
    row = WeightSet.objects.filter(organisation=organisation, number=number).first()
    yesterday = organisation.last_finished_day(now)
    days = [] if row is None else days_to_restate(weight_set=row, first_day=date(2000, 1, 1), last_day=yesterday)
    return Past(days=tuple(days), latest=restatement_of(organisation=organisation, number=number))


def _line(row: Restatement) -> RestatementLine:
    states = list(row.requests.exclude(state=RunRequest.State.WAITING).values_list("state", flat=True))
    return RestatementLine(
        number=row.weight_set.number,
        first_day=row.first_day,
        state=row.state,
        days=len(row.days),
        done=states.count(RunRequest.State.DONE),
        failed=states.count(RunRequest.State.FAILED),
        requested_by=row.requested_by.name if row.requested_by else "",
        requested_at=row.requested_at,
        finished_at=row.finished_at,
    )
