"""Members who have no contact when their segment is sent, and get one later: put in by the round after, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from engagement.connections.models import ListPush
from engagement.connections.services import list_sending
from engagement.connections.services.list_unmatched import Unmatched
from engagement.connections.vendors.hubspot_lists import HubSpotLists
from engagement.ingest.services import ask_erasure, process_erasure
from tenants.scope import organisation_scope
from tests.connections.conftest import NOW, Bench, Broker, ms
from tests.connections.fakes.hubspot import FakeHubSpot
from tests.connections.lists_world import Lists, made

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def there(world: Any, bench: Bench, opened: Any, reach: Any, monkeypatch: pytest.MonkeyPatch) -> Lists:
    fake = FakeHubSpot()
    opened(fake)
    return made(world, bench, fake, monkeypatch, reach(fake))


def test_who_gets_a_contact_later_is_put_in_once_by_the_round_after_it_was_fetched(
    there: Lists, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 8 a contact is kept that is gone: it is asked for with every run, and not after every fetching."""
    monkeypatch.setattr(HubSpotLists, "at_once", 2)
    there.fake.delete(7)
    there.scored(0, [1, 6, 7, 8])
    push = there.sent(there.added())
    assert (there.inside(push), push.put_in, push.without) == ({1, 6}, 2, 2)
    there.fake.contact(7, ms(NOW))
    run = there.scored(1, [1, 6, 7, 8])
    there.fake.asked.clear()
    push = there.sent(push)
    assert (push.run, push.without, there.changes()) == (run, 2, [])  # 7 was not fetched yet: nobody asks for it
    broker.sent.clear()
    there.bench.sync(there.connection, after=timedelta(days=1))
    assert ("connections.send_list", [there.small.id, str(push.pk)]) in broker.sent
    there.fake.asked.clear()
    push = there.sent(push)
    assert there.changes() == [{"recordIdsToAdd": ["7"], "recordIdsToRemove": []}]
    assert (there.inside(push), push.run, push.put_in, push.without) == ({1, 6, 7}, run, 1, 1)
    assert [new["rows"] for _, new in there.acts("customers.exported")] == [4, 1, 1]
    there.bench.sync(there.connection, after=timedelta(hours=1))
    there.fake.asked.clear()
    push = there.sent(push)
    assert there.fake.asked == []
    there.scored(2, [1, 6, 7, 8])
    push = there.sent(push)
    assert there.changes() == []
    there.scored(3, [1, 6, 8])
    push = there.sent(push)
    assert there.changes() == [{"recordIdsToAdd": [], "recordIdsToRemove": ["7"]}]
    assert (there.inside(push), push.without) == ({1, 6}, 1)


def test_a_newer_run_puts_in_who_got_a_contact_and_not_who_left_meanwhile(there: Lists) -> None:
    there.fake.delete(7)
    there.scored(0, [1, 7, 8])
    push = there.sent(there.added())
    assert (there.inside(push), push.without) == ({1}, 2)
    there.fake.contact(7, ms(NOW))
    there.fake.contact(8, ms(NOW))
    there.bench.sync(there.connection, after=timedelta(days=1))
    there.scored(1, [1, 2, 8])
    there.fake.asked.clear()
    push = there.sent(push)
    assert there.changes() == [{"recordIdsToAdd": ["2", "8"], "recordIdsToRemove": ["7"]}]
    assert (there.inside(push), push.put_in, push.without) == ({1, 2, 8}, 2, 0)


def test_a_crash_after_late_contacts_were_told_counts_them_once(there: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    there.fake.delete(7)
    there.scored(0, [1, 7])
    push = there.sent(there.added())
    there.fake.contact(7, ms(NOW))
    there.bench.sync(there.connection, after=timedelta(days=1))
    with monkeypatch.context() as patched:
        patched.setattr(list_sending, "_keep", _die)
        with pytest.raises(KeyboardInterrupt):
            there.sent(push)
    assert (there.inside(push), there.fresh(push).without) == ({1, 7}, 1)
    there.now += 21 * MINUTE
    push = there.sent(push)
    assert (there.inside(push), push.put_in, push.without, push.begun) == ({1, 7}, 1, 0, None)


def test_a_list_from_before_this_was_kept_is_sent_whole_once(there: Lists) -> None:
    there.scored(0, [1, 8])
    push = there.sent(there.added())
    with organisation_scope(there.small.id):
        ListPush.objects.update(unmatched=None)
    there.fake.contact(8, ms(NOW))
    there.scored(1, [1, 8])
    push = there.sent(push)
    assert (there.inside(push), push.put_in, push.without) == ({1, 8}, 2, 0)
    there.scored(2, [1, 8])
    there.fake.asked.clear()
    push = there.sent(push)
    assert (there.changes(), push.put_in) == ([], 0)


@pytest.mark.parametrize("is_busy", [False, True])
def test_who_is_erased_is_forgotten_there_too_also_while_a_worker_is_at_it(
    there: Lists, monkeypatch: pytest.MonkeyPatch, is_busy: bool
) -> None:
    there.scored(0, [1, 8])
    push = there.added()
    if is_busy:
        keep = list_sending._keep

        def erased_before(turn: Any, **columns: Any) -> None:
            if columns.get("cursor", {}).get("after") and there.fresh(push).attempts == 1:
                _erase(there, 8)
            keep(turn, **columns)

        monkeypatch.setattr(list_sending, "_keep", erased_before)
    push = there.sent(push)
    if is_busy:
        assert (push.lease_until, push.run) == (None, None)  # that worker kept nothing more
        push = there.sent(push)
    else:
        assert Unmatched(push.unmatched).numbers.tolist() == [8]
        _erase(there, 8)
    push = there.fresh(push)
    assert Unmatched(push.unmatched).numbers.tolist() == []
    assert there.inside(push) == {1}


def _die(*_args: Any, **_more: Any) -> None:
    raise KeyboardInterrupt


def _erase(there: Lists, number: int) -> None:
    with organisation_scope(there.small.id):
        asked = ask_erasure(
            organisation=there.small.organisation, number=number, reason="They asked.", user=None, now=there.now
        )
    assert process_erasure(organisation_id=there.small.id, erasure_id=UUID(str(asked.pk)), now=there.now)
