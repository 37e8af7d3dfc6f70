"""The page for a client's IT says what the figures say, and `make isolation` fails where it should."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tenants.isolation import IsolationFigures, statement
from tests.isolation.__main__ import collected, shortcomings, table

ROOT = Path(__file__).resolve().parents[2]
FIGURES = IsolationFigures(
    date="2026-11-22", commit="0123456789ab", is_clean=True, cells=9_876, seconds=123, leaks=0,
    cells_with_one_layer=862, leaks_with_one_layer=0, red_without_both=77, transactions=20_000, foreign_rows=0,
    pgbouncer=True,
)  # fmt: skip


def _printed(*arguments: str) -> str:
    out = StringIO()
    call_command("isolation_statement", *arguments, stdout=out)
    return out.getvalue()


def test_the_page_says_the_figures(tmp_path: Path) -> None:
    path = tmp_path / "isolation.json"
    path.write_text(json.dumps(asdict(FIGURES)))
    text = _printed("--figures", str(path))
    assert "2026-11-22, version 0123456789ab:" in text
    for said in ("**9,876** in 123 s", "862 requests, 0 leaks", "| 77 |", "| 20,000 |"):
        assert said in text
    assert "&" not in text
    assert "{" not in text


def test_the_page_owns_up() -> None:
    text = statement(replace(FIGURES, is_clean=False, pgbouncer=False, leaks=3))
    for said in ("with changes not yet recorded", "(without pgbouncer, which was not installed)", "| **3** |"):
        assert said in text


def test_without_figures_it_says_so() -> None:
    assert "No figures were handed over" in statement(None)


def test_a_file_that_holds_no_figures_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "isolation.json"
    path.write_text('{"cells": 1}')
    with pytest.raises(CommandError, match="make isolation"):
        _printed("--figures", str(path))


def test_the_page_in_the_repository_says_the_same() -> None:
    """tenants/ISOLATION.md is a printed copy: other figures, the same words."""
    kept = (ROOT / "tenants" / "ISOLATION.md").read_text()
    assert _without_figures(kept) == _without_figures(statement(FIGURES))


def _without_figures(text: str) -> str:
    text = re.sub(r"version [0-9a-f]+", "version", text)
    return re.sub(r"[\d,]*\d", "0", text)


_PARTS = {
    "test_matrix_pages": {"cells": 3_000, "leaks": 0},
    "test_matrix_api": {"cells": 3_000, "leaks": 0},
    "test_matrix_sabotage": {"cells": 800, "leaks": 0, "red_without_both": 60},
    "test_matrix_pooled": {"pool_transactions": 10_000, "pool_foreign_rows": 0},
}


def test_the_figures_of_all_modules_are_added_up() -> None:
    figures = collected(_PARTS, seconds=99)
    assert (figures["cells"], figures["leaks"], figures["transactions"], figures["pgbouncer"]) == (
        6_000,
        0,
        10_000,
        False,
    )
    assert shortcomings(figures) == []
    assert "6,000" in table(figures)


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        ("test_matrix_api", "leaks", 1),
        ("test_matrix_api", "cells", 10),
        ("test_matrix_sabotage", "leaks", 1),
        ("test_matrix_sabotage", "red_without_both", 0),
        ("test_matrix_pooled", "pool_transactions", 0),
        ("test_matrix_pooled", "pool_foreign_rows", 1),
    ],
)
def test_control_what_may_not_be_is_no_success(module: str, name: str, value: int) -> None:
    parts = {**_PARTS, module: {**_PARTS[module], name: value}}
    assert len(shortcomings(collected(parts, seconds=99))) == 1
