"""The Celery application: messages wake workers; what is owed stands in the database."""

from __future__ import annotations

import gc
import os
from typing import Any
from urllib.parse import urlsplit

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_process_init
from django.conf import settings

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
            "visibility_timeout": visibility_seconds,
        }
    if scheme in {"redis", "rediss"}:
        return {
            "visibility_timeout": visibility_seconds,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
        }
    return {}


app = Celery("rapport", task_cls="tenants.work:NamedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    broker_transport_options=transport_options(
        settings.CELERY_BROKER_URL, visibility_seconds=settings.BROKER_VISIBILITY_SECONDS
    ),
    broker_connection_retry_on_startup=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_default_queue="rapport",
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    beat_schedule={
        "dispatch": {"task": "insights.dispatch", "schedule": 60.0},
        "visits": {"task": "tenants.end_visits", "schedule": 60.0},
        "unmailed": {"task": "tenants.unmailed", "schedule": 600.0},
        "unmailed-questions": {"task": "insights.unmailed", "schedule": 600.0},
        "rounds": {"task": "rounds.dispatch", "schedule": 60.0},
        "digests": {"task": "scorecards.digests", "schedule": 600.0},
        "forecasts": {"task": "forecast.sweep", "schedule": 600.0},
        "tell": {"task": "insights.tell", "schedule": 60.0},
        "nightly": {"task": "insights.nightly", "schedule": crontab(hour=3, minute=30)},
        "validity": {"task": "validity.months", "schedule": crontab(minute=20)},
        "pooled": {"task": "pooled.due", "schedule": crontab(minute=35)},
        "unlooked-at": {"task": "guidance.unlooked_at", "schedule": crontab(minute=25)},
        "record-ends": {"task": "tenants.record_ends", "schedule": crontab(hour=3, minute=45)},
    },
    timezone="UTC",
)


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
