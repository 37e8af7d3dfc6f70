"""The Celery application: messages wake workers; what is owed stands in the database."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engagement.settings")

VISIBILITY_SECONDS = 600  # longer than any lease; a killed worker's task comes back after it at the latest


def transport_options(broker_url: str) -> dict[str, Any]:
    """What each broker needs so that a task whose worker was killed runs again.

    Tried on each of them: without unacked_restore_interval and the throttle Redis kept a killed task for ever.
    """
    scheme = urlsplit(broker_url).scheme
    if scheme == "pgmq":
        return {
            "init_extension": False,
            "wait_time_seconds": 0,
            "polling_interval": 0.05,
            "visibility_timeout": VISIBILITY_SECONDS,
        }
    if scheme in {"redis", "rediss"}:
        return {
            "visibility_timeout": VISIBILITY_SECONDS,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 0,
        }
    return {}


app = Celery("rapport")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    broker_transport_options=transport_options(app.conf.broker_url or ""),
    broker_connection_retry_on_startup=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_default_queue="rapport",
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    beat_schedule={"dispatch": {"task": "insights.dispatch", "schedule": 60.0}},
    timezone="UTC",
)
app.autodiscover_tasks(["engagement.ingest", "engagement.insights"])
