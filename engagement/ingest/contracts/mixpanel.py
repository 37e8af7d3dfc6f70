"""One message of Mixpanel's libraries: an event, what is known of a person, or what is known of a group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from engagement.ingest.contracts.items import (
    Receipt,
    Who,
    event_of,
    group_alone,
    message_id_of,
    missing_customer,
    needs_state,
    object_message,
    plain_names,
    traits_of,
)
from engagement.ingest.contracts.nobody import customer_id, visitor_id
from engagement.ingest.contracts.values import RefusedError, event_name, id_text, object_of
from engagement.ingest.types import EventIn, TraitsIn
from engagement.language import noop

VISITOR: Final = "$device:"
"""How a distinct_id begins that is nobody's yet; what follows is the id of the device."""

_NOT_PROPERTIES: Final = frozenset({"token", "distinct_id", "time", "$insert_id"})
_SECONDS_MAX: Final = 10**11  # beyond it a number is milliseconds: as seconds it would be the year 5138
_KNOWN_OPERATIONS: Final = ("$set", "$set_once", "$unset")
_STATEFUL: Final = ("$add", "$append", "$union", "$remove", "$delete", "$transactions")

Items = list[EventIn | TraitsIn]


def read_event(raw: bytes, *, receipt: Receipt, position: int) -> Items:
    """An event of /track or /import, or a merge; RefusedError for anything else."""
    message = object_message(raw)
    properties = object_of(message.get("properties"), field="properties")
    name = event_name(message.get("event"), field="event")
    merged = _MERGES.get(name)
    if merged is not None:
        told = traits_of(
            who=merged(properties),
            traits={},
            time=time_of(properties.get("time")),
            message_id=properties.get("$insert_id"),
            receipt=receipt,
            position=position,
        )
        return [replace(told, former=raw) if merged is _aliased else told]
    event = event_of(
        name=name,
        who=_who(properties),
        properties={key: value for key, value in properties.items() if key not in _NOT_PROPERTIES},
        time=time_of(properties.get("time")),
        message_id=message_id_of(properties.get("$insert_id"), field="$insert_id"),
        content=content_of(message),
        receipt=receipt,
        position=position,
    )
    return [event]


def content_of(message: Mapping[str, object]) -> dict[str, object]:
    """What an event without an id is told apart by."""
    name, properties = message.get("event"), message.get("properties")
    said = properties.items() if isinstance(properties, dict) else ()
    return {
        "event": name.strip() if isinstance(name, str) else name,
        "properties": {key: value for key, value in said if key != "token"},
    }


def read_profile(raw: bytes, *, receipt: Receipt, position: int) -> Items:
    """What /engage says of a person. What would change a value that is there already is refused with the reason."""
    message = object_message(raw)
    for operation in _STATEFUL:
        if operation in message:
            raise needs_state(operation)
    if not any(operation in message for operation in _KNOWN_OPERATIONS):
        raise RefusedError(
            "missing_traits",
            noop("Nothing is said of the person: $set, $set_once and $unset are missing."),
            noop("Send what is known as $set."),
        )
    gone = message.get("$unset")
    named = dict.fromkeys(name for name in gone if isinstance(name, str)) if isinstance(gone, list) else {}
    who = _distinct(message.get("$distinct_id"), field="$distinct_id")
    said: dict[str, Any] = {
        "who": who,
        "time": time_of(message.get("$time")),
        "message_id": message.get("$insert_id"),
        "receipt": receipt,
        "position": position,
    }
    now = {**plain_names(object_of(message.get("$set"), field="$set")), **plain_names(named)}
    items: Items = [traits_of(traits=now, **said)]
    once = plain_names(object_of(message.get("$set_once"), field="$set_once"))
    if once:
        items.append(traits_of(traits=once, beside=True, fills=True, **said))
    return items


def read_group(raw: bytes, *, receipt: Receipt, position: int) -> Items:
    """/groups names no customer, ever."""
    object_message(raw)
    raise group_alone()


