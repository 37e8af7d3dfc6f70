"""What happens when a set begins to count: the one before retires, scorings are asked for, the record says so."""

from __future__ import annotations

from datetime import datetime, time

from django.db import connection

from engagement.scoring.models import PublishingStep, RunPointer, WeightSet
from engagement.scoring.services.effective import first_day_of, is_first_set
from engagement.scoring.services.numbering import lock_versions
from engagement.scoring.services.on_record import record
from engagement.scoring.services.restating import begin_owed
from engagement.scoring.services.scorings import ask_for_scoring
from tenants.models import Organisation, User
from tenants.scope import organisation_scope

_STATES = WeightSet.State


def put_due_in_force(*, now: datetime) -> int:
    """The clock's part: put every scheduled set in force whose local day has begun; returns how many.

    Called outside any scope, once a minute by each dispatcher. Two at once do no harm: the second waits, and finds
    nothing left to do.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation_id FROM public.due_weight_sets(%s)", [now])
        due = [int(organisation_id) for (organisation_id,) in cursor.fetchall()]
    begun = 0
    for organisation_id in due:
        with organisation_scope(organisation_id):
            begun += begin_due(organisation=Organisation.objects.get(pk=organisation_id), now=now)
    return begun


def begin_due(*, organisation: Organisation, now: datetime) -> int:
    """Put the organisation's scheduled sets in force whose day has begun, the earliest first; returns how many."""
    lock_versions()
    due = WeightSet.objects.select_for_update().filter(
        organisation=organisation, state=_STATES.SCHEDULED, effective_from__lte=organisation.today(now)
    )
    rows = list(due.order_by("effective_from"))
    for row in rows:
        put_in_force(row, organisation=organisation, by=None, now=now)
    return len(rows)


def put_in_force(row: WeightSet, *, organisation: Organisation, by: User | None, now: datetime) -> None:
    """Let a set count from its first day on. The caller holds the lock on versions.

    The first set there is holds for every day. A scheduled one began with its day, however late the clock comes.
    """
    was_scheduled = row.state == _STATES.SCHEDULED
    is_first = is_first_set() and not was_scheduled
    first_day = first_day_of(organisation=organisation, effective_from=row.effective_from, now=now)
    midnight = datetime.combine(first_day, time.min, tzinfo=organisation.zone)
    WeightSet.objects.filter(organisation=organisation, state=_STATES.PUBLISHED).update(state=_STATES.RETIRED)
    row.state, row.effective_from = _STATES.PUBLISHED, None if is_first else first_day
    row.in_force_at = min(midnight, now) if was_scheduled else now
    row.save()
    days = {max(first_day, organisation.last_finished_day(now))}
    if not is_first:
        days |= set(RunPointer.objects.filter(as_of__gte=first_day).values_list("as_of", flat=True))
    ask_for_scoring(organisation=organisation, days=days, user=row.published_by, now=now)
    record(row, what=PublishingStep.What.IN_FORCE, by=by, now=now, note="" if was_scheduled else row.note)
    begin_owed(organisation=organisation, now=now)
