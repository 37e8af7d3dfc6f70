"""One message of PostHog's libraries: an event that may carry what is now known of the person, or that alone.

A `distinct_id` is a customer's own unless the message says that nobody is known yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from engagement.ingest.contracts.items import (
    PAGE_EVENT,
    SCREEN_EVENT,
    Receipt,
    Who,
    event_of,
    group_alone,
    message_id_of,
    missing_customer,
    object_message,
    plain_names,
    readable_id,
    traits_of,
)
from engagement.ingest.contracts.nobody import customer_id, visitor_id
from engagement.ingest.contracts.values import RefusedError, event_name, id_text, object_of
from engagement.ingest.types import EventIn, TraitsIn
from engagement.language import noop

# What the message says beside its properties; keys take no part in what it says.
_NOT_PROPERTIES: Final = frozenset({"token", "api_key", "distinct_id", "$set", "$set_once", "$unset"})
_NOT_CONTENT: Final = frozenset({"api_key", "token", "sent_at", "offset"})
_VIEWS: Final = {"$pageview": PAGE_EVENT, "$screen": SCREEN_EVENT}
_VIEW_NAMES: Final = ("title", "$title", "$screen_name", "$pathname")
# These name the customer first and the former id as `alias`; others do it the other way round.
_ALIAS_IS_FORMER: Final = frozenset({"posthog-node", "posthog-ruby", "posthog-php", "posthog-go", "posthog-java"})
_RANDOM: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OF_A_BROWSER: Final = frozenset({"$device_id", "$is_identified", "$user_id"})


@dataclass(frozen=True, slots=True)
class _Said:
    """A message taken apart; nothing in it is believed but the shapes."""

    raw: bytes
    message: Mapping[str, Any]
    properties: dict[str, object]
    distinct_id: str
    receipt: Receipt
    position: int

    def traits(self, values: dict[str, object], *, who: Who, beside: bool, fills: bool = False) -> TraitsIn:
        """What is told of somebody by this message."""
        return traits_of(
            who=who,
            traits=values,
            time=self.message.get("timestamp"),
            message_id=self.message.get("uuid"),
            receipt=self.receipt,
            position=self.position,
            beside=beside,
            fills=fills,
        )

    def part(self, name: str) -> dict[str, object]:
        """`$set` or `$set_once`, in the message or in its properties, under plain names."""
        outer, inner = self.message.get(name), self.properties.get(name)
        return plain_names(object_of(outer, field=name) | object_of(inner, field=name))


Items = list[EventIn | TraitsIn]


def read_posthog(raw: bytes, *, receipt: Receipt, position: int) -> Items:
    """The event and what it says of the customer, the first of them counted; or RefusedError."""
    message = object_message(raw)
    properties = object_of(message.get("properties"), field="properties")
    name = event_name(message.get("event"), field="event")
    places = message.get("distinct_id"), properties.get("distinct_id"), message.get("$distinct_id")
    distinct_id = next(filter(None, (customer_id(one, field="distinct_id") for one in places)), None)
    if distinct_id is None:
        raise missing_customer("distinct_id", distinct_id=_first_id(*places, field="distinct_id"))
    said = _Said(
        raw=raw, message=message, properties=properties, distinct_id=distinct_id, receipt=receipt, position=position
    )
    return _READERS.get(name, _event)(said, name)


def _event(said: _Said, name: str) -> Items:
    who = _who(said)
    values = {key: value for key, value in said.properties.items() if key not in _NOT_PROPERTIES}
    if name in _VIEWS:
        shown = next((values[key] for key in _VIEW_NAMES if isinstance(values.get(key), str)), None)
        if shown is not None:
            values.setdefault("name", shown)
    event = event_of(
        name=_VIEWS.get(name, name),
        who=who,
        properties=values,
        time=said.message.get("timestamp"),
        message_id=message_id_of(said.message.get("uuid"), field="uuid"),
        content=content_of(said.message),
        receipt=said.receipt,
        position=said.position,
    )
    return [event, *_told_beside(said, who=who)]


def content_of(message: Mapping[str, object]) -> dict[str, object]:
    """What an event without an id is told apart by."""
    return {key: value for key, value in message.items() if key not in _NOT_CONTENT}


def _set(said: _Said, _name: str) -> Items:
    return _person(said, who=_who(said))


def _identify(said: _Said, _name: str) -> Items:
    """Whoever is identified is known; who they were before is named by browsers only."""
    former = visitor_id(said.properties.get("$anon_distinct_id"), field="$anon_distinct_id")
    return _person(said, who=(said.distinct_id, former))


def _person(said: _Said, *, who: Who) -> Items:
    first = said.traits(_now_known(said), who=who, beside=False)
    once = said.part("$set_once")
    return [first, said.traits(once, who=who, beside=True, fills=True)] if once else [first]


def _alias(said: _Said, _name: str) -> Items:
    """Two ids of one person. Most libraries say the former one as `distinct_id`, some the customer's."""
    library = said.properties.get("$lib")
    if isinstance(library, str) and library in _ALIAS_IS_FORMER:
        return _linked(said, own="distinct_id", former="alias")
    return _linked(said, own="alias", former="distinct_id")


