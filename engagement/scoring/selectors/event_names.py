"""Names of events in the last days, those first that no action counts, with what their latest event carried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from engagement.scoring import queries
from engagement.scoring.looking import Look, NameSeen
from engagement.scoring.models import IgnoredEventName
from engagement.scoring.selectors.arriving import ActionOf
from engagement.scoring.starting.guessing import Guess, guess
from tenants.models import Organisation

SHOWN: Final = 100
_PROPERTIES_SHOWN: Final = 5
_VALUE_LENGTH: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A name that no rule of an action in use mentions; `properties` are the first of its latest event."""

    seen: NameSeen
    guess: Guess | None
    properties: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A name that is passed over; `seen` is None where it has not occurred in the days looked at."""

    name: str
    by: str
    at: datetime
    seen: NameSeen | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventNames:
    """`others` is how many unmatched names there are beyond those shown; `events` are all that no action counts.

    `cut_names` and `cut_events` are of names too rare for a kept look, of which it is not known what counts them.
    `all_names` are those of the look and those beyond it.
    """

    unmatched: tuple[Unmatched, ...]
    others: int
    events: int
    ignored: tuple[Ignored, ...]
    counted: tuple[tuple[NameSeen, tuple[str, ...]], ...]
    cut_names: int
    cut_events: int
    all_names: int


def names_of(*, organisation: Organisation, look: Look, actions: tuple[ActionOf, ...]) -> EventNames:
    """Each name of the look in one of three places: no action counts it, passed over, or counted by actions."""
    takers: dict[str, tuple[str, ...]] = {}
    for action in actions:
        for name in dict.fromkeys(action.rule.event_names):
            takers[name] = (*takers.get(name, ()), action.name)
    ignored = _ignored(organisation, look)
    passed = {one.name for one in ignored}
    left = [one for one in look.names if one.name not in takers and one.name not in passed]
    examples = _examples(organisation, left[:SHOWN])
    return EventNames(
        unmatched=tuple(
            Unmatched(seen=one, guess=guess(one.name), properties=examples.get(one.name, ())) for one in left[:SHOWN]
        ),
        others=max(len(left) - SHOWN, 0),
        events=sum(one.events for one in left),
        ignored=ignored,
        counted=tuple((one, takers[one.name]) for one in look.names if one.name in takers),
        cut_names=look.cut_names,
        cut_events=look.cut_events,
        all_names=len(look.names) + look.cut_names,
    )


def _ignored(organisation: Organisation, look: Look) -> tuple[Ignored, ...]:
    seen = {one.name: one for one in look.names}
    rows = IgnoredEventName.objects.filter(organisation=organisation).select_related("ignored_by").order_by("name")
    return tuple(
        Ignored(
            name=row.name,
            by=row.ignored_by.name if row.ignored_by else "",
            at=row.ignored_at,
            seen=seen.get(row.name),
        )
        for row in rows
    )


def _examples(organisation: Organisation, names: list[NameSeen]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Some properties of each name's latest event, as far as it is still there."""
    keys = [one.example for one in names]
    if not keys:
        return {}
    rows = queries.fetch(
        "events_by_key",
        organisation_id=organisation.pk,
        days=[day for day, _id in keys],
        message_ids=[message_id for _day, message_id in keys],
    )
    found = {(day, message_id): _first_of(text) for day, message_id, text in rows}
    return {one.name: found[one.example] for one in names if one.example in found}


def _first_of(text: str) -> tuple[tuple[str, str], ...]:
    properties = msgspec.json.decode(text)
    pairs = properties.items() if isinstance(properties, dict) else ()
    return tuple(
        (str(name)[:_VALUE_LENGTH], _said(value)[:_VALUE_LENGTH]) for name, value in list(pairs)[:_PROPERTIES_SHOWN]
    )


def _said(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
