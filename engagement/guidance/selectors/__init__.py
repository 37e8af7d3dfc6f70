"""Reads of this step, for pages and API."""

from engagement.guidance.selectors.entries import (
    entries_of,
    entry_named,
    firms_entries,
    own_versions,
    version_named,
)
from engagement.guidance.selectors.finding import found

__all__ = ["entries_of", "entry_named", "firms_entries", "found", "own_versions", "version_named"]
