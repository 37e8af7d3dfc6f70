"""What was found, as lines of a table."""

from __future__ import annotations

from typing import Final

from tests.benchmarks.imports.measuring import LIMIT_MB, MEGABYTE, Imported

_NAMES: Final = (
    "form", "size", "rows", "stored", "there already", "rejected", "above start-up", "peak", "rows/s",
    "µs of processor a row", "",
)  # fmt: skip
HEAD: Final = "| " + " | ".join(_NAMES) + " |\n|---|" + "--:|" * (len(_NAMES) - 2) + "---|"


def line(found: Imported) -> str:
    """One file's line; rows a second are by the clock, of a machine that may do other things."""
    counts = found.counts
    cells = (
        found.form,
        f"{found.size / MEGABYTE:,.0f} MB",
        f"{found.rows:,}",
        f"{counts.stored:,}",
        f"{counts.duplicates:,}",
        f"{counts.rejected:,}",
        f"{found.above:.0f} MB",
        f"{found.peak / MEGABYTE:.0f} MB",
        f"{found.rows / found.seconds:,.0f}",
        f"{found.processor * 1_000_000 / found.rows:.0f}",
        f"≤ {LIMIT_MB} MB: {'met' if found.is_well else 'MISSED'}",
    )
    return "| " + " | ".join(cells) + " |"
