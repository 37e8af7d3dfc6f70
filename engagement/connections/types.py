"""What crosses the border between the framework and the vendors' connectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Field:
    """What the form asks for. A secret goes into the sealed credentials and is never shown, the rest into settings.

    `kind` is "text", "url", "number", "choice", "switch" or "long"; `choices` are (value, words). `shortest` is the
    least number of characters. `says_who` is what a customer's id is read from: changed later, people get other ids.
    """

    name: str
    label: StrOrPromise
    help: StrOrPromise = ""
    kind: str = "text"
    is_secret: bool = False
    is_required: bool = True
    choices: tuple[tuple[str, StrOrPromise], ...] = ()
    initial: str = ""
    shortest: int = 0
    says_who: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A record of the vendor's that cannot be an event or a customer: it is kept with the reason and the remedy."""

    code: str
    reason: str
    remedy: str
    original: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """A part of what a vendor has, and where to go on once it is kept: both are kept in one transaction.

    `messages` are in the form of Segment's libraries (messages.py), each with an id made of the vendor's own ids, so
    that a page that comes again stores nothing twice. A page may be empty and only move the cursor. `can_stop` is False
    for part of an answer that is still being read: the worker does not let go then.
    """

    cursor: Json
    messages: tuple[Json, ...] = ()
    refused: tuple[Refused, ...] = ()
    can_stop: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to fetch: from where the cursor stands to `until`; an empty cursor begins at `since`.

    `until` stays the same until a pull has come to its end, however often it breaks off in between: so a connector with
    several streams knows which of them are done for this round.

    `account` is what check() said.
    """

    settings: Mapping[str, str]
    credentials: Mapping[str, str] = field(repr=False)
    account: str
    cursor: Json
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class ContactList:
    """A list of contacts at a vendor that may be changed from outside."""

    list_id: str
    name: str
