"""Writes of this step."""

from engagement.guidance.services.entries import MAX_QUESTION, MAX_TEXT, keep_entry, withdraw_entry
from engagement.guidance.services.firms import copy_to_client, keep_firms_entry, withdraw_firms_entry

__all__ = [
    "MAX_QUESTION",
    "MAX_TEXT",
    "copy_to_client",
    "keep_entry",
    "keep_firms_entry",
    "withdraw_entry",
    "withdraw_firms_entry",
]
