"""One file after the other: made, uploaded by the product's own service, read by a worker's task in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from engagement.ingest.models import Event, FileImport, ImportState
from engagement.ingest.services import start_import
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.benchmarks.imports.making import COLUMNS, Expected, rows
from tests.benchmarks.progress import say
from tests.benchmarks.written import WRITERS

LIMIT_MB: Final = 100
MEGABYTE: Final = 1_000_000
_TELL_SECONDS: Final = 15


class MiscountedError(AssertionError):
    """A row of a file is missing, or was taken otherwise than it should be."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What taking one file in cost, and what became of its rows. Bytes; seconds by the clock and of the processor."""

    form: str
    size: int
    rows: int
    counts: Expected
    seconds: float
    processor: float
    base: int
    peak: int

    @property
    def above(self) -> float:
        """Megabytes that reading needed beyond what the process held before it."""
        return (self.peak - self.base) / MEGABYTE

    @property
    def is_well(self) -> bool:
        return self.above <= LIMIT_MB


def take_in(form: str, *, megabytes: int, organisation: Organisation) -> Imported:
    """Raises MiscountedError unless every row is stored, there already or rejected, as it has to be."""
    with tempfile.TemporaryDirectory(prefix="imports-") as folder:
        path = Path(folder) / f"events.{form}"
        count = WRITERS[form](path, size=megabytes * MEGABYTE, columns=COLUMNS, source=rows())
        size = path.stat().st_size
        say(f"{form}: {size / MEGABYTE:,.0f} MB, {count:,} rows")
        import_id = _uploaded(path, organisation)
    cost = _worked(import_id, organisation, form=form)
    counts = counted(import_id, organisation, rows=count)
    return Imported(
        form, size, count, counts, cost["seconds"], cost["processor"], int(cost["base"]), int(cost["peak"])
    )  # fmt: skip


def _uploaded(path: Path, organisation: Organisation) -> UUID:
    with path.open("rb") as stream, organisation_scope(organisation.pk):
        row = start_import(
            organisation=organisation, kind="events", sameness="position", file_name=path.name, stream=stream,
            user=None, now=timezone.now(),
        )  # fmt: skip
    return UUID(str(row.pk))


def _worked(import_id: UUID, organisation: Organisation, *, form: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.imports.worker", str(organisation.pk), str(import_id)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        begun = time.perf_counter()
        while True:
            try:
                said, _ = process.communicate(timeout=_TELL_SECONDS)
                break
            except subprocess.TimeoutExpired:
                row = _row(import_id, organisation)
                say(f"{form}: {row.position:,} rows, {row.position / (time.perf_counter() - begun):,.0f} a second")
    if process.returncode:
        raise RuntimeError(f"The worker ended with {process.returncode}; its last lines are above.")
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found


def _row(import_id: UUID, organisation: Organisation) -> FileImport:
    with organisation_scope(organisation.pk, write=False):
        return FileImport.objects.get(pk=import_id)


def counted(import_id: UUID, organisation: Organisation, *, rows: int) -> Expected:
    row = _row(import_id, organisation)
    with organisation_scope(organisation.pk, write=False):
        events = Event.objects.filter(source_id=import_id).count()
    found = Expected(row.stored, row.duplicates, row.rejected)
    if row.state != ImportState.DONE or row.position != rows or found != Expected.of(rows) or events != row.stored:
        raise MiscountedError(
            f"{row.file_name} is {row.state} {row.error} at {row.position:,} of {rows:,}: {found}, {events:,} events "
            f"stand in the table; it should be {Expected.of(rows)}."
        )
    if any(Path(settings.UPLOAD_ROOT).iterdir()):
        raise MiscountedError("The upload was left on the disk.")
    return found
