"""The commands of the units are started as they stand there: a new installation, its web, worker, beat and upkeep.

From an empty database: the handbook's steps for starting without samples, then an event over HTTP that the worker
stores and every web process counts. Secrets come from files, as systemd and containers hand them over.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from engagement.demo.embedded import free_port
from engagement.demo.queue import prepare_queue
from tests import database
from tests.operating.drill import backup_url
from tests.operating.places import manage, programs
from tests.operating.units import FOLDER, INSTALLED, PYTHON, Unit, read_units

HOST = "rapport.example"
TOKEN = "a-token-for-prometheus"


@dataclass
class Installed:
    """A database of its own and the folders that systemd would make."""

    name: str
    folder: Path
    port: int
    secrets: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def environment(self, unit: Unit) -> dict[str, str]:
        """What systemd would give the service: the environment file, its own lines, credentials as files."""
        values = _lines_of_example()
        for line in unit.all("Service", "Environment"):
            name, _, value = line.partition("=")
            values[name] = value
        places = {"%d": self._credentials(unit), "%S": self.folder / "state", "%t": self.folder / "run"}
        for name, value in values.items():
            values[name] = re.sub("%[dSt]", lambda found: str(places[found[0]]), value)
        values |= {"WEB_BIND": f"127.0.0.1:{self.port}"} if "WEB_BIND" in values else {}
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "PG_BIN": programs(), **values}

    def _credentials(self, unit: Unit) -> Path:
        folder = self.folder / "credentials" / unit.name
        folder.mkdir(parents=True, exist_ok=True)
        for name, path in unit.credentials.items():
            assert path == f"/etc/rapport/secrets/{name}"
            (folder / name).write_text(self.secrets[name])
        return folder

    def command(self, unit: Unit) -> list[str]:
        text = unit.one("Service", "ExecStart").replace("%t", str(self.folder / "run"))
        return [sys.executable if part == PYTHON else part for part in shlex.split(text)]

    def start(self, unit: Unit) -> subprocess.Popen[bytes]:
        for folder in unit.all("Service", "RuntimeDirectory"):
            (self.folder / "run" / folder).mkdir(parents=True, exist_ok=True)
        log = (self.folder / f"{unit.name}.log").open("wb")
        process = subprocess.Popen(
            self.command(unit), env=self.environment(unit), cwd=_there(unit), stdout=log, stderr=subprocess.STDOUT
        )
        log.close()
        self.processes.append(process)
        return process

    def log(self, unit: Unit) -> str:
        return (self.folder / f"{unit.name}.log").read_text(errors="replace")

    def ask(self, path: str, *, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            sent = {"Host": HOST, "X-Forwarded-Proto": "https", **headers}
            connection.request("GET" if body is None else "POST", path, body=body, headers=sent)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError:
            return 0, b""
        finally:
            connection.close()

    def metric(self, name: str) -> float:
        status, body = self.ask("/metrics", Authorization=f"Bearer {TOKEN}")
        assert status == 200
        found = re.search(rf"^{re.escape(name)} ([0-9.e+]+)$", body.decode(), re.MULTILINE)
        return float(found[1]) if found else 0


def _there(unit: Unit) -> Path:
    assert unit.one("Service", "WorkingDirectory") == INSTALLED
    return database.ROOT


def _lines_of_example() -> dict[str, str]:
    lines = [line for line in (FOLDER / "env.example").read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def installed(django_db_setup: None, tmp_path: Path) -> Iterator[Installed]:
    """Migrated and empty."""
    name = f"installed_{database.DATABASE}"
    database.drop(name)
    with psycopg.connect(database.admin_url(), autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY OWNER rapport_owner").format(
                sql.Identifier(name), sql.Identifier(os.environ["RAPPORT_TEST_TEMPLATE"])
            )
        )
    secrets = {
        "secret_key": "only-for-tests-and-nowhere-else-0123456789-abcdefghij",
        "database_url": database.SERVER.url("rapport_app", name),
        "owner_url": database.SERVER.url("rapport_owner", name),
        "backup_url": backup_url(database.SERVER, name),
        "broker_url": prepare_queue(database.SERVER),
        "metrics_token": TOKEN,
    }
    made = Installed(name, tmp_path, free_port(), secrets)
    try:
        yield made
    finally:
        for process in made.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        database.drop(name)


def _until(true: Callable[[], bool], what: str, log: Callable[[], str] = str, *, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what} did not happen in time:\n{log()}"
        time.sleep(0.1)


def _stop(process: subprocess.Popen[bytes]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(60)


def _new_client(installed: Installed) -> str:
    """The handbook's steps without samples; returns a write key."""
    environment = {
        **installed.environment(read_units()["rapport-maintain.service"]), "ALLOWED_HOSTS": HOST,
    }  # fmt: skip
    manage("create_organisation", "Your Firm", "--kind", "firm", environment=environment)
    manage("create_organisation", "First Client", "--kind", "client", "--firm", "your-firm", environment=environment)
    return manage("create_write_key", "first-client", "--name", "web shop", environment=environment).splitlines()[-1]


