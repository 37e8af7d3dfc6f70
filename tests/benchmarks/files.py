"""`python -m tests.benchmarks.files`: what reading a large file costs in memory and time, form by form.

    python -m tests.benchmarks.files csv            # 1,024 MB, and so jsonl and parquet
    python -m tests.benchmarks.files xlsx 32        # megabytes as written
    python -m tests.benchmarks.files all 64

A file of so many megabytes is made, row by row, then read in a fresh process: the digest first, then every row to
an event. That process holds what a worker holds (Django and every step), so its peak (VmHWM) above where it stood
before is what the file costs. The exit code is 1 when that is more than 100 MB or when a row is missing, and says
nothing of time.
"""

from __future__ import annotations

import gc
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from tests.benchmarks.written import WRITERS

LIMIT_MB: Final = 100
COLUMNS: Final = ("customer_id", "event", "occurred_at", "event_id", "plan", "amount", "note")
_MEGABYTE: Final = 1_000_000
_ALL: Final = ("csv", "jsonl", "parquet", "xlsx")
_MEGABYTES: Final = {"csv": 1_024, "jsonl": 1_024, "parquet": 1_024, "xlsx": 64}
_UNPACKED: Final = 10  # times the size, as the import allows


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file cost: bytes above the process's base, rows and seconds."""

    size: int
    rows: int
    base: int
    peak: int
    digest_seconds: float
    seconds: float


def rows() -> Iterator[tuple[str, str, str, str, str, float, str]]:
    """Events without end, the same every time; the texts differ from row to row, as ids and remarks do."""
    chance = random.Random(7)
    start = datetime(2025, 1, 1, tzinfo=UTC)
    for number in range(1 << 60):
        yield (
            f"c-{chance.randrange(2_000_000)}",
            chance.choice(("visit", "purchase", "Email Opened", "social share")),
            (start + timedelta(seconds=number % 30_000_000)).isoformat(),
            f"e-{number}",
            chance.choice(("free", "pro", "team")),
            chance.randrange(100_000) / 100,
            f"remark {chance.getrandbits(64):x} é",
        )


def measure(form: str, path: Path) -> Reading:
    """Read a file in this process, which is fresh: started by `main`."""
    import os

    os.environ["DJANGO_SETTINGS_MODULE"] = "engagement.settings"
    import django

    django.setup()
    from engagement.ingest.files import Format, digest_of, open_table, read_events
    from engagement.ingest.types import EventIn

    gc.collect()
    base = _memory("VmRSS")
    begun = time.perf_counter()
    with path.open("rb") as file:
        digest = digest_of(file, is_text=Format(form).is_text)
    digested = time.perf_counter()
    limit = path.stat().st_size * _UNPACKED
    with open_table(path, format=Format(form), limit_bytes=limit) as table:
        found = read_events(
            table, time_zone=ZoneInfo("UTC"), received_at=datetime(2026, 6, 1, tzinfo=UTC), file_digest=digest
        )
        count = sum(1 for row in found if isinstance(row, EventIn))
    ended = time.perf_counter()
    return Reading(path.stat().st_size, count, base, _memory("VmHWM"), digested - begun, ended - digested)


def _memory(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def main(arguments: list[str]) -> int:
    """0 when every file was read whole within the limit."""
    if arguments[:1] == ["read"]:
        found = measure(arguments[1], Path(arguments[2]))
        print(json.dumps([found.size, found.rows, found.base, found.peak, found.digest_seconds, found.seconds]))
        return 0
    forms = _ALL if not arguments or arguments[0] == "all" else (arguments[0],)
    print("| form | size | rows | above the worker's base | digest | rows/s |\n|---|--:|--:|--:|--:|--:|")
    is_well = True
    for form in forms:
        size = int(arguments[1]) if len(arguments) > 1 else _MEGABYTES[form]
        with tempfile.TemporaryDirectory(prefix="files-") as folder:
            path = Path(folder) / f"rows.{form}"
            count = WRITERS[form](path, size=size * _MEGABYTE, columns=COLUMNS, source=rows())
            command = [sys.executable, "-m", "tests.benchmarks.files", "read", form, str(path)]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
        found = Reading(*json.loads(said))
        growth = (found.peak - found.base) / _MEGABYTE
        print(
            f"| {form} | {found.size / _MEGABYTE:,.0f} MB | {found.rows:,} | {growth:.0f} MB "
            f"| {found.digest_seconds:.1f} s | {found.rows / found.seconds:,.0f} |",
            flush=True,
        )
        is_well = is_well and found.rows == count and growth <= LIMIT_MB
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
