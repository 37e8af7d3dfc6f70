"""A file of events: one row each, or one row for a count of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final, Literal
from zoneinfo import ZoneInfo

from engagement.ingest.contracts import instants
from engagement.ingest.contracts.values import (
    NAME_LIMIT,
    RefusedError,
    check_text,
    event_name,
    shown,
)
from engagement.ingest.files.cells import text_of
from engagement.ingest.files.columns import EVENT_COLUMNS, Columns
from engagement.ingest.files.days import in_iso_order
from engagement.ingest.files.mappings import Mapping
from engagement.ingest.files.numbers import property_reader
from engagement.ingest.files.opening import columns_for, table_of, values_of
from engagement.ingest.files.rows import cell_of, customer_of, number_text, read_table
from engagement.ingest.files.sources import ByteSource
from engagement.ingest.files.tables import Table, TableRow
from engagement.ingest.types import EventIn, Rejection
from engagement.language import noop

Sameness = Literal["by_position", "by_id"]
COUNT_MAX: Final = 10**9

_NOON = time(12)  # for a day without a time: the hour least likely to be another day somewhere else
_DATE_LENGTH = len("2025-12-31")
_MILLISECONDS = re.compile(r"[0-9]{12,13}")
_COUNT = re.compile(r"[1-9][0-9]{0,9}")
_DIGEST_LENGTH = 32


@dataclass(frozen=True, slots=True)
class _Rules:
    columns: Columns
    time_zone: ZoneInfo
    latest_day: date
    file_digest: str
    sameness: Sameness
    is_text: bool
    read: Callable[[str], object]


def read_events(
    table: Table | ByteSource,
    mapping: Mapping | None = None,
    *,
    time_zone: ZoneInfo,
    received_at: datetime,
    file_digest: str,
    sameness: Sameness = "by_position",
    after: int = 0,
    needs_count: bool = False,
) -> Iterator[EventIn | Rejection]:
    """The rows in order without the first `after`, each as an event or rejected; bytes are taken for CSV.

    Raises InvalidInputError at once where the columns, or the mapping, say too little; without a mapping the columns
    are known by their names. `file_digest` is `digest_of` the same content. A row with an id is that event wherever it
    comes from. A row without one is the row at its position of this file ("by_position": repeats within a file are
    separate events, the same file again gives the same ids), or is rejected ("by_id"). A row with a count stands for
    so many events; with `needs_count` there has to be such a column. A day alone is 12:00 in `time_zone`, and that very
    day is the event's day. A time without an offset is in `time_zone`, the earlier one where clocks go back; its day is
    the day in UTC, as for requests.
    """
    opened = table_of(table)
    required = ("customer", "event", "time", *(("count",) if needs_count else ()))
    columns = columns_for(opened, mapping, names=EVENT_COLUMNS, required=required)
    rules = _Rules(
        columns=columns,
        time_zone=time_zone,
        latest_day=instants.latest_day(received_at),
        file_digest=file_digest,
        sameness=sameness,
        is_text=opened.format.has_text_cells,
        read=property_reader(columns.numbers),
    )

    def read(row: TableRow) -> EventIn:
        return _event(row, rules=rules)

    return read_table(opened.rows(after=after), width=columns.count, read=read)


def _event(row: TableRow, *, rules: _Rules) -> EventIn:
    columns = rules.columns
    customer = customer_of(row, columns=columns)
    name = event_name(cell_of(row, "event", columns=columns), field="The event")
    day, occurred_at = _when(row, rules=rules)
    return EventIn(
        message_id=_message_id(row, rules=rules),
        day=day,
        occurred_at=occurred_at,
        name=name,
        external_id=customer,
        anonymous_id=None,
        properties=values_of(row, columns=columns, is_text=rules.is_text, read=rules.read),
        occurrences=_occurrences(row, columns=columns),
        position=row.position,
    )


def _when(row: TableRow, *, rules: _Rules) -> tuple[date, datetime]:
    columns = rules.columns
    cell = cell_of(row, "time", columns=columns)
    text = text_of(cell)
    if text and columns.clock is not None:
        text = f"{text} {text_of(row.cells[columns.clock])}".rstrip()
    try:
        day, occurred_at = day_and_instant(text, time_zone=rules.time_zone)
    except (ValueError, OverflowError) as error:
        raise RefusedError(
            "invalid_time" if text else "missing_time",
            f"{shown(text)} is not a day or time." if text else noop("The row has no day or time."),
            noop("Write the day as 2025-12-31, or the time as 2025-12-31 23:59:59 or 2025-12-31T23:59:59Z."),
        ) from error
    instants.check_day(day, value=text, latest=rules.latest_day)
    return day, occurred_at


def day_and_instant(text: str, *, time_zone: ZoneInfo) -> tuple[date, datetime]:
    """The day of an event's key, and when it was; raises ValueError or OverflowError for what is no time."""
    if _MILLISECONDS.fullmatch(text):
        occurred_at = instants.milliseconds_of(int(text))
        return occurred_at.date(), occurred_at
    text = in_iso_order(text)
    moment = instants.moment_of(text)
    if len(text) == _DATE_LENGTH:
        return moment.date(), datetime.combine(moment.date(), _NOON, time_zone).astimezone(UTC)
    occurred_at = (moment if moment.tzinfo else moment.replace(tzinfo=time_zone)).astimezone(UTC)
    return occurred_at.date(), occurred_at


def _message_id(row: TableRow, *, rules: _Rules) -> str:
    own = text_of(cell_of(row, "id", columns=rules.columns))
    if len(own) > NAME_LIMIT:
        raise RefusedError(
            "invalid_message_id",
            f"The id of the event has {len(own)} characters; the limit is {NAME_LIMIT}.",
            "Use a shorter id, or leave the column out.",
        )
    if own:
        check_text(own)
        return own
    if rules.sameness == "by_id":
        raise RefusedError(
            "missing_message_id",
            noop("The row has no id, and this upload tells events apart by their ids."),
            noop("Give the row an id, or choose to tell rows apart by their position in the file."),
        )
    return f"file:{rules.file_digest[:_DIGEST_LENGTH]}:{row.position}"


def _occurrences(row: TableRow, *, columns: Columns) -> int:
    if "count" not in columns.roles and "count" not in columns.constants:
        return 1
    text = number_text(row, "count", columns=columns)
    if not _COUNT.fullmatch(text) or int(text) > COUNT_MAX:
        said = text_of(cell_of(row, "count", columns=columns))
        raise RefusedError(
            "invalid_count",
            f"The count is {shown(said) if said else 'missing'}.",
            f"Write a whole number from 1 to {COUNT_MAX}, without separators or decimals.",
        )
    return int(text)
