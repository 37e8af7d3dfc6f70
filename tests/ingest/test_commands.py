"""Commands for people at a shell: files without a worker, write keys, upkeep."""

from __future__ import annotations

import io
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client

from engagement.ingest.models import Customer, Event, FileImport, IngestBatch, RejectedEvent, WriteKey
from engagement.ingest.services import upkeep
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests import database
from tests.conftest import NOW, World, build_world
from tests.ingest.conftest import Broker
from tests.ingest.sending import counts_of, keep, one, post, rows, send, take, track, upload, work
from tests.ingest.test_retention import restore_months

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.usefixtures("uploads", "broker"),
]

FILE = "customer,event,date\nc1,visit,2025-12-31\nc2,visit,2026-01-01\nc3,visit,2025-13-40\n"


def run(name: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def saved(folder: Path, content: str = FILE) -> str:
    path = folder / "export.csv"
    path.write_text(content)
    return str(path)


def test_events_are_taken_in_with_progress_and_without_a_worker(tmp_path: Path, broker: Broker) -> None:
    world = build_world()
    text = run("import_events", world.ours.slug, saved(tmp_path))
    assert text.splitlines() == [
        "100 % · 2 stored, 0 there already, 1 rejected",
        "Done. 2 stored, 0 there already, 1 rejected",
    ]
    assert rows(world.ours, Event, "day") == [date(2025, 12, 31), date(2026, 1, 1)]
    (row,) = [one(world.ours, FileImport, found) for found in rows(world.ours, FileImport, "id")]
    assert (row.state, row.file_name, row.created_by, counts_of(row)) == ("done", "export.csv", None, (2, 0, 1))
    assert broker.sent == []
    again = run("import_events", world.ours.slug, saved(tmp_path))
    assert again.splitlines()[-1] == "Done. 0 stored, 2 there already, 1 rejected"


def test_days_are_replaced_when_asked(tmp_path: Path) -> None:
    world = build_world()
    run("import_events", world.ours.slug, saved(tmp_path))
    path = saved(tmp_path, "customer,event,date\nc9,purchase,2025-12-31\n")
    run("import_events", world.ours.slug, path, "--replace-days")
    assert rows(world.ours, Event, "name", "day") == [
        ("purchase", date(2025, 12, 31)),
        ("visit", date(2026, 1, 1)),
    ]


def test_customers_come_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    world = build_world()
    content = b"customer_id,plan\nc1,pro\nc2,free\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert run("import_customers", world.ours.slug, "-").splitlines()[-1].startswith("Done. 2 stored")
    assert rows(world.ours, Customer, "external_id", "traits") == [("c1", {"plan": "pro"}), ("c2", {"plan": "free"})]
    assert rows(world.ours, FileImport, "file_name") == ["standard input"]


@pytest.mark.parametrize(
    "content, message",
    [
        ("customer,what\nc1,x\n", "The file has no column for the event."),
        ("", "The file is empty."),
    ],
)
def test_a_file_that_cannot_be_taken_is_one_clear_line(tmp_path: Path, content: str, message: str) -> None:
    world = build_world()
    with pytest.raises(CommandError) as failed:
        run("import_events", world.ours.slug, saved(tmp_path, content))
    assert str(failed.value).startswith(message)
    assert (failed.value.returncode, "\n" in str(failed.value)) == (1, False)


def test_unknown_organisations_and_files_are_one_clear_line(tmp_path: Path) -> None:
    world = build_world()
    with pytest.raises(CommandError, match="There is no organisation “nobody”"):
        run("import_events", "nobody", saved(tmp_path))
    with pytest.raises(CommandError, match=r"gone\.csv cannot be read: No such file or directory\."):
        run("import_events", world.ours.slug, str(tmp_path / "gone.csv"))


def test_a_key_is_printed_once_and_works(client: Client) -> None:
    world = build_world()
    secret = run("create_write_key", world.ours.slug, "--name", "nightly export").strip()
    assert post(client, {"batch": [track(1)]}, key=secret).status_code == 200
    assert rows(world.ours, WriteKey, "name", "created_by_id") == [("nightly export", None)]
    with pytest.raises(CommandError, match="Give the key a name"):
        run("create_write_key", world.ours.slug, "--name", " ")


# ── upkeep ───────────────────────────────────────────────────────────────────────────────────────────────────


def _superuser(statement: str) -> list[Any]:
    with psycopg.connect(database.admin_url(database.DATABASE), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def unpartitioned() -> Any:
    """As it was, before and after: the upkeep that tests run makes partitions and indexes, and joins years."""
    _as_migrations_left_it()
    yield
    _as_migrations_left_it()


def _as_migrations_left_it() -> None:
    connections["owner"].close()
    for (name,) in _superuser("SELECT relname FROM pg_class WHERE relname ~ '^ingest_event_y2028m[0-9]{2}$'"):
        _superuser(f"DROP TABLE {name}")
    _without_customer_indexes()
    restore_months()


def _without_customer_indexes() -> None:
    for (name,) in _superuser(
        "SELECT relname FROM pg_class WHERE relname ~ '^ingest_event_y202[0-9]m[0-9]{2}_customer$'"
    ):
        _superuser(f"DROP INDEX {name}")


def test_partitions_are_made_three_months_ahead(unpartitioned: None) -> None:
    made = upkeep.make_partitions(today=date(2027, 12, 31))
    assert made == ("ingest_event_y2028m01", "ingest_event_y2028m02", "ingest_event_y2028m03")
    assert upkeep.make_partitions(today=date(2027, 12, 31)) == ()
    world = build_world()
    received_at = NOW.replace(year=2028, month=3, day=30)
    # Events of the last day of the new ones are stored, by the runtime role, under the policies.
    assert send(world.ours, track(1, timestamp="2028-03-31T10:00:00Z"), received_at=received_at).stored == 1
    assert rows(world.other, Event, "message_id") == []
    shape = (
        "SELECT count(*) FILTER (WHERE c.contype = 'p'), count(*) FILTER (WHERE c.contype = 'f'),"
        " count(*) FILTER (WHERE c.contype = 'c') FROM pg_constraint c WHERE c.conrelid = '{}'::regclass"
    )
    assert _superuser(shape.format("ingest_event_y2028m01")) == _superuser(shape.format("ingest_event_y2027m12"))
    (grants,) = _superuser("SELECT relacl IS NULL FROM pg_class WHERE relname = 'ingest_event_y2028m01'")
    assert grants == (True,)  # nobody but the owner reaches a partition directly


def test_closed_months_get_the_customer_index(unpartitioned: None) -> None:
    def indexed() -> list[str]:
        found = _superuser(
            "SELECT tablename FROM pg_indexes WHERE indexname = tablename || '_customer' AND tablename ~ 'm[0-9]{2}$'"
        )
        return sorted(name for (name,) in found)

    assert upkeep.index_closed_months(today=date(2020, 3, 1)) == ("ingest_event_y2020m01", "ingest_event_y2020m02")
    assert indexed() == ["ingest_event_y2020m01", "ingest_event_y2020m02"]
    assert upkeep.index_closed_months(today=date(2020, 3, 31)) == ()
    assert upkeep.index_closed_months(today=date(2020, 4, 1)) == ("ingest_event_y2020m03",)


def test_a_broken_index_is_made_again(unpartitioned: None) -> None:
    upkeep.index_closed_months(today=date(2020, 2, 1))
    _superuser("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ingest_event_y2020m01_customer'::regclass")
    assert upkeep.index_closed_months(today=date(2020, 2, 1)) == ("ingest_event_y2020m01",)
    assert upkeep.index_closed_months(today=date(2020, 2, 1)) == ()


def old_and_new(world: World) -> dict[str, Any]:
    long_ago = NOW - timedelta(days=31)
    # One after the other: what waits goes along with what is worked through.
    found = {"old": keep(world.ours, [track(1, timestamp=None), track(2, userId=None)], received_at=long_ago)}
    work(world.ours, found["old"])
    found["new"] = keep(world.ours, [track(3, userId=None)], received_at=NOW - timedelta(days=29))
    work(world.ours, found["new"])
    found["failed"] = keep(world.ours, [track(4)], received_at=long_ago)
    with patch("engagement.ingest.services.batches.store_parts", side_effect=RuntimeError):
        for hour in range(5):
            with pytest.raises(RuntimeError):
                work(world.ours, found["failed"], now=NOW + timedelta(hours=hour))
    found["waiting"] = keep(world.ours, [track(5)], received_at=long_ago)
    return found


def test_old_requests_go_with_what_was_rejected_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "DELETE_AT_ONCE", 1)
    world = build_world()
    batches = old_and_new(world)
    elsewhere = keep(world.other, [track(1)], received_at=NOW - timedelta(days=31))
    work(world.other, elsewhere)
    assert upkeep.delete_old_batches(before=NOW - timedelta(days=30)) == 2
    left = {batches[name] for name in ("new", "failed", "waiting")}
    assert set(rows(world.ours, IngestBatch, "id")) == left
    assert rows(world.other, IngestBatch, "id") == []
    assert rows(world.ours, RejectedEvent, "batch_id") == [batches["new"]]
    assert rows(world.ours, Event, "message_id") == ["m1"]  # events are never deleted with their request


def test_forgotten_files_go_and_needed_ones_stay(uploads: Path) -> None:
    world = build_world()
    upload(world.ours, FILE)
    failing = upload(world.ours, FILE)
    with patch("engagement.ingest.services.imports.Reading.begin", side_effect=RuntimeError):
        from engagement.ingest.services import process_import

        for hour in range(5):
            with pytest.raises(RuntimeError):
                process_import(
                    organisation_id=world.ours.pk,
                    import_id=failing,
                    clock=lambda hour=hour: NOW + timedelta(hours=hour),  # type: ignore[misc]
                )
    (uploads / "forgotten").write_text("x")
    today = NOW.now(tz=NOW.tzinfo)
    assert upkeep.delete_old_files(now=today) == 0  # younger than a day: its import may be about to be committed
    assert upkeep.delete_old_files(now=today + timedelta(days=2)) == (2 if today - NOW > timedelta(days=30) else 1)
    assert one(world.ours, FileImport, rows(world.ours, FileImport, "id", state="waiting")[0]).stored_as in {
        path.name for path in uploads.iterdir()
    }


def test_maintain_says_what_it_did_and_can_be_repeated(unpartitioned: None) -> None:
    world = build_world()
    take(world.ours, FILE)
    with organisation_scope(world.ours.id):
        Organisation.objects.filter(pk=world.ours.id).update(keep_event_days=90)
    first = run("maintain")
    assert "months indexed" in first
    assert " 2 events deleted, " in first
    assert run("maintain").strip() == (
        "0 partitions made, 0 months indexed, 0 requests, 0 files and 0 events deleted, 0 empty years joined,"
        " 0 rejected rows, 0 records of files, 0 changes by files, 0 exports and 0 organisations deleted."
    )
