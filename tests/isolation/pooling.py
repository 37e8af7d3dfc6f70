"""Connections that are handed from one to the next: psycopg's pool within a process, pgbouncer between processes."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from django.db import connections

from engagement.demo.embedded import SYSTEM_USER, free_port
from tests import database

_SECONDS_TO_START = 10
CONNECTIONS = 3  # fewer than threads, so that each is handed on all the time


@contextmanager
def changed_settings(changes: Mapping[str, Any]) -> Iterator[None]:
    """New threads connect with these settings; the caller's own connection stays as it is."""
    with mock.patch.dict(connections.settings["default"], changes):
        yield


@contextmanager
def pool() -> Iterator[None]:
    """Django's pool of psycopg, as DATABASES would have it."""
    options = {**connections.settings["default"]["OPTIONS"], "pool": {"min_size": 1, "max_size": CONNECTIONS}}
    with changed_settings({"OPTIONS": options, "CONN_MAX_AGE": 0}):
        wrapper = connections.create_connection("default")
        try:
            yield
        finally:
            wrapper.close_pool()  # type: ignore[attr-defined]  # of PostgreSQL's back end


@contextmanager
def pgbouncer() -> Iterator[None]:
    """pgbouncer in transaction mode before the test's own server, with DATABASE_POOLED as README says."""
    with ExitStack() as stack:
        port = stack.enter_context(_running_pgbouncer())
        changes = {"HOST": "127.0.0.1", "PORT": str(port), "DISABLE_SERVER_SIDE_CURSORS": True, "CONN_MAX_AGE": 600}
        stack.enter_context(changed_settings(changes))
        yield


def pgbouncer_program() -> str | None:
    """Where it is installed; None where it is not."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def _running_pgbouncer() -> Iterator[int]:
    program, port = pgbouncer_program(), free_port()
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="pgbouncer-") as name:
        folder = Path(name)
        _write_settings(folder, port)
        account = _account()
        if account is not None:
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, account)
        command = [program, str(folder / "pgbouncer.ini")]
        process = subprocess.Popen(command, user=account, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port, process, folder / "pgbouncer.log")
            yield port
        finally:
            process.terminate()
            process.wait(timeout=_SECONDS_TO_START)


def _account() -> str | None:
    """pgbouncer refuses to run as root."""
    return pwd.getpwnam(SYSTEM_USER).pw_name if os.geteuid() == 0 else None


def _write_settings(folder: Path, port: int) -> None:
    password = database.SERVER.password("rapport_app")
    (folder / "users.txt").write_text(f'"rapport_app" "{password}"\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n{database.DATABASE} = host=127.0.0.1 port={database.SERVER.port}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = scram-sha-256\nauth_file = {folder / 'users.txt'}\nlogfile = {folder / 'pgbouncer.log'}\n"
        f"pool_mode = transaction\ndefault_pool_size = {CONNECTIONS}\nmax_client_conn = 100\n"
    )
    (folder / "users.txt").chmod(0o600)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"pgbouncer did not start: {log.read_text()[-300:] if log.exists() else process.returncode}")
