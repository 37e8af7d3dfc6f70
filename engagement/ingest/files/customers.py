"""A file of customers: one row each, every other column a trait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from engagement.ingest.contracts import instants
from engagement.ingest.files.columns import CUSTOMER_COLUMNS
from engagement.ingest.files.mappings import Mapping
from engagement.ingest.files.opening import columns_for, table_of, values_of
from engagement.ingest.files.rows import customer_of, read_table
from engagement.ingest.files.sources import ByteSource
from engagement.ingest.files.tables import Table, TableRow
from engagement.ingest.types import Rejection, TraitsIn


def read_customers(
    table: Table | ByteSource, mapping: Mapping | None = None, *, received_at: datetime, after: int = 0
) -> Iterator[TraitsIn | Rejection]:
    """The rows in order without the first `after`, each as traits or rejected; bytes are taken for CSV.

    Raises InvalidInputError at once where the columns, or the mapping, say too little. A trait is kept as the text in
    its cell ("007" stays so), in forms that know numbers as what the file says; an empty cell says nothing about that
    trait.
    """
    opened = table_of(table)
    columns = columns_for(opened, mapping, names=CUSTOMER_COLUMNS, required=("customer",))
    occurred_at, is_text = instants.utc(received_at), opened.format.has_text_cells

    def read(row: TableRow) -> TraitsIn:
        return TraitsIn(
            external_id=customer_of(row, columns=columns),
            anonymous_id=None,
            traits=values_of(row, columns=columns, is_text=is_text, read=str),
            occurred_at=occurred_at,
            position=row.position,
        )

    return read_table(opened.rows(after=after), width=columns.count, read=read)
