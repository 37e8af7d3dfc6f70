"""One message of the Segment family of libraries: track, identify, page, screen, group, alias."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime

import msgspec

from engagement.ingest.contracts.items import (
    PAGE_EVENT,
    SCREEN_EVENT,
    Receipt,
    derived_id,
    message_id_of,
    readable_id,
    unreadable,
    when,
)
from engagement.ingest.contracts.nobody import customer_id, nobodys_id, visitor_id
from engagement.ingest.contracts.values import (
    MESSAGE_LIMIT,
    RefusedError,
    check_values,
    event_name,
    id_text,
    object_of,
    refusal,
    shown,
)
from engagement.ingest.types import EventIn, TraitsIn
from engagement.language import noop

_NOT_CONTENT = frozenset({"sentAt", "writeKey", "api_key"})  # may differ between two sendings of one event


class Message(msgspec.Struct, rename="camel", gc=False):
    """A message as sent: no type is believed yet, and the context stays unread until needed."""

    type: object = None
    event: object = None
    name: object = None
    category: object = None
    user_id: object = None
    anonymous_id: object = None
    previous_id: object = None
    group_id: object = None
    message_id: object = None
    timestamp: object = None
    original_timestamp: object = None
    sent_at: object = None
    properties: object = None
    traits: object = None
    context: msgspec.Raw = msgspec.Raw(b"null")


class _Context(msgspec.Struct):
    traits: object = None


_messages = msgspec.json.Decoder(Message)
_contexts = msgspec.json.Decoder(_Context | None)


def read_message(raw: bytes, *, kind: str | None, receipt: Receipt, position: int) -> EventIn | TraitsIn:
    """The event or traits of one message, or RefusedError; `kind` None means that the message names its own
    type.

    Only what is kept is judged: a fault in the context of an event does no harm.
    """
    if len(raw) > MESSAGE_LIMIT:
        raise refusal("too_large")
    try:
        message = _messages.decode(raw)
        kind = kind or message.type  # type: ignore[assignment]
        read = _READERS.get(kind) if isinstance(kind, str) else None
        if read is None:
            raise _unknown_type(message.type)
        return read(message, raw, receipt, position)
    except (msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(error) from error


def _track(message: Message, raw: bytes, receipt: Receipt, position: int) -> EventIn:
    name = event_name(message.event, field="event")
    return _event(message, raw, receipt, name=name, properties=_properties(message), position=position)


def _properties(message: Message) -> dict[str, object]:
    return object_of(message.properties, field="properties")


def _event(
    message: Message,
    raw: bytes,
    receipt: Receipt,
    *,
    name: str,
    properties: dict[str, object],
    position: int,
) -> EventIn:
    external_id, anonymous_id = _who(message)
    check_values(properties, may_hold_nul=receipt.may_hold_nul)
    day, occurred_at = _when(message, receipt)
    message_id = message_id_of(message.message_id, field="messageId")
    return EventIn(
        message_id=message_id or _derived_id(message, raw, receipt, position=position),
        day=day,
        occurred_at=occurred_at,
        name=name,
        external_id=external_id,
        anonymous_id=anonymous_id,
        properties=properties,
        occurrences=1,
        position=position,
    )


def _page(message: Message, raw: bytes, receipt: Receipt, position: int) -> EventIn:
    return _event(message, raw, receipt, name=PAGE_EVENT, properties=_view_properties(message), position=position)


def _screen(message: Message, raw: bytes, receipt: Receipt, position: int) -> EventIn:
    return _event(message, raw, receipt, name=SCREEN_EVENT, properties=_view_properties(message), position=position)


def _view_properties(message: Message) -> dict[str, object]:
    """All pages share one event name, so that an action can count them; which page it was is in `name`."""
    properties = _properties(message)
    for key, value in (("name", message.name), ("category", message.category)):
        if isinstance(value, str):
            properties.setdefault(key, value)
    return properties


def _identify(message: Message, _raw: bytes, receipt: Receipt, position: int) -> TraitsIn:
    return _traits(message, receipt, who=_who(message), traits=_all_traits(message), position=position)


def _group(message: Message, _raw: bytes, receipt: Receipt, position: int) -> TraitsIn:
    """The group becomes traits of the customer: its id `group_id`, its own traits `group_<key>`."""
    who = _who(message)
    traits = {f"group_{key}": value for key, value in _all_traits(message).items()}
    group_id = id_text(message.group_id, field="groupId")
    if group_id is None:
        raise RefusedError("missing_group", noop("groupId is missing."), noop("Send the id of the group as groupId."))
    traits["group_id"] = group_id
    return _traits(message, receipt, who=who, traits=traits, position=position)


def _alias(message: Message, raw: bytes, receipt: Receipt, position: int) -> TraitsIn:
    """The previous id belongs to the customer from now on; no traits."""
    external_id = customer_id(message.user_id, field="userId")
    previous_id = visitor_id(message.previous_id, field="previousId")
    if external_id is None or previous_id is None:
        missing, said = ("userId", message.user_id) if external_id is None else ("previousId", message.previous_id)
        raise nobodys_id(said, field=missing) or RefusedError(
            "missing_customer", f"{missing} is missing.", "An alias needs both previousId and userId."
        )
    told = _traits(message, receipt, who=(external_id, previous_id), traits={}, position=position)
    return replace(told, former=raw)


_READERS: dict[str, Callable[[Message, bytes, Receipt, int], EventIn | TraitsIn]] = {
    "track": _track,
    "identify": _identify,
    "page": _page,
    "screen": _screen,
    "group": _group,
    "alias": _alias,
}


def _traits(
    message: Message,
    receipt: Receipt,
    *,
    who: tuple[str | None, str | None],
    traits: dict[str, object],
    position: int,
) -> TraitsIn:
    external_id, anonymous_id = who
    check_values(traits, may_hold_nul=receipt.may_hold_nul)
    return TraitsIn(
        external_id=external_id,
        anonymous_id=None if anonymous_id == external_id else anonymous_id,  # nothing to merge with itself
        traits=traits,
        occurred_at=_when(message, receipt)[1],
        position=position,
        message_id=readable_id(message.message_id),
    )


def _all_traits(message: Message) -> dict[str, object]:
    """`traits`, else `context.traits`: Rudder's libraries send the second."""
    traits = object_of(message.traits, field="traits")
    if traits:
        return traits
    context = _contexts.decode(message.context)
    return object_of(context.traits if context else None, field="context.traits")


