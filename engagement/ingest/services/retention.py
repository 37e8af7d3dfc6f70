"""Events that an organisation does not keep any longer: deleted for good, in whole partitions where nobody needs them.

An event is outlived when it happened before the local day that lies as many days back as the organisation keeps events.
Whoever counts events is asked first (signals.events_outlived).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connections, transaction

from engagement.ingest.models import Event
from engagement.ingest.queries import statement
from engagement.ingest.signals import events_outlived
from tenants.maintenance import maintenance
from tenants.policies import MAINTENANCE

EVENTS_AT_ONCE: Final = 10_000
YEARS_APART: Final = 1  # the year before this one stays in months: late events and imports go there
_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '5s'"  # rather try again tomorrow than make every reader wait

Edges = Mapping[int, datetime]  # by organisation: what happened before the instant is outlived


def delete_outlived_events(*, now: datetime) -> int:
    """Delete the events of every organisation that keeps them for so many days; returns how many.

    What breaks off goes on with the next round. An organisation whose events are being counted is left for it too.
    """
    edges = {key: before for key, before in _edges(now).items() if _may_go(key, before)}
    deleted = sum(_empty_whole(first, following, edges) for first, following in _whole_months(edges))
    for organisation_id, before in edges.items():
        while n := _delete_some(organisation_id, before):
            deleted += n
    return deleted


def _edges(now: datetime) -> Edges:
    with maintenance() as cursor:
        cursor.execute(statement("keeping"))
        found = cursor.fetchall()
    edges = {}
    for organisation_id, time_zone, keep_days, sample_today in found:
        zone = ZoneInfo(time_zone)
        first = (sample_today or now.astimezone(zone).date()) - timedelta(days=keep_days)
        edges[int(organisation_id)] = datetime(first.year, first.month, first.day, tzinfo=zone)
    return edges


def _may_go(organisation_id: int, before: datetime) -> bool:
    """Ask whoever listens, in a transaction that keeps what they noted, or nothing where one of them says no."""
    with maintenance() as cursor:
        answers = events_outlived.send(sender=Event, organisation_id=organisation_id, before=before, cursor=cursor)
        said: list[object] = [answer for _, answer in answers]
        may = all(answer is not False for answer in said)
        if not may:
            transaction.set_rollback(True, using="owner")
    return may


def _whole_months(edges: Edges) -> list[tuple[date, date]]:
    """The first days of past partitions and of the ones after them, where every event may be outlived."""
    if not edges:
        return []
    latest = max(edges.values()).date()
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement("event_partitions"))
        return [(first, following) for _, first, following in cursor.fetchall() if following <= latest]


def _empty_whole(first: date, following: date, edges: Edges) -> int:
    """Empty one partition at once if nobody keeps any of its events; returns how many went."""
    bound: dict[str, Any] = {
        "first": first,
        "following": following,
        "organisations": list(edges),
        "before": list(edges.values()),
    }
    with maintenance() as cursor:
        cursor.execute(statement("outlived_in_partition"), bound)
        ((n, is_kept),) = cursor.fetchall()
    if is_kept or not n:
        return 0
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        name = _name_of(cursor, first)
        cursor.execute(_LOCK_TIMEOUT)
        # Nothing can be stored between the question and the emptying.
        cursor.execute(f"LOCK TABLE ONLY {name} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(f"SET LOCAL ROLE {MAINTENANCE}")
        cursor.execute(statement("outlived_in_partition"), bound)
        ((n, is_kept),) = cursor.fetchall()
        cursor.execute("RESET ROLE")
        if is_kept:
            return 0
        cursor.execute(f"TRUNCATE {name}")
    return int(n)


def _delete_some(organisation_id: int, before: datetime) -> int:
    with maintenance() as cursor:
        cursor.execute(
            statement("delete_outlived"),
            {"organisation_id": organisation_id, "before": before, "events": EVENTS_AT_ONCE},
        )
        return int(cursor.rowcount)


def join_empty_years(*, today: date) -> tuple[str, ...]:
    """Put one partition in the place of the months of a past year without events; returns the names of the new ones.

    A plan that names no day looks at every partition. An old event that comes later finds its year.
    """
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement("event_partitions"))
        months = [(name, first) for name, first, following in cursor.fetchall() if (following - first).days <= 31]  # noqa: PLR2004
    past = sorted({first.year for _, first in months if first.year < today.year - YEARS_APART})
    joined = [year for year in past if _join([name for name, first in months if first.year == year], year)]
    return tuple(f"ingest_event_y{year}" for year in joined)


def _join(months: list[str], year: int) -> bool:
    if len(months) != 12 or _has_events(year):  # noqa: PLR2004
        return False
    name = f"ingest_event_y{year}"
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(_LOCK_TIMEOUT)
        cursor.execute("LOCK TABLE ONLY ingest_event IN ACCESS EXCLUSIVE MODE")
        is_empty = not _has_events(year)
        cursor.execute("RESET ROLE")  # that question was the maintenance role's
        if is_empty:
            cursor.execute(f"DROP TABLE {', '.join(months)}")
            cursor.execute(f"CREATE TABLE {name} (LIKE ingest_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
            cursor.execute(
                f"ALTER TABLE ingest_event ATTACH PARTITION {name} "
                f"FOR VALUES FROM ('{year}-01-01') TO ('{year + 1}-01-01')"
            )
            cursor.execute(f"CREATE INDEX {name}_customer ON {name} (organisation_id, customer_number, occurred_at)")
    return is_empty


def _has_events(year: int) -> bool:
    with maintenance() as cursor:
        cursor.execute(statement("has_events"), {"first": date(year, 1, 1), "following": date(year + 1, 1, 1)})
        ((found,),) = cursor.fetchall()
    return bool(found)


def _name_of(cursor: Any, first: date) -> str:
    cursor.execute(statement("event_partitions"))
    return next(str(name) for name, begins, _ in cursor.fetchall() if begins == first)
