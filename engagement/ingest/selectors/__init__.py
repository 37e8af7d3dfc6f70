"""Reads of this step, for pages and API; every one is called inside a scope."""

from engagement.ingest.selectors.customers import customers_of, get_customer
from engagement.ingest.selectors.data import (
    RECENT_BATCHES,
    REJECTED_SHOWN,
    RejectedLine,
    failed_requests,
    last_event_at,
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
from engagement.ingest.selectors.imports import (
    ImportLine,
    found_reasons,
    get_import,
    import_line,
    import_row,
    imports,
    imports_of,
    saved_mappings,
)

__all__ = [
    "RECENT_BATCHES",
    "REJECTED_SHOWN",
    "ImportLine",
    "RejectedLine",
    "changes_of",
    "customers_of",
    "failed_requests",
    "found_reasons",
    "get_customer",
    "get_import",
    "identity_lines",
    "identity_standing",
    "import_line",
    "import_row",
    "imports",
    "imports_of",
    "last_event_at",
    "pair_apart",
    "pair_merged",
    "rejected_rows",
    "saved_mappings",
    "sources",
    "stream_rejected_rows",
    "write_keys",
]
