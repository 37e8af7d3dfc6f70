"""Back to the moment before a mistake: the handbook's two files, with the paths of the test, on two real servers."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from engagement.demo.embedded import SUPERUSER, SYSTEM_USER, EmbeddedServer
from tests import database
from tests.operating.units import FOLDER

ARCHIVE = "/srv/archive"


def _lines(name: str) -> dict[str, str]:
    """Settings of one of the two files."""
    lines = (FOLDER / "postgresql" / name).read_text().splitlines()
    pairs = (line.split(" = ", 1) for line in lines if line and not line.startswith("#"))
    return {key: value.strip("'") for key, value in pairs}


def _handed_over(path: Path) -> Path:
    """To the user that the server runs as, where it is not our own."""
    if os.geteuid() == 0:
        shutil.chown(path, SYSTEM_USER, SYSTEM_USER)
    return path


@pytest.fixture
def servers() -> Iterator[tuple[EmbeddedServer, EmbeddedServer, Path]]:
    """A running server, a place for another, and the archive between them."""
    folder = database.ROOT / ".rapport" / f"recovery-{os.getpid()}"
    first, second = EmbeddedServer(folder / "first"), EmbeddedServer(folder / "second")
    try:
        first.start()
        archive = first.data.parent / "archive"
        archive.mkdir()
        yield first, second, _handed_over(archive)
    finally:
        first.destroy()
        second.destroy()
        shutil.rmtree(folder, ignore_errors=True)


def _connect(server: EmbeddedServer) -> psycopg.Connection[Any]:
    return psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True)


def _archive_into(server: EmbeddedServer, archive: Path) -> None:
    with _connect(server) as admin:
        for name, value in _lines("archive.conf").items():
            admin.execute(
                sql.SQL("ALTER SYSTEM SET {} = {}").format(
                    sql.Identifier(name), sql.Literal(value.replace(ARCHIVE, str(archive)))
                )
            )
    server.stop()
    server.start()


def _base_backup(first: EmbeddedServer, second: EmbeddedServer) -> None:
    """What the handbook's pg_basebackup line does, into the place of the second server."""
    second.home.mkdir(parents=True)
    if os.geteuid() == 0:
        second._prepare_root()
    shutil.copy(first.home / "server.json", second.home / "server.json")
    first._run("pg_basebackup", "--dbname", first.url(SUPERUSER, "postgres"), "--pgdata", str(second.data),
               "--checkpoint=fast")  # fmt: skip


def _archived(admin: psycopg.Connection[Any]) -> None:
    """Wait until everything up to now lies in the archive."""
    row = admin.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
    assert row is not None
    deadline = time.monotonic() + 60
    while True:
        last = admin.execute("SELECT last_archived_wal, last_failed_wal FROM pg_stat_archiver").fetchone()
        assert last is not None
        if last[0] is not None and last[0] >= row[0]:
            return
        assert time.monotonic() < deadline, last
        time.sleep(0.1)


def _recover(second: EmbeddedServer, archive: Path, moment: str) -> None:
    settings = {**_lines("recover.conf"), "recovery_target_time": moment}
    with (second.data / "postgresql.auto.conf").open("a") as file:
        for name, value in settings.items():
            file.write(f"{name} = '{value.replace(ARCHIVE, str(archive))}'\n")
    signal = second.data / "recovery.signal"
    signal.touch()
    _handed_over(signal)
    second.start()


def test_back_to_the_moment_before_a_mistake(servers: tuple[EmbeddedServer, EmbeddedServer, Path]) -> None:
    first, second, archive = servers
    _archive_into(first, archive)
    with _connect(first) as admin:
        admin.execute("CREATE TABLE notes AS SELECT 'before the base backup' AS note")
        _base_backup(first, second)
        admin.execute("INSERT INTO notes VALUES ('after it')")
        row = admin.execute("SELECT clock_timestamp()::text FROM pg_sleep(0.05)").fetchone()
        assert row is not None
        admin.execute("SELECT pg_sleep(0.05)")
        admin.execute("DELETE FROM notes")  # the mistake
        admin.execute("INSERT INTO notes VALUES ('after the mistake')")
        _archived(admin)
        assert admin.execute("SELECT note FROM notes").fetchall() == [("after the mistake",)]
    first.stop()
    _recover(second, archive, row[0])
    with _connect(second) as admin:
        assert admin.execute("SELECT note FROM notes").fetchall() == [("before the base backup",), ("after it",)]
        _until_promoted(admin)
        admin.execute("INSERT INTO notes VALUES ('life goes on')")


def _until_promoted(admin: psycopg.Connection[Any]) -> None:
    deadline = time.monotonic() + 30
    while admin.execute("SELECT pg_is_in_recovery()").fetchone() != (False,):
        assert time.monotonic() < deadline, "it is still recovering"
        time.sleep(0.1)


def test_an_archived_file_is_never_written_over() -> None:
    command = _lines("archive.conf")["archive_command"]
    assert command.startswith("test ! -f /srv/archive/%f && ")
