"""Which messages of a request are about somebody, and the request without them. No Django, no database."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from engagement.ingest.contracts.batches import without_key
from engagement.ingest.contracts.bodies import InvalidJsonError, holds_many, open_body, packed
from engagement.ingest.contracts.mixpanel import VISITOR
from engagement.ingest.contracts.values import RefusedError, id_text

_ID_FIELDS = ("userId", "anonymousId", "previousId")
# Of the other families: beside the properties, and among them where the message names nobody in Segment's way.
_OUTER_FIELDS = ("distinct_id", "$distinct_id", "user_id", "device_id")
_INNER_FIELDS = (
    "distinct_id",
    "$distinct_ids",
    "$device_id",
    "$user_id",
    "$anon_id",
    "$anon_distinct_id",
    "$identified_id",
    "alias",
)
_EMPTY = {True: b'{"batch":[]}', False: b"{}"}


@dataclass(frozen=True, slots=True)
class Names:
    """By what somebody is known: ids, each with whether it is a customer's own, and addresses, case folded."""

    ids: frozenset[tuple[str, bool]]
    emails: frozenset[str]

    def in_message(self, raw: bytes) -> bool:
        """Whether a message is about them: one of its ids is theirs, or any text in it holds their address.

        What cannot be read is searched as text, for an id between quotes or an address.
        """
        try:
            message = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self.in_text(raw)
        if not isinstance(message, dict):
            return self.in_text(raw)
        return self._has_id(message) or any(self._has_email(text) for text in _texts(message))

    def in_text(self, raw: bytes) -> bool:
        """The same for what is no message: a broken one, or a row of a file whose columns are not known."""
        text = raw.decode(errors="replace")
        quoted = any(f'"{external_id}"' in text for external_id, _ in self.ids)
        return quoted or self._has_email(text) or self._in_cells(text)

    def _in_cells(self, text: str) -> bool:
        wanted = {external_id for external_id, _ in self.ids}
        for delimiter in ",;\t|":
            try:
                rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
            except csv.Error:
                continue
            if any(cell.strip() in wanted for row in rows for cell in row):
                return True
        return False

    def _has_id(self, message: dict[str, object]) -> bool:
        # An alias names an anonymous id as userId, a careless sender a customer's as anonymousId: either is them.
        return any((found, True) in self.ids or (found, False) in self.ids for found in _ids_in(message))

    def _has_email(self, text: str) -> bool:
        folded = text.casefold()
        return any(email in folded for email in self.emails)


def _ids_in(message: dict[str, object]) -> Iterator[str]:
    """Every id that a message of any family names somebody by."""
    values = [message.get(name) for name in (*_ID_FIELDS, *_OUTER_FIELDS)]
    properties = message.get("properties")
    if isinstance(properties, dict) and not any(name in message for name in _ID_FIELDS):
        for name in _INNER_FIELDS:
            inner = properties.get(name)
            values += inner if isinstance(inner, list) else [inner]
    for value in values:
        try:
            found = id_text(value, field="id")
        except RefusedError:
            continue
        if found is not None:
            yield found
            yield found.removeprefix(VISITOR)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def messages_about(body: bytes, *, kind: str, names: Names) -> list[bytes]:
    """The messages of a body that are about somebody, each as it was sent, without a write key."""
    if not holds_many(kind):
        return [without_key(body)] if names.in_message(body) else []
    try:
        opened = open_body(body, kind=kind)
    except InvalidJsonError:
        return []
    return [raw for raw in opened.originals() if names.in_message(raw)]


def without(body: bytes, *, kind: str, names: Names) -> tuple[bytes, int]:
    """The body without the messages about somebody, and how many these were; the same bytes where there are none.

    What stands outside the messages (the write key, say) is left out with them; `sentAt` stays, because instants are
    corrected by it. A body that cannot be told apart and names them is emptied as a whole.
    """
    if not holds_many(kind):
        return (_EMPTY[False], 1) if names.in_message(body) else (body, 0)
    try:
        opened = open_body(body, kind=kind)
    except InvalidJsonError:
        return (_EMPTY[True], 1) if names.in_text(body) else (body, 0)
    messages = opened.originals()
    kept = [raw for raw in messages if not names.in_message(raw)]
    if len(kept) == len(messages):
        return body, 0
    return packed(kept, sent_at=bytes(opened.sent_at)), len(messages) - len(kept)
