"""Over HTTP: gunicorn and a worker as production starts them, several connections, until all is stored and counted."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

import psycopg

from engagement.demo.embedded import free_port
from engagement.demo.queue import prepare_queue
from tests import database
from tests.benchmarks.ingest.costs import Cost, family, peak_megabytes, processors_of

_PATIENCE_SECONDS: Final = 300
_LEFT: Final = "SELECT count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'failed'), "
_FROM: Final = "coalesce(sum(stored), 0) FROM ingest_ingestbatch WHERE organisation_id = %s"


@dataclass(frozen=True, slots=True)
class Load:
    """One round: seconds until the last answer, what it took until everything was stored, each request's wait."""

    answered: float
    cost: Cost
    latencies: list[float]


@dataclass(frozen=True, slots=True)
class Service:
    """The running product, and the organisation that is sent to."""

    port: int
    web: int
    worker: int
    server: int
    key: str
    organisation_id: int
    admin: psycopg.Connection

    def send(self, bodies: Sequence[bytes], *, clients: int, expected: int) -> Load:
        """All bodies over so many connections; raises AssertionError unless all are answered 200 and stored."""
        stored = self._left()[2]
        waiting: SimpleQueue[bytes] = SimpleQueue()
        for body in bodies:
            waiting.put(body)
        latencies: list[float] = []
        failures: list[str] = []
        begun, here, server = time.perf_counter(), *self._used()
        senders = [threading.Thread(target=self._sender, args=(waiting, latencies, failures)) for _ in range(clients)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        answered = time.perf_counter() - begun
        assert not failures, failures[:3]
        self._until_stored(stored + expected)
        seconds = time.perf_counter() - begun
        now_here, now_server = self._used()
        return Load(answered, Cost(seconds, now_here - here, now_server - server), latencies)

    def _used(self) -> tuple[float, float]:
        """Seconds of processors so far: web and worker, and the database server with the queue in it."""
        return processors_of([*family(self.web), *family(self.worker)]), processors_of(family(self.server))

    def peaks(self) -> tuple[float, float]:
        """Megabytes of the largest web process and the largest of the worker's."""
        return peak_megabytes(family(self.web)), peak_megabytes(family(self.worker))

    def _sender(self, waiting: SimpleQueue[bytes], latencies: list[float], failures: list[str]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        while not failures:
            try:
                body = waiting.get_nowait()
            except Empty:
                break
            begun = time.perf_counter()
            connection.request("POST", "/v1/batch", body, headers)
            answer = connection.getresponse()
            said = answer.read()
            latencies.append(time.perf_counter() - begun)
            if answer.status != http.client.OK:
                failures.append(f"{answer.status} {said[:200]!r}")
        connection.close()

    def _left(self) -> tuple[int, int, int]:
        row = self.admin.execute(_LEFT + _FROM, [self.organisation_id]).fetchone()
        assert row is not None
        return row[0], row[1], int(row[2])

    def _until_stored(self, expected: int) -> None:
        until = time.perf_counter() + _PATIENCE_SECONDS
        while (left := self._left())[0]:
            assert time.perf_counter() < until, f"{left[0]} requests wait still."
            time.sleep(0.02)
        assert left[1:] == (0, expected), f"{left[1]} requests failed, {left[2]} of {expected} events are stored."


@contextmanager
def running(*, key: str, organisation_id: int, admin: psycopg.Connection) -> Iterator[Service]:
    """Two web processes of eight threads, two workers, and the queue that needs no server of its own."""
    port = free_port()
    environment = {
        **os.environ,
        "CELERY_BROKER_URL": prepare_queue(database.SERVER),
        "WEB_BIND": f"127.0.0.1:{port}",
        "LOG_LEVEL": "WARNING",
    }
    web = [sys.executable, "-m", "gunicorn", "engagement.wsgi", "--config", "python:engagement.operating.web"]
    worker = [
        sys.executable, "-m", "celery", "-A", "engagement.celery", "worker", "--concurrency", "2", "--loglevel",
        "warning", "--without-gossip", "--without-mingle", "--without-heartbeat",
    ]  # fmt: skip
    with ExitStack() as stack:
        processes = [stack.enter_context(_process(command, environment)) for command in (web, worker)]
        _until_it_answers(port, processes)
        server = int((database.SERVER.data / "postmaster.pid").read_text().split()[0])
        yield Service(port, processes[0].pid, processes[1].pid, server, key, organisation_id, admin)


@contextmanager
def _process(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=environment, cwd=database.ROOT)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until_it_answers(port: int, processes: Sequence[subprocess.Popen[bytes]]) -> None:
    until = time.perf_counter() + _PATIENCE_SECONDS
    while time.perf_counter() < until and all(process.poll() is None for process in processes):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            time.sleep(0.2)
        finally:
            connection.close()
    raise RuntimeError("The web process does not answer; its last lines are above.")
