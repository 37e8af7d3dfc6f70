"""How far the counting of stored events is."""

from __future__ import annotations

from datetime import datetime

from engagement.look.remaining import seconds_left
from engagement.scoring.models import ActionDefinition, ActivityState
from engagement.scoring.services.activity import state_of, whole_from
from engagement.scoring.services.packing import open_from
from engagement.scoring.types import ActivityReach, CountingProgress
from tenants.models import Organisation


def counting_progress(*, organisation: Organisation, now: datetime) -> CountingProgress | None:
    """The counting under way, or None where every definition has been counted to the end."""
    waiting = ActionDefinition.objects.filter(organisation=organisation, rolled_up_at__isnull=True)
    names = tuple(waiting.order_by("action__position", "action__key").values_list("action__name", flat=True).distinct())
    if not names:
        return None
    state = state_of(organisation_id=organisation.pk)
    done = min(state.events_done, state.events_total)
    return CountingProgress(
        is_recounting=state.is_recounting,
        names=tuple(dict.fromkeys(names)),
        done=done,
        total=state.events_total,
        since=state.counting_since,
        seconds_left=_seconds_left(state, done=done, now=now),
    )


def is_recounting(*, organisation: Organisation) -> bool:
    """Whether every day is being counted anew; one look at one row."""
    return ActivityState.objects.filter(pk=organisation.pk, is_recounting=True).exists()


def activity_reach(*, organisation: Organisation, now: datetime) -> ActivityReach:
    """What can be counted anew, what is packed, and what is being counted."""
    state = state_of(organisation_id=organisation.pk)
    return ActivityReach(
        countable_from=None if state.events_from is None else whole_from(organisation=organisation, state=state),
        packed_before=open_from(organisation=organisation, now=now),
        counting=counting_progress(organisation=organisation, now=now),
    )


def _seconds_left(state: ActivityState, *, done: int, now: datetime) -> int | None:
    """By the pace so far; None where that says too little."""
    if state.counting_since is None:
        return None
    return seconds_left(elapsed=now - state.counting_since, done=done, total=state.events_total)