def test_what_the_units_run_works_together(installed: Installed) -> None:
    units = read_units()
    web, worker, beat = (units[f"rapport-{name}.service"] for name in ("web", "worker", "beat"))
    processes = {unit.name: installed.start(unit) for unit in (web, worker, beat)}
    key = _new_client(installed)
    _until(lambda: installed.ask("/healthz")[0] == 200, "/healthz", lambda: installed.log(web))
    status, body = installed.ask("/readyz")
    assert (status, json.loads(body)["status"]) == (200, "ok"), body
    # an event over HTTP, a worker of its own, and both counted wherever one asks
    event = {"type": "track", "event": "Order Completed", "userId": "c1", "messageId": "m1"}
    sent = installed.ask(
        "/v1/batch", body=json.dumps({"batch": [event]}).encode(),
        Authorization=f"Bearer {key}", **{"Content-Type": "application/json"},
    )  # fmt: skip
    assert sent[0] == 200, sent
    stored = 'rapport_items_total{outcome="stored"}'
    _until(lambda: installed.metric(stored) == 1, "the worker's event", lambda: installed.log(worker))
    assert installed.metric('rapport_tasks_total{outcome="success",task="ingest.batch"}') >= 1
    assert installed.metric('rapport_work{kind="batch",state="waiting"}') == 0
    accepted = 'django_http_responses_total_by_status_view_method_total{method="POST",status="200",view="accept"}'
    assert installed.metric(accepted) == 1
    # the container's health check, which sees a process that is gone
    alive = [sys.executable, "-m", "engagement.operating.alive"]
    environment = installed.environment(web)
    assert subprocess.run(alive, env=environment, cwd=database.ROOT, check=False).returncode == 0
    _until(lambda: "beat: Starting" in installed.log(beat), "beat", lambda: installed.log(beat))
    assert {name: process.poll() for name, process in processes.items()} == dict.fromkeys(processes)
    assert {name: _stop(process) for name, process in processes.items()} == dict.fromkeys(processes, 0)
    gone = subprocess.run(alive, env=environment, cwd=database.ROOT, check=False, capture_output=True)
    assert gone.returncode == 1
    for unit in (web, worker, beat):
        said = installed.log(unit)
        assert "Traceback" not in said
        assert [name for name, secret in installed.secrets.items() if secret in said] == []


def test_what_the_timers_run_works(installed: Installed) -> None:
    units = read_units()
    for name, said in (("maintain", "partitions made"), ("backup", "0 old backups deleted")):
        unit = units[f"rapport-{name}.service"]
        process = installed.start(unit)
        assert process.wait(120) == 0, installed.log(unit)
        assert said in installed.log(unit)
    [dump] = (installed.folder / "state" / "rapport-backups").glob("*.dump")
    assert dump.with_suffix(".facts.json").exists()
