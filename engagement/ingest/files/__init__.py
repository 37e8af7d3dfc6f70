"""CSV files of events and of customers, plain or gzip, read row by row without Django and without the
database.

The order of an upload: `digest_of` (checks the encoding of the whole), then `read_events` or `read_customers`
over a `CountedSource`, whose `bytes_read` shows the progress.
"""

from __future__ import annotations

from engagement.ingest.files.columns import CUSTOMER_COLUMNS, EVENT_COLUMNS
from engagement.ingest.files.customers import read_customers
from engagement.ingest.files.events import Sameness, read_events
from engagement.ingest.files.sources import ByteSource, CountedSource, digest_of

__all__ = [
    "CUSTOMER_COLUMNS",
    "EVENT_COLUMNS",
    "ByteSource",
    "CountedSource",
    "Sameness",
    "digest_of",
    "read_customers",
    "read_events",
]
