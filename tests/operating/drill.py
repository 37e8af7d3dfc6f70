"""The drill: a backup is taken while events come in and are scored, restored on an empty server, and put to work.

`make restore-drill` prints its figures; test_drill.py runs it on less and takes protections away.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
from django.db import connections
from psycopg import sql

from engagement.demo.embedded import SUPERUSER, EmbeddedServer
from engagement.ingest.services import accept_batch, process_batch
from engagement.insights.services import score
from engagement.operating.backup import Backup, run_program, take_backup
from engagement.operating.facts import Facts, read_facts
from tests import database
from tests.conftest import NOW
from tests.ingest.sending import take, track
from tests.insights.ledger_world import FIRST
from tests.operating.places import environment_of, manage, programs
from tests.operating.sample_world import Sample, build_sample

RESTORED, USED = "rapport_restored", "rapport_used"
BATCH = 200


def backup_url(server: EmbeddedServer, name: str) -> str:
    """rapport_backup cannot log in until somebody gives it a password: here one made of another that is random."""
    password = f"backup-{server.password('rapport_app')}"
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("ALTER ROLE rapport_backup PASSWORD {}").format(sql.Literal(password)))
    return f"postgres://rapport_backup:{password}@127.0.0.1:{server.port}/{name}"


# ── load ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Load:
    """What came in and what was scored while the backup was taken."""

    events: int = 0
    scorings: int = 0
    failures: list[BaseException] = field(default_factory=list)

    def wait(self) -> None:
        """Until more has come in and been scored than now."""
        events, scorings = self.events, self.scorings
        _until(lambda: bool(self.failures) or (self.events > events and self.scorings > scorings))


@contextmanager
def _more_stored_before_the_dump(load: Load) -> Iterator[None]:
    """What is committed after the snapshot and before pg_dump begins must not be in the dump: there is such."""

    def later(name: str, *arguments: str, **places: str) -> str:
        if name == "pg_dump":
            load.wait()
        return run_program(name, *arguments, **places)

    with patch("engagement.operating.backup.run_program", later):
        yield


@contextmanager
def under_load(sample: Sample) -> Iterator[Load]:
    """Requests are accepted and worked off by one thread, scorings done by another, until the block ends."""
    load, ended = Load(), threading.Event()

    def feed() -> None:
        number = 1_000_000
        while not ended.is_set():
            messages = [
                track(at % 40 + 1, messageId=f"load-{at}", event="order") for at in range(number, number + BATCH)
            ]
            batch_id = accept_batch(
                body=json.dumps({"batch": messages}).encode(), kind="batch", content_encoding=None,
                authorization=f"Bearer {sample.key}", now=datetime.now(UTC),
            )  # fmt: skip
            counts = process_batch(organisation_id=sample.fed.id, batch_id=batch_id, now=datetime.now(UTC))
            load.events += counts.stored if counts else 0
            number += BATCH

    def work() -> None:
        while not ended.is_set():
            score(organisation_id=sample.fed.id, as_of=FIRST, cause="request", now=NOW)
            load.scorings += 1

    def guarded(task: Any) -> None:
        try:
            task()
        except BaseException as error:  # noqa: BLE001  told by whoever waits for the thread
            load.failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=guarded, args=(task,)) for task in (feed, work)]
    for thread in threads:
        thread.start()
    try:
        load.wait()
        yield load
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert not load.failures, load.failures


def _until(true: Any, *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


# ── the drill ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Drill:
    """What came out. `restored` is the new server; `seconds` by step."""

    sample: Sample
    backup: Backup
    load: Load
    after: Facts  # of the source, when the load had ended
    restored: EmbeddedServer
    said: str = ""
    seen: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What commands run in that work on what was restored."""
        return self.environment_of(RESTORED)

    def environment_of(self, name: str) -> dict[str, str]:
        """The same for another database of that server."""
        server = self.restored
        return environment_of(
            name,
            DATABASE_URL=server.url("rapport_app", name),
            DATABASE_OWNER_URL=server.url("rapport_owner", name),
            DATABASE_BACKUP_URL=backup_url(server, name),
            PG_BIN=programs(),
        )

    def figures(self) -> str:
        """The table that `make restore-drill` prints."""
        facts = self.backup.facts
        [run] = [run for run in self.seen["runs"] if run["client"] == self.sample.scored.organisation.slug]
        rows = sum(facts.rows.values())
        lines = {
            "stored while the backup was taken": f"{self.load.events:,} events, {self.load.scorings} scorings",
            "in the backup": f"{len(facts.rows)} tables, {rows:,} rows, {self.backup.bytes:,} bytes",
            "in the source afterwards": f"{sum(self.after.rows.values()):,} rows",
            "compared": f"{facts.count:,} facts: "
            + ", ".join(f"{len(named):,} {kind}" for kind, named in facts.catalogue.items()),
            "found by the restore": self.said.splitlines()[-1].partition(" Next")[0],
            "the application there": f"/readyz {self.seen['readyz']}, scorecards {self.seen['scorecards']}",
            "the same day scored again": "the same sums" if run["sums"][0] == run["sums"][1] else "OTHER SUMS",
            "seconds": ", ".join(f"{step} {seconds:.1f}" for step, seconds in self.seconds.items()),
        }
        width = max(map(len, lines))
        return "\n".join(f"{name:<{width}}  {text}" for name, text in lines.items())


