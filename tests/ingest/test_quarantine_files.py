"""Rows of files are put right and sent again as a group: in once, by the name they had where they stood."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from engagement.errors import ConflictError, InvalidInputError
from engagement.ingest.models import Customer, Event, FileImport, RejectedEvent
from engagement.ingest.selectors import quarantine
from engagement.ingest.services import ask_undo, keep_draft, process_import, replay_group
from engagement.ingest.services.fixing import Fix, FixKind, iso_of
from tenants.models import AuditEntry
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.ingest.made_files import parquet, workbook
from tests.ingest.sending import LATER, counts_of, message_ids, one, reach_in, rows, send, take, ticking, track
from tests.ingest.test_data_pages import as_person, page

pytestmark = pytest.mark.usefixtures("uploads", "broker")

HEAD = "customer,event,date,amount\n"
DAYS = HEAD + "c1,visit,31/12/2025,1\nc2,visit,2025-12-30,2\nc3,visit,30/12/2025,3\nc4,visit,soon,4\n"
DAY_FIRST = Fix(FixKind.DAY_FIRST)


def replay(world: World, code: str, fix: Fix, **options: Any) -> Any:
    with organisation_scope(world.ours.pk):
        return replay_group(organisation=world.ours, code=code, fix=fix, now=LATER, user=world.consultant, **options)


def read_waiting(world: World) -> list[FileImport]:
    """Every import that waits, read to its end."""
    ids = rows(world.ours, FileImport, "id", state="waiting")
    for import_id in ids:
        assert process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking(LATER))
    return [one(world.ours, FileImport, import_id) for import_id in ids]


def states(world: World) -> list[tuple[str, str]]:
    return rows(world.ours, RejectedEvent, "code", "state")


def events(world: World) -> list[Any]:
    found = rows(world.ours, Event, "name", "day", "properties")
    return [(name, day.isoformat(), properties) for name, day, properties in found]


def test_days_that_were_written_otherwise_are_read_and_stored_once(world: World) -> None:
    first = take(world.ours, DAYS, file_name="march.csv")
    assert counts_of(first) == (1, 0, 3)
    done = replay(world, "invalid_time", DAY_FIRST)
    assert (done.rows, done.batches, done.files, done.left) == (2, 0, 1, 1)
    assert states(world) == [("invalid_time", "replayed"), ("invalid_time", "replayed"), ("invalid_time", "waiting")]
    (again,) = read_waiting(world)
    assert (counts_of(again), again.kind, again.created_by) == ((2, 0, 0), "events", world.consultant)
    assert events(world) == [
        ("visit", "2025-12-30", {"amount": 2}),
        ("visit", "2025-12-30", {"amount": 3}),
        ("visit", "2025-12-31", {"amount": 1}),
    ]
    names = [f"file:{first.digest[:32]}:{position}" for position in (1, 2, 3)]
    assert message_ids(world.ours) == names  # as if they had been good where they stood
    assert rows(world.ours, RejectedEvent, "replayed_in", state="replayed") == [again.pk, again.pk]


@pytest.mark.parametrize(
    ("text", "code", "fix", "expected"),
    [
        (HEAD + "c1,,2025-12-31,1\n", "missing_event", Fix(FixKind.SET, "event", "visit"), ("visit", {"amount": 1})),
        (HEAD + "c1,,2025-12-31,call\n", "missing_event", Fix(FixKind.EVENT_FROM, "amount"), ("call", None)),
        (HEAD + "c1,,2025-12-31,call\n", "missing_event", Fix(FixKind.RENAME, "Amount", "Event"), ("call", {})),
        (HEAD + "c1,visit,never,1\n", "invalid_time", Fix(FixKind.RECEIPT_TIME), ("visit", {"amount": 1})),
        (HEAD + "c1,visit,12/31/2025,1\n", "invalid_time", Fix(FixKind.MONTH_FIRST), ("visit", {"amount": 1})),
        (HEAD + "c1,visit,never,1\n", "invalid_time", Fix(FixKind.SET, "date", "2025-12-31"), ("visit", {"amount": 1})),
    ],
)
def test_each_change_makes_the_row_good(world: World, text: str, code: str, fix: Fix, expected: Any) -> None:
    assert counts_of(take(world.ours, text)) == (0, 0, 1)
    assert replay(world, code, fix).rows == 1
    assert [counts_of(row) for row in read_waiting(world)] == [(1, 0, 0)]
    ((name, _, properties),) = events(world)
    assert (name, properties if expected[1] is not None else None) == expected


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_cells_are_taken_apart_by_the_files_own_delimiter(world: World, mark: str) -> None:
    """A comma within a cell of a file of semicolons parts nothing, though it would make as many cells."""
    row = mark.join(["c1", "visit", "31/12/2025", '"1,5;2"', "=1+1", "'=x"])
    take(world.ours, mark.join(["customer", "event", "date", "amount", "note", "more"]) + f"\n{row}\n")
    assert replay(world, "invalid_time", DAY_FIRST).rows == 1
    read_waiting(world)
    assert [found for *_, found in events(world)] == [{"amount": "1,5;2", "note": "=1+1", "more": "'=x"}]


def test_a_comma_in_a_file_of_semicolons_parts_no_cells(world: World) -> None:
    """By commas it would be three cells as well."""
    take(world.ours, "customer;event;date\nc1;a,b,c;31/12/2025\n")
    assert replay(world, "invalid_time", DAY_FIRST).rows == 1
    read_waiting(world)
    assert rows(world.ours, Event, "name") == ["a,b,c"]


def test_a_file_that_was_read_before_its_delimiter_was_noted_is_never_taken_apart_wrongly(world: World) -> None:
    """Cut by commas, it would be two cells as well."""
    file = take(world.ours, "customer;event;date\nc1;visit;never\n")
    assert file.rejected == 1
    with organisation_scope(world.ours.pk):
        FileImport.objects.filter(pk=file.pk).update(layout={}, columns=["a", "b"])
        RejectedEvent.objects.update(original=b"c1;1,5\n", code="invalid_time")
    with pytest.raises(ConflictError):
        replay(world, "invalid_time", Fix())


def test_every_form_of_file_keeps_its_values(world: World) -> None:
    columns: dict[str, list[Any]] = {"customer": ["c1"], "event": ["visit"], "date": ["31/12/2025"], "amount": [5]}
    line = {"customer": "c1", "event": "visit", "date": "31/12/2025", "properties": {"amount": 5, "of": {"a": [1]}}}
    files = {
        "a.parquet": parquet(columns),
        "a.xlsx": workbook(list(columns), [values[0] for values in columns.values()]),
        "a.jsonl": json.dumps(line).encode() + b"\n",
    }
    for name, content in files.items():
        assert counts_of(take(world.ours, content, file_name=name)) == (0, 0, 1), name
    done = replay(world, "invalid_time", DAY_FIRST)
    assert (done.rows, done.files, done.left) == (3, 3, 0)
    assert [counts_of(row) for row in read_waiting(world)] == [(1, 0, 0)] * 3
    assert [found for *_, found in events(world)] == [{"amount": 5}, {"amount": 5}, {"amount": 5, "of": {"a": [1]}}]


def test_customers_and_counts_are_sent_as_their_kind(world: World) -> None:
    take(world.ours, "customer,plan\n,gold\n", kind="customers")
    take(world.ours, "customer,event,day,count\nc1,visit,2025-12-31,many\n", kind="aggregates")
    replay(world, "missing_customer", Fix(FixKind.RENAME, "plan", "customer"))
    replay(world, "invalid_count", Fix(FixKind.SET, "count", "3"))
    assert sorted((row.kind, *counts_of(row)) for row in read_waiting(world)) == [
        ("aggregates", 1, 0, 0),
        ("customers", 1, 0, 0),
    ]
    assert rows(world.ours, Customer, "external_id") == ["c1", "gold"]
    assert rows(world.ours, Event, "occurrences") == [3]


def test_a_mapping_of_the_file_holds_for_its_rows(world: World) -> None:
    from tests.ingest.test_mapping_pages import CHOSEN, sent

    client, import_id = sent(world, "Kunde;Wann;Betrag\nk1;30/12/2025;12,50\n")
    client.post(page("import-mapping", world.ours, import_id), {**CHOSEN, "act": "read"})
    assert [counts_of(row) for row in read_waiting(world)] == [(0, 0, 1)]
    assert replay(world, "invalid_time", DAY_FIRST).files == 1
    assert [counts_of(row) for row in read_waiting(world)] == [(1, 0, 0)]
    assert events(world) == [("Purchase", "2025-12-30", {"Betrag": "12,50"})]


def test_an_id_is_each_rows_own(world: World) -> None:
    take(world.ours, "customer,event,date,event_id\nc1,visit,never,e1\n")
    with pytest.raises(ConflictError):
        replay(world, "invalid_time", Fix(FixKind.SET, "event_id", "e1"))
    with pytest.raises(ConflictError):
        replay(world, "invalid_time", Fix(FixKind.SET, "rapport_row", "e1"))


def test_what_cannot_be_taken_apart_waits_on(world: World) -> None:
    take(world.ours, HEAD + "c1,visit,2025-12-31\n")
    with pytest.raises(ConflictError):
        replay(world, "wrong_field_count", Fix())
    assert states(world) == [("wrong_field_count", "waiting")]


def test_messages_and_rows_of_a_group_are_sent_together(world: World) -> None:
    take(world.ours, DAYS)
    send(world.ours, track(1, timestamp="31/12/2025 10:00"), track(2, timestamp="never"))
    done = replay(world, "invalid_time", DAY_FIRST)
    assert (done.rows, done.batches, done.files, done.left) == (3, 1, 1, 2)


def test_the_page_says_how_many_and_sends_just_so_many(world: World) -> None:
    take(world.ours, DAYS)
    client, address = as_person(world.consultant), page("rejected-group", world.ours, "invalid_time")
    asked = {"fix": "day_first", "field": "", "to": ""}
    text = client.get(address, asked).content.decode()
    assert "The change fits 2 of them: they will be sent again. It does not fit 1, which waits on." in text
    assert "Send 2 again" in text
    take(world.ours, HEAD + "c9,visit,29/12/2025,9\n")  # meanwhile
    refused = client.post(address, {**asked, "expected": "2"})
    assert "Another number would be sent than was shown." in refused.content.decode()
    assert {state for _, state in states(world)} == {"waiting"}
    assert client.post(address, {**asked, "expected": "3"}).status_code == 302
    assert sorted(state for _, state in states(world)) == ["replayed", "replayed", "replayed", "waiting"]


def test_it_stands_on_the_record_without_the_value(world: World) -> None:
    take(world.ours, HEAD + "c1,,2025-12-31,1\n")
    replay(world, "missing_event", Fix(FixKind.SET, "event", "somebody"))
    with organisation_scope(world.ours.pk, write=False):
        said = json.loads(AuditEntry.objects.get(act="rejected_rows.replayed").content)["new"]
    (made,) = rows(world.ours, FileImport, "id", state="waiting")
    assert said == {
        "code": "missing_event", "fix": "set", "field": "event", "new_name": "", "rows": 1, "left": 0, "batches": [],
        "imports": [str(made)],
    }  # fmt: skip


def test_rows_of_a_file_that_waits_or_was_taken_out_are_held(world: World) -> None:
    import io

    with organisation_scope(world.ours.pk):
        draft = keep_draft(
            organisation=world.ours, kind="events", sameness="position", file_name="a.csv",
            stream=io.BytesIO(DAYS.encode()), user=None, now=NOW,
        )  # fmt: skip
        RejectedEvent.objects.create(
            organisation=world.ours, file_import=draft, position=1, code="invalid_time", reason="Odd.", remedy="Mend.",
            original=b"c1,visit,31/12/2025,1\n", created_at=NOW,
        )  # fmt: skip
    out = take(world.ours, DAYS.replace("c4", "c5"))
    with organisation_scope(world.ours.pk):
        ask_undo(organisation=world.ours, import_id=out.pk, now=LATER)
    process_import(organisation_id=world.ours.pk, import_id=out.pk, clock=ticking(LATER))
    with pytest.raises(ConflictError):
        replay(world, "invalid_time", DAY_FIRST)
    text = as_person(world.consultant).get(page("rejected-group", world.ours, "invalid_time")).content.decode()
    assert "4 rows are not among them" in text


def test_the_row_says_what_came_of_it(world: World) -> None:
    take(world.ours, DAYS)
    replay(world, "invalid_time", DAY_FIRST)
    (row_id, *_) = rows(world.ours, RejectedEvent, "id", state="replayed")
    client: Client = as_person(world.consultant)
    address = page("rejected-row", world.ours, row_id)
    assert "It waits to be worked through." in client.get(address).content.decode()
    read_waiting(world)
    assert "2 stored, 0 there already, 0 rejected again" in client.get(address).content.decode()


def test_what_is_rejected_once_more_says_so(world: World) -> None:
    take(world.ours, HEAD + "c1,visit,never,1\n")
    replay(world, "invalid_time", Fix())
    assert [counts_of(row) for row in read_waiting(world)] == [(0, 0, 1)]
    with organisation_scope(world.ours.pk, write=False):
        (group,) = quarantine.groups(
            organisation=world.ours, reach=reach_in(world.ours), among=quarantine.Among(), now=LATER
        )
    assert (group.waiting, group.replayed, group.again) == (1, 1, 1)


@pytest.mark.parametrize("fix", [Fix(FixKind.SET, "a"), Fix(FixKind.SET, "", "b")])
def test_a_value_has_a_field_and_is_one(world: World, fix: Fix) -> None:
    with pytest.raises(InvalidInputError):
        replay(world, "invalid_time", fix)


@pytest.mark.parametrize(
    ("text", "day_first", "expected"),
    [
        ("31.12.2025", True, "2025-12-31"), ("1/2/2025", True, "2025-02-01"), ("1/2/2025", False, "2025-01-02"),
        ("31.12.2025 23:59", True, "2025-12-31T23:59:00"), ("12/31/2025 12:00 AM", False, "2025-12-31T00:00:00"),
        ("12/31/2025, 1:02:03 pm", False, "2025-12-31T13:02:03"), ("31.12.2025", False, ""), ("31.12.25", True, ""),
        ("30.02.2025", True, ""), ("1.1.2025 13:00 PM", True, ""), ("٣١.12.2025", True, ""), ("", True, ""),
        ("2025-12-31", True, ""),
    ],
)  # fmt: skip
def test_days_as_people_write_them(text: str, day_first: bool, expected: str) -> None:
    assert iso_of(text, day_first=day_first) == expected
