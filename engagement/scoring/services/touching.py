"""Noting which chunks a transaction writes, so that a run of a running day computes those alone (runs/reuse.py).

Statements that know the customers they write note their chunks themselves; what writes or deletes by the day says so
here. Packing moves rows and changes no number: it notes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from engagement.scoring import queries
from engagement.scoring.runs.moments import moment_seen
from engagement.scoring.runs.reuse import KEPT_FOR
from tenants.scope import organisation_scope


def touch_chunks(*, organisation_id: int, chunks: Iterable[int]) -> None:
    """Note chunks in the transaction at hand, which is the one that writes."""
    found = sorted(set(chunks))
    if found:
        queries.run("touch_chunks", organisation_id=organisation_id, chunks=found)


def touch_every_chunk(*, organisation_id: int) -> None:
    """Note every chunk in the transaction at hand."""
    queries.run("touch_every_chunk", organisation_id=organisation_id)


def prune_touches(*, organisation_id: int, now: datetime) -> int:
    """Clear away what every run that may still be a base has seen; called outside any scope, returns how many rows.

    While a run is under way nothing goes: what it has seen is known only when it is done.
    """
    with organisation_scope(organisation_id):
        database = moment_seen().partition("/")[0]
        return queries.run(
            "prune_touches", organisation_id=organisation_id, since=now - KEPT_FOR, database=f"{database}/"
        )
