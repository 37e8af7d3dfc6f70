"""Somebody erased is nowhere, is not brought back by what is sent again, and is erased again after a restore."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.ingest.erasers import NotYetError, erasers
from engagement.ingest.models import (
    Customer,
    ErasedCustomer,
    Erasure,
    Event,
    FileImport,
    IdentityChange,
    IngestBatch,
    RejectedEvent,
)
from engagement.ingest.services import (
    ask_erasure,
    batches,
    erasures,
    leases,
    process_batch,
    process_erasure,
    retry_erasure,
)
from engagement.ingest.services.customers import resolve_customers
from engagement.ingest.services.erasures import LOOK_AGAIN
from engagement.ingest.services.replaying import remembered
from engagement.insights.services import score
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.plan import plan_of
from engagement.scoring.services.verifying import verify_activity
from tenants.models import AuditEntry
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, _superuser, build_world
from tests.ingest.conftest import broker, uploads
from tests.ingest.sending import identify, keep, rows, send, take, track, upload, work
from tests.insights.erasing_world import (
    CANARY,
    DAY,
    LATER,
    MAIL,
    TRAIT,
    VISITOR,
    WORDS,
    columns_with,
    erased,
    known_everywhere,
    number_of,
    raw_bodies,
)

__all__ = ["broker", "uploads"]
pytestmark = pytest.mark.usefixtures("uploads", "broker")
committed = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@committed
def test_no_column_of_any_table_holds_a_trace() -> None:
    world = build_world()
    known_everywhere(world.ours)
    before = columns_with(WORDS)
    assert {
        "ingest_customer.external_id",
        "ingest_customer.email_normalised",
        "ingest_customer.traits",
        "ingest_event.properties",
        "ingest_ingestbatch.raw",
        "ingest_rejectedevent.original",
        "ingest_identitychange.reason",
        "scoring_segmentdefinition.rule",
        "scoring_exclusiondefinition.rule",
        "scoring_scorerun.uses",
    } <= before
    done = erased(world.ours, number_of(world.ours))
    assert (done.state, done.error) == ("done", "")
    assert len(done.numbers) == 2  # the visitor too
    assert columns_with(WORDS) == set()
    assert all(done.steps[eraser.name] is not None for eraser in erasers())
    assert erasures.added_up(steps=done.steps)["events"] == 3
    assert erasures.added_up(steps=done.steps)["messages of requests"] == 5
    assert erasures.added_up(steps=done.steps)["rejected rows"] == 2


@committed
def test_the_control_an_eraser_that_is_missing_is_found_by_the_search() -> None:
    for name, column in (
        ("ingest.requests", "ingest_ingestbatch.raw"),
        ("scoring.rules", "scoring_segmentdefinition.rule"),
        ("ingest.merges", "ingest_identitychange.reason"),
    ):
        world = build_world()
        known_everywhere(world.ours)
        left = tuple(eraser for eraser in erasers() if eraser.name != name)
        with patch.object(erasures, "erasers", return_value=left):
            erased(world.ours, number_of(world.ours))
        assert column in columns_with(WORDS)
        _superuser().execute("DELETE FROM ingest_identitychange; UPDATE ingest_ingestbatch SET raw = '{}'")
        _superuser().execute(
            "UPDATE scoring_segmentdefinition SET rule = '{}'; UPDATE scoring_scorerun SET uses = '{}'"
        )
        _superuser().execute("UPDATE scoring_exclusiondefinition SET rule = '{}'")


@committed
def test_others_keep_everything_and_what_waits_is_still_worked_off() -> None:
    world = build_world()
    for organisation in (world.ours, world.other):
        known_everywhere(organisation)
    theirs = rows(world.other, Event, "message_id")
    others = [key for key in rows(world.ours, Event, "message_id") if key not in {"m100", "m101"}]
    erased(world.ours, number_of(world.ours))
    assert rows(world.other, Event, "message_id") == theirs
    assert number_of(world.other) > 0
    assert set(rows(world.ours, Event, "message_id")) <= set(others)
    assert {f"m{n}" for n in range(1, 9)} <= set(rows(world.ours, Event, "message_id"))
    assert rows(world.ours, Customer, "external_id") == [f"c{n}" for n in range(1, 9)]
    bodies = raw_bodies(world.ours)
    assert [len(body["batch"]) for body in bodies] == [7, 1, 1]
    (waiting,) = rows(world.ours, IngestBatch, "pk", state="waiting")
    counts = work(world.ours, waiting)
    assert counts is not None
    assert (counts.stored, counts.rejected) == (1, 0)
    assert verify_activity(organisation_id=world.ours.pk, now=NOW).is_right
    run = score(organisation_id=world.ours.pk, as_of=DAY, cause="request", now=LATER)
    with organisation_scope(world.ours.pk, write=False):
        listed = next(part.rule for part in plan_of(run).segments if part.key == "zz-list")
        assert listed == {
            "any": [{"customers": ["c1", "(erased)"]}, {"trait": "email", "op": "is", "value": "(erased)"}]
        }
        assert ScoreRun.objects.get(number=1).uses["segments"] == run.uses["segments"]


def test_what_is_sent_again_is_refused_and_nothing_of_it_kept(world: World) -> None:
    send(world.ours, track(1, userId=CANARY, timestamp="2026-02-27T12:00:00Z"), track(2))
    number = number_of(world.ours)
    erased(world.ours, number, now=NOW + timedelta(seconds=1))
    again = send(world.ours, track(1, userId=CANARY, timestamp="2026-02-27T12:00:00Z"), track(2))
    assert (again.stored, again.duplicates, again.rejected) == (0, 1, 1)
    content = f"customer,event,timestamp\n{CANARY},Order Completed,2026-02-26T10:00:00Z\n"
    assert take(world.ours, content, now=LATER).rejected == 1
    assert take(world.ours, f"customer,email\n{CANARY},{MAIL}\n", kind="customers", now=LATER).rejected == 1
    assert {bytes(original) for original in rows(world.ours, RejectedEvent, "original")} == {b""}
    assert set(rows(world.ours, RejectedEvent, "code")) == {"erased"}
    assert CANARY not in rows(world.ours, Customer, "external_id")


def test_what_they_do_afterwards_is_new(world: World) -> None:
    send(world.ours, track(1, userId=CANARY, timestamp="2026-02-27T12:00:00Z"))
    number = number_of(world.ours)
    erased(world.ours, number, now=NOW)
    new = send(
        world.ours, track(9, userId=CANARY, timestamp="2026-03-02T10:00:00Z"), received_at=NOW + timedelta(hours=2)
    )
    assert new.stored == 1
    assert number_of(world.ours) > number
    # Now they are a customer again: a file may tell about them, and old events still come to nothing.
    assert take(world.ours, f"customer,email\n{CANARY},{MAIL}\n", kind="customers", now=LATER).stored == 1
    assert send(world.ours, track(1, userId=CANARY, timestamp="2026-02-27T12:00:00Z")).rejected == 1


def test_a_request_whose_numbers_were_looked_up_before_stores_nothing(world: World) -> None:
    from engagement.ingest.services import batches

    send(world.ours, track(1, userId=CANARY))
    number, key = number_of(world.ours), keep(world.ours, [track(5, userId=CANARY), track(6)])
    resolve = resolve_customers

    def erase_in_between(**said: Any) -> Any:
        found = resolve(**said)
        with organisation_scope(world.ours.pk):
            asked = ask_erasure(organisation=world.ours, number=number, reason="Now", user=None, now=LATER)
        assert not process_erasure(organisation_id=world.ours.pk, erasure_id=UUID(str(asked.pk)), now=NOW)
        return found

    with patch.object(batches, "resolve_customers", erase_in_between):
        counts = process_batch(organisation_id=world.ours.pk, batch_id=key, now=NOW)
    assert counts is not None
    assert (counts.stored, counts.rejected) == (1, 1)
    (erasure_id,) = rows(world.ours, Erasure, "pk")
    assert process_erasure(organisation_id=world.ours.pk, erasure_id=erasure_id, now=NOW + LOOK_AGAIN * 2)
    assert number not in rows(world.ours, Event, "customer_number")
    assert all(CANARY not in str(body) for body in raw_bodies(world.ours))


def test_a_file_that_waits_is_waited_for_and_a_failed_one_is_removed(world: World, uploads: Path) -> None:
    send(world.ours, track(1, userId=CANARY), track(2))
    take(world.ours, f"customer,nothing,else\n{CANARY},{MAIL},{TRAIT}\n")
    with organisation_scope(world.ours.pk):
        failed = FileImport.objects.get(state="failed")
        (uploads / failed.stored_as).write_text(f"customer\n{CANARY}\n")
    import_id = upload(world.ours, f"customer,event,timestamp\n{CANARY},Order Completed,2026-02-26T10:00:00Z\n")
    done = erased(world.ours, number_of(world.ours), now=NOW)
    assert (done.state, done.error) == ("waiting", "Waits: an uploaded file waits to be read.")
    assert not (uploads / failed.stored_as).exists()
    from engagement.ingest.services import process_import

    process_import(organisation_id=world.ours.pk, import_id=import_id, clock=lambda: LATER)
    assert process_erasure(organisation_id=world.ours.pk, erasure_id=UUID(str(done.pk)), now=LATER)
    assert list(uploads.iterdir()) == []
    assert CANARY not in rows(world.ours, Customer, "external_id")


def test_what_a_worker_rejects_while_it_is_waited_for_goes_too(world: World) -> None:
    send(world.ours, track(1, userId=CANARY))
    batch_id = keep(world.ours, [track(2, userId=CANARY, timestamp="nonsense")])
    held = leases.claim(IngestBatch, organisation_id=world.ours.pk, row_id=batch_id, now=NOW)
    asked = erased(world.ours, number_of(world.ours), now=NOW)
    assert asked.state == "waiting"
    assert held is not None
    batches._work_alone(held, now=NOW)
    assert len(rows(world.ours, RejectedEvent, "code")) == 1
    assert process_erasure(organisation_id=world.ours.pk, erasure_id=UUID(str(asked.pk)), now=LATER)
    assert rows(world.ours, RejectedEvent, "original") == []


def test_what_breaks_off_goes_on_where_it_was_and_fails_after_five_times(world: World) -> None:
    send(world.ours, track(1, userId=CANARY))
    with organisation_scope(world.ours.pk):
        asked = ask_erasure(organisation=world.ours, number=number_of(world.ours), reason="x", user=None, now=NOW)
    key, calls = UUID(str(asked.pk)), []
    first, second = erasers()[:2]

    def broken(*, person: Any, now: Any) -> Any:
        calls.append(person.numbers)
        raise KeyError("pulled the plug")

    class Broken:
        name, erase, comes_last = second.name, staticmethod(broken), False

    with patch.object(erasures, "erasers", return_value=(first, Broken)):
        for attempt in range(5):
            with pytest.raises(KeyError):
                process_erasure(organisation_id=world.ours.pk, erasure_id=key, now=NOW + timedelta(hours=attempt))
    with organisation_scope(world.ours.pk):
        row = Erasure.objects.get(pk=key)
        assert (row.state, list(row.steps), row.identity["ids"]) == ("failed", [first.name], [[CANARY, True]])
        assert len(calls) == 5
        retry_erasure(organisation=world.ours, erasure_id=key, now=LATER)
        with pytest.raises(ConflictError):
            retry_erasure(organisation=world.ours, erasure_id=key, now=LATER)
    assert process_erasure(organisation_id=world.ours.pk, erasure_id=key, now=NOW + timedelta(days=1))
    with organisation_scope(world.ours.pk, write=False):
        assert Erasure.objects.get(pk=key).identity == {}


def test_asking_has_rules_and_is_on_record(world: World) -> None:
    send(world.ours, track(1, userId=CANARY))
    number = number_of(world.ours)
    said: dict[str, Any] = {"organisation": world.ours, "user": world.admin, "now": NOW}
    with organisation_scope(world.ours.pk):
        with pytest.raises(NotFoundError):
            ask_erasure(number=404, reason="x", **said)
        with pytest.raises(InvalidInputError):
            ask_erasure(number=number, reason="  ", **said)
        asked = ask_erasure(number=number, reason=f"{CANARY.upper()} wrote a letter", **said)
        with pytest.raises(ConflictError):
            ask_erasure(number=number, reason="Again", **said)
    process_erasure(organisation_id=world.ours.pk, erasure_id=UUID(str(asked.pk)), now=NOW)
    with organisation_scope(world.ours.pk, write=False):
        acts = list(
            AuditEntry.objects.filter(act__startswith="customer.").order_by("number").values_list("act", "object_id")
        )
        assert Erasure.objects.get().reason == "(erased) wrote a letter"
        assert acts == [("customer.erasure_asked", str(number)), ("customer.erased", str(number))]
        assert not any(CANARY in text for text in AuditEntry.objects.values_list("content", flat=True))


_PERSON_TABLES = ("ingest_customer", "ingest_event", "ingest_ingestbatch", "ingest_identitychange")


@committed
def test_after_a_restore_the_list_erases_again(tmp_path: Path) -> None:
    world = build_world()
    known_everywhere(world.ours)
    number, connection = number_of(world.ours), _superuser()
    for table in _PERSON_TABLES:
        connection.execute(f"CREATE TEMPORARY TABLE old_{table} AS SELECT * FROM {table}")
    try:
        erased(world.ours, number)
        file = tmp_path / "erasures.jsonl"
        call_command("erasures", export=str(file), stdout=io.StringIO())
        assert not any(word in file.read_text() for word in WORDS)
        connection.execute("DELETE FROM ingest_erasedcustomer; DELETE FROM ingest_erasure")
        for table in _PERSON_TABLES:
            connection.execute(f"DELETE FROM {table}; INSERT INTO {table} SELECT * FROM old_{table}")
    finally:
        for table in _PERSON_TABLES:
            connection.execute(f"DROP TABLE old_{table}")
    assert columns_with(WORDS) != set()
    out = io.StringIO()
    call_command("erasures", replay=str(file), stdout=out)
    assert out.getvalue() == "2 customers came back and were erased again.\n"
    assert columns_with(WORDS) == set()
    assert send(world.ours, track(100, userId=CANARY, timestamp="2026-02-27T12:00:00Z")).rejected == 1
    out = io.StringIO()
    call_command("erasures", replay=str(file), stdout=out)
    assert out.getvalue() == "0 customers came back and were erased again.\n"


@committed
def test_a_backup_from_before_they_came_gives_their_number_to_nobody_else(tmp_path: Path) -> None:
    world = build_world()
    send(world.ours, track(1))
    send(world.ours, track(2, userId=CANARY))
    number = number_of(world.ours)
    erased(world.ours, number)
    file = tmp_path / "erasures.jsonl"
    call_command("erasures", export=str(file), stdout=io.StringIO())
    _superuser().execute("DELETE FROM ingest_erasedcustomer; DELETE FROM ingest_erasure")
    _superuser().execute("UPDATE ingest_customercounter SET next_number = %s", [number])  # as the backup has it
    call_command("erasures", replay=str(file), stdout=io.StringIO())
    send(world.ours, track(3))
    assert number not in rows(world.ours, Customer, "number")
    assert rows(world.ours, ErasedCustomer, "number") == [number]
    file.write_text("not a list\n")
    with pytest.raises(CommandError, match="no line of a list of erasures"):
        call_command("erasures", replay=str(file))


def test_the_list_says_what_is_needed_and_no_more(world: World) -> None:
    send(world.ours, identify(CANARY, {"email": MAIL}, anonymousId=VISITOR))
    erased(world.ours, number_of(world.ours))
    (line,) = remembered(organisation_id=world.ours.pk)
    assert len(line.customers) == 2
    assert rows(world.ours, IdentityChange, "pk") == []
    assert {len(digest) for _, _, digest in line.customers} == {32}
    assert NotYetError.__doc__
