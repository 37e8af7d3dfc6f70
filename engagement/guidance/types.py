"""What crosses this step's borders: cards, entries, what a client's data says, what a search found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

# Whose words an entry is: what ships with the program, what the firm says to its clients, the organisation's own.
OURS: Final = "ours"
FIRMS: Final = "firm"
OWN: Final = "own"
LAST: Final = 1_000  # the place of an entry that says none


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One attribute of a measure's card; `text` is Markdown."""

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A measure in words: twelve attributes in the order of `measures.ATTRIBUTES`."""

    key: str
    name: str
    short: str
    keywords: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A question with its answer in Markdown, as it counts for a reader.

    `number` counts the versions of whoever's words they are; None for ours. `overrides` says what would stand here
    without it: "ours", "firm" or nothing. `written_by` is a name, empty for ours, the firm's and programs.
    """

    key: str
    language: str
    question: str
    text: str
    keywords: str = ""
    explains: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    order: int = LAST
    source: str = OURS
    overrides: str = ""
    number: int | None = None
    written_by: str = ""
    written_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One kept version of an organisation's own entry; a withdrawn one has no words."""

    number: int
    language: str
    is_withdrawn: bool
    question: str
    text: str
    note: str
    written_by: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryWords:
    """What somebody writes: without a key the question gives one."""

    language: str
    question: str
    text: str
    key: str = ""
    keywords: str = ""
    explains: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One number that stands behind a sentence, exact; None where there is none."""

    name: str
    value: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the client's own data says to an answer, in one or two sentences.

    `is_known` False: it says nothing yet, and the text says why and what to do. `link` names the page that shows more.
    """

    key: str
    text: str
    is_known: bool
    figures: tuple[Known, ...] = ()
    link: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A name with its value, as they are printed."""

    name: str
    value: str
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureStanding:
    """A measure's own figures at one client and segment, as printed and exact.

    Without a value, `reason` says why and `begin` how to get one.
    """

    key: str
    value: str = ""
    exact: Decimal | None = None
    band_code: str | None = None
    band: str = ""
    lines: tuple[Line, ...] = ()
    formula: tuple[str, ...] = ()
    reason: str = ""
    begin: str = ""
    link: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something a search found: a card or an entry."""

    kind: str  # "measure" or "entry"
    key: str
    title: str
    short: str = ""
    source: str = OURS
