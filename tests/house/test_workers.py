"""A worker process is left as it should be when it begins."""

from __future__ import annotations

import gc

from celery.signals import worker_process_init

from engagement.celery import app


def test_what_a_worker_has_loaded_is_left_out_of_later_collections() -> None:
    assert app.main == "rapport"
    before = gc.get_freeze_count()
    try:
        worker_process_init.send(sender=None)
        assert gc.get_freeze_count() > before + 10_000
    finally:
        gc.unfreeze()
