"""Migration operations go forward and back as the owner role, which has no more rights than in production."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tenants.operations import DefinerFunction
from tests import database


class _Owner:
    """What a schema editor is to an operation: statements, executed as the owner, in a transaction of their own."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def execute(self, statement: str) -> None:
        self.connection.execute(statement)


@pytest.mark.usefixtures("django_db_setup")
def test_a_definer_function_is_made_and_dropped_by_the_owner() -> None:
    operation = DefinerFunction("one", arguments="", returns="bigint", body="SELECT 1::bigint")
    there: Any = "SELECT count(*) FROM pg_proc WHERE proname = 'one'"
    with psycopg.connect(database.environment(database.DATABASE)["DATABASE_OWNER_URL"]) as connection:
        editor: Any = _Owner(connection)
        operation.database_forwards("scoring", editor, None, None)  # type: ignore[arg-type]  # no model is asked for
        assert connection.execute(there).fetchone() == (1,)
        operation.database_backwards("scoring", editor, None, None)  # type: ignore[arg-type]
        assert connection.execute(there).fetchone() == (0,)
        assert connection.execute("SELECT current_user = session_user").fetchone() == (True,)
        connection.rollback()
