"""Celery's queue without a broker server: pgmq on the same PostgreSQL, in a database and with a role of its own."""

from __future__ import annotations

import psycopg
from pgmq.install import get_embedded_install_sql
from psycopg import sql

from engagement.demo.embedded import SUPERUSER, EmbeddedServer

QUEUE_ROLE = "rapport_queue"
QUEUE_DATABASE = "rapport_queue"


def prepare_queue(server: EmbeddedServer) -> str:
    """Make the queue's role, database and functions where they are missing; returns the broker's URL."""
    admin = server.url(SUPERUSER, "postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [QUEUE_ROLE]).fetchone():
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER PASSWORD {}").format(
                    sql.Identifier(QUEUE_ROLE), sql.Literal(server.password(QUEUE_ROLE))
                )
            )
        # A message only wakes. One that is lost with the server's memory is missed by nobody: what waits stands in the
        # database itself. So nobody waits for a disk to send one, or to take one.
        connection.execute(sql.SQL("ALTER ROLE {} SET synchronous_commit = off").format(sql.Identifier(QUEUE_ROLE)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [QUEUE_DATABASE]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(QUEUE_DATABASE), sql.Identifier(QUEUE_ROLE)
                )
            )
    own = server.url(QUEUE_ROLE, QUEUE_DATABASE)
    with psycopg.connect(own) as connection:
        # Its SQL cannot be installed twice.
        if not connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'pgmq'").fetchone():
            connection.execute(get_embedded_install_sql())
    return own.replace("postgres://", "pgmq://", 1)