def _merge(said: _Said, _name: str) -> Items:
    """`$merge_dangerously`: the alias belongs to the distinct_id from now on."""
    return _linked(said, own="distinct_id", former="alias")


def _linked(said: _Said, *, own: str, former: str) -> Items:
    """The one id belongs to the other, each named by where it stands."""
    given = {"alias": said.properties.get("alias"), "distinct_id": said.distinct_id}
    who: Who = customer_id(given[own], field=own), visitor_id(given[former], field=former)
    for name, found in zip((own, former), who, strict=True):
        if found is None:
            raise missing_customer(name, **{name: given[name]})
    return [replace(said.traits({}, who=who, beside=False), former=said.raw)]


def _group(said: _Said, _name: str) -> Items:
    """The group as traits of whoever says it. Servers that name no customer make an id up: that is nobody."""
    kind = _first_id(said.properties.get("$group_type"), field="$group_type")
    key = _first_id(said.properties.get("$group_key"), field="$group_key")
    if kind is None or key is None:
        raise RefusedError(
            "missing_group",
            noop("The group’s type or key is missing."),
            noop("Send the type of the group as $group_type and its id as $group_key."),
        )
    made_up = said.distinct_id == f"${kind}_{key}" or _RANDOM.fullmatch(said.distinct_id.lower())
    if made_up and not _OF_A_BROWSER & said.properties.keys():
        raise group_alone()
    values = plain_names(object_of(said.properties.get("$group_set"), field="$group_set"))
    traits: dict[str, object] = {f"group_{kind}_{name}": value for name, value in values.items()}
    return [said.traits({**traits, f"group_{kind}": key}, who=_who(said), beside=False)]


_READERS: Final[Mapping[str, Callable[[_Said, str], Items]]] = {
    "$identify": _identify,
    "$set": _set,
    "$create_alias": _alias,
    "$merge_dangerously": _merge,
    "$groupidentify": _group,
}


def _told_beside(said: _Said, *, who: Who) -> Items:
    """The event alone says who was who: traits beside it name one id."""
    about: Who = (who[0], None) if who[0] is not None else who
    told: Items = []
    if now := _now_known(said):
        told.append(said.traits(now, who=about, beside=True))
    if once := said.part("$set_once"):
        told.append(said.traits(once, who=about, beside=True, fills=True))
    return told


def _now_known(said: _Said) -> dict[str, object]:
    """`$set`, what `$unset` takes away, and the groups, each `group_<type>`."""
    groups = object_of(said.properties.get("$groups"), field="$groups")
    gone = said.properties.get("$unset", said.message.get("$unset"))
    named = [name for name in gone if isinstance(name, str)] if isinstance(gone, list) else []
    return {
        **{f"group_{kind}": key for kind, key in groups.items()},
        **said.part("$set"),
        **dict.fromkeys(plain_names(dict.fromkeys(named))),
    }


def _who(said: _Said) -> Who:
    """The customer, or the visitor where the message says that nobody is known yet."""
    own, properties = said.distinct_id, said.properties
    options = said.message.get("options")
    told = options if isinstance(options, dict) else {}
    is_unknown = (
        properties.get("$process_person_profile") is False
        or told.get("process_person_profile") is False
        or properties.get("$is_identified") is False
        or readable_id(properties.get("$device_id")) == own
    )
    if is_unknown and visitor_id(own, field="distinct_id") is None:
        raise missing_customer("distinct_id", distinct_id=own)
    return (None, own) if is_unknown else (own, None)


def _first_id(*values: object, field: str) -> str | None:
    for value in values:
        found = id_text(value, field=field)
        if found is not None:
            return found
    return None