@contextmanager
def drilled(*, rows: int) -> Iterator[Drill]:
    """Do all of it on the tests' own database, with a file of `rows` events besides the sample; clears up."""
    with tempfile.TemporaryDirectory(prefix="drill-", dir=database.ROOT / ".rapport") as folder:
        drill = _back_up(rows=rows, folder=Path(folder))
        try:
            with _timed(drill, "new server"):
                drill.restored.start()
                _prepare_roles(drill.restored)
            with _timed(drill, "restore and compare"):
                drill.said = manage(
                    "restore_backup", str(drill.backup.dump),
                    "--admin-url", drill.restored.url(SUPERUSER, "postgres"), environment=drill.environment,
                )  # fmt: skip
            with _timed(drill, "start and score"):
                _copy(drill.restored)  # so that what was restored stays as it was restored
                manage("check", "--database", "default", environment=drill.environment_of(USED))
                drill.seen = look(drill.environment_of(USED))
            yield drill
        finally:
            drill.restored.destroy()


def _back_up(*, rows: int, folder: Path) -> Drill:
    sample = build_sample()
    if rows:
        take(sample.world.other, _file(rows))
    name = database.DATABASE
    url, begun = backup_url(database.SERVER, name), time.monotonic()
    with under_load(sample) as load, _more_stored_before_the_dump(load):
        backup = take_backup(url=url, folder=folder / "backups", at=datetime.now(UTC), programs=programs())
        load.wait()
    taken = time.monotonic() - begun
    with psycopg.connect(url) as connection:
        after = read_facts(connection)
    return Drill(sample, backup, load, after, EmbeddedServer(folder / "restored"), seconds={"backup": taken})


def _file(rows: int) -> str:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    lines = [
        f"c{at % 5_000 + 1},order,{first + timedelta(minutes=at % 80_000):%Y-%m-%dT%H:%M:%SZ}" for at in range(rows)
    ]
    return "\n".join(["customer,event,time", *lines])


def _prepare_roles(server: EmbeddedServer) -> None:
    """Only so that a password can be set before create_roles makes the rest: the drill's URLs name it."""
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as admin:
        admin.execute("CREATE ROLE rapport_backup LOGIN")


def _copy(server: EmbeddedServer) -> None:
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {USED} TEMPLATE {RESTORED} STRATEGY FILE_COPY OWNER rapport_owner")


@contextmanager
def _timed(drill: Drill, step: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    drill.seconds[step] = time.monotonic() - begun


def look(environment: dict[str, str]) -> dict[str, Any]:
    """What tests.operating.opened says about a database."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.operating.opened"],
        cwd=database.ROOT, env=environment, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))
