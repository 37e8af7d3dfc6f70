"""Files of events and of customers: read chunk by chunk, resumed after a crash, each row exactly once."""

from __future__ import annotations

import gzip
import io
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.db import transaction

from engagement.errors import InvalidInputError, TooLargeError
from engagement.ingest.models import Customer, Event, FileImport, RejectedEvent
from engagement.ingest.services import leases, process_import, start_import
from engagement.ingest.services.reading import chunks_of
from engagement.ingest.services.rows import Reader, opened
from engagement.ingest.signals import events_stored
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, build_world
from tests.ingest.conftest import Broker
from tests.ingest.sending import LATER, counts_of, customer, one, rows, take, ticking, upload, utc

HEADER = "customer,event,date,amount\n"
THREE = HEADER + "c1,visit,2025-12-31,5\nc2,visit,2025-12-31,\nc1,purchase,2026-01-01,12.50\n"

pytestmark = pytest.mark.usefixtures("uploads", "broker")


def story() -> str:
    """Ten young customers × (5 visits, 1 social, 1 purchase), twenty older × 1 purchase, and line 92 with a bad day."""
    lines = []
    for number in range(1, 11):
        lines += [f"young-{number},visit,2025-11-03"] * 5
        lines += [f"young-{number},social_interaction,2025-11-04", f"young-{number},purchase,2025-11-05"]
    lines += [f"older-{number},purchase,2025-11-06" for number in range(1, 21)]
    return "\n".join(["customer,event,date", *lines, "older-21,purchase,2025-13-40"]) + "\n"


def test_rows_become_events_of_their_customers(world: World, uploads: Path) -> None:
    row = take(world.ours, THREE)
    assert (row.state, counts_of(row), row.error) == ("done", (3, 0, 0), "")
    assert (row.position, row.bytes_read, row.lease_until) == (3, len(THREE), None)
    numbers = dict(rows(world.ours, Customer, "external_id", "number"))
    noon = utc("2025-12-31T12:00:00")
    assert rows(world.ours, Event, "name", "customer_number", "day", "occurred_at", "properties", "from_file") == [
        ("purchase", numbers["c1"], date(2026, 1, 1), utc("2026-01-01T12:00:00"), {"amount": 12.5}, True),
        ("visit", numbers["c1"], date(2025, 12, 31), noon, {"amount": 5}, True),
        ("visit", numbers["c2"], date(2025, 12, 31), noon, {}, True),
    ]
    assert set(rows(world.ours, Event, "source_id")) == {row.pk}
    assert list(uploads.iterdir()) == []  # the file is in the database now


def test_the_story_ninety_stored_line_92_rejected_and_the_same_file_again_adds_nothing(world: World) -> None:
    first = take(world.ours, story())
    assert (first.state, counts_of(first)) == ("done", (90, 0, 1))
    (rejection,) = rows(world.ours, RejectedEvent, "line", "position", "code", "reason", "remedy", "original")
    assert rejection[:4] == (92, 91, "invalid_time", "“2025-13-40” is not a day or time.")
    assert rejection[4].startswith("Write the day as 2025-12-31")
    assert bytes(rejection[5]) == b"older-21,purchase,2025-13-40\n"
    again = take(world.ours, story(), now=LATER)
    assert (again.state, counts_of(again)) == ("done", (0, 90, 1))
    packed = take(world.ours, gzip.compress(story().encode()), now=LATER)
    assert counts_of(packed) == (0, 90, 1)
    assert len(rows(world.ours, Event, "message_id")) == 90
    assert len(rows(world.ours, Customer, "number")) == 30


def test_a_row_with_a_count_stands_for_so_many_and_one_with_an_id_is_that_event(world: World) -> None:
    content = "event_id,customer,event,date,count\ne1,c1,visit,2025-12-31,7\ne1,c1,visit,2025-12-31,7\n"
    assert counts_of(take(world.ours, content)) == (1, 1, 0)
    assert rows(world.ours, Event, "message_id", "occurrences") == [("e1", 7)]


def test_customers_and_their_traits(world: World) -> None:
    content = "customer_id,email,age_group\nc1, Ada@X.org ,45-54\nc2,,35-44\n,x@x.org,\n"
    row = take(world.ours, content, kind="customers")
    assert (row.state, counts_of(row)) == ("done", (2, 0, 1))
    assert customer(world.ours, "c1").traits == {"email": "Ada@X.org", "age_group": "45-54"}
    assert customer(world.ours, "c1").email_normalised == "ada@x.org"
    changed = take(world.ours, "customer_id,age_group\nc1,55-64\nc2,35-44\n", kind="customers", now=LATER)
    assert counts_of(changed) == (1, 1, 0)  # c2: nothing new is said
    assert customer(world.ours, "c1").traits["age_group"] == "55-64"
    assert rows(world.ours, Event, "message_id") == []


