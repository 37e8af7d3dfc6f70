"""Reads about actions, and about the events they could count."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from engagement.errors import NotFoundError
from engagement.scoring import queries
from engagement.scoring.matching import describe, parse_action_rule
from engagement.scoring.models import Action, ActionDefinition, Channel, WeightSet
from engagement.scoring.services.defaults import DEFAULT_WINDOW_DAYS
from engagement.scoring.types import ActionLine, EventNameCount
from tenants.models import Organisation

_EVENTS_LOOKED_AT: Final = 20_000
_NAMES_GIVEN: Final = 50


def actions(*, organisation: Organisation, now: datetime) -> tuple[ActionLine, ...]:
    """Actions in use, by channel and then as they were added."""
    rows = Action.objects.filter(organisation=organisation, archived_at__isnull=True)
    return _lines(organisation, list(rows), now=now)


def action(*, organisation: Organisation, key: str, now: datetime) -> ActionLine:
    """One action in use; raises NotFoundError."""
    rows = Action.objects.filter(organisation=organisation, key=key, archived_at__isnull=True)
    found = _lines(organisation, list(rows), now=now)
    if not found:
        raise NotFoundError
    return found[0]


def event_names(*, organisation: Organisation) -> tuple[EventNameCount, ...]:
    """The most frequent names among the latest events, for suggestions."""
    rows = queries.fetch("event_names", organisation_id=organisation.pk, sample=_EVENTS_LOOKED_AT, names=_NAMES_GIVEN)
    return tuple(EventNameCount(str(name), int(times)) for name, times in rows)


def _window(organisation: Organisation, now: datetime) -> tuple[date, date]:
    """The window in force, both ends included; it ends yesterday."""
    published = WeightSet.objects.filter(organisation=organisation, state=WeightSet.State.PUBLISHED)
    days = published.values_list("window_days", flat=True).first() or DEFAULT_WINDOW_DAYS
    last = organisation.last_finished_day(now)
    return last - timedelta(days=days - 1), last


def _lines(organisation: Organisation, rows: list[Action], *, now: datetime) -> tuple[ActionLine, ...]:
    definitions = ActionDefinition.objects.filter(action__in=[row.pk for row in rows]).order_by("number")
    newest = {definition.action_id: definition for definition in definitions}
    counted = {d.action_id: d.number for d in definitions if d.rolled_up_at is not None}
    first, last = _window(organisation, now)
    times: dict[int, int] = dict(
        queries.fetch(
            "times_matched", organisation_id=organisation.pk, first=first, last=last, definitions=list(counted.values())
        )
    )
    order = {channel: place for place, channel in enumerate(Channel.values)}
    rows.sort(key=lambda row: (order[row.channel], row.position, row.key))
    return tuple(
        _line(row, newest[row.pk], times=times.get(counted.get(row.pk, -1), 0), window=(first, last)) for row in rows
    )


def _line(row: Action, definition: ActionDefinition, *, times: int, window: tuple[date, date]) -> ActionLine:
    return ActionLine(
        key=row.key,
        name=row.name,
        channel=row.channel,
        channel_name=str(Channel(row.channel).label),
        rule=definition.rule,
        words=describe(parse_action_rule(definition.rule)),
        definition=definition.number,
        is_counted=definition.rolled_up_at is not None,
        archived_at=row.archived_at,
        times=times,
        times_from=window[0],
        times_as_of=window[1],
    )
