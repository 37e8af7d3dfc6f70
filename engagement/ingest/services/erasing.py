"""Erasing what is stored about somebody, as far as this step keeps it."""

from __future__ import annotations

from collections.abc import Collection

from engagement.ingest import queries
from tenants.scope import require_write


def erase_events(*, numbers: Collection[int]) -> int:
    """Delete every event of these customers, in the transaction at hand; returns how many there were.

    The requests and files that brought them are kept as long as the settings say, and are not read here.
    """
    return queries.run("delete_customer_events", organisation_id=require_write(), numbers=sorted(numbers))
