"""From records to rows: the header is read once, then each row is taken or rejected alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from engagement.errors import InvalidInputError
from engagement.ingest.contracts.values import MESSAGE_LIMIT, RefusedError, id_text, refusal
from engagement.ingest.files.columns import Columns, find_columns
from engagement.ingest.files.records import Record, Records
from engagement.ingest.files.sources import ByteSource
from engagement.ingest.types import Rejection
from engagement.language import noop

Read = TypeVar("Read")

_FAULTS: Final = {
    "quotes": (
        noop("The quotation marks of this row do not match."),
        noop("Close every quotation mark, and write a quotation mark inside a text twice."),
    ),
    "too_long": (
        f"This row is longer than {MESSAGE_LIMIT:,} bytes.",
        "Shorten the texts of this row, or leave columns out.",
    ),
}


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
        raise InvalidInputError(f"The first line cannot be read. {' '.join(_FAULTS[header.fault])}")
    return records, find_columns(header.fields, names=names, required=required)


def read_rows(
    records: Iterator[Record], *, columns: Columns, read: Callable[[Sequence[str], int], Read]
) -> Iterator[Read | Rejection]:
    """Each record through `read` (fields, position from 1), a refused one as a rejection with its line."""
    for position, record in enumerate(records, start=1):
        try:
            _check_shape(record, columns=columns)
            yield read(record.fields, position)
        except RefusedError as refused:
            yield Rejection(
                position=position,
                line=record.line,
                code=refused.code,
                reason=refused.reason,
                remedy=refused.remedy,
                original=record.original,
            )


def customer_of(fields: Sequence[str], *, columns: Columns) -> str:
    """The customer's id of a row."""
    customer = id_text(fields[columns.roles["customer"]], field="The customer's id")
    if customer is None:
        raise RefusedError(
            "missing_customer", noop("The row names no customer."), noop("Write the customer's id, or remove the row.")
        )
    return customer


def _check_shape(record: Record, *, columns: Columns) -> None:
    if record.fault:
        raise RefusedError(record.fault, *_FAULTS[record.fault])
    if len(record.original) > MESSAGE_LIMIT:
        raise RefusedError("too_long", *_FAULTS["too_long"])
    if b"\0" in record.original:
        raise refusal("nul_character")
    if len(record.fields) != columns.count:
        raise RefusedError(
            "wrong_field_count",
            f"The row has {len(record.fields)} fields, the first line has {columns.count}.",
            "Give the row as many fields as there are columns; texts that hold the delimiter go between "
            "quotation marks.",
        )
