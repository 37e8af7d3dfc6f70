"""Files of rows (CSV, TSV, JSON lines, Parquet, XLSX), read row by row without Django and without the database.

The order of an upload: `detect_format`, `digest_of` (checks the encoding of the whole), `open_table`, whose
`bytes_read` shows the progress, then the reader of its kind: `read_events`, `read_customers`, `read_aggregates`, or
whatever `kind_of(…).read` is. A mapping says which column is what; `guess_mapping` proposes one.
"""

from __future__ import annotations

from engagement.ingest.files.aggregates import read_aggregates
from engagement.ingest.files.answers import AnswerIn, read_answers
from engagement.ingest.files.columns import CUSTOMER_COLUMNS, EVENT_COLUMNS
from engagement.ingest.files.customers import read_customers
from engagement.ingest.files.events import Sameness, read_events
from engagement.ingest.files.formats import Format, detect_format
from engagement.ingest.files.guessing import guess_mapping
from engagement.ingest.files.kinds import (
    FileKind,
    ReadingOf,
    StoredRows,
    Storer,
    TakeOut,
    kind_of,
    kinds,
    register_kind,
)
from engagement.ingest.files.mappings import Mapping
from engagement.ingest.files.opening import open_table
from engagement.ingest.files.sources import ByteSource, CountedSource, digest_of
from engagement.ingest.files.tables import Table, TableRow

__all__ = [
    "CUSTOMER_COLUMNS",
    "EVENT_COLUMNS",
    "AnswerIn",
    "ByteSource",
    "CountedSource",
    "FileKind",
    "Format",
    "Mapping",
    "ReadingOf",
    "Sameness",
    "StoredRows",
    "Storer",
    "Table",
    "TableRow",
    "TakeOut",
    "detect_format",
    "digest_of",
    "guess_mapping",
    "kind_of",
    "kinds",
    "open_table",
    "read_aggregates",
    "read_answers",
    "read_customers",
    "read_events",
    "register_kind",
]
