"""What was found, as tables to read and as a file for programs."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Final

from tests.benchmarks.ingest.measuring import BESIDE_HTTP, IN_ORDER, YARDSTICKS, Found, Rate
from tests.benchmarks.ingest.sizes import Size
from tests.benchmarks.report import FOLDER

_HEAD: Final = (
    "rival", "events/s", "µs here", "µs server", "to A1", "by processors", "to A1 without key", "",
)  # fmt: skip


def tables(size: Size, found: Found) -> str:
    """Rates and their ratios, shares of the worker's stages, latencies, peaks."""
    heading = (
        f"{size.events:,} events a round, {size.customers:,} customers, {size.rounds} rounds, {size.clients} "
        f"connections, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    parts = [
        heading,
        _table(
            ("rival", "events/s", "µs here", "µs server", "to A1", "by processors", "to A1 without key", ""),
            _rates(found),
        ),
    ]
    shares = [(name, f"{share:.1%}") for name, share in found.shares.items()]
    parts.append(_table(("stage of the worker", "share"), shares))
    if found.latencies:
        rows = [
            (name, f"{median(found.answered[name]):,.0f}", *(f"{value:.0f} ms" for value in values))
            for name, values in found.latencies.items()
        ]
        parts.append(_table(("answers under load", "events/s accepted", "50 %", "95 %", "99 %"), rows))
        parts.append(f"Peak memory: web {found.peaks[0]:.0f} MB, worker {found.peaks[1]:.0f} MB.")
    return "\n\n".join(parts)


def _rates(found: Found) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, rates in found.rates.items():
        of = next((of for of in (IN_ORDER, BESIDE_HTTP) if of[2:] in name), BESIDE_HTTP if "HTTP" in name else "")
        to, bare = f"A1{of}", f"A1 without foreign key{of}"
        ratio = found.ratio(name, to) or 0.0
        by_processors = found.ratio(name, to, processors=True)
        least = YARDSTICKS.get(name)
        rows.append((
            name,
            f"{median(rate.clock for rate in rates):,.0f}",
            *_microseconds(rates),
            f"{ratio:.2f}",
            "" if by_processors is None else f"{by_processors:.2f}",
            f"{found.ratio(name, bare) or 0.0:.2f}",
            "" if least is None else f"≥ {least}: {'met' if ratio >= least else 'MISSED'}",
        ))  # fmt: skip
    return rows


def _microseconds(rates: Sequence[Rate]) -> tuple[str, str]:
    """Of processors for each event, in the product's processes and in the server's."""
    if not any(rate.processors for rate in rates):
        return "", ""
    return f"{median(rate.here for rate in rates):.1f}", f"{median(rate.server for rate in rates):.1f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    shown = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in shown
    )


def save(size: Size, found: Found) -> Path:
    """The same as JSON, every round of it; returns the file's path."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"ingest-{size.name}.json"
    path.write_text(json.dumps({"size": asdict(size), "found": asdict(found)}, indent=1) + "\n")
    return path
