"""What has to be done from time to time: partitions ahead, indexes behind, old requests and files cleared away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connections

from engagement.ingest.queries import statement
from engagement.ingest.services.retention import delete_outlived_events, join_empty_years
from engagement.ingest.services.uploads import KEEP_FORGOTTEN, remove_forgotten
from tenants.maintenance import maintenance
from tenants.services.deleting import delete_due_organisations
from tenants.services.takeouts import expire_takeouts

MONTHS_AHEAD: Final = 3
DELETE_AT_ONCE: Final = 1_000
_LOCK_TIMEOUT = "SET lock_timeout = '5s'"  # rather try again tomorrow than make every writer wait


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What one round did."""

    partitions: tuple[str, ...]
    indexes: tuple[str, ...]
    batches: int
    files: int
    events: int
    years: tuple[str, ...]
    rejected: int
    imports: int
    changes: int
    exports: int
    organisations: int


def maintain(*, now: datetime) -> Upkeep:
    """Do all of it over the owner's connection; running it again right away does nothing."""
    return Upkeep(
        partitions=make_partitions(today=now.date()),
        indexes=index_closed_months(today=now.date()),
        batches=delete_old_batches(before=now - timedelta(days=settings.BATCH_KEEP_DAYS)),
        files=delete_old_files(now=now),
        events=delete_outlived_events(now=now),
        years=join_empty_years(today=now.date()),
        rejected=delete_old_rejected(before=now - timedelta(days=settings.REJECTED_KEEP_DAYS)),
        imports=delete_old_imports(before=now - timedelta(days=settings.IMPORT_KEEP_DAYS)),
        changes=delete_old_changes(before=now - timedelta(days=settings.UNDO_KEEP_DAYS)),
        exports=expire_takeouts(now=now),
        organisations=delete_due_organisations(now=now),
    )


def month_after(month: date, *, months: int = 1) -> date:
    """The first day of the month so many months after the one `month` lies in."""
    index = month.year * 12 + month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def partition_name(month: date) -> str:
    return f"ingest_event_y{month.year}m{month.month:02d}"


def make_partitions(*, today: date) -> tuple[str, ...]:
    """Partitions for this month and the three after it, where they are missing; returns the names of new ones."""
    known = {name for name, _ in _owner_rows("month_partitions")}
    months = [month_after(today, months=ahead) for ahead in range(MONTHS_AHEAD + 1)]
    missing = [month for month in months if partition_name(month) not in known]
    for month in missing:
        name = partition_name(month)
        # Made apart and attached: that waits for no reader, where CREATE … PARTITION OF would.
        _owner_run(f"CREATE TABLE IF NOT EXISTS {name} (LIKE ingest_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        _owner_run(
            f"ALTER TABLE ingest_event ATTACH PARTITION {name} FOR VALUES FROM ('{month}') TO ('{month_after(month)}')"
        )
    return tuple(partition_name(month) for month in missing)


def index_closed_months(*, today: date) -> tuple[str, ...]:
    """Give finished months the customer index, which would cost too much while events pour in; returns their names."""
    current = partition_name(today)
    closed = [name for name, is_indexed in _owner_rows("month_partitions") if name < current and not is_indexed]
    for name in closed:
        _owner_run(f"DROP INDEX IF EXISTS {name}_customer")  # one that a broken attempt left unusable
        _owner_run(
            f"CREATE INDEX CONCURRENTLY {name}_customer ON {name} (organisation_id, customer_number, occurred_at)"
        )
    return tuple(closed)


def delete_old_batches(*, before: datetime) -> int:
    """Delete requests that are done and were received before the instant, with what was rejected of them."""
    deleted = 0
    with maintenance() as cursor:
        cursor.execute(statement("organisation_ids"))
        organisation_ids = [organisation_id for (organisation_id,) in cursor.fetchall()]
    for organisation_id in organisation_ids:
        while ids := _delete_some(organisation_id=organisation_id, before=before):
            deleted += ids
    return deleted


def _delete_some(*, organisation_id: int, before: datetime) -> int:
    with maintenance() as cursor:
        cursor.execute(
            statement("old_batches"),
            {"organisation_id": organisation_id, "before": before, "limit": DELETE_AT_ONCE},
        )
        ids = [batch_id for (batch_id,) in cursor.fetchall()]
        if ids:
            bound: dict[str, Any] = {"organisation_id": organisation_id, "ids": ids}
            cursor.execute(statement("delete_rejected"), bound)
            cursor.execute(statement("delete_batches"), bound)
    return len(ids)


def delete_old_rejected(*, before: datetime) -> int:
    """Delete rejected messages and rows that came in before the instant, of whatever request or file."""
    return _delete_of_all("old_rejected", before=before)


def delete_old_imports(*, before: datetime) -> int:
    """Delete what is said about files that were read, or failed, before the instant; their rows stay where they are."""
    return _delete_of_all("old_imports", before=before)


def delete_old_changes(*, before: datetime) -> int:
    """Delete what imports that ended before the instant changed of customers: they can be undone no more."""
    return _delete_of_all("old_changes", before=before)


def _delete_of_all(name: str, *, before: datetime) -> int:
    deleted = 0
    while True:
        with maintenance() as cursor:
            cursor.execute(statement(name), {"before": before, "limit": DELETE_AT_ONCE})
            n = int(cursor.rowcount)
        deleted += n
        if n < DELETE_AT_ONCE:
            return deleted


def delete_old_files(*, now: datetime) -> int:
    """Remove uploads that no waiting import needs, and those of failed imports after as long as requests are kept."""
    with maintenance() as cursor:
        cursor.execute(statement("needed_uploads"), {"since": now - timedelta(days=settings.BATCH_KEEP_DAYS)})
        kept = frozenset(stored_as for (stored_as,) in cursor.fetchall())
    return remove_forgotten(before=now - KEEP_FORGOTTEN, kept=kept)


def _owner_rows(name: str) -> list[tuple[Any, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement(name))
        return list(cursor.fetchall())


def _owner_run(ddl: str) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(_LOCK_TIMEOUT)
        cursor.execute(ddl)
