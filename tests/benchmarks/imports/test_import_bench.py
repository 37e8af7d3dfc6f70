"""The bench of taking files in: its arguments, what its files hold, and that a miscounted row is seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from engagement.ingest.files import Format, open_table, read_events
from engagement.ingest.models import Event, FileImport
from engagement.ingest.services import process_import
from engagement.ingest.types import EventIn, Rejection
from tenants.scope import organisation_scope
from tests.benchmarks.imports.making import COLUMNS, Expected, rows
from tests.benchmarks.imports.measuring import Imported, MiscountedError, counted
from tests.benchmarks.imports.report import HEAD, line
from tests.benchmarks.imports.sizes import read_sizes
from tests.benchmarks.sizes import ArgumentError
from tests.benchmarks.written import WRITERS
from tests.conftest import World
from tests.ingest.sending import ticking, upload

FOUND = Imported("csv", 1_024_000_000, 5, Expected(3, 1, 1), 2.0, 1.0, base=200_000_000, peak=300_000_000)


def test_arguments_win_over_the_environment() -> None:
    assert read_sizes(arguments=["CSV=7"], environment={"CSV": "9", "ONLY": "csv,xlsx"}) == {"csv": 7, "xlsx": 3}
    assert read_sizes(arguments=[], environment={"SIZE": "full"})["csv"] == 1_024


@pytest.mark.parametrize("argument", ["SIZE=huge", "CSV=0", "CSV=many", "ONLY=ods", "nonsense"])
def test_an_argument_that_cannot_be_used_is_refused(argument: str) -> None:
    with pytest.raises(ArgumentError):
        read_sizes(arguments=[argument], environment={})


@pytest.mark.parametrize("count", [1, 500, 501, 1_000, 1_001, 2_600])
def test_what_becomes_of_the_rows_is_known(count: int) -> None:
    said = list(islice(rows(), count))
    unusable = [row for row in said if not row[2]]
    ids = {row[3] for row in said if row[2]}
    assert Expected.of(count) == Expected(len(ids), count - len(unusable) - len(ids), len(unusable))
    assert said == list(islice(rows(), count))


@pytest.mark.parametrize("form", WRITERS)
def test_every_form_holds_as_many_rows_as_it_says(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"events.{form}"
    count = WRITERS[form](path, size=120_000, columns=COLUMNS, source=rows())
    with open_table(path, format=Format(form), limit_bytes=100_000_000) as table:
        found = list(
            read_events(table, time_zone=ZoneInfo("UTC"), received_at=datetime(2026, 6, 1, tzinfo=UTC), file_digest="a")
        )
    kinds = [sum(1 for row in found if isinstance(row, kind)) for kind in (EventIn, Rejection)]
    expected = Expected.of(count)
    assert (count >= 1_000, kinds) == (True, [expected.stored + expected.duplicates, expected.rejected])


def test_a_row_that_is_missing_is_seen(world: World, tmp_path: Path, settings: Any) -> None:
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    path = tmp_path / "events.csv"
    count = WRITERS["csv"](path, size=200_000, columns=COLUMNS, source=rows())
    import_id = upload(world.ours, path.read_bytes())
    process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking())
    assert counted(import_id, world.ours, rows=count) == Expected.of(count)
    with pytest.raises(MiscountedError):
        counted(import_id, world.ours, rows=count + 1)
    with organisation_scope(world.ours.pk):
        Event.objects.filter(message_id="event-0000000003").delete()
        with pytest.raises(MiscountedError, match="events stand in the table"):
            counted(UUID(str(FileImport.objects.get().pk)), world.ours, rows=count)


def test_memory_beyond_the_limit_is_said() -> None:
    assert line(FOUND).endswith("| 100 MB | 300 MB | 2 | 200000 | ≤ 100 MB: met |")
    assert line(replace(FOUND, peak=300_000_001)).endswith("≤ 100 MB: MISSED |")
    assert HEAD.splitlines()[0].count("|") == line(FOUND).count("|") == HEAD.splitlines()[1].count("|")
