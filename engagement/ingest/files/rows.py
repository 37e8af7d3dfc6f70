"""From rows of a table to what they say: each row is taken or rejected alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import TypeVar

from engagement.errors import InvalidInputError
from engagement.ingest.contracts.values import MESSAGE_LIMIT, RefusedError, id_text, refusal
from engagement.ingest.files.cells import FAULTS, CellFault, fault_of, text_of
from engagement.ingest.files.columns import Columns, find_columns
from engagement.ingest.files.numbers import POINT, in_point_order
from engagement.ingest.files.records import Record, Records
from engagement.ingest.files.sources import ByteSource
from engagement.ingest.files.tables import TableRow
from engagement.ingest.types import Rejection
from engagement.language import noop

Read = TypeVar("Read")


def open_rows(
    source: ByteSource, *, names: Mapping[str, tuple[str, ...]], required: Sequence[str]
) -> tuple[Iterator[Record], Columns]:
    """The records after the header, and what the header says; raises InvalidInputError where it says too
    little.
    """
    records = iter(Records(source))
    header = next(records, None)
    if header is None:
        raise InvalidInputError(noop("The file is empty. Its first line must name the columns."))
    if header.fault:
        raise faulty_header(header.fault)
    return records, find_columns(header.fields, names=names, required=required)


def read_rows(
    records: Iterator[Record], *, columns: Columns, read: Callable[[Sequence[str], int], Read]
) -> Iterator[Read | Rejection]:
    """Each record of CSV through `read` (fields, position from 1), a refused one as a rejection with its line."""
    rows = (
        TableRow(position, record.line, record.fields, record.original, record.fault)
        for position, record in enumerate(records, start=1)
    )
    return read_table(rows, width=columns.count, read=lambda row: read(row.cells, row.position))  # type: ignore[arg-type]  # cells of CSV are text


def read_table(rows: Iterable[TableRow], *, width: int, read: Callable[[TableRow], Read]) -> Iterator[Read | Rejection]:
    """Each row through `read`, a refused one as a rejection with its line and as it came."""
    for row in rows:
        try:
            check_shape(row, width=width)
            yield read(row)
        except RefusedError as refused:
            yield Rejection(
                position=row.position,
                line=row.line,
                code=refused.code,
                reason=refused.reason,
                remedy=refused.remedy,
                original=row.original,
            )


def faulty_header(fault: str) -> InvalidInputError:
    """The error for a first line that cannot be read."""
    return InvalidInputError(f"The first line cannot be read. {' '.join(FAULTS[fault])}")


def cell_of(row: TableRow, role: str, *, columns: Columns) -> object:
    """What a row says for a role: its cell, else the constant, else None. Refuses a cell that cannot be used."""
    place = columns.roles.get(role)
    if place is None:
        return columns.constants.get(role)
    cell = row.cells[place]
    if isinstance(cell, CellFault):
        raise fault_of(cell.code, cell.detail)
    return cell


def number_text(row: TableRow, role: str, *, columns: Columns) -> str:
    """What a row says for a role that is a number, as it is written with a point; what is none stays as it is.

    A constant is no part of the file, so it is taken as it was said.
    """
    text = text_of(cell_of(row, role, columns=columns))
    if columns.numbers == POINT or role not in columns.roles:
        return text
    plain = in_point_order(text)
    return text if plain is None else plain


def customer_of(row: TableRow, *, columns: Columns) -> str:
    """The customer's id of a row."""
    cell = cell_of(row, "customer", columns=columns)
    customer = id_text(text_of(cell) if isinstance(cell, date | time | Decimal) else cell, field="The customer's id")
    if customer is None:
        raise RefusedError(
            "missing_customer", noop("The row names no customer."), noop("Write the customer's id, or remove the row.")
        )
    return customer


def check_shape(row: TableRow, *, width: int) -> None:
    """Refuses a row that could not be read, is too long, holds U+0000 or has not a cell for each column."""
    if row.fault:
        raise fault_of(row.fault, row.detail)
    if len(row.original) > MESSAGE_LIMIT:
        raise fault_of("too_long", "")
    if b"\0" in row.original:
        raise refusal("nul_character")
    if len(row.cells) != width:
        raise RefusedError(
            "wrong_field_count",
            f"The row has {len(row.cells)} fields, the first line has {width}.",
            "Give the row as many fields as there are columns; texts that hold the delimiter go between "
            "quotation marks.",
        )
