"""Numbers for Prometheus: what this process counts, and what waits in the database when somebody asks.

No label says who: no organisation, no person, no address. With METRICS_ROOT every process keeps its counts in files
that all web processes read, so that any of them answers for all, workers included; without it each for itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from celery.signals import task_postrun, task_prerun, task_retry, worker_process_init
from django.db import DatabaseError, transaction
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from engagement.ingest.services.storing import Counts
from engagement.ingest.signals import items_stored
from engagement.insights.signals import request_ended
from engagement.operating import queries
from engagement.operating.waiting import waiting_work

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
_SECONDS: Final = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800)

ITEMS = Counter(
    "rapport_items", "Events, traits and rows of files that were read, by what became of them.", ["outcome"]
)
SCORINGS = Counter("rapport_scorings", "Requested scorings, by how an attempt ended.", ["outcome"])
TASKS = Counter("rapport_tasks", "Tasks of workers, by how they ended.", ["task", "outcome"])
TASK_SECONDS = Histogram("rapport_task_seconds", "How long tasks of workers took.", ["task"], buckets=_SECONDS)
for outcome in ("stored", "duplicate", "rejected"):  # at 0 from the start, so that the first one is an increase
    ITEMS.labels(outcome)
for outcome in ("published", "failed", "again"):
    SCORINGS.labels(outcome)
# Every name of our own, for the reference in README.md, which a test holds to it.
NAMES: Final = (
    "rapport_items_total", "rapport_scorings_total", "rapport_tasks_total", "rapport_task_seconds",
    "rapport_database_up", "rapport_database_bytes", "rapport_database_connections",
    "rapport_database_connections_limit", "rapport_queue_age_seconds", "rapport_work", "rapport_work_oldest_seconds",
)  # fmt: skip


# ── counted as it happens ────────────────────────────────────────────────────────────────────────────────────


def on_items_stored(sender: object, *, counts: Counts, **_rest: Any) -> None:
    """Counted when it is committed: what is rolled back is worked off again."""
    transaction.on_commit(lambda: _count_items(counts))


def _count_items(counts: Counts) -> None:
    ITEMS.labels("stored").inc(counts.stored)
    ITEMS.labels("duplicate").inc(counts.duplicates)
    ITEMS.labels("rejected").inc(counts.rejected)


def on_request_ended(sender: object, *, outcome: str, **_rest: Any) -> None:
    SCORINGS.labels(outcome).inc()


_begun: dict[str, float] = {}


def on_task_begun(task_id: str, **_rest: Any) -> None:
    _begun[task_id] = time.monotonic()


def on_task_ended(task_id: str, task: Any, state: str | None, **_rest: Any) -> None:
    TASKS.labels(task.name, (state or "unknown").lower()).inc()
    begun = _begun.pop(task_id, None)
    if begun is not None:
        TASK_SECONDS.labels(task.name).observe(time.monotonic() - begun)


def on_task_retried(request: Any, **_rest: Any) -> None:
    _begun.pop(request.id, None)


def on_process_begun(**_rest: Any) -> None:
    _begun.clear()


def connect() -> None:
    """Listen; doing it again changes nothing."""
    items_stored.connect(on_items_stored, dispatch_uid="operating.items")
    request_ended.connect(on_request_ended, dispatch_uid="operating.scorings")
    task_prerun.connect(on_task_begun, dispatch_uid="operating.begun")
    task_postrun.connect(on_task_ended, dispatch_uid="operating.ended")
    task_retry.connect(on_task_retried, dispatch_uid="operating.retried")
    worker_process_init.connect(on_process_begun, dispatch_uid="operating.process")


# ── asked for ────────────────────────────────────────────────────────────────────────────────────────────────


def exposition(*, root: str) -> bytes:
    """All numbers in Prometheus' text form; `root` is METRICS_ROOT, empty when each process answers for itself."""
    registry = CollectorRegistry()
    registry.register(_Families(_counted_by_all(Path(root)) if root else REGISTRY.collect()))
    registry.register(_Families(_asked()))
    return generate_latest(registry)


class _Families:
    """A collector of families at hand."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> list[Metric]:
        return self._families


def _counted_by_all(root: Path) -> Iterable[Metric]:
    files = sorted(str(path) for path in root.glob("*/*.db"))
    return list(MultiProcessCollector.merge(files))  # type: ignore[no-untyped-call]  # it has no types


def _asked() -> Iterator[Metric]:
    """What the database says now; only that it does not answer when it does not."""
    try:
        families = list(_from_database())
    except DatabaseError:
        families = []
    up = "Whether the database answers the runtime role."
    yield GaugeMetricFamily("rapport_database_up", up, value=1 if families else 0)
    yield from families


def _from_database() -> Iterator[Metric]:
    work = GaugeMetricFamily("rapport_work", "Work that waits, or that a worker has in hand.", labels=["kind", "state"])
    oldest = GaugeMetricFamily("rapport_work_oldest_seconds", "Age of the oldest work of a kind.", labels=["kind"])
    for kind in waiting_work():
        work.add_metric([kind.kind, "waiting"], kind.waiting)
        work.add_metric([kind.kind, "in_hand"], kind.in_hand)
        if kind.oldest_seconds is not None:
            oldest.add_metric([kind.kind], kind.oldest_seconds)
    yield from (work, oldest)
    [(age, size, limit)] = queries.fetch("database_now")
    yield GaugeMetricFamily(
        "rapport_queue_age_seconds", "Age of the oldest waiting work, as /readyz sees it.", value=age
    )
    yield GaugeMetricFamily("rapport_database_bytes", "Size of the database on disk.", value=size)
    allowed = "Connections that the server allows altogether."
    yield GaugeMetricFamily("rapport_database_connections_limit", allowed, value=limit)
    held = GaugeMetricFamily("rapport_database_connections", "Connections of the runtime role.", labels=["state"])
    for state, connections in queries.fetch("database_connections"):
        held.add_metric([state], connections)
    yield held
