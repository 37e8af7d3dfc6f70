"""Where PostgreSQL's programs are, and databases made for one test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from engagement.demo.embedded import EmbeddedServer
from tenants.roles import RolePlan, create_roles
from tests import database


def programs(server: EmbeddedServer = database.SERVER) -> str:
    """The folder of pg_dump and the others that belong to the embedded server."""
    return str(server.programs)


@contextmanager
def a_database(name: str) -> Iterator[str]:
    """An empty database on the tests' server, with its grants; gone afterwards."""
    full = f"{name}_{database.DATABASE}"
    database.drop(full)
    plan = RolePlan(full, database.SERVER.password("rapport_app"), database.SERVER.password("rapport_owner"))
    create_roles(database.admin_url(), plan)
    try:
        yield full
    finally:
        database.drop(full)


def environment_of(name: str, **more: str) -> dict[str, str]:
    """What programs run in that work on a database of the tests' server."""
    return {**os.environ, **database.environment(name), **more}


def manage(*arguments: str, environment: Mapping[str, str]) -> str:
    """Run a management command in a process of its own; returns what it printed, raises when it failed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=database.ROOT, env=dict(environment), check=False, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, f"manage.py {' '.join(arguments)}:\n{done.stdout}"
    return done.stdout
