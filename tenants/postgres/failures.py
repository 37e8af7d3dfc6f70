"""What a failure of the database says: of the row, of the statement, or only that no server answers."""

from __future__ import annotations

from typing import Final

from django.db import InterfaceError, OperationalError

# The server is going, gone, coming up, or full: admin_shutdown, crash_shutdown, cannot_connect_now,
# too_many_connections. Class 08 are broken connections.
_AWAY: Final = frozenset({"57P01", "57P02", "57P03", "53300"})


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's code of a failure, if it has one."""
    return getattr(error.__cause__, "sqlstate", None)


def is_away(error: BaseException | None) -> bool:
    """True for a failure that only says: the server is not there, or the connection to it is not."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    state = sqlstate(error)
    return state is None or state in _AWAY or state.startswith("08")
