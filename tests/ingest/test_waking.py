"""One message for what waits of an organisation: as few as can be, and never one too few."""

from __future__ import annotations

from datetime import datetime, timedelta
from unittest.mock import patch
from uuid import UUID

import pytest
from django.test import Client

from engagement.ingest.models import IngestBatch
from engagement.ingest.services import process_in_turn, turns, waking
from engagement.ingest.services.claiming import claim_waiting
from engagement.ingest.services.storing import Counts
from engagement.ingest.services.turns import Turns
from engagement.ingest.services.waking import REPEAT_SECONDS, Woken, wake_for
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.ingest.conftest import Broker
from tests.ingest.sending import keep, one, post, rows, track, work, write_key

pytestmark = pytest.mark.django_db(transaction=True)
SOON = NOW + timedelta(milliseconds=10)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process remembers begins anew with each test."""
    monkeypatch.setattr(waking, "_woken", Woken())
    monkeypatch.setattr(turns, "_turns", Turns())


def _accepted(organisation: Organisation, number: int, *, at: datetime = NOW) -> UUID:
    """A request as accepting leaves it: committed, then somebody seen to."""
    batch_id = keep(organisation, [track(number)], received_at=at)
    wake_for(organisation_id=organisation.pk, batch_id=batch_id, now=at)
    return batch_id


def _named(broker: Broker) -> list[str]:
    return [row_id for _task, (_organisation, row_id) in broker.sent]


def _work_off(organisation: Organisation, broker: Broker) -> int:
    """What a worker does with the messages, those that it sends itself among them; returns how many there were."""
    n_messages = 0
    while broker.sent:
        _task, (organisation_id, batch_id) = broker.sent.pop(0)
        process_in_turn(organisation_id=organisation_id, batch_id=UUID(batch_id), clock=lambda: SOON)
        n_messages += 1
    with organisation_scope(organisation.pk, write=False):
        assert not IngestBatch.objects.filter(state="waiting").exists()
    return n_messages


def test_requests_that_come_together_have_one_message(world: World, broker: Broker) -> None:
    # One after the other: of two within a millisecond either may be the older one, and have a message of its own.
    mine = [_accepted(world.ours, number, at=NOW + timedelta(microseconds=number)) for number in range(5)]
    theirs = _accepted(world.other, 1)
    assert _named(broker) == [str(mine[0]), str(theirs)]
    assert _work_off(world.ours, broker) == 2


def test_the_door_sends_one_message_for_many_requests(world: World, client: Client, broker: Broker) -> None:
    key = write_key(world.ours)
    for number in range(4):
        assert post(client, {"batch": [track(number)]}, key=key).status_code == 200
    assert len(broker.sent) == 1
    assert len(rows(world.ours, IngestBatch, "id")) == 4


def test_of_two_at_once_the_one_that_comes_first_in_order_sends_it(world: World, broker: Broker) -> None:
    """Both are committed before either looks: if each left it to the other, nobody would be woken."""
    both = [keep(world.ours, [track(number)], received_at=SOON) for number in range(2)]
    waking._woken.note(world.ours.pk, now=NOW)
    for batch_id in reversed(both):
        wake_for(organisation_id=world.ours.pk, batch_id=batch_id, now=SOON)
    assert len(broker.sent) == 1
    assert _work_off(world.ours, broker) == 1


def test_what_comes_while_the_older_are_worked_at_has_a_message(world: World, broker: Broker) -> None:
    first = _accepted(world.ours, 1)
    with organisation_scope(world.ours.pk):
        IngestBatch.objects.filter(pk=first).update(lease_until=NOW + timedelta(minutes=2), attempts=1)
    second = _accepted(world.ours, 2, at=SOON)
    assert _named(broker) == [str(first), str(second)]


def test_what_comes_between_the_two_claims_is_seen_by_the_look_afterwards(world: World, broker: Broker) -> None:
    """The worst moment: the older one is free when its sender looks, and the group has been gathered already."""
    first, older = _accepted(world.ours, 1), _accepted(world.ours, 2)
    late: list[UUID] = []

    def gathered_too_early(*, beside: IngestBatch, now: datetime) -> list[IngestBatch]:
        found = claim_waiting(beside=beside, now=now)
        with patch("engagement.ingest.services.waking.oldest_of", return_value=older):
            late.append(_accepted(world.ours, 3, at=SOON))
        return found

    with patch("engagement.ingest.services.batches.claim_waiting", side_effect=gathered_too_early):
        assert work(world.ours, first, now=SOON) == Counts(stored=1)
    assert one(world.ours, IngestBatch, older).state == "done"
    assert one(world.ours, IngestBatch, late[0]).state == "waiting"
    assert _named(broker) == [str(first), str(late[0])]


def test_whoever_leaves_something_sends_a_message_for_it(
    world: World, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engagement.ingest.services.claiming.MOST_BATCHES", 2)
    for number in range(7):
        _accepted(world.ours, number, at=NOW + timedelta(microseconds=number))  # as above
    assert len(broker.sent) == 1
    assert _work_off(world.ours, broker) == 4


def test_one_that_breaks_leaves_nobody_asleep(world: World, broker: Broker) -> None:
    broken, spared = keep(world.ours, [track(1)]), keep(world.ours, [track(2)], received_at=SOON)
    with (
        patch("engagement.ingest.services.batches._work", side_effect=RuntimeError("no")),
        pytest.raises(RuntimeError),
    ):
        work(world.ours, broken, now=SOON)
    assert _named(broker) == [str(spared)]


def test_what_is_put_back_is_left_to_the_sweeper(world: World, broker: Broker) -> None:
    """It waits for a lock, say: whoever sent it round at once would keep a worker busy with it."""
    batch_id = keep(world.ours, [track(1)])
    with patch("engagement.ingest.services.batches._work", return_value=None):
        assert work(world.ours, batch_id) is None
    assert broker.sent == []


def test_a_lost_message_is_made_good_by_the_next_sender(world: World, broker: Broker) -> None:
    _accepted(world.ours, 1)
    broker.sent.clear()  # the worker has died with it
    for milliseconds in (500, REPEAT_SECONDS * 1_000 - 1):
        _accepted(world.ours, 2, at=NOW + timedelta(milliseconds=milliseconds))
    assert broker.sent == []
    _accepted(world.ours, 3, at=NOW + timedelta(seconds=REPEAT_SECONDS))
    assert len(broker.sent) == 1
    assert _work_off(world.ours, broker) == 1


def test_a_clock_that_was_set_back_keeps_nobody_asleep(world: World, broker: Broker) -> None:
    _accepted(world.ours, 1)
    _accepted(world.ours, 2, at=NOW - timedelta(hours=1))
    assert len(broker.sent) == 2


@pytest.mark.parametrize("columns", [{"failures": 1}, {"attempts": 2}])
def test_what_is_worked_at_alone_is_followed_by_the_others(
    world: World, broker: Broker, columns: dict[str, int]
) -> None:
    """One that failed before, or was begun twice: nobody goes with it, and nobody is forgotten after it."""
    first = _accepted(world.ours, 1)
    with organisation_scope(world.ours.pk):
        IngestBatch.objects.filter(pk=first).update(**columns)
    for number in (2, 3):
        _accepted(world.ours, number, at=SOON)
    assert len(broker.sent) == 1
    assert _work_off(world.ours, broker) == 2


def test_anothers_requests_stand_for_nobody(world: World, broker: Broker) -> None:
    theirs = keep(world.other, [track(1)])
    waking._woken.note(world.ours.pk, now=NOW)
    mine = _accepted(world.ours, 1, at=SOON)
    assert _named(broker) == [str(mine)]
    assert one(world.other, IngestBatch, theirs).state == "waiting"


def test_a_process_forgets_for_whom_it_sent_longest_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "_REMEMBERED", 2)
    woken = Woken()
    for organisation_id in (1, 2, 1, 3):
        woken.note(organisation_id, now=NOW)
    assert [woken.is_recent(organisation_id, now=NOW) for organisation_id in (1, 2, 3)] == [True, False, True]
