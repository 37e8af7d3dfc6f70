"""Taking a backup and bringing it back: pg_dump as rapport_backup, with the facts of the same moment beside it.

The moment is an exported snapshot: the dump and the facts both see it, whatever is written meanwhile. Passwords go to
PostgreSQL's programs through the environment, never through arguments, which everybody on the machine can read.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import psycopg

from engagement.errors import ConflictError, UnavailableError
from engagement.operating.facts import Facts, differences, read_alike, read_facts, read_sequences

_STAMP: Final = "%Y%m%dT%H%M%SZ"
_NEWEST_KEPT: Final = 1  # however old: a backup that stopped running must not delete the last one there is


@dataclass(frozen=True, slots=True)
class Backup:
    """Two files: the dump and what it holds."""

    dump: Path
    facts_file: Path
    facts: Facts

    @property
    def bytes(self) -> int:
        return self.dump.stat().st_size


def take_backup(*, url: str, folder: Path, at: datetime, programs: str = "") -> Backup:
    """Dump the database behind `url` into the folder; the files appear under their names only when both are whole.

    `programs` is the folder of pg_dump, the path otherwise. Raises UnavailableError with pg_dump's last line.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = f"rapport-{at.astimezone(UTC).strftime(_STAMP)}"
    dump, facts_file = folder / f"{name}.dump", folder / f"{name}.facts.json"
    partial, partial_facts = folder / f".{name}.dump.partial", folder / f".{name}.facts.partial"
    try:
        _touch_private(partial, partial_facts)
        facts = _dump_and_read(url, partial, programs)
        partial_facts.write_text(facts.to_json())
        run_program("pg_restore", "--list", str(partial), programs=programs)
        partial_facts.rename(facts_file)
        partial.rename(dump)
    finally:
        partial.unlink(missing_ok=True)
        partial_facts.unlink(missing_ok=True)
    return Backup(dump, facts_file, facts)


def _touch_private(*paths: Path) -> None:
    """Everything of everybody is in them: for this user's eyes only, before the first byte."""
    for path in paths:
        path.touch(mode=0o600)


def _dump_and_read(url: str, target: Path, programs: str) -> Facts:
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        read_alike(connection)
        sequences = read_sequences(connection)
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        run_program(
            "pg_dump", "--format=custom", f"--snapshot={row[0]}", f"--file={target}", url=url, programs=programs
        )
        return read_facts(connection, sequences_before=sequences)


def prune(*, folder: Path, before: datetime) -> list[Path]:
    """Delete backups taken before the instant, never the newest; returns what is gone."""
    dumps = sorted(folder.glob("rapport-*.dump"))
    gone = [path for path in dumps[:-_NEWEST_KEPT] if (taken := _taken_at(path)) and taken < before]
    for path in gone:
        path.unlink()
        path.with_suffix(".facts.json").unlink(missing_ok=True)
    return gone


def _taken_at(path: Path) -> datetime | None:
    try:
        return datetime.strptime(path.stem.removeprefix("rapport-"), _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


# ── bringing it back ─────────────────────────────────────────────────────────────────────────────────────────


def restore_backup(*, dump: Path, admin_url: str, database: str, programs: str = "") -> None:
    """Put a dump into a database that has been prepared with create_roles and is empty; all of it or nothing.

    Raises ConflictError when there are tables in it, UnavailableError with pg_restore's last line.
    """
    with psycopg.connect(admin_url, dbname=database) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        ).fetchone()
    if row and row[0]:
        raise ConflictError(f"{database} holds {row[0]} tables: a backup is restored into an empty database.")
    run_program(
        "pg_restore", "--exit-on-error", "--single-transaction", f"--dbname={database}", str(dump),
        url=admin_url, programs=programs,
    )  # fmt: skip


def check_restored(*, url: str, facts: Facts) -> tuple[Facts, list[str]]:
    """What the database behind `url` holds now, and where it is not what the facts say."""
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        found = read_facts(connection)
    return found, differences(facts, found)


# ── PostgreSQL's programs ────────────────────────────────────────────────────────────────────────────────────


def run_program(name: str, *arguments: str, url: str = "", programs: str = "") -> str:
    """Run one of PostgreSQL's programs against `url`; raises UnavailableError with its last line when it fails."""
    found = shutil.which(name, path=programs or None)
    if found is None:
        where = f"in {programs}" if programs else "on the path"
        raise UnavailableError(f"{name} is not {where}: install PostgreSQL's client programs, or set PG_BIN.")
    done = subprocess.run(  # noqa: S603  a program of PostgreSQL with arguments of our own
        [found, *arguments], check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        env={**os.environ, **_libpq(url)},
    )  # fmt: skip
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise UnavailableError(f"{name} failed: {lines[0] if lines else 'no message'}")
    return done.stdout


def _libpq(url: str) -> dict[str, str]:
    """The parts of a URL as libpq's environment; what it does not name stays as it is."""
    parts = urlsplit(url)
    named: dict[str, Any] = {
        "PGHOST": parts.hostname, "PGPORT": parts.port, "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""), "PGDATABASE": unquote(parts.path.lstrip("/")),
    }  # fmt: skip
    return {name: str(value) for name, value in named.items() if value}
