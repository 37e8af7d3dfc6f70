"""What waits for a worker, by kind and by organisation: counts and ages, never a row's contents."""

from __future__ import annotations

from dataclasses import dataclass

from engagement.operating import queries


@dataclass(frozen=True, slots=True)
class Waiting:
    """`waiting`: free for any worker; `in_hand`: a worker holds a lease on it.

    `oldest_seconds` counts from when the row was made, and is None where that says nothing: a definition is counted
    anew long after it was made, a yardstick looked at again after each scoring.
    """

    kind: str
    waiting: int
    in_hand: int
    oldest_seconds: int | None


def waiting_work() -> list[Waiting]:
    """One for each kind of work there is, also those of which nothing waits."""
    return [Waiting(*row) for row in queries.fetch("waiting_work")]


def waiting_by_organisation(*, limit: int) -> list[tuple[int, int]]:
    """(organisation's id, rows that wait), the longest queues first."""
    return [(int(key), int(rows)) for key, rows in queries.fetch("waiting_by_organisation", limit=limit)]


def queue_age_seconds() -> int:
    """Age of the oldest waiting work, as /readyz sees it."""
    [(age, _, _)] = queries.fetch("database_now")
    return int(age)


def packings_due() -> int:
    """Organisations with closed days to pack, which the sweeper asks for every minute."""
    [(due,)] = queries.fetch("packings_due")
    return int(due)
