"""One event of Amplitude's libraries: what happened, or in `$identify` what is known of the user."""

from __future__ import annotations

from collections.abc import Mapping
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
    needs_state,
    object_message,
    traits_of,
)
from engagement.ingest.contracts.nobody import customer_id, visitor_id
from engagement.ingest.contracts.values import event_name, object_of
from engagement.ingest.types import EventIn, TraitsIn

_VIEWS: Final = {"[Amplitude] Page Viewed": PAGE_EVENT, "[Amplitude] Screen Viewed": SCREEN_EVENT}
_BESIDE_PROPERTIES: Final = {
    "revenue": "revenue",
    "price": "price",
    "quantity": "quantity",
    "productId": "product_id",
    "product_id": "product_id",
    "currency": "currency",
}
"""Fields of an event beside its properties, and the property each becomes where there is none of that name."""

_STATEFUL: Final = ("$add", "$append", "$prepend", "$preInsert", "$postInsert", "$remove", "$clearAll")
_OPERATIONS: Final = frozenset({"$set", "$setOnce", "$unset"})
_NOT_CONTENT: Final = frozenset({"api_key", "library"})

Items = list[EventIn | TraitsIn]


def read_amplitude(raw: bytes, *, receipt: Receipt, position: int) -> Items:
    """The event and what it says of the customer, the first of them counted; or RefusedError."""
    message = object_message(raw)
    name = event_name(message.get("event_type"), field="event_type")
    said = {"user_id": message.get("user_id"), "device_id": message.get("device_id")}
    who: Who = customer_id(said["user_id"], field="user_id"), visitor_id(said["device_id"], field="device_id")
    if who == (None, None):
        raise group_alone() if name == "$groupidentify" else missing_customer("user_id", **said)
    if name in ("$identify", "$groupidentify"):
        return _traits(message, who=who, receipt=receipt, position=position, beside=False)
    about: Who = (who[0], None) if who[0] is not None else who
    event = event_of(
        name=_VIEWS.get(name, name),
        who=who,
        properties=_properties(message),
        time=message.get("time"),
        message_id=message_id_of(message.get("insert_id"), field="insert_id"),
        content=content_of(message),
        receipt=receipt,
        position=position,
    )
    return [event, *_traits(message, who=about, receipt=receipt, position=position, beside=True)]


def content_of(message: Mapping[str, object]) -> dict[str, object]:
    """What an event without an id is told apart by."""
    return {key: value for key, value in message.items() if key not in _NOT_CONTENT}


def _properties(message: dict[str, Any]) -> dict[str, object]:
    properties = dict(object_of(message.get("event_properties"), field="event_properties"))
    for field, name in _BESIDE_PROPERTIES.items():
        if message.get(field) is not None:
            properties.setdefault(name, message[field])
    return properties


def _traits(message: dict[str, Any], *, who: Who, receipt: Receipt, position: int, beside: bool) -> Items:
    """What is told of the user and of the groups they belong to; nothing where nothing is said beside an event."""
    said = object_of(message.get("user_properties"), field="user_properties")
    for operation in () if beside else _STATEFUL:  # an event is not refused for what else it says
        if operation in said:
            raise needs_state(operation)
    gone = object_of(said.get("$unset"), field="$unset")
    now: dict[str, object] = {
        **_groups(message),
        **{name: value for name, value in said.items() if name not in _OPERATIONS and name not in _STATEFUL},
        **object_of(said.get("$set"), field="$set"),
        **dict.fromkeys(gone),
    }
    once = object_of(said.get("$setOnce"), field="$setOnce")
    common: dict[str, Any] = {
        "who": who,
        "time": message.get("time"),
        "message_id": message.get("insert_id"),
        "receipt": receipt,
        "position": position,
    }
    items: Items = []
    if now or not beside:
        items.append(traits_of(traits=now, beside=beside, **common))
    if once:
        items.append(traits_of(traits=once, beside=True, fills=True, **common))
    return items


def _groups(message: dict[str, Any]) -> dict[str, object]:
    """Each group as `group_<type>`, and what is known of it as `group_<type>_<name>` where it is one group alone."""
    groups = object_of(message.get("groups"), field="groups")
    known = object_of(message.get("group_properties"), field="group_properties")
    traits: dict[str, object] = {f"group_{kind}": key for kind, key in groups.items()}
    if len(groups) == 1:
        (kind,) = groups
        values = object_of(known.get("$set"), field="$set") or {
            name: value for name, value in known.items() if not name.startswith("$")
        }
        traits = {**{f"group_{kind}_{name}": value for name, value in values.items()}, **traits}
    return traits
