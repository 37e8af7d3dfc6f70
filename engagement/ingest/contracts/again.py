"""What a message is given before it is sent again: the time and the id that it would have had, taken when it came.

Sent again as it stands, one without a time would have the day of its second sending, and one without an id its place
among others that are sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec

from engagement.ingest.contracts import amplitude, instants, messages, mixpanel, posthog
from engagement.ingest.contracts.items import derived_id
from engagement.ingest.contracts.values import RefusedError


class _IdOfContent(Protocol):
    def __call__(
        self, content: Mapping[str, object], *, received_at: datetime, position: int, has_time: bool
    ) -> str: ...


def _as_sent(value: object) -> object:
    return value


@dataclass(frozen=True, slots=True)
class _Family:
    """Where its messages say when and which they are: in themselves, or `inside` an object of theirs.

    The first of `times` that is given counts. "" as `message_id` where nothing is told apart by one.
    """

    times: tuple[str, ...]
    message_id: str
    content_of: Callable[[Mapping[str, object]], dict[str, object]] = dict
    inside: str = ""
    in_milliseconds: bool = False
    time_of: Callable[[object], object] = _as_sent
    id_of_content: _IdOfContent = derived_id

    def holder(self, message: dict[str, Any]) -> dict[str, Any]:
        """The object that says it; an empty one that belongs to nothing where the message has none."""
        found = message.get(self.inside) if self.inside else message
        return found if isinstance(found, dict) else {}

    def time_in(self, message: dict[str, Any]) -> object:
        """The time as sent, None where there is none."""
        said = self.holder(message)
        return next((said[name] for name in self.times if said.get(name) is not None), None)

    def receipt(self, received_at: datetime) -> object:
        """The time of receipt as these messages say times."""
        return int(received_at.timestamp() * 1000) if self.in_milliseconds else received_at.isoformat()


_SEGMENT: Final = _Family(
    ("timestamp", "originalTimestamp"),
    "messageId",
    content_of=messages.content_of,
    id_of_content=messages.id_of_content,
)
OTHERS: Final[Mapping[str, _Family]] = {
    "posthog": _Family(("timestamp",), "uuid", content_of=posthog.content_of),
    "amplitude": _Family(("time",), "insert_id", content_of=amplitude.content_of, in_milliseconds=True),
    "mixpanel_track": _Family(
        ("time",),
        "$insert_id",
        content_of=mixpanel.content_of,
        inside="properties",
        in_milliseconds=True,
        time_of=mixpanel.time_of,
    ),
    "mixpanel_engage": _Family(("$time",), "", in_milliseconds=True, time_of=mixpanel.time_of),
    "mixpanel_groups": _Family((), ""),
}


@dataclass(frozen=True, slots=True)
class Came:
    """How a message came: in a request of that kind, received then, at that place; `original` is what it said."""

    kind: str
    received_at: datetime
    position: int
    original: bytes


def complete(message: dict[str, Any], *, came: Came) -> bool:
    """Give the message, which may have been changed since it came, the time of its receipt and an id where it has none.

    Returns whether it says the time of receipt, which is by our own clock. Changed in place.
    """
    family = OTHERS.get(came.kind, _SEGMENT)
    said, receipt = family.holder(message), family.receipt(came.received_at)
    if family.times and family.time_in(message) is None:
        said[family.times[0]] = receipt
    if family.message_id and said.get(family.message_id) in (None, ""):
        said[family.message_id] = _id(family, came, time=family.time_in(message))
    if family.inside and message.get(family.inside) is None:
        message[family.inside] = said
    return family.time_in(message) == receipt


def _id(family: _Family, came: Came, *, time: object) -> str:
    """The id by which the message would be told apart, had it been taken as it came.

    A time counts that the message named itself and that can be read. Without one, nothing tells a purchase sent again
    from a second purchase: then the request and the place in it are part of the id.
    """
    original = _object(came.original)
    is_dated = (
        original is not None
        and family.time_in(original) is not None
        and time != family.receipt(came.received_at)
        and _is_readable(family.time_of(time))
    )
    received_at = instants.utc(came.received_at)
    if original is not None:
        try:
            content = family.content_of(original)
            return family.id_of_content(content, received_at=received_at, position=came.position, has_time=is_dated)
        except RecursionError:  # nested too deeply to be written down
            pass
    text = {"original": came.original.decode(errors="replace")}
    return derived_id(text, received_at=received_at, position=came.position, has_time=False)


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _is_readable(time: object) -> bool:
    try:
        instants.instant_of(time)
    except RefusedError:
        return False
    return True
