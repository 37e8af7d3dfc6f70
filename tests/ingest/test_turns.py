"""Whoever sends most does not go first: workers take organisations in turn, and nobody's queue grows without end."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone

from engagement.errors import TooManyError
from engagement.ingest.models import IngestBatch
from engagement.ingest.services import process_in_turn, room, turns
from engagement.ingest.services.batches import process_batch
from engagement.ingest.services.leases import lease_end
from engagement.ingest.services.room import LOOK_SECONDS, Rooms
from engagement.ingest.services.storing import Counts
from engagement.ingest.services.turns import STINT, Turns
from engagement.ingest.views import accept
from tenants.crew import crew
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, build_world
from tests.ingest.sending import keep, one, post, track, write_key

LATER = NOW + timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process remembers begins anew with each test."""
    monkeypatch.setattr(turns, "_turns", Turns())
    monkeypatch.setattr(room, "_rooms", Rooms())


def _woken(organisation: Organisation, batch_id: UUID) -> None:
    process_in_turn(organisation_id=organisation.pk, batch_id=batch_id, clock=lambda: LATER)


def _done(organisation: Organisation) -> int:
    with organisation_scope(organisation.pk):
        return IngestBatch.objects.filter(state="done").count()


# ── turns ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_neighbour_has_its_turn_after_one_of_many(world: World) -> None:
    """Twenty messages of one organisation stand before the neighbour's: after two of them it is done.

    The first of them takes along what else of its organisation waits.
    """
    many = [keep(world.ours, [track(number)]) for number in range(20)]
    keep(world.other, [track(1)])
    for batch_id in many[:2]:
        _woken(world.ours, batch_id)
    assert (_done(world.ours), _done(world.other)) == (20, 1)


def test_as_many_messages_as_requests_do_all_of_them(world: World) -> None:
    """Whatever a message names, none is left without."""
    named = [(world.ours, keep(world.ours, [track(number)])) for number in range(5)]
    named += [(world.other, keep(world.other, [track(number)])) for number in range(3)]
    named += [(world.strange, keep(world.strange, [track(1)]))]
    for organisation, batch_id in named:
        _woken(organisation, batch_id)
    assert [_done(organisation) for organisation in (world.ours, world.other, world.strange)] == [5, 3, 1]


def test_a_message_whose_request_is_done_does_another_of_its_organisation(world: World) -> None:
    """Its own message may have been lost, or comes much later."""
    done = keep(world.ours, [track(1)])
    _woken(world.ours, done)
    waiting = keep(world.ours, [track(2)])
    _woken(world.ours, done)
    assert one(world.ours, IngestBatch, waiting).state == "done"


def test_what_is_in_other_hands_is_passed_over(world: World) -> None:
    held, free = keep(world.ours, [track(1)]), keep(world.other, [track(2)])
    with organisation_scope(world.ours.pk):
        IngestBatch.objects.filter(pk=held).update(lease_until=LATER + timedelta(minutes=1))
    _woken(world.ours, held)
    assert (one(world.ours, IngestBatch, held).state, one(world.other, IngestBatch, free).state) == ("waiting", "done")
    _woken(world.ours, held)
    assert one(world.ours, IngestBatch, held).attempts == 0


