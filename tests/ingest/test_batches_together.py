"""Requests that wait go together: each counts as if it had come alone, and one that breaks harms no other."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import psycopg
import pytest
from django.db import OperationalError, connection

from engagement.ingest.models import Customer, Event, IdentityChange, IngestBatch, RejectedEvent
from engagement.ingest.services import batches, claiming, leases, storing
from engagement.ingest.services.storing import Counts
from engagement.ingest.signals import StoredEvent, events_stored
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests import database
from tests.conftest import NOW, World, build_world
from tests.ingest.sending import LATER, identify, keep, message_ids, one, rows, track, work

SPOILT = "an event that breaks its listener"


class Listener:
    def __init__(self) -> None:
        self.told: list[list[str]] = []

    def __call__(self, *, organisation: Any, events: tuple[StoredEvent, ...], **_: Any) -> None:
        if any(event.name == SPOILT for event in events):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        self.told.append([event.message_id for event in events])


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    events_stored.connect(found)
    yield found
    events_stored.disconnect(found)


def outcome(organisation: Organisation, batch_id: UUID) -> tuple[str, Counts]:
    row = one(organisation, IngestBatch, batch_id)
    return row.state, Counts(row.stored, row.duplicates, row.rejected, row.conflicts)


def done(**counts: int) -> tuple[str, Counts]:
    return "done", Counts(**counts)


def change(organisation: Organisation, batch_id: UUID, **columns: Any) -> None:
    with organisation_scope(organisation.pk):
        IngestBatch.objects.filter(pk=batch_id).update(**columns)


def test_what_waits_goes_along_in_one_transaction(world: World, listener: Listener) -> None:
    mine = [keep(world.ours, [track(2 * at), track(2 * at + 1)]) for at in range(3)]
    theirs = keep(world.other, [track(1)])
    assert work(world.ours, mine[1]) == Counts(stored=2)
    assert [outcome(world.ours, batch_id) for batch_id in mine] == [done(stored=2)] * 3
    assert listener.told == [[f"m{number}" for number in range(6)]]
    assert outcome(world.other, theirs) == ("waiting", Counts())
    with organisation_scope(world.ours.pk, write=False):
        sources = dict(Event.objects.values_list("message_id", "source_id"))
    assert sources == {f"m{number}": mine[number // 2] for number in range(6)}


def test_the_first_that_came_counts_whichever_a_worker_was_woken_for(world: World) -> None:
    second = keep(world.ours, [track(1, event="Second")], received_at=NOW + timedelta(seconds=1))
    first = keep(world.ours, [track(1, event="First"), identify("c1", {"plan": "pro"})])
    third = keep(world.ours, [track(1, event="First"), identify("c1", {"plan": "pro"})], received_at=LATER)
    work(world.ours, second)
    assert rows(world.ours, Event, "name") == ["First"]
    assert outcome(world.ours, first) == done(stored=2)
    assert outcome(world.ours, second) == done(duplicates=1, conflicts=1)
    assert outcome(world.ours, third) == done(duplicates=2)


def test_an_event_without_a_time_is_looked_for_in_what_goes_along(world: World) -> None:
    timeless = track(1, timestamp=None)
    found = [keep(world.ours, [timeless], received_at=NOW + timedelta(days=days)) for days in range(6)]
    work(world.ours, found[0])
    assert rows(world.ours, Event, "day") == [(NOW + timedelta(days=days)).date() for days in (0, 4)]
    stored = [outcome(world.ours, batch_id)[1].stored for batch_id in found]
    assert stored == [1, 0, 0, 0, 1, 0]


def _anything(source: random.Random) -> dict[str, Any]:
    who, number = f"c{source.randint(1, 4)}", source.randint(1, 12)
    kind = source.randint(0, 9)
    if kind == 0:
        return identify(who, {"plan": source.choice(["pro", "free", None])}, timestamp=None)
    if kind == 1:
        return identify(who, {"plan": "pro"}, anonymousId=f"v{source.randint(1, 3)}")
    if kind == 2:
        return track(number, timestamp="2026-13-40")
    if kind == 3:
        return track(number, userId=None, anonymousId=f"v{source.randint(1, 3)}")
    name = source.choice(["Order Completed", "Page Viewed"])
    return track(number, userId=who, event=name, timestamp=source.choice([None, "2026-03-01T10:00:00Z"]))


@pytest.mark.parametrize("seed", range(12))
def test_together_is_the_same_as_one_after_the_other(world: World, seed: int) -> None:
    source = random.Random(seed)
    sent = [[_anything(source) for _ in range(source.randint(1, 8))] for _ in range(6)]
    known = [identify(f"v{at}", {}, userId=None, anonymousId=f"v{at}") for at in range(1, 4)]
    found: list[Any] = []
    for organisation, is_together in ((world.ours, True), (world.other, False)):
        work(organisation, keep(organisation, known))  # who is a visitor is known before, whatever the order
        kept = [keep(organisation, body, received_at=NOW + timedelta(hours=9 * at)) for at, body in enumerate(sent)]
        if is_together:
            work(organisation, kept[source.randrange(6)], now=LATER)
        else:
            for batch_id in kept:
                with patch.object(batches, "claim_waiting", return_value=[]):
                    work(organisation, batch_id, now=LATER)
        found.append((
            [outcome(organisation, batch_id) for batch_id in kept],
            rows(organisation, Event, "message_id", "day", "name", "occurred_at", "properties"),
            rows(organisation, Customer, "external_id", "identified", "traits", "updated_at"),
            len(rows(organisation, IdentityChange, "number")),
            rows(organisation, RejectedEvent, "position", "code"),
        ))  # fmt: skip
    assert found[0] == found[1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("spoilt", ["unreadable", "listener"])
def test_one_that_breaks_harms_no_other(listener: Listener, spoilt: str) -> None:
    world = build_world()
    good = [keep(world.ours, [track(number)]) for number in range(3)]
    bad = keep(world.ours, [track(9, event=SPOILT)])
    if spoilt == "unreadable":
        change(world.ours, bad, raw=b"{")
    assert work(world.ours, good[0]) == Counts(stored=1)
    assert [outcome(world.ours, batch_id) for batch_id in good] == [done(stored=1)] * 3
    row = one(world.ours, IngestBatch, bad)
    assert (row.state, row.failures, row.attempts, row.lease_until) == ("waiting", 1, 1, leases.lease_end(NOW))
    assert message_ids(world.ours) == ["m0", "m1", "m2"]
    # From now on it is worked through alone, and raises for itself only.
    after = keep(world.ours, [track(5)])
    with pytest.raises(Exception, match=r"division|JSON|truncated"):
        work(world.ours, bad, now=LATER)
    assert outcome(world.ours, after) == ("waiting", Counts())
    assert work(world.ours, after, now=LATER) == Counts(stored=1)


@pytest.mark.django_db(transaction=True)
def test_where_the_server_is_busy_all_wait_on_as_if_never_taken() -> None:
    world = build_world()
    kept = [keep(world.ours, [track(number)]) for number in range(3)]
    with patch("engagement.ingest.services.batches.store_parts", side_effect=OperationalError("gone")):
        assert work(world.ours, kept[0]) is None
    for batch_id in kept:
        row = one(world.ours, IngestBatch, batch_id)
        assert (row.state, row.attempts, row.failures, row.lease_until) == ("waiting", 0, 0, None)
    assert work(world.ours, kept[2]) == Counts(stored=1)
    assert [outcome(world.ours, batch_id) for batch_id in kept] == [done(stored=1)] * 3


@pytest.mark.django_db(transaction=True)
def test_one_that_somebody_else_took_over_is_left_to_them() -> None:
    world = build_world()
    kept = [keep(world.ours, [track(number)]) for number in range(3)]

    with patch.object(batches, "hold_all", lambda found: _lose(kept[1], found)):
        assert work(world.ours, kept[0]) == Counts(stored=1)
    assert [outcome(world.ours, batch_id)[0] for batch_id in kept] == ["done", "waiting", "done"]
    assert message_ids(world.ours) == ["m0", "m2"]


def _lose(batch_id: UUID, found: list[IngestBatch]) -> None:
    """While the first group is held, another worker raises the number of the attempt at one of them."""
    if len(found) > 1:
        with psycopg.connect(database.admin_url(database.DATABASE), autocommit=True) as admin:
            admin.execute("UPDATE ingest_ingestbatch SET attempts = 7 WHERE id = %s", [batch_id])
    claiming.hold_all(found)


@pytest.mark.parametrize(
    "columns",
    [
        {"lease_until": NOW + timedelta(seconds=1)},
        {"failures": 1},
        {"attempts": 2},
        {"state": "failed"},
        {"state": "done"},
    ],
    ids=str,
)
def test_what_is_in_other_hands_over_or_doubtful_does_not_go_along(world: World, columns: dict[str, Any]) -> None:
    mine, apart, along = (keep(world.ours, [track(number)]) for number in range(3))
    change(world.ours, apart, **columns)
    before = one(world.ours, IngestBatch, apart)
    assert work(world.ours, mine) == Counts(stored=1)
    assert message_ids(world.ours) == ["m0", "m2"]
    assert outcome(world.ours, along) == done(stored=1)
    after = one(world.ours, IngestBatch, apart)
    assert (after.state, after.attempts, after.lease_until) == (before.state, before.attempts, before.lease_until)


def test_no_more_goes_along_than_fits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = [keep(world.ours, [track(number)], received_at=NOW + timedelta(seconds=number)) for number in range(5)]
    size = len(one(world.ours, IngestBatch, kept[0]).raw)
    monkeypatch.setattr(claiming, "MOST_BYTES", 3 * size)
    work(world.ours, kept[4])
    assert message_ids(world.ours) == ["m0", "m1", "m4"]  # the oldest with it
    monkeypatch.setattr(claiming, "MOST_BYTES", size)
    work(world.ours, kept[2])
    assert message_ids(world.ours) == ["m0", "m1", "m2", "m4"]


def test_beside_a_worker_that_holds_much_little_is_taken(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = [keep(world.ours, [track(number)], received_at=NOW + timedelta(seconds=number)) for number in range(8)]
    size = len(one(world.ours, IngestBatch, kept[0]).raw)
    monkeypatch.setattr(claiming, "FEW_BYTES", 2 * size)
    for held in kept[:3]:
        change(world.ours, held, lease_until=NOW + timedelta(minutes=1), attempts=1)
    work(world.ours, kept[7])
    assert message_ids(world.ours) == ["m3", "m4", "m7"]
    change(world.ours, kept[2], lease_until=None)  # what is held now is little
    work(world.ours, kept[5])
    assert message_ids(world.ours) == ["m2", "m3", "m4", "m5", "m6", "m7"]


def test_what_is_claimed_is_found_by_its_ids(world: World) -> None:
    """Planned as a join it looked through all requests that were ever kept, once for each that waits."""
    kept = keep(world.ours, [track(1)])
    sql = (Path(claiming.__file__).parent.parent / "sql" / "claim_waiting.sql").read_text()
    bound: dict[str, Any] = {"organisation_id": world.ours.pk, "now": NOW, "lease_until": NOW, "beside": kept}
    bound |= {"most": 200, "most_bytes": 10**6, "few_bytes": 10**5}
    with organisation_scope(world.ours.pk), connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + sql, bound)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Join Filter" not in plan
    assert "id = ANY (" in plan


def test_more_messages_than_one_transaction_takes_are_several(
    world: World, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_MOST_ITEMS", 4)
    kept = [
        keep(world.ours, [track(2 * at), track(2 * at + 1)], received_at=NOW + timedelta(seconds=at)) for at in range(5)
    ]
    work(world.ours, kept[0])
    assert [len(told) for told in listener.told] == [4, 4, 2]
    assert [outcome(world.ours, batch_id) for batch_id in kept] == [done(stored=2)] * 5


def test_a_lone_batch_locks_its_customers_in_the_order_of_a_group(world: World) -> None:
    work(world.ours, keep(world.ours, [identify(None, {"a": 1}, anonymousId="v1")]))
    work(world.ours, keep(world.ours, [identify("u1", {"a": 1})]))
    with patch.object(storing, "lock_customers") as lock:
        work(world.ours, keep(world.ours, [identify("u1", {"a": 2}, anonymousId="v1")]))
    assert lock.call_args.kwargs["numbers"] == set(rows(world.ours, Customer, "number"))
