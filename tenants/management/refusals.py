"""How a command says that something could not be done: one clear line on stderr, exit status 1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.core.management.base import CommandError
from django.db import DatabaseError

from engagement.errors import RapportError


def one_line(error: RapportError) -> str:
    """Message and fields in one line: "The two URLs do not fit. DATABASE_URL: its user must be …"."""
    fields = [f"{name}: {' '.join(texts)}" for name, texts in error.fields.items()]
    return " ".join([error.message, *fields])


@contextmanager
def refusals() -> Iterator[None]:
    """Turns an expected failure, the product's or the database's, into a CommandError."""
    try:
        yield
    except RapportError as error:
        raise CommandError(one_line(error)) from None
    except (psycopg.Error, DatabaseError) as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise CommandError(f"The database refused: {lines[0] if lines else type(error).__name__}") from None