@pytest.mark.parametrize(
    "content, message",
    [
        ("customer,what\nc1,x\n", "The file has no column for the event."),
        ("customer,event,date\nc1,caf\xe9,2025-12-31\n".encode("latin-1"), "Line 2 is not UTF-8 text"),
        (gzip.compress(THREE.encode(), mtime=0)[:-9], "The gzip file is damaged or not complete"),
        ("\n\n", "The file is empty."),
    ],
)
def test_a_file_that_cannot_be_taken_says_why_and_leaves_nothing(
    world: World, uploads: Path, content: bytes | str, message: str
) -> None:
    row = take(world.ours, content)
    assert (row.state, counts_of(row), row.finished_at is not None) == ("failed", (0, 0, 0), True)
    assert row.error.startswith(message)
    assert (rows(world.ours, Event, "message_id"), list(uploads.iterdir())) == ([], [])


def test_a_bomb_is_refused(world: World, settings: Any) -> None:
    settings.UPLOAD_LIMIT_BYTES = 2_000
    row = take(world.ours, gzip.compress(HEADER.encode() + b"c1,visit,2025-12-31,5\n" * 2_000))
    assert (row.state, counts_of(row)) == ("failed", (0, 0, 0))
    assert "more than 20,000 bytes" in row.error


def test_too_large_and_empty_files_are_refused_and_leave_no_file(world: World, uploads: Path, settings: Any) -> None:
    settings.UPLOAD_LIMIT_BYTES = 100
    with pytest.raises(TooLargeError, match="larger than 100 bytes"):
        upload(world.ours, "x" * 101)
    with pytest.raises(InvalidInputError, match="The file is empty"):
        upload(world.ours, "")
    assert (rows(world.ours, FileImport, "id"), list(uploads.iterdir())) == ([], [])
    upload(world.ours, "x" * 100)
    assert len(list(uploads.iterdir())) == 1


@pytest.mark.parametrize("field, options", [("kind", {"kind": "orders"}), ("sameness", {"sameness": "guess"})])
def test_an_unknown_choice_is_named(world: World, field: str, options: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError) as refused:
        upload(world.ours, THREE, **options)  # type: ignore[arg-type]
    assert list(refused.value.fields) == [field]


def test_the_name_is_shown_without_its_path(world: World) -> None:
    import_id = upload(world.ours, THREE, file_name="C:\\Users\\ada\\exports\\Q4\x00.csv")
    row = one(world.ours, FileImport, import_id)
    assert (row.file_name, len(row.stored_as), row.size_bytes) == ("Q4.csv", 32, len(THREE))


def test_a_file_that_is_gone_fails_plainly(world: World, uploads: Path) -> None:
    import_id = upload(world.ours, THREE)
    next(uploads.iterdir()).unlink()
    assert process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking())
    row = one(world.ours, FileImport, import_id)
    assert (row.state, row.error) == ("failed", "The uploaded file is not on this machine any more. Upload it again.")


def test_anothers_import_is_out_of_reach(world: World) -> None:
    import_id = upload(world.other, THREE)
    assert process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking()) is False
    assert one(world.other, FileImport, import_id).attempts == 0
    assert rows(world.ours, Event, "message_id") == []


class Breaking:
    """Hears how many events were stored at a time, and breaks once."""

    def __init__(self, *, at: int) -> None:
        self.sizes: list[int] = []
        self.at = at

    def __call__(self, *, events: tuple[Any, ...], **_: Any) -> None:
        if len(self.sizes) + 1 == self.at:
            self.at = 0
            raise RuntimeError("the worker died")
        self.sizes.append(len(events))


@pytest.mark.django_db(transaction=True)
def test_a_crash_resumes_after_the_last_chunk_without_doubles(monkeypatch: pytest.MonkeyPatch) -> None:
    world = build_world()
    monkeypatch.setattr("engagement.ingest.services.reading.CHUNK_ROWS", 20)
    listener = Breaking(at=3)
    events_stored.connect(listener)
    import_id = upload(world.ours, story())
    with pytest.raises(RuntimeError, match="died"):
        process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking())
    row = one(world.ours, FileImport, import_id)
    assert (row.state, row.position, counts_of(row)) == ("waiting", 40, (40, 0, 0))
    assert len(rows(world.ours, Event, "message_id")) == 40
    assert process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking()) is False
    assert process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking(LATER))
    row = one(world.ours, FileImport, import_id)
    assert (row.state, row.position, counts_of(row)) == ("done", 91, (90, 0, 1))
    assert (len(rows(world.ours, Event, "message_id")), listener.sizes) == (90, [20, 20, 20, 20, 10])
    events_stored.disconnect(listener)


