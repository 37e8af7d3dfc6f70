"""What is sent again is stored once: sent by two at once, broken off, sent again after that, its key gone meanwhile."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engagement.errors import ConflictError
from engagement.ingest.models import Event, FileImport, IngestBatch, RejectedEvent, WriteKey
from engagement.ingest.services import process_import, replay_group, replay_one, revoke_write_key
from engagement.ingest.services.fixing import Fix, FixKind
from engagement.ingest.services.uploads import upload_path
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, build_world
from tests.ingest.sending import (
    LATER,
    counts_of,
    message_ids,
    one,
    post,
    rows,
    send,
    take,
    ticking,
    track,
    work,
    write_key,
)
from tests.ingest.test_identity import InThread

pytestmark = pytest.mark.usefixtures("uploads", "broker")

OPENED = Fix(FixKind.EVENT_FROM, "name")
DAY_FIRST = Fix(FixKind.DAY_FIRST)
FILE = "customer,event,date\nc1,visit,31/12/2025\nc2,visit,30/12/2025\n"


def replay(organisation: Organisation, code: str, fix: Fix) -> Any:
    with organisation_scope(organisation.pk):
        return replay_group(organisation=organisation, code=code, fix=fix, now=LATER)


def work_waiting(organisation: Organisation, *, now: Any = LATER) -> None:
    for batch_id in rows(organisation, IngestBatch, "id", state="waiting"):
        work(organisation, batch_id, now=now)
    for import_id in rows(organisation, FileImport, "id", state="waiting"):
        process_import(organisation_id=organisation.pk, import_id=import_id, clock=ticking(now))


def states(organisation: Organisation) -> list[str]:
    return rows(organisation, RejectedEvent, "state")


def two_bad_messages(world: World) -> None:
    send(world.ours, track(1, event=None, name="Opened", messageId=None), track(2, event=None, name="Opened"))


# ── two at once ──────────────────────────────────────────────────────────────────────────────────────────────


def at_once(first: Callable[[], object], second: Callable[[], object], *, organisation: Organisation) -> InThread:
    """`second` begins while what `first` did is not committed yet, and ends after it is."""
    begun = threading.Event()

    def other() -> None:
        begun.set()
        second()

    with organisation_scope(organisation.pk):
        first()
        thread = InThread(other)
        begun.wait(timeout=10)
        thread.join(timeout=0.5)
        assert thread.is_alive()  # it waits for this transaction
    thread.join(timeout=30)
    return thread


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("code", "fix"), [("missing_event", OPENED), ("invalid_time", DAY_FIRST)])
def test_two_who_send_a_group_at_once_send_it_once(code: str, fix: Fix) -> None:
    world = build_world()
    two_bad_messages(world)
    take(world.ours, FILE)
    again = at_once(
        lambda: replay_group(organisation=world.ours, code=code, fix=fix, now=LATER),
        lambda: replay(world.ours, code, fix),
        organisation=world.ours,
    )
    assert isinstance(again.error, ConflictError)
    work_waiting(world.ours)
    assert len(message_ids(world.ours)) == 2
    waiting = [*rows(world.ours, IngestBatch, "id", kind="batch"), *rows(world.ours, FileImport, "id")]
    assert len(waiting) == 3  # the first sending, the first file, and one replay
    assert len(rows(world.ours, RejectedEvent, "id", state="replayed", code=code)) == 2


@pytest.mark.django_db(transaction=True)
def test_two_who_write_one_message_anew_at_once_send_one_of_the_two() -> None:
    world = build_world()
    send(world.ours, track(1, event=None))
    (row_id,) = rows(world.ours, RejectedEvent, "id")

    def sent(name: str) -> Callable[[], object]:
        text = json.dumps(track(1, event=name, messageId=name))
        return lambda: replay_one(organisation=world.ours, row_id=row_id, message=text, now=LATER)

    def in_scope() -> None:
        with organisation_scope(world.ours.pk):
            sent("Second")()

    again = at_once(sent("First"), in_scope, organisation=world.ours)
    assert isinstance(again.error, ConflictError)
    work_waiting(world.ours)
    assert rows(world.ours, Event, "name") == ["First"]


# ── broken off ───────────────────────────────────────────────────────────────────────────────────────────────


class Killed(BaseException):
    """As a process that is killed: nothing catches it."""


_KILLS = [
    ("missing_event", OPENED, "quarantine.mark_replayed"),
    ("missing_event", OPENED, "quarantine.audit_append"),
    ("invalid_time", DAY_FIRST, "replayed_rows.mark_replayed"),
    ("invalid_time", DAY_FIRST, "quarantine.audit_append"),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("code", "fix", "place"), _KILLS)
def test_a_crash_in_the_middle_sends_nothing(code: str, fix: Fix, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batch and marks are one transaction: neither a batch whose rows still wait, nor marks without a batch."""
    world = build_world()
    two_bad_messages(world)
    take(world.ours, FILE)

    def dies(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(f"engagement.ingest.services.{place}", dies)
        with pytest.raises(Killed):
            replay(world.ours, code, fix)
    assert set(states(world.ours)) == {"waiting"}
    assert rows(world.ours, IngestBatch, "id", state="waiting") == []
    assert rows(world.ours, FileImport, "id", state="waiting") == []
    assert replay(world.ours, code, fix).rows == 2
    work_waiting(world.ours)
    assert len(message_ids(world.ours)) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("code", "fix"), [("missing_event", OPENED), ("invalid_time", DAY_FIRST)])
