"""A real worker on each broker that answers: requested scorings are done, also when the worker is killed in the middle.

The kill is made certain by holding the lock that numbering runs takes: the worker waits for it, is killed, and another
worker finishes what the broker hands out again.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import psycopg
import pytest
from celery import current_app
from kombu import Connection

from engagement.celery import transport_options
from engagement.demo.queue import prepare_queue
from engagement.insights.services import request_run
from engagement.insights.services.dispatch import dispatch_due, sweep
from engagement.scoring.models import RunPointer, RunRequest, ScoreRun
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests import database
from tests.conftest import NOW, build_world
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, make_small

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

VISIBILITY_SECONDS = 3
BROKERS = {
    "pgmq": "",
    "redis": "redis://127.0.0.1:6379/9",
    "rabbitmq": "amqp://guest:guest@127.0.0.1:5672//",
}


def _url(name: str) -> str:
    if name == "pgmq":
        return prepare_queue(database.SERVER)
    parts = urlsplit(BROKERS[name])
    with socket.socket() as probe:
        if probe.connect_ex((parts.hostname or "", parts.port or 0)) != 0:
            pytest.skip(f"{name} does not answer on {parts.hostname}:{parts.port}")
    return BROKERS[name]


def _small() -> Small:
    small = make_small(build_world().ours, weights={"visit": ("website", 1_000, None)})
    add_customers(small, [(number, {}) for number in range(1, 41)])
    add_activity(small, [(number, "visit", AS_OF, number) for number in range(1, 41)])
    return small


@contextmanager
def _worker(broker: str, queue: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        **database.environment(database.DATABASE),
        "CELERY_BROKER_URL": broker,
        "BROKER_VISIBILITY_SECONDS": str(VISIBILITY_SECONDS),
        "WORK_LEASE_SECONDS": "0",
    }
    command = [sys.executable, "-m", "celery", "-A", "engagement.celery", "worker", "--concurrency", "1"]
    command += ["--queues", queue, "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "error"]
    worker = subprocess.Popen(command, env=environment, cwd=database.ROOT, start_new_session=True)
    try:
        yield worker
    finally:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


def _send(broker: str, queue: str, *arguments: object) -> None:
    # Over a connection of its own: Celery lets the environment's broker win over an argument.
    options = transport_options(broker, visibility_seconds=VISIBILITY_SECONDS)
    with Connection(broker, transport_options=options) as connection:
        current_app.send_task(
            "insights.run", args=list(arguments), queue=queue, ignore_result=True, connection=connection
        )


def _until(true: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def _requested(small: Small) -> RunRequest:
    with organisation_scope(small.id):
        return request_run(organisation=small.organisation, as_of=AS_OF, user=None, cause="request", now=NOW)


def _is_done(small: Small, request: RunRequest) -> bool:
    with organisation_scope(small.id, write=False):
        return RunRequest.objects.get(pk=request.pk).state == "done"


@pytest.mark.parametrize("name", list(BROKERS))
def test_a_killed_workers_scoring_is_finished_by_another(name: str) -> None:
    broker, queue = _url(name), f"test-{uuid.uuid4().hex[:12]}"
    small = _small()
    request = _requested(small)
    with psycopg.connect(database.admin_url(database.DATABASE)) as holder:
        holder.execute("SELECT pg_advisory_lock(7318, %s)", [small.id])
        with _worker(broker, queue) as first:
            _send(broker, queue, small.id, str(request.pk))
            waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 7318 AND NOT granted"
            _until(lambda: holder.execute(waiting).fetchone() is not None)
            os.killpg(first.pid, signal.SIGKILL)
            first.wait()
        holder.execute("SELECT pg_advisory_unlock(7318, %s)", [small.id])
    assert not _is_done(small, request)
    with _worker(broker, queue):
        _until(lambda: _is_done(small, request))
    with organisation_scope(small.id, write=False):
        assert RunRequest.objects.get(pk=request.pk).attempts == 2
        assert [run.state for run in ScoreRun.objects.all()] == ["published"]
        assert RunPointer.objects.get(as_of=AS_OF).run.customers == 40


def test_the_sweeper_finds_what_no_message_was_sent_for(monkeypatch: pytest.MonkeyPatch) -> None:
    small = _small()
    request = _requested(small)
    sent: list[tuple[str, list[object]]] = []
    monkeypatch.setattr(
        "engagement.insights.services.dispatch.current_app.send_task", lambda name, args: sent.append((name, args))
    )
    assert sweep(now=NOW) >= 1
    assert ("insights.run_group", [((small.id, str(request.pk)),)]) in sent
    with organisation_scope(small.id):
        RunRequest.objects.filter(pk=request.pk).update(lease_until=NOW + timedelta(minutes=5))
    sent.clear()
    sweep(now=NOW)
    assert not [name for name, _ in sent if name.startswith("insights.run")]
    sweep(now=NOW + timedelta(minutes=6))
    assert ("insights.run_group", [((small.id, str(request.pk)),)]) in sent


def test_organisations_are_due_by_their_own_clocks() -> None:
    small = _small()
    with organisation_scope(small.id):
        Organisation.objects.filter(pk=small.id).update(time_zone="Pacific/Auckland", schedule_hour=2)
    # 09:00 UTC on 2 March is 22:00 in Auckland, 13 hours ahead: its hour has come. At 13:00 UTC it is 2:00 again.
    assert dispatch_due(now=NOW) == 1
    assert dispatch_due(now=NOW) == 0
    assert dispatch_due(now=NOW + timedelta(hours=3, minutes=59)) == 0
    assert dispatch_due(now=NOW + timedelta(hours=4)) == 1
    with organisation_scope(small.id, write=False):
        asked = list(RunRequest.objects.order_by("as_of").values_list("as_of", "cause"))
    assert asked == [(AS_OF + timedelta(days=1), "schedule"), (AS_OF + timedelta(days=2), "schedule")]
