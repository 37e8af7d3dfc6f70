"""The product's own processes on the test's database, as production starts them, with everything they say kept."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engagement.demo.embedded import free_port

_PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Server:
    """One web process and the file of all it wrote."""

    port: int
    log: Path

    def ask(self, method: str, path: str, body: bytes = b"", **headers: Any) -> Answer:
        """One request on a connection of its own; header names with _ for -."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return Answer(response.status, dict(response.headers.items()), response.read())
        finally:
            connection.close()


@contextmanager
def web(folder: Path, *arguments: str, application: str = "engagement.wsgi", **environment: str) -> Iterator[Server]:
    """gunicorn with one worker on a free port, until the block ends."""
    port = free_port()
    log = folder / f"web-{port}.log"
    command = [
        sys.executable, "-m", "gunicorn", application, "--worker-class", "gthread", "--workers", "1",
        "--threads", "2", "--bind", f"127.0.0.1:{port}", "--no-control-socket", *arguments,
    ]  # fmt: skip
    with log.open("wb") as out, _running(command, out.fileno(), environment) as process:
        server = Server(port, log)
        _until_it_answers(server, process)
        yield server


@contextmanager
def worker(folder: Path, *arguments: str, **environment: str) -> Iterator[Path]:
    """One Celery worker, until the block ends; gives the file of all it wrote."""
    log = folder / "worker.log"
    command = [
        sys.executable, "-m", "celery", "-A", "engagement.celery", "worker", "--concurrency", "1",
        "--without-gossip", "--without-mingle", "--without-heartbeat", *arguments,
    ]  # fmt: skip
    with log.open("wb") as out, _running(command, out.fileno(), environment):
        yield log


@contextmanager
def _running(command: list[str], out: int, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until_it_answers(server: Server, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if server.ask("GET", "/healthz").status == http.client.OK:
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"The web process does not answer:\n{server.log.read_text()[-2000:]}")