def test_who_is_stuck_is_passed_over_for_a_while(world: World) -> None:
    stuck, free = keep(world.ours, [track(1)]), keep(world.other, [track(2)])
    moments = iter([NOW, NOW, NOW + timedelta(seconds=30)])
    with patch.object(turns, "process_batch", lambda **_: None):
        process_in_turn(organisation_id=world.ours.pk, batch_id=stuck, clock=lambda: next(moments))
    named = (world.other.pk, free)
    for _ in range(3):
        assert turns._turns.next(named=named, now=NOW + timedelta(seconds=40)) == named
    later = NOW + timedelta(seconds=100)
    assert {turns._turns.next(named=named, now=later) for _ in range(2)} == {named, (world.ours.pk, stuck)}


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_leave_nothing_behind() -> None:
    world = build_world()
    named = [(world.ours, keep(world.ours, [track(number)])) for number in range(12)]
    named += [(world.other, keep(world.other, [track(number)])) for number in range(12)]

    def work(mine: list[Any]) -> None:
        for organisation, batch_id in mine:
            process_in_turn(organisation_id=organisation.pk, batch_id=batch_id, clock=timezone.now)
        connection.close()

    workers = [threading.Thread(target=work, args=(named[at::2],)) for at in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert (_done(world.ours), _done(world.other)) == (12, 12)


# ── room ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("setting", "value"), [("INGEST_WAITING_REQUESTS", 2), ("INGEST_WAITING_BYTES", 400)])
def test_a_full_queue_answers_429_and_a_neighbour_is_taken(
    settings: Any, broker: Any, setting: str, value: int
) -> None:
    world = build_world()
    key, neighbour = write_key(world.ours), write_key(world.other)
    setattr(settings, setting, value)
    body = {"batch": [track(1, properties={"text": "x" * 100})]}
    answers = [post(Client(), body, key=key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert json.loads(answers[-1].content)["code"] == "too_many"
    assert answers[-1]["Retry-After"] == "10"
    assert post(Client(), body, key=neighbour).status_code == 200
    with organisation_scope(world.ours.pk):
        assert IngestBatch.objects.count() == 2


def test_it_is_taken_again_once_the_queue_is_shorter(world: World, settings: Any) -> None:
    settings.INGEST_WAITING_REQUESTS = 1
    batch_id = keep(world.ours, [track(1)])
    with pytest.raises(TooManyError):
        room.check_room(world.ours.pk, digest=b"key", now=NOW)
    _woken(world.ours, batch_id)
    with pytest.raises(TooManyError):  # remembered for a moment
        room.check_room(world.ours.pk, digest=b"key", now=NOW + timedelta(seconds=LOOK_SECONDS - 1))
    room.check_room(world.ours.pk, digest=b"key", now=NOW + timedelta(seconds=LOOK_SECONDS))


def test_who_is_refused_costs_no_unpacking_and_no_count(
    world: World, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.INGEST_WAITING_REQUESTS = 1
    key = write_key(world.ours)
    keep(world.ours, [track(1)])
    assert post(Client(), {"batch": [track(2)]}, key=key).status_code == 429
    with patch("engagement.ingest.contracts.decode_body") as unpack, django_assert_num_queries(0):
        assert post(Client(), b"\x1f\x8bnot even gzip", key=key).status_code == 429
    unpack.assert_not_called()


def test_who_is_refused_at_once_is_told_the_same(world: World, settings: Any) -> None:
    """The second answer comes from in front of the application, and reads as the first; its body is read, too."""
    settings.INGEST_WAITING_REQUESTS = 1
    key, neighbour = write_key(world.ours), write_key(world.other)
    keep(world.ours, [track(1)])
    headers = {"HTTP_ORIGIN": "https://shop.example"}
    first = post(Client(), {"batch": [track(2)]}, key=key, **headers)
    with patch.object(accept, "_answer") as inside:
        second = post(Client(), {"batch": [track(2)]}, key=key, **headers)
    inside.assert_not_called()
    assert (first.status_code, first.content) == (second.status_code, second.content) == (429, first.content)
    # What is for people and their browsers stands further inside.
    for_people = {"Vary", "Content-Language", "Content-Security-Policy"}
    assert {name: first[name] for name in first.headers if name not in for_people}.items() <= second.headers.items()
    assert second["Access-Control-Allow-Origin"] == "https://shop.example"
    assert second["Retry-After"] == "10"
    assert post(Client(), {"batch": [track(2)]}, key=neighbour).status_code == 200
    # A library that takes for success whatever it can read is not let read it, as further inside.
    hidden = post(Client(), {"batch": [track(2)]}, key=key, path="/v1/customerio/batch", **headers)
    assert (hidden.status_code, "Access-Control-Allow-Origin" in hidden) == (429, False)
    assert Client().get("/v1/batch", HTTP_AUTHORIZATION=f"Bearer {key}").status_code == 405


def test_the_body_of_who_is_refused_is_read(world: World, settings: Any) -> None:
    """gunicorn closes a connection with an unread body, and the library sees a failure of the network."""
    settings.INGEST_WAITING_REQUESTS = 1
    key = write_key(world.ours)
    keep(world.ours, [track(1)])
    assert post(Client(), {"batch": [track(2)]}, key=key).status_code == 429
    request = RequestFactory().post("/v1/batch", data=b"x" * 1_000, content_type="text/plain",
                                    HTTP_AUTHORIZATION=f"Bearer {key}")  # fmt: skip
    assert accept.refuse_at_once(request) is not None
    assert request.read(1) == b""


def test_a_refused_key_is_asked_about_again_after_a_moment(world: World, settings: Any) -> None:
    settings.INGEST_WAITING_REQUESTS = 1
    batch_id = keep(world.ours, [track(1)])
    with pytest.raises(TooManyError):
        room.check_room(world.ours.pk, digest=b"key", now=NOW)
    _woken(world.ours, batch_id)
    with pytest.raises(TooManyError):
        room.check_refused(b"key", now=NOW + timedelta(seconds=LOOK_SECONDS - 1))
    room.check_refused(b"another", now=NOW)
    room.check_refused(b"key", now=NOW + timedelta(seconds=LOOK_SECONDS))
    # What one key of the organisation was told later counts for the other: there is room again.
    room.check_room(world.ours.pk, digest=b"another", now=NOW + timedelta(seconds=LOOK_SECONDS))
    room.check_refused(b"key", now=NOW + timedelta(seconds=LOOK_SECONDS))


# ── a process stays free ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def two_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "processes", 2)


def _held(organisation: Organisation, *, since: datetime) -> None:
    """A request of the organisation that another worker claimed then."""
    batch_id = keep(organisation, [track(99)])
    with organisation_scope(organisation.pk):
        IngestBatch.objects.filter(pk=batch_id).update(lease_until=lease_end(since), attempts=1)


def _served(organisation: Organisation) -> None:
    _woken(organisation, keep(organisation, [track(98)]))
    assert _done(organisation) == 1


def test_while_others_come_one_process_is_free_for_them(world: World, two_processes: None) -> None:
    _served(world.other)
    _held(world.ours, since=LATER)
    waiting, theirs = keep(world.ours, [track(1)]), keep(world.other, [track(1)])
    _woken(world.ours, waiting)
    assert one(world.ours, IngestBatch, waiting).state == "waiting"
    assert one(world.other, IngestBatch, theirs).state == "done"


@pytest.mark.parametrize("why", ["nobody else came", "long ago", "the other is gone", "more processes", "no worker"])
def test_otherwise_it_joins(world: World, two_processes: None, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if why != "nobody else came":
        _served(world.other)
    if why == "long ago":
        turns._turns.served = {key: at - timedelta(seconds=31) for key, at in turns._turns.served.items()}
    if why in {"more processes", "no worker"}:
        monkeypatch.setattr(crew, "processes", 3 if why == "more processes" else None)
    _held(world.ours, since=LATER - timedelta(seconds=6 if why == "the other is gone" else 0))
    waiting = keep(world.ours, [track(1)])
    _woken(world.ours, waiting)
    assert one(world.ours, IngestBatch, waiting).state == "done"


def test_a_message_is_worth_a_stint_of_turns(world: World) -> None:
    """Everybody's requests, one organisation after the other, until the time is over; the rest has its own message."""
    for organisation in (world.ours, world.other, world.strange):
        keep(organisation, [track(1)])
    named = keep(world.ours, [track(2)])
    seen: list[int] = []
    moments = iter(LATER + at * STINT / 5 for at in range(100))

    def note(**given: Any) -> Counts | None:
        seen.append(given["organisation_id"])
        return process_batch(**given)

    with patch.object(turns, "process_batch", note):
        found = process_in_turn(organisation_id=world.ours.pk, batch_id=named, clock=lambda: next(moments))
    assert seen == [world.ours.pk, world.other.pk, world.strange.pk], found
    assert found == Counts(stored=3)  # of those whose turn it was; what went along is not told
    with patch.object(turns, "process_batch", note), patch.object(turns, "STINT", timedelta(0)):
        named = keep(world.ours, [track(3)])
        keep(world.other, [track(3)])
        process_in_turn(organisation_id=world.ours.pk, batch_id=named, clock=lambda: LATER)
    assert len(seen) == 4


def test_a_clock_that_is_set_back_does_not_keep_a_room_full(world: World, settings: Any) -> None:
    settings.INGEST_WAITING_REQUESTS = 1
    rooms, batch_id = Rooms(), keep(world.ours, [track(1)])
    assert rooms.is_full(world.ours.pk, now=NOW)
    process_in_turn(organisation_id=world.ours.pk, batch_id=batch_id, clock=lambda: NOW)
    assert not rooms.is_full(world.ours.pk, now=NOW - timedelta(hours=1))


def test_a_process_forgets_whom_it_has_not_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_REMEMBERED", 1)
    rooms = Rooms()
    for organisation in (world.ours, world.other):
        assert not rooms.is_full(organisation.pk, now=NOW)
    assert list(rooms._known) == [world.other.pk]
