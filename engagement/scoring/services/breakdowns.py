"""Points by the value of an event property: named by people, computed by a worker for one run at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError
from engagement.scoring.models import Breakdown, BreakdownProperty, RunPointer, ScoreRun
from engagement.scoring.runs.breakdown import broken_down
from tenants.audit import audit_append
from tenants.models import Organisation, User
from tenants.scope import organisation_scope, require_write
from tenants.wake import wake

MOST_PROPERTIES: Final = 3
LONGEST_NAME: Final = 100
MAX_ATTEMPTS: Final = 5
TASK: Final = "insights.breakdown"
# Runs that a property is computed for when it is named: the latest day, and the last ends of months to compare.
_MONTHS: Final = 2
_CAUSES: Final = (ScoreRun.Cause.SCHEDULE, ScoreRun.Cause.REQUEST)


def name_properties(*, organisation: Organisation, names: Sequence[str], user: User | None, now: datetime) -> list[str]:
    """By which event properties points are divided, at most three, in this order; returns what is in force.

    One that is new is computed for the latest run, and what one gave that is not named any more is deleted. Raises
    InvalidInputError with fields name_1…name_3.
    """
    wanted = [" ".join(name.split()) for name in names]
    _check(wanted)
    wanted = [name for name in wanted if name]
    before = list(BreakdownProperty.objects.order_by("position").values_list("name", flat=True))
    if wanted == before:
        return before
    dropped = BreakdownProperty.objects.exclude(name__in=wanted)
    Breakdown.objects.filter(property__in=dropped).delete()
    dropped.delete()
    for position, name in enumerate(wanted):
        BreakdownProperty.objects.update_or_create(
            organisation=organisation,
            name=name,
            defaults={"position": position},
            create_defaults={"position": position, "named_by": user, "named_at": now},
        )
    audit_append(
        act="breakdowns.named", object_kind="organisation", object_id=organisation.pk, old={"properties": len(before)},
        new={"properties": len(wanted)},
    )  # fmt: skip
    for run in _runs():
        ask_for_breakdowns(run=run, now=now)
    return wanted


def _check(names: Sequence[str]) -> None:
    if len(names) > MOST_PROPERTIES:
        raise InvalidInputError(_("Name at most {most} properties.").format(most=MOST_PROPERTIES))
    problems: dict[str, list[str]] = {}
    for at, name in enumerate(names, start=1):
        if len(name) > LONGEST_NAME:
            problems[f"name_{at}"] = [_("Use at most {most} characters.").format(most=LONGEST_NAME)]
        elif name and name in names[: at - 1]:
            problems[f"name_{at}"] = [_("This property is named above already.")]
    if problems:
        raise InvalidInputError(fields=problems)


def _runs() -> list[ScoreRun]:
    """The run of the latest day, and those of the last months' ends."""
    pointers = RunPointer.objects.order_by("-as_of").select_related("run")
    days: list[date] = list(pointers.values_list("as_of", flat=True)[:400])
    ends = [day for day in days if (day + timedelta(days=1)).day == 1][:_MONTHS]
    return [pointer.run for pointer in pointers.filter(as_of__in={*days[:1], *ends})]


def ask_for_breakdowns(*, run: ScoreRun, now: datetime) -> int:
    """Have a run divided by every named property that it is not yet; returns how many wait."""
    if run.thinned_at is not None:
        return 0
    made = [
        Breakdown(organisation_id=require_write(), run=run, property=one, requested_at=now)
        for one in BreakdownProperty.objects.exclude(pk__in=Breakdown.objects.filter(run=run).values("property_id"))
    ]
    Breakdown.objects.bulk_create(made)
    for row in made:
        wake(TASK, run.organisation_id, row.pk)
    return len(made)


def breakdowns_after(*, run: ScoreRun, now: datetime) -> None:
    """What a new run asks for: itself, where the clock or a person asked for it."""
    if run.cause in _CAUSES:
        ask_for_breakdowns(run=run, now=now)


def run_breakdown(*, organisation_id: int, breakdown_id: UUID, now: datetime) -> bool:
    """Compute what was asked for; False where somebody else is at it, it is done, or it is not wanted any more.

    Called outside any scope. What fails, or whose worker was killed, is tried again when the lease runs out, at most
    MAX_ATTEMPTS times.
    """
    with organisation_scope(organisation_id):
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        lease = now + timedelta(seconds=settings.WORK_LEASE_SECONDS * 10)
        waiting = Breakdown.objects.filter(free, pk=breakdown_id, state=Breakdown.State.WAITING)
        if not waiting.update(lease_until=lease, attempts=F("attempts") + 1):
            return False
        row = Breakdown.objects.select_related("run", "property").get(pk=breakdown_id)
        organisation = Organisation.objects.get(pk=organisation_id)
    if row.attempts > MAX_ATTEMPTS:
        _end(row, error="It was stopped each time before it was done.", now=now)
        return False
    try:
        with organisation_scope(organisation_id, write=False):
            events, result = broken_down(run=row.run, path=row.property.name, organisation=organisation)
    except Exception as error:
        _end(row, error=str(error) or type(error).__name__, now=now)
        raise
    return _done(row, events=events, result=result, now=now)


def _done(row: Breakdown, *, events: int, result: dict[str, Any], now: datetime) -> bool:
    with organisation_scope(row.organisation_id):
        wanted = Breakdown.objects.filter(pk=row.pk, state=Breakdown.State.WAITING)
        return bool(
            wanted.update(
                state=Breakdown.State.DONE, events=events, result=result, lease_until=None, error="", finished_at=now
            )
        )


def _end(row: Breakdown, *, error: str, now: datetime) -> None:
    """Not done: later and later again, or failed. Nothing of a row that somebody else has in hand by now."""
    final = row.attempts >= MAX_ATTEMPTS
    with organisation_scope(row.organisation_id):
        Breakdown.objects.filter(pk=row.pk, state=Breakdown.State.WAITING, attempts=row.attempts).update(
            state=Breakdown.State.FAILED if final else Breakdown.State.WAITING,
            error=error[:2000],
            lease_until=None if final else now + timedelta(seconds=min(600, 15 * 2**row.attempts)),
            finished_at=now if final else None,
        )
