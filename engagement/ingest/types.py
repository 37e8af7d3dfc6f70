"""What crosses the border of this step: facts read from a request or a file, before any of it is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct


class EventIn(Struct, frozen=True, gc=False):
    """One thing a customer did, checked and ready to be stored; a Struct is made in a tenth of a dataclass's time.

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
    """What is now known of a customer; with both ids, the anonymous one belongs to the external one.

    `message_id` is the sender's own, "" where there is none: it says where this came from and nothing about anybody.
    `beside`: came in one message with an event or other traits, which stands for it where messages are counted.
    `fills`: told once and for ever; traits that are known stay, whenever they were told.
    `former` is the message as it came where all it says is that the customer was known by the anonymous id before (an
    alias): that id may be another customer's, which is seen only when it is looked for. b"" of all others.
    """

    external_id: str | None
    anonymous_id: str | None
    traits: dict[str, object]
    occurred_at: datetime
    position: int
    message_id: str = field(default="", compare=False)
    beside: bool = False
    fills: bool = False
    former: bytes = field(default=b"", compare=False)


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
    """Every message of a request, each in exactly one of three places, in the order of sending.

    Some messages say something of the customer besides being an event: such traits are `beside`, and not counted.
    """

    events: tuple[EventIn, ...]
    traits: tuple[TraitsIn, ...]
    rejections: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True)
class IdentityLine:
    """One entry of the record: somebody was merged into a customer, taken apart from them, or merged again.

    `by` is a person's name, "" where an event did it; then `source_id` is the request or file that brought it, and
    `message_id` the message's own id, "" where it had none. `external_id` and `target_external_id` are as known now, ""
    for somebody who is not known any more. `filled` are the names of the traits that the target got by it.
    """

    number: int
    external_id: str
    target: int
    target_external_id: str
    what: str
    what_name: str
    changed_at: datetime
    by: str
    source_id: UUID | None
    message_id: str
    reason: str
    filled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Related:
    """Somebody who is, or was, one with a customer; `change` is how that came about, None before there was a record."""

    number: int
    external_id: str
    identified: bool
    counts_for: int | None  # whom their activity counts for now
    change: IdentityLine | None


@dataclass(frozen=True, slots=True)
class IdentityStanding:
    """Who a customer is, as events and people said so far.

    `merged` and `apart` are the first hundred of `n_merged` and `n_apart`: who counts for this customer, and who was
    taken apart from them and does not count for them now. `apart_from` is from whom this customer was taken apart.
    """

    number: int
    external_id: str
    identified: bool
    counts_for: Related | None
    merged: tuple[Related, ...]
    n_merged: int
    apart: tuple[Related, ...]
    n_apart: int
    apart_from: tuple[Related, ...]
