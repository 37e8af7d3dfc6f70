"""Figures beside their yardsticks: a table to read and a file for programs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import psycopg

from tests.benchmarks.sizes import Size
from tests.benchmarks.timing import Spread

FOLDER: Final = Path(__file__).resolve().parents[2] / "build" / "bench"
_HEAD: Final = ("figure", "measured", "ratio", "against", "yardstick", "")
_PACKAGES: Final = ("numpy", "duckdb", "pandas", "pyarrow", "psycopg", "django")


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. `value` is in `unit`; the yardstick is an upper bound of the ratio, or of the value without one."""

    figure: str
    value: Spread
    unit: str  # "s", "ms", "MB" or "B"
    ratio: Spread | None = None
    against: str = ""
    at_most: float | None = None

    @property
    def met(self) -> bool | None:
        """None without a yardstick."""
        if self.at_most is None:
            return None
        return (self.ratio or self.value).middle <= self.at_most


def table(lines: Sequence[Line]) -> str:
    """Columns padded to their widest, in the form of Markdown, so that it can stand in README."""
    rows = [_HEAD, *(_cells(line) for line in lines)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEAD))]
    rule = tuple("-" * width for width in widths)
    shown = [rows[0], rule, *rows[1:]]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in shown
    )


def _cells(line: Line) -> tuple[str, ...]:
    yardstick = "" if line.at_most is None else f"≤ {line.at_most:g}" + ("" if line.ratio else f" {line.unit}")
    return (
        line.figure,
        f"{_number(line.value.middle)} {line.unit}",
        "" if line.ratio is None else _spread(line.ratio),
        line.against,
        yardstick,
        "" if line.met is None else "met" if line.met else "MISSED",
    )


def _spread(ratio: Spread) -> str:
    if ratio.least == ratio.most:
        return _number(ratio.middle)
    return f"{_number(ratio.middle)} ({_number(ratio.least)}–{_number(ratio.most)})"


def _number(value: float) -> str:
    """Three digits that count: 1,240 · 12.4 · 0.0124."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def heading(size: Size) -> str:
    """One line that says what was measured upon."""
    return (
        f"{size.customers:,} customers, {size.events:,} events in {size.days} days, {size.actions} actions, "
        f"{size.segments} segments, {size.organisations:,} organisations for the same sum, seed {size.seed}, "
        f"{size.workers} worker{'s' if size.workers > 1 else ''}, {os.cpu_count()} cores"
    )


def save(*, size: Size, lines: Sequence[Line], admin: psycopg.Connection) -> Path:
    """The same as JSON, with what it was measured on; returns the file's path."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{size.name}.json"
    server = admin.execute("SHOW server_version").fetchone()
    machine: dict[str, Any] = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "postgresql": server[0] if server else None,
        **{name: version(name) for name in _PACKAGES},
    }
    found = [{**asdict(line), "met": line.met} for line in lines]
    path.write_text(json.dumps({"size": asdict(size), "machine": machine, "figures": found}, indent=1) + "\n")
    return path
