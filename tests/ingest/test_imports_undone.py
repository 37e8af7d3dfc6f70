"""An import undone: what it brought goes, what it changed goes back, and what others said stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from engagement.companions.models import SurveyAnswer
from engagement.errors import ConflictError
from engagement.ingest import queries
from engagement.ingest.files import kind_of, register_kind
from engagement.ingest.models import Customer, Event, FileImport, ImportChange
from engagement.ingest.services import ask_undo, process_import, reading, undo_until
from engagement.ingest.services.customers import resolve_customers
from engagement.ingest.services.erased import NumbersGoneError, gone_numbers
from engagement.ingest.services.upkeep import delete_old_changes
from engagement.ingest.signals import days_replaced
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, build_world
from tests.ingest.sending import LATER, customer, identify, one, rows, send, take, ticking, track, upload

HEADER = "customer,event,date\n"
FILE = HEADER + "c1,visit,2025-12-30\nc2,visit,2025-12-31\nc2,purchase,2026-01-01\n"

pytestmark = pytest.mark.usefixtures("uploads", "broker")


def undo(organisation: Organisation, row: FileImport, *, now: Any = LATER) -> FileImport:
    with organisation_scope(organisation.pk):
        ask_undo(organisation=organisation, import_id=row.pk, now=now)
    process_import(organisation_id=organisation.pk, import_id=row.pk, clock=ticking(now))
    found = one(organisation, FileImport, row.pk)
    assert isinstance(found, FileImport)
    return found


def test_its_events_go_and_those_who_only_came_with_it(world: World) -> None:
    send(world.ours, track(1, timestamp="2025-12-30T10:00:00Z"))  # c1, from elsewhere
    row = take(world.ours, FILE)
    assert (row.stored, row.first_day, row.last_day) == (3, date(2025, 12, 30), date(2026, 1, 1))
    told: list[Any] = []

    def hear(*, days: tuple[date, ...], **_: Any) -> None:
        told.extend(days)

    days_replaced.connect(hear)
    done = undo(world.ours, row)
    days_replaced.disconnect(hear)
    assert (done.state, done.taken_out, done.found, done.undone_at is not None) == (
        "undone", 3, {"put_back": 0, "gone": 1}, True,
    )  # fmt: skip
    assert rows(world.ours, Event, "message_id") == ["m1"]
    assert rows(world.ours, Customer, "external_id") == ["c1"]
    assert sorted(told) == [date(2025, 12, 30), date(2025, 12, 31), date(2026, 1, 1)]
    assert rows(world.ours, ImportChange, "number") == []
    again = take(world.ours, FILE, now=LATER)
    assert (again.stored, again.duplicates) == (3, 0)  # the same file can be taken again


def test_another_organisation_keeps_its_own(world: World) -> None:
    take(world.other, FILE)
    undo(world.ours, take(world.ours, FILE))
    assert (len(rows(world.other, Event, "day")), len(rows(world.other, Customer, "number"))) == (3, 2)


def test_traits_go_back_and_what_was_said_since_stays(world: World) -> None:
    take(world.ours, "customer_id,email,plan,city\nc1,old@x.org,basic,Bern\n", kind="customers")
    first = customer(world.ours, "c1")
    content = "customer_id,email,plan,city,age\nc1,new@x.org,gold,Bern,44\nc2,two@x.org,gold,,\n"
    row = take(world.ours, content, kind="customers", now=LATER)
    send(world.ours, identify("c1", {"plan": "silver"}, timestamp="2026-03-02T12:00:00Z"), received_at=LATER)
    done = undo(world.ours, row, now=LATER + timedelta(hours=1))
    assert (done.state, done.found) == ("undone", {"put_back": 2, "gone": 1})
    found = customer(world.ours, "c1")
    assert found.traits == {"email": "old@x.org", "plan": "silver", "city": "Bern"}
    assert (found.email_normalised, rows(world.ours, Customer, "external_id")) == ("old@x.org", ["c1"])
    assert first.updated_at == NOW


def test_updated_at_goes_back_too_so_that_older_news_counts_as_before(world: World) -> None:
    take(world.ours, "customer_id,plan\nc1,basic\n", kind="customers")
    undo(world.ours, take(world.ours, "customer_id,plan\nc1,gold\n", kind="customers", now=LATER))
    assert (customer(world.ours, "c1").updated_at, customer(world.ours, "c1").traits) == (NOW, {"plan": "basic"})


def test_two_files_undone_in_the_order_in_which_they_came(world: World) -> None:
    take(world.ours, "customer_id,plan\nc1,basic\n", kind="customers")
    gold = take(world.ours, "customer_id,plan\nc1,gold\n", kind="customers", now=LATER)
    silver = take(world.ours, "customer_id,plan\nc1,silver\n", kind="customers", now=LATER + timedelta(hours=1))
    after = LATER + timedelta(hours=2)
    undo(world.ours, gold, now=after)
    assert customer(world.ours, "c1").traits == {"plan": "silver"}
    undo(world.ours, silver, now=after)
    assert customer(world.ours, "c1").traits == {"plan": "basic"}  # not gold, which was undone before


def test_rows_about_one_customer_in_several_parts_go_back_to_before_the_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engagement.ingest.services.reading.CHUNK_ROWS", 1)
    take(world.ours, "customer_id,plan\nc1,basic\n", kind="customers")
    row = take(world.ours, "customer_id,plan,city\nc1,gold,\nc1,silver,Bern\n", kind="customers", now=LATER)
    assert rows(world.ours, ImportChange, "former", "given", file_import=row.pk) == [
        ({"plan": "basic", "city": None}, {"plan": "silver", "city": "Bern"})
    ]
    undo(world.ours, row)
    assert customer(world.ours, "c1").traits == {"plan": "basic"}


def test_whoever_answered_a_survey_stays(world: World) -> None:
    row = take(world.ours, FILE)
    number = customer(world.ours, "c2").number
    with organisation_scope(world.ours.pk):
        SurveyAnswer.objects.create(
            organisation=world.ours, customer_number=number, kind="nps", source="api", key="k", day=NOW.date(),
            value=9, received_at=NOW,
        )  # fmt: skip
    assert undo(world.ours, row).found["gone"] == 1
    assert rows(world.ours, Customer, "external_id") == ["c2"]


def test_what_cannot_be_undone_says_so(world: World, settings: Any) -> None:
    nothing = take(world.ours, HEADER + "c1,visit,never\n")
    late = take(world.ours, FILE)
    settings.UNDO_KEEP_DAYS = 1
    with organisation_scope(world.ours.pk):
        with pytest.raises(ConflictError, match="nothing to undo"):
            ask_undo(organisation=world.ours, import_id=nothing.pk, now=LATER)
        with pytest.raises(ConflictError, match="too long ago"):
            ask_undo(organisation=world.ours, import_id=late.pk, now=NOW + timedelta(days=2))
    undo(world.ours, late)
    with organisation_scope(world.ours.pk), pytest.raises(ConflictError, match="nothing to undo"):
        ask_undo(organisation=world.ours, import_id=late.pk, now=LATER)


def test_a_number_that_went_meanwhile_is_looked_up_anew(world: World) -> None:
    with organisation_scope(world.ours.pk), pytest.raises(NumbersGoneError):
        gone_numbers(organisation_id=world.ours.pk, numbers=[999])


@pytest.mark.django_db(transaction=True)
def test_whoever_looked_a_number_up_before_it_went_stores_under_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    world = build_world()
    first = take(world.ours, FILE)
    former = dict(rows(world.ours, Customer, "external_id", "number"))
    import_id = upload(world.ours, HEADER + "c2,visit,2025-12-29\n", now=LATER)
    undone: list[FileImport] = []

    def resolving(**given: Any) -> Any:
        found = resolve_customers(**given)
        if not undone:  # the other import is undone between looking up and storing
            undone.append(undo(world.ours, first))
        return found

    monkeypatch.setattr(reading, "resolve_customers", resolving)
    assert process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking(LATER)) is False
    row = one(world.ours, FileImport, import_id)
    assert (row.state, row.attempts, row.failures, row.lease_until) == ("waiting", 0, 0, None)
    assert (rows(world.ours, Event, "day"), rows(world.ours, Customer, "number")) == ([], [])
    assert process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking(LATER))
    assert (one(world.ours, FileImport, import_id).stored, undone[0].found["gone"]) == (1, 2)
    (number,) = rows(world.ours, Customer, "number")
    assert (number in former.values(), rows(world.ours, Event, "customer_number")) == (False, [number])


def test_a_kind_whose_step_takes_nothing_out_cannot_be_undone(world: World) -> None:
    row = take(world.ours, "survey,score,day\nnps,9,2025-12-30\n", kind="answers")
    assert (row.stored, undo_until(row) is not None) == (1, True)
    known = kind_of("answers")
    try:
        register_kind(replace(known, take_out=None))
        assert undo_until(row) is None
        with organisation_scope(world.ours.pk), pytest.raises(ConflictError, match="nothing to undo"):
            ask_undo(organisation=world.ours, import_id=row.pk, now=LATER)
    finally:
        register_kind(known)


@pytest.mark.django_db(transaction=True)
def test_a_crash_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    world = build_world()
    monkeypatch.setattr("engagement.ingest.services.undoing.EVENTS_AT_ONCE", 1)
    monkeypatch.setattr("engagement.ingest.services.changes.AT_ONCE", 1)
    row = take(world.ours, FILE)
    with organisation_scope(world.ours.pk):
        ask_undo(organisation=world.ours, import_id=row.pk, now=LATER)
    run, calls = queries.fetch, iter([False, True, False, False, False, True])

    def breaking(name: str, **bound: Any) -> Any:
        if name in ("delete_import_days", "put_back_traits") and next(calls, False):
            raise RuntimeError("the worker died")
        return run(name, **bound)

    monkeypatch.setattr(queries, "fetch", breaking)
    left = []
    for attempt in range(3):
        clock = ticking(LATER + timedelta(hours=attempt))
        try:
            process_import(organisation_id=world.ours.pk, import_id=UUID(str(row.pk)), clock=clock)
        except RuntimeError:
            left.append(len(rows(world.ours, Event, "message_id")))
    done = one(world.ours, FileImport, row.pk)
    assert (left, done.state, done.taken_out, done.found["gone"]) == ([2, 0], "undone", 3, 2)
    assert (rows(world.ours, Event, "day"), rows(world.ours, Customer, "number")) == ([], [])


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_what_it_changed_is_forgotten_with_the_time_to_undo_it() -> None:
    world = build_world()
    take(world.ours, "customer_id,plan\nc1,basic\n", kind="customers")
    assert delete_old_changes(before=NOW - timedelta(days=1)) == 0
    assert delete_old_changes(before=NOW + timedelta(days=1)) == 1
    assert rows(world.ours, ImportChange, "number") == []
