"""Writes of this step: requests and files accepted, worked through, customers kept, old work cleared away."""

from __future__ import annotations

from engagement.ingest.services.accept import accept_batch, check_limits
from engagement.ingest.services.batches import process_batch
from engagement.ingest.services.customers import set_excluded
from engagement.ingest.services.deciding import ask_undo, begin_import, cancel_import, undo_until
from engagement.ingest.services.erasures import ask_erasure, process_erasure, retry_erasure
from engagement.ingest.services.failed import retry_failed
from engagement.ingest.services.identity import merge_again, undo_merge
from engagement.ingest.services.imports import import_file, keep_draft, process_import, start_import
from engagement.ingest.services.mappings import delete_mapping, get_mapping, save_mapping
from engagement.ingest.services.on_record import record_rejected_export
from engagement.ingest.services.pulled import Brought, keep_pulled, keep_sent
from engagement.ingest.services.quarantine import (
    REPLAYED_AT_ONCE,
    discard_rejected,
    discard_rejected_row,
    replay_group,
    replay_one,
)
from engagement.ingest.services.room import check_refused
from engagement.ingest.services.turns import process_in_turn
from engagement.ingest.services.upkeep import maintain
from engagement.ingest.write_keys import create_write_key, revoke_write_key, rotate_write_key

__all__ = [
    "REPLAYED_AT_ONCE",
    "Brought",
    "accept_batch",
    "ask_erasure",
    "ask_undo",
    "begin_import",
    "cancel_import",
    "check_limits",
    "check_refused",
    "create_write_key",
    "delete_mapping",
    "discard_rejected",
    "discard_rejected_row",
    "get_mapping",
    "import_file",
    "keep_draft",
    "keep_pulled",
    "keep_sent",
    "maintain",
    "merge_again",
    "process_batch",
    "process_erasure",
    "process_import",
    "process_in_turn",
    "record_rejected_export",
    "replay_group",
    "replay_one",
    "retry_erasure",
    "retry_failed",
    "revoke_write_key",
    "rotate_write_key",
    "save_mapping",
    "set_excluded",
    "start_import",
    "undo_merge",
    "undo_until",
]
