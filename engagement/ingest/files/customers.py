"""A CSV file of customers: one row each, every other column a trait."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from engagement.ingest.contracts import instants
from engagement.ingest.files.columns import CUSTOMER_COLUMNS
from engagement.ingest.files.rows import customer_of, open_rows, read_rows
from engagement.ingest.files.sources import ByteSource
from engagement.ingest.types import Rejection, TraitsIn


def read_customers(source: ByteSource, *, received_at: datetime) -> Iterator[TraitsIn | Rejection]:
    """The rows in order, each as traits or rejected; raises InvalidInputError at once for an unusable header.

    A trait is kept as the text in its cell ("007" stays so); an empty cell says nothing about that trait.
    """
    records, columns = open_rows(source, names=CUSTOMER_COLUMNS, required=("customer",))
    occurred_at = instants.utc(received_at)

    def read(fields: Sequence[str], position: int) -> TraitsIn:
        traits: dict[str, object] = {name: text for name, place in columns.others if (text := fields[place].strip())}
        return TraitsIn(
            external_id=customer_of(fields, columns=columns),
            anonymous_id=None,
            traits=traits,
            occurred_at=occurred_at,
            position=position,
        )

    return read_rows(records, columns=columns, read=read)
