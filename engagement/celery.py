"""The Celery application: messages wake workers; what is owed stands in the database."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from celery import Celery
from celery.schedules import crontab
from celery.signals import celeryd_init, worker_process_init
from django.conf import settings

from tenants.crew import crew

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engagement.settings")


def transport_options(broker_url: str, *, visibility_seconds: int) -> dict[str, Any]:
    """What each broker needs so that a task whose worker was killed runs again.

    Tried on each of them: without unacked_restore_interval and the throttle Redis kept a killed task for ever.
    """
    scheme = urlsplit(broker_url).scheme
    if scheme == "pgmq":
        # pgmq fills what it is not told from DATABASE_URL, which is another database of ours: tell it everything.
        return {
            "conn_string": broker_url.replace("pgmq://", "postgresql://", 1),
            "init_extension": False,
            "wait_time_seconds": 0,
            "polling_interval": 0.05,
            # That a server is gone is known soon: the usual 30 s would be spent by web requests too, and a worker would
            # come back half a minute after its server.
            "pool_timeout": 2,
            "visibility_timeout": visibility_seconds,
        }
    if scheme in {"redis", "rediss"}:
        return {
            "visibility_timeout": visibility_seconds,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
        }
    return {}


def watching(drop_root: Path | None) -> dict[str, dict[str, Any]]:
    """What beat sends where folders are watched for files; nothing where none is."""
    return {"folders": {"task": "ingest.look_into_folders", "schedule": 60.0}} if drop_root else {}


app = Celery("rapport", task_cls="tenants.work:NamedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    broker_transport_options=transport_options(
        settings.CELERY_BROKER_URL, visibility_seconds=settings.BROKER_VISIBILITY_SECONDS
    ),
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # A broker that is starting takes a connection and says nothing yet: who wakes a worker in a request waits so long.
    broker_connection_timeout=1,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_default_queue="rapport",
    worker_prefetch_multiplier=1,
    worker_pool="engagement.operating.pool:TaskPool",
    worker_hijack_root_logger=False,
    beat_schedule={
        "dispatch": {"task": "insights.dispatch", "schedule": float(settings.SWEEP_SECONDS)},
        "connections": {"task": "connections.dispatch", "schedule": 60.0},
        "visits": {"task": "tenants.end_visits", "schedule": 60.0},
        "unmailed": {"task": "tenants.unmailed", "schedule": 600.0},
        "unmailed-questions": {"task": "insights.unmailed", "schedule": 600.0},
        "rounds": {"task": "rounds.dispatch", "schedule": 60.0},
        "digests": {"task": "scorecards.digests", "schedule": 600.0},
        "forecasts": {"task": "forecast.sweep", "schedule": 600.0},
        "event-looks": {"task": "scoring.look_all", "schedule": 300.0},
        "machine-labels": {"task": "scoring.label_all", "schedule": crontab(minute=50)},
        "tell": {"task": "insights.tell", "schedule": 60.0},
        "nightly": {"task": "insights.nightly", "schedule": crontab(hour=3, minute=30)},
        "validity": {"task": "validity.months", "schedule": crontab(minute=20)},
        "pooled": {"task": "pooled.due", "schedule": crontab(minute=35)},
        "unlooked-at": {"task": "guidance.unlooked_at", "schedule": crontab(minute=25)},
        "record-ends": {"task": "tenants.record_ends", "schedule": crontab(hour=3, minute=45)},
        **watching(settings.DROP_ROOT),
    },
    timezone="UTC",
)


@celeryd_init.connect
def count_crew(*, options: dict[str, Any], conf: Any, **_: Any) -> None:
    """Before the processes are forked: each knows how many they are."""
    crew.processes = int(options.get("concurrency") or conf.worker_concurrency or os.cpu_count() or 1)


@worker_process_init.connect
def settle(**_: Any) -> None:
    """Leave what was loaded at the start out of every later collection: a run makes many small objects, and looking
    through all of Django each time took a tenth of it.
    """
    gc.collect()
    gc.freeze()


# Every step of ours; what Django's other apps hold is none of the workers' business.
app.autodiscover_tasks(
    lambda: [name for name in settings.INSTALLED_APPS if name.split(".")[0] in {"engagement", "tenants"}]
)
