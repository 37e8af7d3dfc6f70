"""Writes of this step: requests and files accepted, worked through, customers kept, old work cleared away."""

from __future__ import annotations

from engagement.ingest.services.accept import accept_batch
from engagement.ingest.services.batches import process_batch
from engagement.ingest.services.customers import set_excluded
from engagement.ingest.services.erasures import ask_erasure, process_erasure, retry_erasure
from engagement.ingest.services.identity import merge_again, undo_merge
from engagement.ingest.services.imports import import_file, process_import, start_import
from engagement.ingest.services.on_record import record_rejected_export
from engagement.ingest.services.upkeep import maintain
from engagement.ingest.write_keys import create_write_key, revoke_write_key, rotate_write_key

__all__ = [
    "accept_batch",
    "ask_erasure",
    "create_write_key",
    "import_file",
    "maintain",
    "merge_again",
    "process_batch",
    "process_erasure",
    "process_import",
    "record_rejected_export",
    "retry_erasure",
    "revoke_write_key",
    "rotate_write_key",
    "set_excluded",
    "start_import",
    "undo_merge",
]
