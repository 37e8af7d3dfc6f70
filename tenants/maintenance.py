"""The few acts that no organisation's scope can hold: done over the owner's connection, as the maintenance role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from tenants.policies import MAINTENANCE


@contextmanager
def maintenance() -> Iterator[CursorWrapper]:
    """A cursor in one transaction that bypasses the policies; needs DATABASE_OWNER_URL."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {MAINTENANCE}")
        yield cursor