@pytest.mark.django_db(transaction=True)
def test_a_part_of_long_rows_is_short_and_a_crash_resumes_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    world = build_world()
    monkeypatch.setattr("engagement.ingest.services.reading.CHUNK_BYTES", 1)
    listener = Breaking(at=3)
    events_stored.connect(listener)
    import_id = upload(world.ours, story())
    with pytest.raises(RuntimeError, match="died"):
        process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking())
    row = one(world.ours, FileImport, import_id)
    assert (row.state, row.position, counts_of(row)) == ("waiting", 32, (32, 0, 0))
    assert process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking(LATER))
    row = one(world.ours, FileImport, import_id)
    assert (row.state, row.position, counts_of(row)) == ("done", 91, (90, 0, 1))
    assert (len(rows(world.ours, Event, "message_id")), listener.sizes) == (90, [16, 16, 16, 16, 16, 10])
    events_stored.disconnect(listener)


@pytest.mark.parametrize("note", ["x" * 30_000, "[" + "0.5," * 7_000 + "0.5]"], ids=["text", "list"])
def test_a_part_weighs_some_megabytes(world: World, note: str) -> None:
    shown = note if note.startswith("[") else f'"{note}"'
    line = f'{{"customer":"c1","event":"v","date":"2025-12-31","a":{shown}}}\n'
    row = one(world.ours, FileImport, upload(world.ours, line * 400, file_name="a.jsonl"))
    with opened(row) as table:
        sizes = [len(chunk) for chunk in chunks_of(Reader(row, world.ours).items(table, digest="0" * 64))]
    assert (sum(sizes), max(sizes) <= 160) == (400, True)


@pytest.mark.django_db(transaction=True)
def test_it_has_failed_after_five_attempts_and_the_file_is_kept(uploads: Path) -> None:
    world = build_world()
    import_id = upload(world.ours, THREE)
    with patch("engagement.ingest.services.reading.store_items", side_effect=RuntimeError("broken")):
        for attempt in range(leases.MAX_FAILURES):
            clock = ticking(NOW + timedelta(hours=attempt))
            with pytest.raises(RuntimeError):
                process_import(organisation_id=world.ours.pk, import_id=import_id, clock=clock)
    row = one(world.ours, FileImport, import_id)
    assert (row.state, row.attempts, counts_of(row)) == ("failed", 5, (0, 0, 0))
    assert row.error.startswith("Something went wrong on our side")
    assert len(list(uploads.iterdir())) == 1


@pytest.mark.django_db(transaction=True)
def test_the_lease_is_renewed_with_every_chunk(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    world = build_world()
    settings.WORK_LEASE_SECONDS = 60
    monkeypatch.setattr("engagement.ingest.services.reading.CHUNK_ROWS", 10)
    import_id = upload(world.ours, story())
    seen: list[tuple[int, float]] = []

    def report(row: FileImport) -> None:
        stored = one(world.ours, FileImport, row.pk)
        seen.append((stored.position, (stored.lease_until - NOW).total_seconds()))

    # Each look at the clock is 30 s later: without renewal the lease would have run out after two.
    clock = ticking(step=timedelta(seconds=30))
    assert process_import(organisation_id=world.ours.pk, import_id=import_id, clock=clock, report=report)
    assert [position for position, _ in seen] == [10, 20, 30, 40, 50, 60, 70, 80, 90, 91]
    assert all(later > earlier for (_, earlier), (_, later) in pairwise(seen))


@pytest.mark.django_db(transaction=True)
def test_a_worker_whose_lease_ran_out_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    world = build_world()
    monkeypatch.setattr("engagement.ingest.services.reading.CHUNK_ROWS", 40)
    import_id = upload(world.ours, story())
    others: list[bool] = []

    def report(_: FileImport) -> None:
        clock = ticking(LATER)
        others.append(process_import(organisation_id=world.ours.pk, import_id=import_id, clock=clock))

    mine = process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking(), report=report)
    assert (others, mine) == ([True], False)
    row = one(world.ours, FileImport, import_id)
    assert (row.state, counts_of(row), len(rows(world.ours, Event, "message_id"))) == ("done", (90, 0, 1), 90)


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_woken_when_the_upload_is_committed(broker: Broker) -> None:
    world = build_world()
    import_id = upload(world.ours, THREE)
    assert broker.sent == [("ingest.file_import", [world.ours.pk, str(import_id)])]
    with organisation_scope(world.ours.pk):
        start_import(
            organisation=world.ours,
            kind="events",
            sameness="position",
            file_name="x.csv",
            stream=io.BytesIO(THREE.encode()),
            user=None,
            now=NOW,
        )
        transaction.set_rollback(True)
    assert len(broker.sent) == 1


def test_a_name_that_the_database_cannot_hold_is_told_of_and_is_no_failure_of_ours(world: World) -> None:
    """U+0000 in the name of a column broke the worker five times over, before the column was looked at."""
    row = take(world.ours, "customer,event,date,a\0b\nc1,visit,2025-12-31,1\n")
    assert (row.state, row.failures) == ("failed", 0)
    assert "The name of column 4 is not usable." in row.error
