"""Reads of this step, for pages and API; every one is called inside a scope."""

from engagement.ingest.selectors.customers import customers_of, get_customer
from engagement.ingest.selectors.data import (
    RECENT_BATCHES,
    REJECTED_SHOWN,
    ImportLine,
    RejectedLine,
    get_import,
    import_line,
    imports,
    imports_of,
    last_event_at,
    rejected_messages,
    rejected_rows,
    sources,
    stream_rejected_rows,
    write_keys,
)
from engagement.ingest.selectors.identity import (
    changes_of,
    identity_lines,
    identity_standing,
    pair_apart,
    pair_merged,
)

__all__ = [
    "RECENT_BATCHES",
    "REJECTED_SHOWN",
    "ImportLine",
    "RejectedLine",
    "changes_of",
    "customers_of",
    "get_customer",
    "get_import",
    "identity_lines",
    "identity_standing",
    "import_line",
    "imports",
    "imports_of",
    "last_event_at",
    "pair_apart",
    "pair_merged",
    "rejected_messages",
    "rejected_rows",
    "sources",
    "stream_rejected_rows",
    "write_keys",
]