def test_a_worker_that_dies_over_it_leaves_it_to_the_next(
    code: str, fix: Fix, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    world = build_world()
    two_bad_messages(world)
    take(world.ours, FILE)
    replay(world.ours, code, fix)

    def dies(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:  # after the events are inserted, before the transaction ends
        patched.setattr("engagement.ingest.services.arriving.events_stored.send", dies)
        with pytest.raises(Killed):
            work_waiting(world.ours)
    assert message_ids(world.ours) == []
    work_waiting(world.ours, now=LATER + timedelta(seconds=2 * settings.WORK_LEASE_SECONDS))
    assert len(message_ids(world.ours)) == 2


# ── replayed, and replayed again ─────────────────────────────────────────────────────────────────────────────


def test_a_message_replayed_rejected_and_replayed_again_is_one_event(world: World) -> None:
    """Without an id of its own it has one of what it said at first, on every way."""
    send(world.ours, track(1, event=None, name="Opened", messageId=None))
    send(world.ours, track(1, event=None, name="Opened", messageId=None), received_at=NOW + timedelta(minutes=1))
    replay(world.ours, "missing_event", Fix())
    work_waiting(world.ours)  # rejected again: two more rows that wait
    assert replay(world.ours, "missing_event", OPENED).rows == 2
    work_waiting(world.ours)
    assert rows(world.ours, Event, "name") == ["Opened"]


def test_a_row_replayed_rejected_and_replayed_again_is_the_row_it_was(world: World) -> None:
    first = take(world.ours, FILE)
    replay(world.ours, "invalid_time", Fix())
    work_waiting(world.ours)  # as they came: rejected again, as rows of another file
    assert states(world.ours) == ["replayed", "replayed", "waiting", "waiting"]
    assert replay(world.ours, "invalid_time", DAY_FIRST).rows == 2
    work_waiting(world.ours)
    name = first.digest[:32]
    assert message_ids(world.ours) == [f"file:{name}:1", f"file:{name}:2"]
    # and somebody uploads the file that they had downloaded and mended
    mended = f"customer,event,date,rapport_row\nc1,visit,2025-12-31,{name}:1\nc2,visit,2025-12-30,{name}:2\n"
    assert counts_of(take(world.ours, mended)) == (0, 2, 0)


# ── the key ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_is_sent_after_the_key_was_revoked_and_counts_as_the_keys(world: World, client: Any) -> None:
    key = write_key(world.ours, "shop")
    assert post(client, {"batch": [track(1, event=None, name="Opened")]}, key=key).status_code == 200
    (batch_id,) = rows(world.ours, IngestBatch, "id")
    work(world.ours, batch_id)
    (key_id,) = rows(world.ours, WriteKey, "id")
    with organisation_scope(world.ours.pk):
        revoke_write_key(organisation=world.ours, key_id=key_id, now=LATER)
    assert post(client, {"batch": [track(2)]}, key=key).status_code == 401  # nothing new comes in by it
    assert replay(world.ours, "missing_event", OPENED).rows == 1
    (again,) = rows(world.ours, IngestBatch, "id", state="waiting")
    work_waiting(world.ours)
    assert (message_ids(world.ours), one(world.ours, IngestBatch, again).key_id) == (["m1"], key_id)


def test_it_is_sent_where_the_request_has_no_key(world: World) -> None:
    """As what a connection fetched; a key that was ever used stays as a row, however long ago it was revoked."""
    send(world.ours, track(1, event=None, name="Opened"))
    assert rows(world.ours, IngestBatch, "key_id") == [None]
    assert replay(world.ours, "missing_event", OPENED).rows == 1
    work_waiting(world.ours)
    assert (message_ids(world.ours), rows(world.ours, IngestBatch, "key_id")) == (["m1"], [None, None])


def test_the_key_stands_in_nothing_that_is_sent_again(world: World, client: Any) -> None:
    key = write_key(world.ours, "shop")
    post(client, {"batch": [track(1, event=None, name="Opened", writeKey=key)], "writeKey": key})
    work(world.ours, rows(world.ours, IngestBatch, "id")[0])
    replay(world.ours, "missing_event", OPENED)
    take(world.ours, f"customer,event,date,note\nc1,visit,31/12/2025,{'x' * 9}\n")
    replay(world.ours, "invalid_time", DAY_FIRST)
    assert all(key.encode() not in bytes(raw) for raw in rows(world.ours, IngestBatch, "raw"))
    assert all(upload_path(name).exists() for name in rows(world.ours, FileImport, "stored_as", state="waiting"))
