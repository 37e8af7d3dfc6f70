"""Counting definitions from stored events, in the background: span by span, so that storing never waits for long.

Every definition that waits is counted in the same pass over the events, in the order of the day of their keys. A span
is as many days as hold about 200,000 events; it is counted and the definition's `counted_before` moved in one
transaction that holds the counting lock. What breaks off goes on after the last span. Events stored meanwhile are
counted at once for the days before `counted_before` and left to a later span otherwise (activity.count_stored).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.db.models import F

from engagement.errors import NotFoundError
from engagement.scoring import queries
from engagement.scoring.activity_blocks import DayRows
from engagement.scoring.blocks import CHUNK_BITS
from engagement.scoring.models import ActionDefinition, ActivityState
from engagement.scoring.services.activity import add_open, state_of, whole_from
from engagement.scoring.services.counting import EventSpan, count_events, rule_of
from engagement.scoring.services.packing import (
    delete_definitions,
    delete_since,
    lock_counting,
    open_from,
    put_rows,
)
from engagement.scoring.services.touching import touch_chunks
from tenants.models import Organisation
from tenants.scope import organisation_scope

Progress = Callable[[int, int], None]

# About half a second on one core, for which storing waits; a day is never divided, however many events it has.
EVENTS_AT_ONCE: Final = 200_000
_ALL: Final = EventSpan()
_BEGINNING: Final = date(2000, 1, 1)  # no event has an earlier day


def roll_up_waiting(
    *, organisation_id: int, now: datetime, in_background: bool = False, progress: Progress | None = None
) -> None:
    """Count every definition that has not been counted to the end; does nothing without one.

    In the background it leaves off where somebody else is at it. Called outside any scope.
    """
    while roll_up_step(organisation_id=organisation_id, now=now, in_background=in_background):
        if progress is not None:
            _report(organisation_id, progress)


def roll_up_step(*, organisation_id: int, now: datetime, in_background: bool = False) -> bool:
    """Count one span in a transaction of its own; False when nothing waits, or somebody else is at it."""
    events = _events_to_begin(organisation_id)
    if events is None:
        return False
    with organisation_scope(organisation_id):
        if not lock_counting(organisation_id=organisation_id, in_background=in_background):
            return False
        _begin(organisation=Organisation.objects.get(pk=organisation_id), total=events, now=now)
        _next_span(organisation_id=organisation_id, now=now)
    return True


def recount_everything(*, organisation: Organisation, now: datetime) -> None:
    """Mark every definition to be counted anew, in the transaction at hand: days are other ones now.

    What was counted stays until the counting begins; meanwhile nothing new is added to it.
    """
    lock_counting(organisation_id=organisation.pk)
    ActionDefinition.objects.filter(organisation=organisation).update(rolled_up_at=None, counted_before=None)
    ActivityState.objects.update_or_create(
        organisation_id=organisation.pk,
        defaults={"is_recounting": True, "counting_since": None, "events_total": 0, "events_done": 0},
    )


def rebuild_activity(*, organisation_id: int, now: datetime) -> None:
    """Count all stored events under every definition anew."""
    with organisation_scope(organisation_id):
        recount_everything(organisation=Organisation.objects.get(pk=organisation_id), now=now)
    roll_up_waiting(organisation_id=organisation_id, now=now)


def roll_up_definition(*, organisation_id: int, definition_id: UUID, now: datetime) -> None:
    """Count all stored events under one definition anew; doing it again changes nothing.

    Raises NotFoundError for an unknown definition.
    """
    with organisation_scope(organisation_id):
        lock_counting(organisation_id=organisation_id)
        found = ActionDefinition.objects.filter(pk=definition_id)
        if not found.update(rolled_up_at=None, counted_before=None):
            raise NotFoundError
    roll_up_waiting(organisation_id=organisation_id, now=now)


def _waiting() -> list[ActionDefinition]:
    return list(ActionDefinition.objects.filter(rolled_up_at__isnull=True).order_by("number"))


def _events_to_begin(organisation_id: int) -> int | None:
    """How many events are stored, where a definition has not begun; 0 where all have, None when nothing waits.

    Asked before the lock is taken: it takes seconds for millions, and is needed for the progress only.
    """
    with organisation_scope(organisation_id, write=False):
        waiting = _waiting()
        if any(one.counted_before is None for one in waiting):
            ((total,),) = queries.fetch("count_events", **_bound(organisation_id, _ALL))
            return int(total)
    return 0 if waiting else None


def _begin(*, organisation: Organisation, total: int, now: datetime) -> None:
    """Take away what was counted under definitions that have not begun, and set them to the first day."""
    unbegun = [one.number for one in _waiting() if one.counted_before is None]
    if not unbegun:
        return
    state = state_of(organisation_id=organisation.pk)
    first = whole_from(organisation=organisation, state=state)
    if len(unbegun) == ActionDefinition.objects.count():
        delete_since(organisation_id=organisation.pk, first=first)
    else:
        delete_definitions(organisation_id=organisation.pk, definitions=unbegun, first=first, now=now)
    ActionDefinition.objects.filter(number__in=unbegun).update(counted_before=_BEGINNING)
    ActivityState.objects.update_or_create(
        organisation_id=organisation.pk,
        defaults={"counting_since": now, "events_total": total, "events_done": 0},
    )


def _next_span(*, organisation_id: int, now: datetime) -> None:
    """Count the next span of the definitions that are furthest behind, and move them on."""
    begun = [(one.counted_before, one) for one in _waiting() if one.counted_before is not None]
    if not begun:
        return
    day_from = min(before for before, _ in begun)
    group = [one for before, one in begun if before == day_from]
    others = [before for before, _ in begun if before != day_from]
    span, events = _shortened(
        organisation_id, EventSpan(day_from=day_from, day_before=min(others, default=_ALL.day_before))
    )
    organisation = Organisation.objects.get(pk=organisation_id)
    _count(organisation=organisation, definitions=group, span=span, now=now)
    _move_on(organisation_id, group=group, span=span, events=events, now=now)


def _shortened(organisation_id: int, span: EventSpan) -> tuple[EventSpan, int]:
    """As many days of the span as hold about EVENTS_AT_ONCE, and how many events these have."""
    bound = _bound(organisation_id, span)
    found = queries.fetch("next_event_days", events=EVENTS_AT_ONCE + 1, **bound)
    if sum(events for _, events in found) <= EVENTS_AT_ONCE:
        return span, sum(events for _, events in found)
    if len(found) > 1:
        (*whole, (day_before, _)) = found
        return EventSpan(day_from=span.day_from, day_before=day_before), sum(events for _, events in whole)
    one_day = EventSpan(day_from=span.day_from, day_before=date.fromordinal(found[0][0].toordinal() + 1))
    ((events,),) = queries.fetch("count_events", **_bound(organisation_id, one_day))
    return one_day, int(events)


def _count(
    *, organisation: Organisation, definitions: Sequence[ActionDefinition], span: EventSpan, now: datetime
) -> None:
    first = whole_from(organisation=organisation, state=state_of(organisation_id=organisation.pk))
    rules = {one.number: rule_of(one) for one in definitions}
    days = count_events(organisation_id=organisation.pk, zone=organisation.zone, rules=rules, span=span)
    write_days(organisation=organisation, days={day: rows for day, rows in days.items() if day >= first}, now=now)


def write_days(*, organisation: Organisation, days: Mapping[date, DayRows], now: datetime) -> None:
    """Add rows of some local days to what is there: closed days to their blocks, the others to what is open."""
    closed_before = open_from(organisation=organisation, now=now)
    for day, rows in days.items():
        if day < closed_before:
            touch_chunks(organisation_id=organisation.pk, chunks=np.unique(rows.numbers >> CHUNK_BITS).tolist())
            put_rows(organisation_id=organisation.pk, day=day, rows=rows, now=now)
    add_open(organisation_id=organisation.pk, days={day: rows for day, rows in days.items() if day >= closed_before})


def _move_on(
    organisation_id: int, *, group: Sequence[ActionDefinition], span: EventSpan, events: int, now: datetime
) -> None:
    is_through = span.day_before == _ALL.day_before
    moved = ActionDefinition.objects.filter(
        number__in=[one.number for one in group], counted_before=span.day_from, rolled_up_at=None
    ).update(counted_before=None if is_through else span.day_before, rolled_up_at=now if is_through else None)
    if moved != len(group):
        raise RuntimeError("a definition was moved by somebody who does not hold the counting lock")
    state = ActivityState.objects.filter(pk=organisation_id)
    state.update(events_done=F("events_done") + events)
    if not _waiting():
        state.update(is_recounting=False, counting_since=None, events_total=0, events_done=0)


def _report(organisation_id: int, progress: Progress) -> None:
    with organisation_scope(organisation_id, write=False):
        state = state_of(organisation_id=organisation_id)
    if state.counting_since is not None:
        progress(min(state.events_done, state.events_total), state.events_total)


def _bound(organisation_id: int, span: EventSpan) -> dict[str, Any]:
    return {"organisation_id": organisation_id, "day_from": span.day_from, "day_before": span.day_before}
