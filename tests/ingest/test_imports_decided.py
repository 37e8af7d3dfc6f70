"""What people decide about a file: how its columns are read, a dry run first, to stop, and mended rows sent again."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.ingest.files import Mapping
from engagement.ingest.models import Customer, Event, FileImport, RejectedEvent, SavedMapping
from engagement.ingest.services import (
    begin_import,
    cancel_import,
    delete_mapping,
    keep_draft,
    process_import,
    save_mapping,
    start_import,
)
from engagement.ingest.services.mappings import MAPPINGS_MOST, mapping_named, mappings_for, parse_mapping
from engagement.ingest.services.mending import cells_of
from engagement.ingest.services.previewing import first_rows, look_at
from engagement.ingest.services.rows import kept_of
from engagement.scoring.models import Action, ActionDefinition
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, build_world
from tests.ingest.sending import LATER, counts_of, message_ids, one, rows, send, take, ticking, track, upload

GERMAN = "Kunde;Wann;Betrag;Notiz\nk1;2025-12-30;12.50;x\nk2;2025-12-31;3;y\nk2;never;4;z\n"
MAPPING = {"roles": {"customer": "Kunde", "time": "Wann"}, "constants": {"event": "Purchase"}, "kept": ["Betrag"]}

pytestmark = pytest.mark.usefixtures("uploads", "broker")


def draft(organisation: Organisation, content: str = GERMAN, *, kind: str = "events", **options: Any) -> FileImport:
    with organisation_scope(organisation.pk):
        return keep_draft(
            organisation=organisation, kind=kind, sameness="position", file_name="kasse.csv",
            stream=io.BytesIO(content.encode()), user=None, now=NOW, **options,
        )  # fmt: skip


def begin(organisation: Organisation, row: FileImport, *, now: Any = NOW, **said: Any) -> FileImport:
    with organisation_scope(organisation.pk):
        begin_import(organisation=organisation, import_id=row.pk, **{"task": "read", **said})
    process_import(organisation_id=organisation.pk, import_id=row.pk, clock=ticking(now))
    found = one(organisation, FileImport, row.pk)
    assert isinstance(found, FileImport)
    return found


# ── which column is what ─────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_waits_and_no_worker_takes_it(world: World, broker: Any, uploads: Path) -> None:
    row = draft(world.ours)
    assert (row.state, broker.sent, len(list(uploads.iterdir()))) == ("draft", [], 1)
    assert process_import(organisation_id=world.ours.pk, import_id=row.pk, clock=ticking()) is False


def test_columns_are_read_as_the_mapping_says(world: World, uploads: Path) -> None:
    done = begin(world.ours, draft(world.ours), mapping=MAPPING, mapping_name="Kasse")
    assert (done.state, counts_of(done), done.mapping_name) == ("done", (2, 0, 1), "Kasse")
    assert rows(world.ours, Event, "name", "properties") == [
        ("Purchase", {"Betrag": 12.5}),
        ("Purchase", {"Betrag": 3}),
    ]
    assert (done.columns, list(uploads.iterdir())) == (["Kunde", "Wann", "Betrag", "Notiz"], [])


def test_the_first_rows_are_shown_as_they_would_be_read(world: World) -> None:
    row = draft(world.ours)
    with organisation_scope(world.ours.pk, write=False):
        sample = look_at(row=row, organisation=world.ours)
        shown = first_rows(row=row, organisation=world.ours, mapping=parse_mapping(MAPPING, kind="events"))
    assert (sample.columns, sample.first) == (("Kunde", "Wann", "Betrag", "Notiz"), ("k1", "2025-12-30", "12.50", "x"))
    assert sample.mapping.roles == {"customer": "Kunde"}  # no time: not all of its cells are one
    assert [(line.customer, line.event, line.details) for line in shown[:2]] == [
        ("k1", "Purchase", (("Betrag", "12.5"),)), ("k2", "Purchase", (("Betrag", "3"),)),
    ]  # fmt: skip
    assert (shown[2].line, shown[2].reason) == (3, "“never” is not a day or time.")
    assert rows(world.ours, Customer, "number") == []


def test_a_mapping_that_does_not_fit_fails_plainly(world: World) -> None:
    done = begin(world.ours, draft(world.ours), mapping={**MAPPING, "roles": {"customer": "Client", "time": "Wann"}})
    assert (done.state, counts_of(done)) == ("failed", (0, 0, 0))
    assert "“Client”" in done.error


@pytest.mark.parametrize(
    "sent",
    [
        [], "x", {"role": {}}, {"roles": []}, {"roles": {"buyer": "A"}}, {"roles": {"customer": 5}},
        {"roles": {"customer": ""}}, {"roles": {"customer": "\0"}}, {"kept": "A"}, {"kept": [1]},
        {"constants": {"clock": "x"}}, {"constants": {"event": " "}}, {"constants": {"event": "x" * 201}},
        {"numbers": "german"}, {"numbers": ["comma"]}, {"numbers": ""},
    ],
)  # fmt: skip
def test_a_mapping_that_is_none_is_refused_with_words(sent: object) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse_mapping(sent, kind="events")
    assert list(refused.value.fields) == ["mapping"]


def test_a_mapping_is_kept_by_name_and_offered_for_files_like_it(world: World) -> None:
    mapping = parse_mapping(MAPPING, kind="events")
    named: dict[str, Any] = {"organisation": world.ours, "kind": "events", "user": None}
    with organisation_scope(world.ours.pk):
        save_mapping(name=" Kasse  Bern ", columns=["Kunde", "Wann", "Betrag"], mapping=mapping, now=NOW, **named)
        kept = save_mapping(name="Kasse Bern", columns=["Kunde", "Wann"], mapping=Mapping(), now=LATER, **named)
        assert (SavedMapping.objects.count(), kept.name, kept.created_at) == (1, "Kasse Bern", LATER)
        save_mapping(name="Kasse Bern", columns=["Kunde", "Wann", "Betrag", "Notiz"], mapping=mapping, now=NOW, **named)
        assert mapping_named(organisation=world.ours, kind="events", name="Kasse Bern") == kept_of(mapping)
        alike = mappings_for(organisation=world.ours, kind="events", columns=["betrag", "WANN ", "notiz", "Kunde"])
        assert [one.name for one in alike] == ["Kasse Bern"]
        assert mappings_for(organisation=world.ours, kind="customers", columns=["Kunde", "Wann"]) == []
        with pytest.raises(InvalidInputError):
            mapping_named(organisation=world.ours, kind="customers", name="Kasse Bern")
    row = draft(world.ours)
    with organisation_scope(world.ours.pk, write=False):
        assert look_at(row=row, organisation=world.ours).mapping == mapping
    with organisation_scope(world.other.pk):
        assert mappings_for(organisation=world.other, kind="events", columns=["Kunde", "Wann", "Betrag", "Notiz"]) == []
        with pytest.raises(NotFoundError):
            delete_mapping(organisation=world.other, mapping_id=kept.pk)
    with organisation_scope(world.ours.pk):
        delete_mapping(organisation=world.ours, mapping_id=kept.pk)
        assert SavedMapping.objects.count() == 0


def test_mappings_are_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAPPINGS_MOST == 200
    monkeypatch.setattr("engagement.ingest.services.mappings.MAPPINGS_MOST", 1)
    named: dict[str, Any] = {"organisation": world.ours, "kind": "events", "columns": [], "mapping": Mapping()}
    with organisation_scope(world.ours.pk):
        save_mapping(name="a", user=None, now=NOW, **named)
        with pytest.raises(ConflictError):
            save_mapping(name="b", user=None, now=NOW, **named)
        with pytest.raises(InvalidInputError):
            save_mapping(name="x" * 81, user=None, now=NOW, **named)


def test_what_is_decided_once_is_decided(world: World) -> None:
    row = draft(world.ours)
    begin(world.ours, row, mapping=MAPPING)
    with organisation_scope(world.ours.pk), pytest.raises(ConflictError):
        begin_import(organisation=world.ours, import_id=row.pk, task="read")
    with organisation_scope(world.other.pk), pytest.raises(NotFoundError):
        begin_import(organisation=world.other, import_id=row.pk, task="read")


@pytest.mark.django_db(transaction=True)
def test_a_mapped_file_resumes_after_a_crash_without_doubles(monkeypatch: pytest.MonkeyPatch) -> None:
    world = build_world()
    monkeypatch.setattr("engagement.ingest.services.reading.CHUNK_ROWS", 2)
    content = "Kunde;Wann\n" + "".join(f"k{n};2025-12-{n:02d}\n" for n in range(1, 12))
    row = draft(world.ours, content)
    from engagement.ingest.services import reading
    from engagement.ingest.services.storing import store_items

    store, calls = store_items, iter([False, False, True])

    def breaking(**given: Any) -> Any:
        if next(calls, False):
            raise RuntimeError("the worker died")
        return store(**given)

    monkeypatch.setattr(reading, "store_items", breaking)
    said = {"roles": {"customer": "Kunde", "time": "Wann"}, "constants": {"event": "visit"}}
    with pytest.raises(RuntimeError, match="died"):
        begin(world.ours, row, mapping=said)
    assert len(message_ids(world.ours)) == 4
    process_import(organisation_id=world.ours.pk, import_id=row.pk, clock=ticking(LATER))
    done = one(world.ours, FileImport, row.pk)
    assert (done.state, counts_of(done), len(message_ids(world.ours))) == ("done", (11, 0, 0), 11)


# ── a dry run ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dry_run_stores_nothing_and_says_what_would_come(world: World, uploads: Path) -> None:
    with organisation_scope(world.ours.pk):
        action = Action.objects.create(organisation=world.ours, key="till", name="Till", channel="purchase")
        ActionDefinition.objects.create(
            organisation=world.ours, action=action, number=99, rule={"event_names": ["Purchase"]}, created_at=NOW
        )
    take(world.ours, "customer,event,date,id\nk1,Purchase,2025-12-01,e1\n")
    before = (message_ids(world.ours), rows(world.ours, Customer, "number"))
    content = (
        "customer,event,date,id\nk1,Purchase,2025-12-01,e1\nk2,Purchase,2025-12-02,e2\nk2,Purchase,2025-12-02,e2\n"
        "k3,look,2025-12-04,e3\nk3,look,never,e4\n"
    )
    tried = begin(world.ours, draft(world.ours, content), task="try", mapping={})
    assert (message_ids(world.ours), rows(world.ours, Customer, "number")) == before
    assert (tried.state, tried.stored, tried.rejected, tried.position) == ("draft", 0, 1, 5)
    assert tried.found == {
        "stored": 2, "duplicates": 2, "new_customers": 2, "is_exact": True, "days": 2, "replaced": 0,
        "first_day": "2025-12-02", "last_day": "2025-12-04", "codes": [["invalid_time", 1]],
        "names": [["Purchase", 1, True], ["look", 1, False]],
    }  # fmt: skip
    assert len(rows(world.ours, RejectedEvent, "code", file_import=tried.pk)) == 1
    done = begin(world.ours, tried, now=LATER)
    assert (done.state, counts_of(done), done.found) == ("done", (2, 2, 1), {})
    assert len(rows(world.ours, RejectedEvent, "code", file_import=tried.pk)) == 1  # those of the dry run are gone
    assert list(uploads.iterdir()) == []


def test_a_dry_run_counts_what_replacing_days_would_take_out(world: World) -> None:
    take(world.ours, "customer,event,date\nk1,visit,2025-12-30\nk1,visit,2025-12-31\n")
    row = draft(world.ours, "customer,event,date\nk9,visit,2025-12-31\n")
    tried = begin(world.ours, row, task="try", sameness="replace_days")
    assert (tried.found["stored"], tried.found["replaced"], len(message_ids(world.ours))) == (1, 1, 2)


def test_a_dry_run_of_replacing_days_says_what_the_import_does_with_known_ids(world: World) -> None:
    take(world.ours, "id,customer,event,date\na,k1,visit,2025-12-31\nb,k1,visit,2025-12-31\nc,k1,visit,2025-12-31\n")
    send(world.ours, track(4, userId="k1", messageId="d", timestamp="2025-12-31T10:00:00Z"))
    row = draft(world.ours, "id,customer,event,date\na,k1,visit,2025-12-31\nd,k1,visit,2025-12-31\n")
    tried = begin(world.ours, row, task="try", sameness="replace_days")
    assert [tried.found[name] for name in ("stored", "duplicates", "replaced")] == [1, 1, 3]
    assert counts_of(begin(world.ours, tried, now=LATER)) == (1, 1, 0)
    assert sorted(message_ids(world.ours)) == ["a", "d"]


def test_more_than_can_be_remembered_is_at_most(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engagement.ingest.services.trying.REMEMBERED", 1)
    tried = begin(world.ours, draft(world.ours, GERMAN), task="try", mapping=MAPPING)
    assert (tried.found["is_exact"], tried.found["new_customers"]) == (False, 2)


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_that_broke_off_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    world = build_world()
    monkeypatch.setattr("engagement.ingest.services.reading.CHUNK_ROWS", 1)
    from engagement.ingest.services import trying
    from engagement.ingest.services.storing import keep_rejections

    keep, calls = keep_rejections, iter([False, False, True])

    def breaking(**given: Any) -> None:
        if next(calls, False):
            raise RuntimeError("the worker died")
        keep(**given)

    monkeypatch.setattr(trying, "keep_rejections", breaking)
    row = draft(world.ours, "customer,event,date\nk1,v,never\nk1,v,2025-12-30\nk2,v,2025-12-30\n")
    with pytest.raises(RuntimeError, match="died"):
        begin(world.ours, row, task="try", mapping={})
    process_import(organisation_id=world.ours.pk, import_id=row.pk, clock=ticking(LATER))
    tried = one(world.ours, FileImport, row.pk)
    assert (tried.state, tried.rejected, tried.found["stored"]) == ("draft", 1, 2)
    assert len(rows(world.ours, RejectedEvent, "code")) == 1


# ── stopping ─────────────────────────────────────────────────────────────────────────────────────────────────


def cancel(organisation: Organisation, import_id: UUID, *, now: Any = NOW) -> None:
    with organisation_scope(organisation.pk):
        cancel_import(organisation=organisation, import_id=import_id, now=now)


@pytest.mark.django_db(transaction=True)
def test_a_file_is_read_no_further_after_the_part_at_hand(uploads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = build_world()
    monkeypatch.setattr("engagement.ingest.services.reading.CHUNK_ROWS", 2)
    content = "customer,event,date\n" + "".join(f"k{n},visit,2025-12-{n:02d}\n" for n in range(1, 10))
    import_id = upload(world.ours, content)

    def report(row: FileImport) -> None:
        if row.position == 4:
            cancel(world.ours, import_id)

    assert process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking(), report=report)
    row = one(world.ours, FileImport, import_id)
    assert (row.state, row.position, counts_of(row), row.lease_until) == ("cancelled", 4, (4, 0, 0), None)
    assert (len(message_ids(world.ours)), list(uploads.iterdir())) == (4, [])
    assert process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking(LATER)) is False


@pytest.mark.django_db(transaction=True)
def test_replacing_days_stops_before_the_days_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    world = build_world()
    take(world.ours, "customer,event,date\nk1,visit,2025-12-30\n")
    monkeypatch.setattr("engagement.ingest.services.reading.CHUNK_ROWS", 1)
    content = "customer,event,date\nk1,look,2025-12-30\nk2,look,2025-12-30\n"
    import_id = upload(world.ours, content, sameness="replace_days", now=LATER)
    asked: list[int] = []

    def report(row: FileImport) -> None:
        if not asked:
            asked.append(1)
            cancel(world.ours, import_id, now=LATER)

    process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking(LATER), report=report)
    assert (one(world.ours, FileImport, import_id).state, rows(world.ours, Event, "name")) == ("cancelled", ["visit"])


@pytest.mark.django_db(transaction=True)
def test_what_nobody_reads_is_stopped_at_once_and_a_dry_run_leaves_the_draft(uploads: Path) -> None:
    world = build_world()
    waiting, thrown = upload(world.ours, GERMAN), draft(world.ours)
    cancel(world.ours, waiting)
    cancel(world.ours, thrown.pk)
    states = [one(world.ours, FileImport, key).state for key in (waiting, thrown.pk)]
    assert (states, list(uploads.iterdir())) == (["cancelled", "cancelled"], [])
    for key in (waiting, thrown.pk):
        with pytest.raises(ConflictError):
            cancel(world.ours, key)
    tried = draft(world.ours)
    with organisation_scope(world.ours.pk):
        begin_import(organisation=world.ours, import_id=tried.pk, task="try", mapping=MAPPING)
    cancel(world.ours, tried.pk)
    row = one(world.ours, FileImport, tried.pk)
    assert (row.state, row.position, len(list(uploads.iterdir()))) == ("draft", 0, 1)


# ── rejected rows, mended and sent again ─────────────────────────────────────────────────────────────────────


def mended(row: FileImport, position: int, cells: str, *, header: str = "customer,event,date,amount") -> str:
    ours = "rapport_row,rapport_line,rapport_reason,rapport_remedy,rapport_original"
    return f"{header},{ours}\n{cells},{row.digest[:32]}:{position},3,why,what,\n"


def test_a_mended_row_takes_its_own_place_however_often_it_is_sent(world: World) -> None:
    first = take(world.ours, "customer,event,date,amount\nk1,visit,2025-12-30,1\nk2,visit,never,-5\n")
    assert counts_of(first) == (1, 0, 1)
    content = mended(first, 2, "k2,visit,2025-12-31,'-5")
    again = take(world.ours, content, now=LATER)
    assert counts_of(again) == (1, 0, 0)
    assert message_ids(world.ours)[-1] == f"file:{first.digest[:32]}:2"
    assert rows(world.ours, Event, "properties", name="visit")[0] == {"amount": -5}  # no column of ours, and no mark
    other = take(world.ours, content.replace("why", "because"), now=LATER + timedelta(hours=1))  # another file
    assert counts_of(other) == (0, 1, 0)


def test_mended_rows_replace_no_days(world: World) -> None:
    first = take(world.ours, "customer,event,date,amount\nk1,visit,2025-12-30,1\nk2,visit,never,1\n")
    row = take(world.ours, mended(first, 2, "k2,visit,2025-12-30,1"), sameness="replace_days", now=LATER)
    assert (row.state, len(message_ids(world.ours))) == ("failed", 1)
    assert row.error.startswith("This file holds rows that were rejected and mended.")


def test_a_row_that_names_no_place_is_one_of_its_own_file(world: World) -> None:
    first = take(world.ours, "customer,event,date,amount\nk1,visit,2025-12-30,1\n")
    content = mended(first, 2, "k2,visit,2025-12-31,1").replace(f"{first.digest[:32]}:2", "nonsense:1")
    row = take(world.ours, content, now=LATER)
    assert (counts_of(row), f"file:{row.digest[:32]}:1" in message_ids(world.ours)) == ((1, 0, 0), True)


@pytest.mark.parametrize(
    "original, cells",
    [
        ("a,b\n", ["a", "b"]),
        ('"a,1";b\r\n', ["a,1", "b"]),
        ('{"x": 1, "y": null}', ["1", ""]),
        ('{"x": "t", "z": 1}', None),
        ("a,b,c\n", None),
        ('"a,b\n', None),
        ("", None),
    ],
)
def test_the_cells_of_a_rejected_row(original: str, cells: list[str] | None) -> None:
    assert cells_of(original, columns=["x", "y"]) == cells


def test_the_api_way_goes_straight_in_with_a_mapping(world: World, broker: Any) -> None:
    with organisation_scope(world.ours.pk):
        row = start_import(
            organisation=world.ours, kind="events", sameness="position", file_name="k.csv",
            stream=io.BytesIO(GERMAN.encode()), user=None, now=NOW, mapping=MAPPING, task="try",
        )  # fmt: skip
    assert (row.state, row.task, row.mapping) == ("waiting", "try", MAPPING)
