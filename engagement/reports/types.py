"""What a report is made of. Everything that is shown is one of these, so page, PDF and files cannot differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from engagement.insights.calendars import By

FORMAT: Final = "rapport-report/1"
SECTIONS: Final = ("head", "situation", "changed", "findings", "steps", "results", "open", "calculation")
TITLE, LEAD, TEXT = "title", "lead", "text"
WORDS: Final = frozenset({TITLE, LEAD, TEXT})  # what a person writes; every other kind is made from the figures


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report is about: a finished period, and a segment; `segment_key` "all" stands for all customers."""

    by: By
    last_day: date
    segment_key: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as printed, and its exact value as a plain decimal where it is a number."""

    text: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equal length; `numeric` says which columns are set to the right."""

    title: str
    header: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A name and its value; `base` is what a share rests on."""

    name: str
    value: str
    base: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart: as a page prints it, as paper prints it, and in words."""

    html: str
    svg: str
    label: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """The one big number with its band; `code` is "" where there is no band."""

    text: str
    band: str
    code: str
    reading: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One block that is made from the figures."""

    heading: str = ""
    caption: str = ""
    score: Score | None = None
    chart: Drawn | None = None
    paragraphs: tuple[str, ...] = ()
    facts: tuple[Named, ...] = ()
    table: Table | None = None
    parts: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockLine:
    """A block of a draft as it stands."""

    id: UUID
    section: str
    kind: str
    text: str
    version: int
    is_hidden: bool

    @property
    def is_words(self) -> bool:
        return self.kind in WORDS