def _who(message: Message) -> tuple[str | None, str | None]:
    external_id = customer_id(message.user_id, field="userId")
    anonymous_id = visitor_id(message.anonymous_id, field="anonymousId")
    if external_id is None and anonymous_id is None:
        raise (
            nobodys_id(message.user_id, field="userId")
            or nobodys_id(message.anonymous_id, field="anonymousId")
            or RefusedError(
                "missing_customer",
                noop("Neither userId nor anonymousId is given."),
                noop("Send the customer's id as userId, or anonymousId while the customer is unknown."),
            )
        )
    return external_id, anonymous_id


def _when(message: Message, receipt: Receipt) -> tuple[date, datetime]:
    return when(_time(message), receipt, sent_at=message.sent_at)


def _time(message: Message) -> object:
    return message.timestamp if message.timestamp is not None else message.original_timestamp


def _derived_id(message: Message, raw: bytes, receipt: Receipt, *, position: int) -> str:
    has_time = _time(message) is not None
    content = content_of(msgspec.json.decode(raw))
    return id_of_content(content, received_at=receipt.received_at, position=position, has_time=has_time)


def content_of(message: Mapping[str, object]) -> dict[str, object]:
    """What an event without an id is told apart by: order of keys, spacing, sentAt and the key apart."""
    return {key: value for key, value in message.items() if key not in _NOT_CONTENT}


def id_of_content(content: Mapping[str, object], *, received_at: datetime, position: int, has_time: bool) -> str:
    """The id of an event that came without one: its content. Without a time as well, it is this one in this request:
    nothing tells a purchase sent again from a second purchase.
    """
    if not has_time:
        return derived_id(content, received_at=received_at, position=position, has_time=False)
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _unknown_type(value: object) -> RefusedError:
    return RefusedError(
        "unknown_type",
        f"The type of the message is {shown(value) if value is not None else 'missing'}.",
        "Send one of track, identify, page, screen, group, alias.",
    )