def _identified(properties: Mapping[str, Any]) -> Who:
    """`$identify`: the device was the customer all the time."""
    own = _first(properties, "$identified_id", "distinct_id", "$user_id", read=customer_id)
    former = _first(properties, "$anon_id", "$anon_distinct_id", "$device_id", read=_visitor)
    if own is None or former is None:
        name = "$identified_id" if own is None else "$anon_id"
        raise missing_customer("$identified_id, $anon_id", **{name: properties.get(name)})
    return own, former


def _aliased(properties: Mapping[str, Any]) -> Who:
    """`$create_alias`: `alias` is the new id of whoever was known as `distinct_id`."""
    own = _first(properties, "alias", read=customer_id)
    former = _first(properties, "distinct_id", read=_visitor)
    if own is None or former is None:
        name = "alias" if own is None else "distinct_id"
        raise missing_customer("alias, distinct_id", **{name: properties.get(name)})
    return own, former


def _merged(properties: Mapping[str, Any]) -> Who:
    """`$merge`: two ids, one of them a visitor's; which of two customers is the former one nothing says."""
    ids = properties.get("$distinct_ids")
    texts = [id_text(one, field="$distinct_ids") for one in ids] if isinstance(ids, list) else []
    visitors = [one for one in texts if one and one.startswith(VISITOR)]
    own = [one for one in texts if one and not one.startswith(VISITOR)]
    if len(visitors) != 1 or len(own) != 1:
        raise RefusedError(
            "two_customers",
            noop("A merge needs one customer and one visitor, whose id begins with $device:."),
            noop("Say which id is the former one: send $identify or $create_alias."),
        )
    who = customer_id(own[0], field="$distinct_ids"), _visitor(visitors[0], field="$distinct_ids")
    if None in who:
        named = own[0] if who[0] is None else visitors[0]
        raise missing_customer("$distinct_ids", **{"$distinct_ids": named})
    return who


_MERGES: Final[Mapping[str, Callable[[Mapping[str, Any]], Who]]] = {
    "$identify": _identified,
    "$create_alias": _aliased,
    "$merge": _merged,
}


def _who(properties: Mapping[str, Any]) -> Who:
    """`$user_id` and `$device_id` where the library sends them, else what `distinct_id` tells by its form."""
    user, device = customer_id(properties.get("$user_id"), field="$user_id"), properties.get("$device_id")
    if user is not None:
        return user, visitor_id(device, field="$device_id")
    own, visitor = _distinct(properties.get("distinct_id"), field="distinct_id", device=device)
    return own, visitor if visitor is not None else visitor_id(device, field="$device_id")


def _distinct(value: object, *, field: str, device: object = None) -> Who:
    """Whom a `distinct_id` names, the visitor of the device where it names nobody."""
    distinct_id, device_id = id_text(value, field=field), id_text(device, field="$device_id")
    own = visitor = None
    if distinct_id is not None and (distinct_id.startswith(VISITOR) or distinct_id == device_id):
        visitor = _visitor(distinct_id, field=field)
    else:
        own = customer_id(distinct_id, field=field)
    if own is None and visitor is None:
        visitor = visitor_id(device_id, field="$device_id")
    if own is None and visitor is None:
        raise missing_customer(field, **{field: distinct_id})
    return own, visitor


def _visitor(value: object, *, field: str) -> str | None:
    """The id of a visitor, without the mark that it is one."""
    text = id_text(value, field=field)
    return visitor_id(text.removeprefix(VISITOR), field=field) if text is not None else None


def _first(properties: Mapping[str, Any], *names: str, read: Callable[..., str | None]) -> str | None:
    return next(filter(None, (read(properties.get(name), field=name) for name in names)), None)


def time_of(value: object) -> object:
    """Seconds as milliseconds, digits as the number they are; anything else as it is, for whoever judges times."""
    if type(value) is str and value.strip().isdigit() and len(value.strip()) <= len(str(_SECONDS_MAX)) + 2:
        value = int(value)
    if (type(value) is int or type(value) is float) and abs(value) < _SECONDS_MAX:
        return value * 1000
    return value
