"""From a kept request to events: each stored exactly once, whatever breaks on the way and however often it is done."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import override_settings

from engagement.ingest import queries
from engagement.ingest.models import Customer, Event, IngestBatch, RejectedEvent
from engagement.ingest.services import leases, process_batch
from engagement.ingest.services.storing import Counts, store_parts
from engagement.ingest.signals import StoredEvent, events_stored
from engagement.insights.services.dispatch import sweep
from tenants.scope import organisation_scope
from tests import database
from tests.conftest import NOW, World, build_world
from tests.ingest.sending import LATER, identify, keep, message_ids, one, rows, send, track, upload, utc, work


class Listener:
    """Hears what was stored, and fails when told to."""

    def __init__(self) -> None:
        self.events: list[StoredEvent] = []
        self.failures = 0

    def __call__(self, *, organisation: Any, events: tuple[StoredEvent, ...], **_: Any) -> None:
        assert connection.in_atomic_block
        if self.failures:
            self.failures -= 1
            raise RuntimeError("a listener that breaks after the insert")
        self.events.extend(events)


@pytest.fixture
def listener() -> Any:
    found = Listener()
    events_stored.connect(found)
    yield found
    events_stored.disconnect(found)


def state(world: World, batch_id: Any) -> tuple[str, int, int, int]:
    row = one(world.ours, IngestBatch, batch_id)
    return row.state, row.stored, row.duplicates, row.rejected


def test_events_are_stored_with_all_that_was_sent(world: World, listener: Listener) -> None:
    odd = {"name": 'tab\tnew\nline\\slash "quote" é 漢 \r', "deep": [{"a": None, "b": 1.25}], "big": 2**62}
    message = track(1, messageId="tab\tid\\", event="a\tb", properties=odd)
    assert send(world.ours, message) == Counts(stored=1)
    (batch_id,) = rows(world.ours, IngestBatch, "id")
    (number,) = rows(world.ours, Customer, "number")
    columns = (
        "customer_number",
        "occurred_at",
        "received_at",
        "occurrences",
        "day",
        "source_id",
        "from_file",
        "message_id",
        "name",
        "properties",
    )
    when = utc("2026-03-01T10:00:00")
    stored = (number, when, NOW, 1, date(2026, 3, 1), batch_id, False, "tab\tid\\", "a\tb", odd)
    assert rows(world.ours, Event, *columns) == [stored]
    assert listener.events == [StoredEvent(number, when, date(2026, 3, 1), "a\tb", odd, 1, "tab\tid\\")]


def test_bad_messages_among_good_ones_are_kept_with_the_reason(world: World) -> None:
    bad = track(2, timestamp="2026-13-40")
    batch_id = keep(world.ours, [track(1), bad, track(3)])
    assert work(world.ours, batch_id) == Counts(stored=2, rejected=1)
    assert state(world, batch_id) == ("done", 2, 0, 1)
    assert message_ids(world.ours) == ["m1", "m3"]
    ((position, line, code, remedy, original, batch, source),) = rows(
        world.ours, RejectedEvent, "position", "line", "code", "remedy", "original", "batch_id", "file_import_id"
    )
    assert (position, line, code, batch, source) == (2, None, "invalid_time", batch_id, None)
    assert "2025-12-31T23:59:59Z" in remedy
    assert b"2026-13-40" in bytes(original)


def test_the_same_messages_again_are_duplicates(world: World, listener: Listener) -> None:
    assert send(world.ours, track(1), track(2)) == Counts(stored=2)
    assert send(world.ours, track(2), track(3), received_at=LATER) == Counts(stored=1, duplicates=1)
    assert message_ids(world.ours) == ["m1", "m2", "m3"]
    assert sorted(event.message_id for event in listener.events) == ["m1", "m2", "m3"]


def test_the_same_id_twice_in_one_batch_is_one_event_the_first(world: World, listener: Listener) -> None:
    assert send(world.ours, track(1), track(1, event="Other")) == Counts(stored=1, duplicates=1, conflicts=1)
    assert rows(world.ours, Event, "name") == ["Order Completed"]
    assert [event.name for event in listener.events] == ["Order Completed"]


def test_the_same_id_of_another_organisation_is_another_event(world: World) -> None:
    assert send(world.other, track(1)) == Counts(stored=1)
    assert send(world.ours, track(1)) == Counts(stored=1)
    assert (message_ids(world.ours), message_ids(world.other)) == (["m1"], ["m1"])


def test_a_done_batch_is_not_done_again(world: World, listener: Listener) -> None:
    batch_id = keep(world.ours, [track(1)])
    assert work(world.ours, batch_id) == Counts(stored=1)
    assert work(world.ours, batch_id, now=LATER) is None
    assert (state(world, batch_id), len(listener.events)) == (("done", 1, 0, 0), 1)


def test_an_event_without_a_time_is_looked_for_in_the_days_before(world: World) -> None:
    timeless = track(1, timestamp=None)
    assert send(world.ours, timeless) == Counts(stored=1)
    for days in (1, 2, 3):
        received_at = NOW + timedelta(days=days)
        assert send(world.ours, timeless, received_at=received_at) == Counts(duplicates=1)
    # The control: beyond the look back it is another day's event, and so is one that names another day itself.
    assert send(world.ours, timeless, received_at=NOW + timedelta(days=4)) == Counts(stored=1)
    assert send(world.ours, track(1, timestamp="2026-03-05T10:00:00Z"), received_at=NOW + timedelta(days=9)).stored == 1
    assert rows(world.ours, Event, "day") == [date(2026, 3, 2), date(2026, 3, 5), date(2026, 3, 6)]


def test_an_event_without_a_time_whose_retry_after_midnight_was_stored_first_is_there_already(world: World) -> None:
    timeless = track(1, timestamp=None)
    assert send(world.ours, timeless, received_at=NOW + timedelta(days=1)) == Counts(stored=1)
    assert send(world.ours, timeless) == Counts(duplicates=1)  # and no conflict
    assert rows(world.ours, Event, "day") == [date(2026, 3, 3)]


def test_only_events_without_a_time_are_stored_one_worker_at_a_time(world: World) -> None:
    asked: list[str] = []
    fetch = queries.fetch

    def noting(name: str, **bound: Any) -> Any:
        asked.append(name)
        return fetch(name, **bound)

    with patch.object(queries, "fetch", noting):
        send(world.ours, track(1))
        assert "lock_timeless" not in asked
        send(world.ours, track(2, timestamp=None))
    order = [name for name in asked if name in {"lock_storing_shared", "lock_timeless", "store_events"}]
    assert order == ["lock_storing_shared", "store_events", "lock_storing_shared", "lock_timeless", "store_events"]


@pytest.mark.django_db(transaction=True)
def test_a_crash_after_the_insert_leaves_nothing_and_the_retry_stores_once(listener: Listener) -> None:
    world = build_world()
    batch_id = keep(world.ours, [track(1), identify("c1", {"plan": "pro"}), track(2, userId=None)])
    listener.failures = 1
    with pytest.raises(RuntimeError, match="after the insert"):
        work(world.ours, batch_id)
    assert state(world, batch_id) == ("waiting", 0, 0, 0)
    assert (message_ids(world.ours), rows(world.ours, RejectedEvent, "id"), listener.events) == ([], [], [])
    assert rows(world.ours, Customer, "external_id", "traits") == [("c1", {})]  # numbered, and nothing more
    assert work(world.ours, batch_id) is None  # its lease still runs
    assert work(world.ours, batch_id, now=LATER) == Counts(stored=2, rejected=1)
    assert state(world, batch_id) == ("done", 2, 0, 1)
    assert (message_ids(world.ours), len(listener.events)) == (["m1"], 1)


@pytest.mark.django_db(transaction=True)
def test_it_has_failed_after_five_attempts_and_is_kept(listener: Listener) -> None:
    world = build_world()
    batch_id = keep(world.ours, [track(1)])
    listener.failures = 99
    for attempt in range(1, leases.MAX_FAILURES + 1):
        assert state(world, batch_id)[0] == "waiting"
        with pytest.raises(RuntimeError):
            work(world.ours, batch_id, now=NOW + timedelta(hours=attempt))
    row = one(world.ours, IngestBatch, batch_id)
    assert (row.state, row.attempts, row.finished_at) == ("failed", 5, NOW + timedelta(hours=5))
    assert b'"m1"' in bytes(row.raw)
    assert work(world.ours, batch_id, now=NOW + timedelta(days=1)) is None


@pytest.mark.django_db(transaction=True)
def test_workers_that_were_killed_do_not_count_against_a_batch(listener: Listener) -> None:
    world = build_world()
    batch_id = keep(world.ours, [track(1)])
    for killed in range(1, 10):
        row = leases.claim(
            IngestBatch, organisation_id=world.ours.pk, row_id=batch_id, now=NOW + timedelta(hours=killed)
        )
        assert row is not None
        assert row.attempts == killed
    listener.failures = 1
    with pytest.raises(RuntimeError):
        work(world.ours, batch_id, now=NOW + timedelta(hours=10))
    assert state(world, batch_id)[0] == "waiting"
    assert work(world.ours, batch_id, now=NOW + timedelta(hours=11)) == Counts(stored=1)


@pytest.mark.django_db(transaction=True)
def test_what_kills_its_worker_again_and_again_has_failed_and_is_kept() -> None:
    world = build_world()
    batch_id = keep(world.ours, [track(1)])
    with organisation_scope(world.ours.pk):
        IngestBatch.objects.filter(pk=batch_id).update(attempts=leases.MAX_ATTEMPTS)
    assert work(world.ours, batch_id, now=NOW) is None
    row = one(world.ours, IngestBatch, batch_id)
    assert (row.state, row.finished_at, b'"m1"' in bytes(row.raw)) == ("failed", NOW, True)


@pytest.mark.django_db(transaction=True)
def test_a_server_that_goes_away_says_nothing_of_the_batch(listener: Listener) -> None:
    """The backend is ended in the middle, as a restart does it, more often than a batch may fail."""
    world = build_world()
    batch_id = keep(world.ours, [track(1)])

    def cut_off(**arguments: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        with psycopg.connect(database.admin_url(database.DATABASE), autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", [pid])
        return store_parts(**arguments)

    with patch("engagement.ingest.services.batches.store_parts", cut_off):
        for _ in range(leases.MAX_FAILURES + 2):
            assert work(world.ours, batch_id) is None
    row = one(world.ours, IngestBatch, batch_id)
    assert (row.state, row.attempts, row.failures, row.lease_until) == ("waiting", 0, 0, None)
    assert work(world.ours, batch_id) == Counts(stored=1)


@pytest.mark.django_db(transaction=True)
def test_a_server_that_stays_away_leaves_the_batch_to_its_lease() -> None:
    world = build_world()
    batch_id = keep(world.ours, [track(1)])
    gone = OperationalError("connection refused")
    storing, leaving = "engagement.ingest.services.batches.store_parts", "engagement.ingest.services.leases.F"
    with patch(storing, side_effect=gone), patch(leaving, side_effect=gone):
        assert work(world.ours, batch_id) is None
    row = one(world.ours, IngestBatch, batch_id)
    assert (row.state, row.attempts, row.failures, row.lease_until) == ("waiting", 1, 0, leases.lease_end(NOW))
    assert work(world.ours, batch_id, now=LATER) == Counts(stored=1)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_batch_store_it_once(listener: Listener) -> None:
    world = build_world()
    batch_id = keep(world.ours, [track(number) for number in range(200)])
    found: list[Counts | None] = []
    together = threading.Barrier(2)

    def worker() -> None:
        together.wait()
        found.append(work(world.ours, batch_id))
        connection.close()

    workers = [threading.Thread(target=worker) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert sorted(found, key=repr) == [Counts(stored=200), None]
    assert (len(message_ids(world.ours)), len(listener.events)) == (200, 200)


@pytest.mark.django_db(transaction=True)
def test_a_worker_whose_lease_ran_out_stores_nothing(listener: Listener) -> None:
    world = build_world()
    batch_id = keep(world.ours, [track(1)])
    taken_over: list[Counts | None] = []

    def slow(**arguments: Any) -> Any:
        with patch("engagement.ingest.services.batches.resolve_customers", resolve):
            taken_over.append(work(world.ours, batch_id, now=LATER))
        return resolve(**arguments)

    from engagement.ingest.services.customers import resolve_customers as resolve

    with patch("engagement.ingest.services.batches.resolve_customers", slow):
        assert work(world.ours, batch_id) is None
    assert taken_over == [Counts(stored=1)]
    assert (state(world, batch_id), len(listener.events)) == (("done", 1, 0, 0), 1)


@pytest.mark.django_db(transaction=True)
def test_while_counts_are_made_anew_a_batch_waits_and_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    world = build_world()
    batch_id = keep(world.ours, [track(1)])

    monkeypatch.setitem(queries.STATEMENTS.texts, "limit_waiting", "SET LOCAL lock_timeout = '50ms'")
    locked, done = threading.Event(), threading.Event()

    def counting() -> None:
        with organisation_scope(world.ours.pk):
            queries.fetch("lock_storing_alone", organisation_id=world.ours.pk)
            locked.set()
            done.wait(10)
        connection.close()

    other = threading.Thread(target=counting)
    other.start()
    locked.wait(10)
    assert work(world.ours, batch_id) is None
    row = one(world.ours, IngestBatch, batch_id)
    assert (row.state, row.attempts, row.lease_until) == ("waiting", 0, None)
    assert send(world.other, track(1)) == Counts(stored=1)  # the lock is one organisation's alone
    done.set()
    other.join()
    assert work(world.ours, batch_id) == Counts(stored=1)


def test_an_unknown_batch_and_anothers_are_nothing(world: World) -> None:
    batch_id = keep(world.other, [track(1)])
    assert process_batch(organisation_id=world.ours.pk, batch_id=batch_id, now=NOW) is None
    assert (message_ids(world.ours), message_ids(world.other)) == ([], [])
    assert one(world.other, IngestBatch, batch_id).attempts == 0


def test_a_single_message_is_worked_through_by_its_address(world: World) -> None:
    with organisation_scope(world.ours.pk):
        batch = IngestBatch.objects.create(
            organisation=world.ours, kind="page", raw=b'{"userId": "c1", "name": "Home"}', received_at=NOW
        )
    assert work(world.ours, batch.pk) == Counts(stored=1)
    assert rows(world.ours, Event, "name", "properties", "day") == [("Page Viewed", {"name": "Home"}, NOW.date())]


@pytest.mark.django_db(transaction=True)
def test_a_backlog_is_announced_in_turns_and_never_whole(
    world: World, uploads: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files one by one; of requests the oldest of each organisation, which a worker takes with all the others."""
    requests = [keep(world.ours, [track(1)]), keep(world.other, [track(1)])]
    keep(world.ours, [track(2)])
    mine = [upload(world.ours, "customer,event,date\n") for _ in range(3)]
    theirs = [upload(world.other, "customer,event,date\n") for _ in range(2)]
    sent: list[Any] = []
    monkeypatch.setattr(
        "engagement.insights.services.dispatch.current_app.send_task", lambda _, args: sent.append(args)
    )

    def announced(most: int) -> set[str]:
        sent.clear()
        with override_settings(SWEEP_MOST=most):
            assert sweep(now=NOW) == len(sent)
        return {row_id for _, row_id in sent}

    assert announced(4) == {*map(str, requests), str(mine[0]), str(theirs[0])}
    assert announced(6) == {*map(str, requests), *map(str, mine[:2]), *map(str, theirs)}
    assert announced(100) == {*map(str, requests), *map(str, mine), *map(str, theirs)}
