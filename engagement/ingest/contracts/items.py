"""What messages of every family say in the same way: when it was, who it was, which message it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec

from engagement.ingest.contracts import instants
from engagement.ingest.contracts.nobody import nobodys_id
from engagement.ingest.contracts.values import (
    MESSAGE_LIMIT,
    NAME_LIMIT,
    RefusedError,
    check_text,
    check_values,
    refusal,
)
from engagement.ingest.types import EventIn, TraitsIn
from engagement.language import noop

PAGE_EVENT: Final = "Page Viewed"
SCREEN_EVENT: Final = "Screen Viewed"

Who = tuple[str | None, str | None]
"""The id of a customer and that of an anonymous visitor; with both, the visitor is the customer."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is true for every message of one request; `received_at` is in UTC, `skew` that of the request."""

    received_at: datetime
    latest_day: date
    skew: timedelta
    may_hold_nul: bool


def when(value: object, receipt: Receipt, *, sent_at: object = None) -> tuple[date, datetime]:
    """The day for the key, from the time as sent, and the instant by our clock; without a time, those of
    receipt. `sent_at` is the message's own, where it has one.
    """
    if value is None:
        return receipt.received_at.date(), receipt.received_at
    stamp = instants.instant_of(value)
    day = stamp.date()
    if not instants.MIN_DAY <= day <= receipt.latest_day:
        instants.check_day(day, value=value, latest=receipt.latest_day)
    skew = receipt.skew
    if sent_at is not None:
        skew = instants.skew_of(sent_at=instants.sent_at_of(sent_at), received_at=receipt.received_at)
    return day, instants.corrected(stamp, skew=skew, latest=receipt.latest_day) if skew else stamp


def message_id_of(value: object, *, field: str) -> str | None:
    """The id exactly as sent, a number as its digits; None where there is none."""
    if type(value) is str and 0 < len(value) <= NAME_LIMIT and "\0" not in value:
        return value  # as nearly all are
    text = str(value) if type(value) is int and abs(value) < 10**NAME_LIMIT else value
    if text is None or text == "":
        return None
    if not isinstance(text, str) or len(text) > NAME_LIMIT:
        raise RefusedError(
            "invalid_message_id",
            f"{field} is not a text of at most {NAME_LIMIT} characters.",
            f"Send a UUID as {field}, or leave it out.",
        )
    check_text(text)
    return text


def readable_id(value: object) -> str:
    """The id of a message that is no event: nothing is told apart by it, so an impossible one is no fault."""
    try:
        return message_id_of(value, field="messageId") or ""
    except RefusedError:
        return ""


def derived_id(content: Mapping[str, object], *, received_at: datetime, position: int, has_time: bool) -> str:
    """The id of an event that came without one: its content and its place in the request, so that two alike in one
    request stay two. Without a time of its own the instant of receipt is part of it as well: two requests are then two
    events, because nothing tells a purchase sent again from a second purchase.
    """
    parts: list[object] = [content, position]
    if not has_time:
        parts.append(received_at.isoformat())
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def object_message(raw: bytes) -> dict[str, Any]:
    """The message as it was sent, no value of it believed yet; RefusedError where it is no object that can be read."""
    if len(raw) > MESSAGE_LIMIT:
        raise refusal("too_large")
    try:
        message = msgspec.json.decode(raw)
    except (msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(error) from error
    if not isinstance(message, dict):
        raise RefusedError(
            "not_an_object", noop("The message is not a JSON object."), noop("Send each event as an object.")
        )
    return message


def unreadable(error: Exception) -> RefusedError:
    """The refusal of a message that the JSON reader could not take."""
    if isinstance(error, UnicodeDecodeError):
        return refusal("not_utf8")
    if isinstance(error, RecursionError):
        return refusal("too_deep")
    if "out of range" in str(error):
        return refusal("number_too_large")
    return RefusedError("not_an_object", noop("The message is not a JSON object."), noop('Send {"type": "track", …}.'))


def event_of(
    *,
    name: str,
    who: Who,
    properties: dict[str, object],
    time: object,
    message_id: str | None,
    content: Mapping[str, object],
    receipt: Receipt,
    position: int,
) -> EventIn:
    """An event of a family that may send no id; `content` is what it is told by then."""
    check_values(properties, may_hold_nul=receipt.may_hold_nul)
    day, occurred_at = when(time, receipt)
    if not message_id:
        message_id = derived_id(content, received_at=receipt.received_at, position=position, has_time=time is not None)
    return EventIn(
        message_id=message_id,
        day=day,
        occurred_at=occurred_at,
        name=name,
        external_id=who[0],
        anonymous_id=None if who[1] == who[0] else who[1],
        properties=properties,
        occurrences=1,
        position=position,
    )


def traits_of(
    *,
    who: Who,
    traits: dict[str, object],
    time: object,
    message_id: object,
    receipt: Receipt,
    position: int,
    beside: bool = False,
    fills: bool = False,
) -> TraitsIn:
    """What a message tells of somebody; `beside` and `fills` as on TraitsIn."""
    check_values(traits, may_hold_nul=receipt.may_hold_nul)
    return TraitsIn(
        external_id=who[0],
        anonymous_id=None if who[1] == who[0] else who[1],  # nothing to merge with itself
        traits=traits,
        occurred_at=when(time, receipt)[1],
        position=position,
        message_id=readable_id(message_id),
        beside=beside,
        fills=fills,
    )


def plain_names(values: Mapping[str, object]) -> dict[str, object]:
    """Traits without the sign that a family puts before its own names: “$email” is the address.

    >>> plain_names({"$email": "a@example.org", "plan": "pro"})
    {'email': 'a@example.org', 'plan': 'pro'}
    """
    named = {name.removeprefix("$") or name: value for name, value in values.items()}
    return {**named, **{name: value for name, value in values.items() if not name.startswith("$")}}


def missing_customer(places: str, **said: object) -> RefusedError:
    """The refusal of a message that names nobody; `places` says where an id belongs, `said` what stands there."""
    for field, value in said.items():
        if (refused := nobodys_id(value, field=field)) is not None:
            return refused
    return RefusedError("missing_customer", f"No id of a customer is given in {places}.", f"Send the id as {places}.")


def group_alone() -> RefusedError:
    """The refusal of what is said about a group and about nobody in it: groups are kept as traits of customers."""
    return RefusedError(
        "group_alone",
        noop("This is about a group and names no customer. Groups are kept as traits of customers."),
        noop("Send the group’s values as traits of the customers who belong to it."),
    )


def needs_state(operation: str) -> RefusedError:
    """The refusal of what counts up or appends: sent twice it would count twice, and nothing tells the two apart."""
    return RefusedError(
        "needs_state",
        f"{operation} changes what is there already, and would count twice if it were sent twice.",
        "Erase people on their page." if operation == "$delete" else "Send an event for what happened, or $set.",
    )
