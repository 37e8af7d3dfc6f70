"""What crosses the border of this step: facts read from a request or a file, before any of it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class EventIn:
    """One thing a customer did, checked and ready to be stored.

    `day` belongs to the key (organisation, day, message id): it comes from the sender's own unmodified time,
    so that a retry finds the same key. `occurred_at` is in UTC and may be corrected for a wrong sender's
    clock. `occurrences` is 1 except for rows of a file that are counts. `position` counts messages or rows
    from 1.
    """

    message_id: str
    day: date
    occurred_at: datetime
    name: str
    external_id: str | None
    anonymous_id: str | None
    properties: dict[str, object]
    occurrences: int
    position: int


@dataclass(frozen=True, slots=True)
class TraitsIn:
    """What is now known of a customer; with both ids, the anonymous one belongs to the external one."""

    external_id: str | None
    anonymous_id: str | None
    traits: dict[str, object]
    occurred_at: datetime
    position: int


@dataclass(frozen=True, slots=True)
class Rejection:
    """A message or row that was not taken: what it was, why, and what to do about it.

    `line` is the physical line of a file (the header is line 1), None for a request. `reason` and `remedy`
    hold printable text only, so they can be stored and shown whatever was sent; `original` is what was sent.
    """

    position: int
    line: int | None
    code: str
    reason: str
    remedy: str
    original: bytes


@dataclass(frozen=True, slots=True)
class ParsedBatch:
    """Every message of a request, each in exactly one of three places, in the order of sending."""

    events: tuple[EventIn, ...]
    traits: tuple[TraitsIn, ...]
    rejections: tuple[Rejection, ...]
