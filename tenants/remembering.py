"""What one scope has read already: a page asks for the same runs and rows in several places, the database once.

A scope is one transaction, so what is remembered is of that transaction; it is forgotten with the scope, and whenever a
statement of this connection has changed anything (`DatabaseWrapper.changes`). Nothing outlives the request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from django.db import connection

from tenants.postgres.base import DatabaseWrapper
from tenants.scope import Scope, require_scope

T = TypeVar("T")


def remembered(name: str, make: Callable[[], T]) -> T:
    """What `make` gave when this scope first asked by this name; raises ScopeError without a scope.

    `name` says all that the answer depends on, the organisation apart: another scope has a memory of its own.
    """
    memory = _memory(require_scope())
    if name not in memory:
        memory[name] = make()
    return cast("T", memory[name])


def _memory(scope: Scope) -> dict[str, object]:
    changes = cast("DatabaseWrapper", connection).changes
    if scope.memory.changes != changes:
        scope.memory.changes = changes
        scope.memory.kept.clear()
    return scope.memory.kept
