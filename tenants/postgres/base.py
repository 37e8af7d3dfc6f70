"""PostgreSQL for the runtime role: one statement at a time.

psycopg speaks the simple protocol when a statement has no parameters, and the simple protocol runs several statements
in one string. Injected SQL could then set its own scope, so the wrapper refuses such strings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.db import ProgrammingError
from django.db.backends.postgresql import base

# What may hold a semicolon without ending a statement: strings, quoted names, dollar quotes, comments.
_QUOTED = re.compile(
    r"""E'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*" | \$(\w*)\$.*?\$\1\$ | --[^\n]* | /\*.*?\*/""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


def has_several_statements(sql: str) -> bool:
    """True if anything but white space follows a semicolon outside quotes and comments."""
    if ";" not in sql:
        return False
    bare = _QUOTED.sub(" ", sql)
    return bool(bare.partition(";")[2].strip())


# Statements that leave every row as it is, so that what was read before them still holds.
_READS = re.compile(r"\s*(?:--[^\n]*\n\s*)*(?:\(\s*)*(?:SELECT|SET|SHOW|SAVEPOINT|RELEASE|EXPLAIN)\b", re.IGNORECASE)


def may_change(sql: str) -> bool:
    """Whether a statement may change rows; all but those that plainly do not.

    >>> may_change("SELECT 1"), may_change("UPDATE t SET a = 1"), may_change("ROLLBACK TO SAVEPOINT s")
    (False, True, True)
    >>> may_change("(SELECT 1) UNION ALL (SELECT 2)"), may_change("(WITH a AS (DELETE FROM t) SELECT 1)")
    (False, True)
    """
    return _READS.match(sql) is None


def refuse_several_statements(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Execute wrapper: raises ProgrammingError before anything is sent."""
    if isinstance(sql, str) and has_several_statements(sql):
        raise ProgrammingError("Several statements in one string are refused for the runtime role.")
    return execute(sql, params, many, context)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own back end with the refusal built in, so that no connection can be without it.

    `changes` counts the statements that may have changed rows, rollbacks among them.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.changes = 0
        self.execute_wrappers.append(refuse_several_statements)
        self.execute_wrappers.append(self._count_changes)

    def _count_changes(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        if may_change(sql if isinstance(sql, str) else sql.as_string(None)):
            self.changes += 1
        return execute(sql, params, many, context)
