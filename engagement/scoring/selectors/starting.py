"""Reads for a client that begins: names of events that arrived, traits to group by, an industry's weights."""

from __future__ import annotations

from typing import Final

from engagement.scoring import queries
from engagement.scoring.matching import parse_action_rule
from engagement.scoring.models import Action, ActionDefinition, SegmentDefinition
from engagement.scoring.rules import parse_rule
from engagement.scoring.services.partitions import MAX_TRAIT_VALUES
from engagement.scoring.starting.guessing import guess, kind_of
from engagement.scoring.starting.industries import Starter
from engagement.scoring.starting.types import Arrived, ArrivedName, StartedFrom, TraitShare
from engagement.scoring.types import WeightSetView
from tenants.models import Organisation

EVENTS_LOOKED_AT: Final = 100_000
CUSTOMERS_LOOKED_AT: Final = 10_000
_NAMES_GIVEN: Final = 60
_FEWEST_VALUES: Final = 2


def arrived(*, organisation: Organisation) -> Arrived:
    """The names of the latest events, the most frequent first, with what each counts as; at most sixty."""
    rows = queries.fetch("arrived_names", organisation_id=organisation.pk, sample=EVENTS_LOOKED_AT, names=_NAMES_GIVEN)
    takers = _takers()
    names = tuple(
        ArrivedName(
            name=str(name),
            times=int(times),
            first_day=first,
            last_day=last,
            counted_as=(known := takers.get(str(name).strip(), ())),
            guess=None if known else guess(str(name)),
        )
        for name, times, first, last, _ in rows
    )
    looked_at = int(rows[0][4]) if rows else 0
    return Arrived(names=names, is_all=looked_at < EVENTS_LOOKED_AT and len(rows) < _NAMES_GIVEN)


def _takers() -> dict[str, tuple[str, ...]]:
    """The names of the actions in use that take an event, by its name."""
    found: dict[str, tuple[str, ...]] = {}
    for _, name, event_names, _ in _actions():
        for event_name in event_names:
            found[event_name] = (*found.get(event_name, ()), name)
    return found


def _actions() -> list[tuple[str, str, tuple[str, ...], str]]:
    """Key, name, names of events and channel of each action in use, by its newest rule."""
    newest = {
        definition.action_id: definition
        for definition in ActionDefinition.objects.filter(action__archived_at__isnull=True).order_by("number")
    }
    return [
        (action.key, action.name, parse_action_rule(newest[action.pk].rule).event_names, action.channel)
        for action in Action.objects.filter(archived_at__isnull=True).order_by("position", "key")
        if action.pk in newest
    ]


def trait_shares(*, organisation: Organisation) -> tuple[TraitShare, ...]:
    """Traits of the latest customers with two to thirty values, the one that is known of most customers first."""
    rows = queries.fetch(
        "trait_shares", organisation_id=organisation.pk, sample=CUSTOMERS_LOOKED_AT, names=_NAMES_GIVEN
    )
    used = _traits_of_sets()
    return tuple(
        TraitShare(name=name, values=values, known=known, of=of, segment_set=used.get(name, ""))
        for name, known, values, of in rows
        if _FEWEST_VALUES <= values <= MAX_TRAIT_VALUES
    )


def _traits_of_sets() -> dict[str, str]:
    """The traits that rules of segments look at, and the set of one of these."""
    rows = SegmentDefinition.objects.filter(
        segment__archived_at__isnull=True, segment__segment_set__isnull=False
    ).values_list("rule", "segment__segment_set__name")
    return {trait: name for rule, name in rows for trait in parse_rule(rule).traits()}


def proposed_weights(*, draft: WeightSetView, starter: Starter) -> tuple[StartedFrom, ...]:
    """For each action of the draft what it is worth there, and what it is worth to begin with in an industry.

    An action's kind is guessed from its name, then from its events, then from its channel.
    """
    events = {key: event_names for key, _, event_names, _ in _actions()}
    return tuple(
        StartedFrom(
            key=line.key,
            name=line.name,
            channel_name=line.channel_name,
            now=line.weight,
            proposed=starter.weights[
                kind_of(name=line.name, event_names=events.get(line.key, ()), channel=line.channel)
            ],
        )
        for line in draft.weights
    )
