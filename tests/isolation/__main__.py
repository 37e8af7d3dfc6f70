"""`make isolation`: every test of the wall, then what it came to in one table and in build/isolation.json.

Fails when a test fails, something leaked, or the matrix has become smaller than it is meant to be. The time is printed
beside what is wanted and fails nothing: another machine is another time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.isolation.tally import FIGURES

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "build" / "isolation.json"
FEWEST_CELLS, SECONDS_WANTED = 5_000, 240
_MATRIX = ("test_matrix_pages", "test_matrix_api", "test_matrix_fields")
Parts = dict[str, dict[str, int]]


def main() -> int:
    """0 when everything held."""
    with tempfile.TemporaryDirectory(prefix="isolation-") as folder:
        began = time.monotonic()
        code = _run(folder, [f"tests/isolation/{name}.py" for name in _MATRIX])
        seconds = round(time.monotonic() - began)
        code = _run(folder, ["tests/isolation", *(f"--ignore=tests/isolation/{name}.py" for name in _MATRIX)]) or code
        parts = _parts(Path(folder))
    figures = collected(parts, seconds=seconds)
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(figures, indent=1) + "\n")
    print(table(figures))
    return code or int(bool(shortcomings(figures)))


def _parts(folder: Path) -> Parts:
    """The counts of each module, which may have run in several workers."""
    parts: dict[str, Counter[str]] = {}
    for path in folder.glob("*.json"):
        parts.setdefault(path.name.partition(".")[0], Counter()).update(json.loads(path.read_text()))
    return {name: dict(counts) for name, counts in parts.items()}


def _run(folder: str, tests: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", "-n", "2", "-p", "no:randomly", *tests]
    return subprocess.run(command, check=False, cwd=ROOT, env={**os.environ, FIGURES: folder}).returncode


def collected(parts: Parts, *, seconds: int) -> dict[str, Any]:
    """The figures of all modules as one record, with the day and the version."""
    matrix = [parts.get(name, {}) for name in _MATRIX]
    sabotage, pooled = parts.get("test_matrix_sabotage", {}), parts.get("test_matrix_pooled", {})
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _git("rev-parse", "--short=12", "HEAD") or "unknown",
        "is_clean": not _git("status", "--porcelain"),
        "cells": sum(part.get("cells", 0) for part in matrix),
        "seconds": seconds,
        "leaks": sum(part.get("leaks", 0) for part in matrix),
        "cells_with_one_layer": sabotage.get("cells", 0),
        "leaks_with_one_layer": sabotage.get("leaks", 0),
        "red_without_both": sabotage.get("red_without_both", 0),
        "transactions": sum(pooled.get(f"{way}_transactions", 0) for way in ("pool", "pgbouncer")),
        "foreign_rows": sum(pooled.get(f"{way}_foreign_rows", 0) for way in ("pool", "pgbouncer")),
        "pgbouncer": "pgbouncer_transactions" in pooled,
    }


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], check=False, cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip()


def shortcomings(figures: dict[str, Any]) -> list[str]:
    """What may not be: leaks, a matrix that has shrunk, a sabotage that went unseen."""
    found = [name for name in ("leaks", "leaks_with_one_layer", "foreign_rows") if figures[name]]
    found += ["cells"] if figures["cells"] < FEWEST_CELLS else []
    return found + [name for name in ("red_without_both", "transactions") if not figures[name]]


def table(figures: dict[str, Any]) -> str:
    """The figures for people, beside what is wanted."""
    pooled = "pool and pgbouncer" if figures["pgbouncer"] else "pool; pgbouncer is not installed"
    lines = [
        ("cells", f"{figures['cells']:,}", f"≥ {FEWEST_CELLS:,}"),
        ("seconds", f"{figures['seconds']:,}", f"< {SECONDS_WANTED}"),
        ("leaks", f"{figures['leaks']:,}", "0"),
        ("cells with one layer off", f"{figures['cells_with_one_layer']:,}", ""),
        ("leaks with one layer off", f"{figures['leaks_with_one_layer']:,}", "0"),
        ("red cells with both off", f"{figures['red_without_both']:,}", "many"),
        (f"transactions ({pooled})", f"{figures['transactions']:,}", ""),
        ("foreign rows", f"{figures['foreign_rows']:,}", "0"),
    ]
    width = max(len(name) for name, _, _ in lines)
    rows = [f"  {name:<{width}}  {value:>8}  {wanted}".rstrip() for name, value, wanted in lines]
    return "\n".join(["", *rows, "", f"  {FILE.relative_to(ROOT)} · manage.py isolation_statement prints the page", ""])


if __name__ == "__main__":
    sys.exit(main())
