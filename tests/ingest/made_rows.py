"""The same rows as a file of each form, for tests that hold for all of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tests.ingest.made_files import parquet, workbook

Rows = Sequence[Mapping[str, str]]


def _separated(rows: Rows, mark: str) -> bytes:
    lines = [mark.join(rows[0]), *(mark.join(row.values()) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def _lines(rows: Rows) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


FORMS: Final[Mapping[str, Callable[[Rows], bytes]]] = {
    "csv": lambda rows: _separated(rows, ","),
    "tsv": lambda rows: _separated(rows, "\t"),
    "jsonl": _lines,
    "parquet": lambda rows: parquet({name: [row[name] for row in rows] for name in rows[0]}),
    "xlsx": lambda rows: workbook(list(rows[0]), *(list(row.values()) for row in rows)),
}

_EVENTS: Final = ("customer", "event", "date", "plan")
_CUSTOMERS: Final = ("customer_id", "email", "plan")
_COUNTS: Final = ("customer", "event", "day", "count")
_ANSWERS: Final = ("customer", "survey", "score", "day")
_GIVEN: Final[Mapping[str, tuple[Sequence[str], Sequence[Sequence[str]]]]] = {
    "events": (_EVENTS, [
        ("c1", "visit", "2025-12-28", "gold"), ("k2", "visit", "2025-12-28", ""), ("k2", "visit", "2025-12-28", ""),
        ("k2", "visit", "never", ""), ("k3", "buy", "2025-12-30", "basic"), ("k4", "buy", "2025-12-31", ""),
        ("c1", "buy", "2026-01-01", ""),
    ]),
    "customers": (_CUSTOMERS, [
        ("c1", "new@x.org", "gold"), ("k2", "two@x.org", "basic"), ("", "nobody@x.org", "x"), ("k2", "", "gold"),
        ("k3", "", ""), ("c1", "", "silver"), ("k4", "four@x.org", ""),
    ]),
    "aggregates": (_COUNTS, [
        ("c1", "visit", "2025-12-28", "3"), ("k2", "visit", "2025-12-28", "4"), ("k2", "visit", "2025-12-28", "4"),
        ("k2", "visit", "2025-12-29", "none"), ("k3", "buy", "2025-12-30", "1"), ("k4", "buy", "2025-12-31", "2"),
        ("c1", "buy", "2026-01-01", "9"),
    ]),
    "answers": (_ANSWERS, [
        ("c1", "nps", "9", "2025-12-28"), ("", "nps", "7", "2025-12-28"), ("", "nps", "7", "2025-12-28"),
        ("", "nps", "12", "2025-12-28"), ("", "csat", "5", "2025-12-30"), ("", "nps", "7", "2025-12-28"),
        ("c1", "csat", "1", "2025-12-31"),
    ]),
}  # fmt: skip
KINDS: Final = tuple(_GIVEN)
STORED, REJECTED = 6, 1  # of the seven rows of each


def made(form: str, kind: str) -> bytes:
    """Seven rows of the kind, one of which cannot be used; several say what another one said."""
    names, given = _GIVEN[kind]
    return FORMS[form]([dict(zip(names, row, strict=True)) for row in given])
