"""What files can be about. Each kind says its columns and how a row is read; later steps add theirs.

A kind without a storer is stored by this step (services/storing.py): it gives EventIn, TraitsIn and Rejection only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from engagement.errors import InvalidInputError
from engagement.ingest.files.aggregates import AGGREGATE_COLUMNS, read_aggregates
from engagement.ingest.files.columns import CUSTOMER_COLUMNS, EVENT_COLUMNS
from engagement.ingest.files.customers import read_customers
from engagement.ingest.files.events import Sameness, read_events
from engagement.ingest.files.mappings import Mapping as ColumnMapping
from engagement.ingest.files.numbers import ROLES
from engagement.ingest.files.tables import Table
from engagement.ingest.types import Rejection
from engagement.language import noop


@dataclass(frozen=True, slots=True)
class ReadingOf:
    """What a reader is told beside the table: where its clock stands, whose file it is, and where to go on."""

    time_zone: ZoneInfo
    received_at: datetime
    file_digest: str
    sameness: Sameness = "by_position"
    after: int = 0


class Item(Protocol):
    """What a row became; a Rejection is one as well."""

    @property
    def position(self) -> int: ...


@dataclass(frozen=True, slots=True)
class StoredRows:
    """What became of the rows a storer was given; each is in exactly one of the three."""

    stored: int
    duplicates: int
    rejections: tuple[Rejection, ...]


Reader = Callable[[Table, ColumnMapping | None, ReadingOf], Iterator[Any]]
Storer = Callable[..., StoredRows]
"""Called with organisation, items (what the reader gave, without rejections), source_id and now, in a transaction with
the organisation in scope for writing."""
TakeOut = Callable[..., int]
"""Called with organisation, source_id, limit and now, as a storer is: takes out at most so many of the rows that a file
brought, and gives how many. 0 is the end."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file: `columns` are role to accepted names, the surest first; `required` roles a file must have.

    What a storer keeps can be undone where `take_out` is given as well. `has_properties`: other columns are properties,
    of which those that look like numbers are numbers.
    """

    key: str
    name: str
    columns: Mapping[str, tuple[str, ...]]
    required: Sequence[str]
    read: Reader
    store: Storer | None = None
    take_out: TakeOut | None = None
    has_properties: bool = False

    @property
    def has_numbers(self) -> bool:
        """Whether it matters how such a file writes numbers."""
        return self.has_properties or not ROLES.isdisjoint(self.columns)

    @property
    def can_be_undone(self) -> bool:
        return self.store is None or self.take_out is not None


_kinds: Final[dict[str, FileKind]] = {}


def register_kind(kind: FileKind) -> None:
    """Make a kind of file known; the same key again takes the place of the former."""
    _kinds[kind.key] = kind


def kind_of(key: str) -> FileKind:
    """The kind with this key; raises InvalidInputError for one that is not known."""
    try:
        return _kinds[key]
    except KeyError:
        message = f"There is no such kind of file. Choose one of: {', '.join(_kinds)}."
        raise InvalidInputError(message, fields={"kind": [message]}) from None


def kinds() -> tuple[FileKind, ...]:
    """Every kind that is known, in the order in which they were registered."""
    return tuple(_kinds.values())


def _events(table: Table, mapping: ColumnMapping | None, how: ReadingOf) -> Iterator[Any]:
    return read_events(
        table, mapping, time_zone=how.time_zone, received_at=how.received_at, file_digest=how.file_digest,
        sameness=how.sameness, after=how.after,
    )  # fmt: skip


def _aggregates(table: Table, mapping: ColumnMapping | None, how: ReadingOf) -> Iterator[Any]:
    return read_aggregates(
        table, mapping, time_zone=how.time_zone, received_at=how.received_at, file_digest=how.file_digest,
        sameness=how.sameness, after=how.after,
    )  # fmt: skip


def _customers(table: Table, mapping: ColumnMapping | None, how: ReadingOf) -> Iterator[Any]:
    return read_customers(table, mapping, received_at=how.received_at, after=how.after)


register_kind(
    FileKind("events", noop("Events"), EVENT_COLUMNS, ("customer", "event", "time"), _events, has_properties=True)
)
register_kind(FileKind("customers", noop("Customers"), CUSTOMER_COLUMNS, ("customer",), _customers))
register_kind(
    FileKind(
        "aggregates",
        noop("Counts by day"),
        AGGREGATE_COLUMNS,
        ("customer", "event", "time", "count"),
        _aggregates,
        has_properties=True,
    )
)
