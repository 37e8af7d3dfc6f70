"""A cluster of the drill's own with fsync on, and the programs of production, started again when they have ended."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg

from engagement.demo.embedded import SUPERUSER, EmbeddedError, EmbeddedServer, free_port
from engagement.demo.queue import prepare_queue
from tenants.roles import create_roles, plan_from_urls
from tests import database

NAME = "rapport"
SUPERVISOR_SECONDS = 0.5  # systemd's RestartSec is 2


@dataclass
class Program:
    """One program that is started again whenever it has ended."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    starts: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process and self.process.poll() is None else None

    def children(self) -> list[int]:
        """The processes it has forked, now, whichever of its threads did."""
        found = []
        for path in Path(f"/proc/{self.pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += [int(pid) for pid in path.read_text().split()]
        return found

    def ensure(self) -> None:
        if self.pid is None:
            self.starts += 1
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    self.command, cwd=database.ROOT, env=dict(self.environment), stdout=log,
                    stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
                )  # fmt: skip

    def end(self) -> None:
        """It and whatever it started; its session is its own."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Cluster:
    """PostgreSQL with fsync on; the supervisor starts it again when its first process is gone."""

    server: EmbeddedServer
    starts: int = 0

    def postmaster(self) -> int | None:
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((self.server.data / "postmaster.pid").read_text().split()[0])
            os.kill(pid, 0)
            return pid
        return None

    def ensure(self) -> None:
        if self.postmaster() is None:
            self.starts += 1
            with contextlib.suppress(EmbeddedError):  # what the dead one held may not be free yet: once more, then
                self.server.start()

    def admin(self, name: str = NAME) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.server.url(SUPERUSER, name), autocommit=True, connect_timeout=2)

    def answers(self) -> bool:
        with contextlib.suppress(psycopg.Error), self.admin() as admin:
            admin.execute("SELECT 1")
            return True
        return False


def make_cluster(folder: Path, **settings: str) -> Cluster:
    """Migrated as a copy of the tests' template, which has been migrated once; with its roles and its queue."""
    # syncfs: recovery does not open each of the many files of an empty database to sync it. Commits are synchronous by
    # default: said here it would stand on the command line, where no control could take it away.
    safe = {"fsync": "on", "recovery_init_sync_method": "syncfs", "track_commit_timestamp": "on"}
    server = EmbeddedServer(folder / "postgres", settings={"shared_buffers": "128MB", **safe, **settings})
    server.start()
    app, owner = server.url("rapport_app", NAME), server.url("rapport_owner", NAME)
    create_roles(server.url(SUPERUSER, "postgres"), plan_from_urls(database_url=app, owner_url=owner))
    template = database.SERVER.url(SUPERUSER, os.environ["RAPPORT_TEST_TEMPLATE"])
    dump = folder / "template.sql"
    programs = server.programs
    subprocess.run([programs / "pg_dump", "--file", dump, template], check=True)
    copied = subprocess.run(
        [programs / "psql", "--quiet", "--single-transaction", "--file", dump, server.url(SUPERUSER, NAME)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert "ROLLBACK" not in copied.stdout, copied.stderr
    return Cluster(server)


@dataclass
class Stack:
    """Everything that runs: database, web, worker, beat, and the broker where it is a program of its own."""

    cluster: Cluster
    port: int
    folder: Path
    environment: dict[str, str]
    programs: dict[str, Program] = field(default_factory=dict)
    _ending: threading.Event = field(default_factory=threading.Event)
    _paused: threading.Lock = field(default_factory=threading.Lock)
    _supervisor: threading.Thread | None = None

    def add(self, name: str, *command: str, **environment: str) -> Program:
        log = self.folder / f"{name}.log"
        self.programs[name] = Program(name, command, {**self.environment, **environment}, log)
        return self.programs[name]

    def replace(self, name: str, *command: str) -> None:
        """Another command from now on."""
        with self._paused:
            self.programs[name].end()
            self.programs[name].command = command

    def start(self) -> None:
        for program in self.programs.values():
            program.ensure()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)
        self._supervisor.start()

    def _supervise(self) -> None:
        while not self._ending.wait(SUPERVISOR_SECONDS):
            with self._paused:
                self.cluster.ensure()
                for program in self.programs.values():
                    program.ensure()

    def end(self) -> None:
        self._ending.set()
        if self._supervisor is not None:
            self._supervisor.join()
        for program in reversed(self.programs.values()):
            program.end()
        self.cluster.server.destroy()
        shutil.rmtree(self.folder, ignore_errors=True)

    def said(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""


def python(*module: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *module)


WORKER = ("worker", "--concurrency", "2", "--loglevel", "info",
          "--without-gossip", "--without-mingle", "--without-heartbeat")  # fmt: skip


def make_stack(folder: Path, *, broker: str = "pgmq", **settings: str) -> Stack:
    """The commands of the units (engagement/operating/systemd), with shorter leases and sweeps than in production."""
    folder.mkdir(parents=True)
    cluster = make_cluster(folder)
    port, broker_port = free_port(), free_port()
    urls = {
        "pgmq": lambda: prepare_queue(cluster.server),
        "redis": lambda: f"redis://127.0.0.1:{broker_port}/0",
        "rabbitmq": lambda: f"amqp://guest:guest@127.0.0.1:{broker_port}//",
    }
    environment = {
        **os.environ,
        "DATABASE_URL": cluster.server.url("rapport_app", NAME),
        "DATABASE_OWNER_URL": cluster.server.url("rapport_owner", NAME),
        "CELERY_BROKER_URL": urls[broker](),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1",
        "UPLOAD_ROOT": str(folder / "uploads"),
        "WEB_BIND": f"127.0.0.1:{port}",
        "LOG_LEVEL": "WARNING",
        "WORK_LEASE_SECONDS": "5",
        "SWEEP_SECONDS": "2",
        "SWEEP_MOST": "10",
        "BROKER_VISIBILITY_SECONDS": "10",
        "PYTHONUNBUFFERED": "1",
        **settings,
    }
    stack = Stack(cluster, port, folder, environment)
    if broker in BROKERS:
        BROKERS[broker](stack, broker_port)
    stack.add("web", *python("gunicorn", "engagement.wsgi", "--config", "python:engagement.operating.web"))
    stack.add("worker", *python("celery", "-A", "engagement.celery", *WORKER))
    stack.add("beat", *python("celery", "-A", "engagement.celery", "beat", "--loglevel", "warning",
                              "--schedule", str(folder / "beat"), "--pidfile", ""))  # fmt: skip
    return stack


def _redis(stack: Stack, port: int) -> None:
    """Keeps nothing on disk: whatever waits in it is gone with it."""
    stack.add("broker", "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "",
              "--dir", str(stack.folder))  # fmt: skip


def _rabbitmq(stack: Stack, port: int) -> None:
    """A node of its own, with its own name, ports, cookie and folder, that answers this machine only."""
    home = stack.folder / "rabbitmq"
    home.mkdir()
    (home / "plugins").write_text("[].")
    # Debian's command in the path becomes another user; the program beside its libraries does not.
    own = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    stack.add(
        "broker", str(own if own.exists() else "rabbitmq-server"),
        HOME=str(home), RABBITMQ_NODENAME=f"drill{port}@localhost", RABBITMQ_NODE_IP_ADDRESS="127.0.0.1",
        RABBITMQ_NODE_PORT=str(port), RABBITMQ_DIST_PORT=str(free_port()), RABBITMQ_MNESIA_BASE=str(home / "data"),
        RABBITMQ_LOG_BASE=str(home), RABBITMQ_PID_FILE=str(home / "pid"), RABBITMQ_CONFIG_FILE=str(home / "none"),
        RABBITMQ_ENABLED_PLUGINS_FILE=str(home / "plugins"), RABBITMQ_CONF_ENV_FILE=str(home / "none"),
    )  # fmt: skip


BROKERS: Final[dict[str, Callable[[Stack, int], None]]] = {"redis": _redis, "rabbitmq": _rabbitmq}
"""Those that are programs of their own; pgmq is part of the database."""


def until(true: object, what: str, *, seconds: float = 60) -> float:
    """Wait until it is so; returns the seconds it took, raises AssertionError when they are over."""
    assert callable(true)
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.05)
    return time.monotonic() - begun
