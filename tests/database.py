"""Loaded before Django's settings: an embedded PostgreSQL for the tests, and the environment that points at it.

The cluster lies in .rapport/test and is shared by runs at the same time; it stops with the last of them. Each worker
clones its database from a template that has been migrated once, with its grants and revokes.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from engagement.demo.embedded import SUPERUSER, EmbeddedServer, locked
from tenants.roles import RolePlan, create_roles

ROOT = Path(__file__).resolve().parent.parent
SERVER = EmbeddedServer(
    ROOT / ".rapport" / "test",
    settings={"fsync": "off", "full_page_writes": "off", "max_connections": "200", "shared_buffers": "512MB"},
)
RUNS = ROOT / ".rapport" / "test-runs"


def environment(database: str) -> dict[str, str]:
    return {
        "SECRET_KEY": "only-for-tests-and-nowhere-else-0123456789-abcdefghij",
        "DATABASE_URL": SERVER.url("rapport_app", database),
        "DATABASE_OWNER_URL": SERVER.url("rapport_owner", database),
        "CELERY_BROKER_URL": "memory://",
        "PLAIN_STATIC": "true",
        "PUBLIC_URL": "http://testserver",
        "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
        "UPLOAD_ROOT": str(ROOT / ".rapport" / "test-uploads" / str(os.getpid())),
        "LOG_LEVEL": "CRITICAL",
        "MFA_REQUIRED": "false",  # asked for where it is what a test is about
    }


def admin_url(database: str = "postgres") -> str:
    return SERVER.url(SUPERUSER, database)


def template_name() -> str:
    """Named after everything a migrated database depends on."""
    digest = hashlib.sha256()
    sources = [*ROOT.glob("engagement/*/migrations/*.py"), *ROOT.glob("tenants/migrations/*.py")]
    sources += [ROOT / "tenants" / name for name in ("operations.py", "policies.py", "roles.py")]
    for path in sorted(sources):
        digest.update(path.read_bytes())
    return f"template_{digest.hexdigest()[:12]}"


def prepare_template() -> str:
    name = template_name()
    with psycopg.connect(admin_url(), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if known:
            return name
        for (old,) in connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'template\\_%'"
        ).fetchall():
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(old)))
    partial = f"partial_{os.getpid()}"
    plan = RolePlan(partial, SERVER.password("rapport_app"), SERVER.password("rapport_owner"))
    create_roles(admin_url(), plan)
    command = [sys.executable, "manage.py", "migrate", "--database", "owner", "--verbosity", "0", "--skip-checks"]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, **environment(partial)})
    with psycopg.connect(admin_url(), autocommit=True) as connection:
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(partial), sql.Identifier(name))
        )
    return name


def clone(name: str) -> None:
    """A worker's own database: one file copy, grants and revokes included, and owned as a real one is."""
    with locked(ROOT / ".rapport" / "test-clone.lock"), psycopg.connect(admin_url(), autocommit=True) as connection:
        drop(name)
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY OWNER rapport_owner").format(
                sql.Identifier(name), sql.Identifier(os.environ["RAPPORT_TEST_TEMPLATE"])
            )
        )


def drop(name: str) -> None:
    with psycopg.connect(admin_url(), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _alive(pid: str) -> bool:
    return Path(f"/proc/{pid}").exists()


def _begin() -> None:
    RUNS.mkdir(parents=True, exist_ok=True)
    with locked(ROOT / ".rapport" / "test-start.lock"):
        (RUNS / str(os.getpid())).touch()
        SERVER.start()
        os.environ["RAPPORT_TEST_TEMPLATE"] = prepare_template()
    os.environ["RAPPORT_TEST_RUN"] = str(os.getpid())


def _end() -> None:
    with locked(ROOT / ".rapport" / "test-start.lock"):
        (RUNS / str(os.getpid())).unlink(missing_ok=True)
        if not any(_alive(other.name) for other in RUNS.iterdir()):
            SERVER.stop()


(ROOT / "build" / "static").mkdir(parents=True, exist_ok=True)  # where whitenoise looks
if "PYTEST_XDIST_WORKER" not in os.environ:
    _begin()
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw")
DATABASE = f"test_{os.environ['RAPPORT_TEST_RUN']}_{WORKER}"
os.environ.update(environment(DATABASE))


def pytest_unconfigure(config: pytest.Config | None) -> None:
    drop(DATABASE)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        _end()
