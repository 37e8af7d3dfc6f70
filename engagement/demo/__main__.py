"""`make demo`: everything on one machine with nothing but Python. Running it again is quick and changes nothing."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from engagement.demo import supervise
from engagement.demo.embedded import SUPERUSER, EmbeddedError, EmbeddedServer
from engagement.demo.queue import prepare_queue
from tenants.roles import create_roles, plan_from_urls

ROOT = Path(__file__).resolve().parent.parent.parent
STATE = ROOT / ".rapport"
DEFAULT_PORT = 8000
LAST_PORT = 65_535


class DemoError(RuntimeError):
    """A step failed; the message is one clear line."""


@contextmanager
def step(text: str) -> Iterator[Callable[[str], None]]:
    """One line of progress: what is being done, then how long it took."""
    print(f"  {text} … ", end="", flush=True)
    begun = time.monotonic()
    result: list[str] = []
    yield result.append
    print(f"{result[-1] if result else 'done'} ({time.monotonic() - begun:.1f} s)", flush=True)


def chosen_port() -> int:
    """PORT, or 8000; raises DemoError when it is not a port or somebody listens on it."""
    text = os.environ.get("PORT", str(DEFAULT_PORT))
    if not text.isdigit() or not 1 <= int(text) <= LAST_PORT:
        raise DemoError(f"PORT={text} is not a port: give a number from 1 to 65535.")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", int(text))) == 0:
            raise DemoError(f"Port {text} is taken. Choose another: make demo PORT={int(text) + 1}")
    return int(text)


def secret_key() -> str:
    """The demo's own secret, made once and kept beside its data."""
    path = STATE / "secret"
    if not path.exists():
        STATE.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


def prepare_tables(environment: dict[str, str]) -> None:
    """Migrations, partitions and static files, in one process; raises DemoError with its last line when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "engagement.demo.tables"], cwd=ROOT, env=environment, check=False, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        raise DemoError(f"Preparing the database failed: {lines[-1] if lines else 'no message'}")


def demo_environment(port: int) -> dict[str, str]:
    """The environment everything runs in; starts the embedded server unless DATABASE_URL names another."""
    environment = {
        "SECRET_KEY": secret_key(),
        "PUBLIC_URL": f"http://localhost:{port}",
        "DEMO": "true",
        "CSRF_TRUSTED_ORIGINS": f"http://localhost:{port},http://127.0.0.1:{port}",
        "LOG_LEVEL": "WARNING",
        "UPLOAD_ROOT": str(STATE / "uploads"),
    }
    if "DATABASE_URL" not in os.environ:
        environment |= embedded_environment()
    return {**environment, **os.environ, "PYTHONUNBUFFERED": "1"}


def prepare(port: int) -> dict[str, str]:
    """Server, roles, migrations, static files; returns the environment."""
    environment = demo_environment(port)
    with step("Tables, policies, static files"):
        prepare_tables(environment)
    return environment


def embedded_environment() -> dict[str, str]:
    """The embedded server, with its roles and the queue."""
    server = EmbeddedServer(STATE / "postgres")
    with step("PostgreSQL") as say:
        server.start()
        say(f"port {server.port}")
    app, owner = server.url("rapport_app", "rapport"), server.url("rapport_owner", "rapport")
    with step("Roles and queue"):
        create_roles(server.url(SUPERUSER, "postgres"), plan_from_urls(database_url=app, owner_url=owner))
        broker = prepare_queue(server)
    return {"DATABASE_URL": app, "DATABASE_OWNER_URL": owner, "CELERY_BROKER_URL": broker}


def welcome(port: int) -> str:
    return f"\n  Rapport runs at http://localhost:{port}\n  Ctrl-C stops everything.\n"


@contextmanager
def alone() -> Iterator[None]:
    """One demo at a time in this folder: a second one would stop the first one's database on its way out."""
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / "demo.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError("A demo of this folder is still running, or stopping. Stop it, or wait a moment.") from None
        yield


def run() -> int:
    """Prepare, load, serve; the embedded server stops with it."""
    port = chosen_port()
    try:
        environment = prepare(port)
        loading = subprocess.run([sys.executable, "-m", "engagement.demo.load"], cwd=ROOT, env=environment, check=False)
        if loading.returncode:
            raise DemoError("The samples could not be loaded; the line above says why.")
        if "--prepare" in sys.argv:
            return 0
        print(welcome(port), flush=True)
        return supervise.run(supervise.programs(port=port, state=STATE), environment=environment, folder=ROOT)
    finally:
        if "DATABASE_URL" not in os.environ:
            EmbeddedServer(STATE / "postgres").stop()


def main() -> int:
    print("\nRapport, demonstration\n", flush=True)
    try:
        with alone():
            return run()
    except (DemoError, EmbeddedError, psycopg.Error) as error:
        print(f"\n  {str(error).strip().splitlines()[0]}\n", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n  Stopped.\n", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
