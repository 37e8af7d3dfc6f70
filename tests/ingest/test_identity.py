"""Merges on record: by events once, taken apart and merged again by people, and conflict-free beside storing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from engagement.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from engagement.ingest import selectors
from engagement.ingest.models import Customer, IdentityChange, IngestBatch
from engagement.ingest.services import merge_again, undo_merge
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, build_world
from tests.ingest.sending import LATER, customer, identify, keep, rows, send, track, work

ALIAS = {"type": "alias", "previousId": "visitor", "userId": "c1", "messageId": "alias-1"}


def merged(world: World) -> tuple[int, int]:
    """The visitor and the customer c1 whom an identify merged them into."""
    send(world.ours, track(1, userId=None, anonymousId="visitor"))
    send(world.ours, identify("c1", anonymousId="visitor", messageId="identify-1"))
    return visitor(world).number, customer(world.ours, "c1").number


def visitor(world: World, name: str = "visitor") -> Any:
    return customer(world.ours, name, identified=False)


def act(
    service: Callable[..., None],
    world: World,
    number: int,
    target: int,
    *,
    reason: str = "A shared tablet",
    **also: Any,
) -> None:
    said = {"organisation": world.ours, "user": world.consultant, "now": LATER, **also}
    with organisation_scope(world.ours.pk):
        service(number=number, target=target, reason=reason, **said)


def record(world: World) -> list[Any]:
    return rows(world.ours, IdentityChange, "what", "number", "target", "user_id", "message_id", "reason")


def test_what_an_event_merges_is_on_record_once(world: World) -> None:
    number, target = merged(world)
    send(world.ours, identify("c1", anonymousId="visitor", messageId="identify-2"))  # nothing new: no second entry
    assert record(world) == [("merged", number, target, None, "identify-1", "")]
    batches = rows(world.ours, IngestBatch, "id")
    ((source_id, changed_at),) = rows(world.ours, IdentityChange, "source_id", "changed_at")
    assert source_id in batches
    assert changed_at == NOW
    assert rows(world.other, IdentityChange, "number") == []


def test_what_is_taken_apart_stands_for_itself_and_is_on_record(world: World) -> None:
    number, target = merged(world)
    act(undo_merge, world, number, target, reason="  A shared tablet ")
    assert visitor(world).merged_into is None
    undone = ("undone", number, target, world.consultant.pk, "", "A shared tablet")
    assert record(world) == [("merged", number, target, None, "identify-1", ""), undone]


@pytest.mark.parametrize(
    "message",
    [
        identify("c1", anonymousId="visitor", messageId="identify-1"),
        identify("c1", anonymousId="visitor", messageId="another"),
        ALIAS,
        track(7, userId="c1", anonymousId="visitor"),
    ],
    ids=["the same again", "another identify", "an alias", "an event with both ids"],
)
def test_the_same_pair_is_not_merged_again_by_whatever_comes(world: World, message: dict[str, Any]) -> None:
    number, target = merged(world)
    act(undo_merge, world, number, target)
    for _ in range(2):
        send(world.ours, message)
    assert visitor(world).merged_into is None
    assert [what for what, *_ in record(world)] == ["merged", "undone"]


def test_another_customer_may_still_take_the_visitor(world: World) -> None:
    number, target = merged(world)
    act(undo_merge, world, number, target)
    # In one request: the pair that was taken apart does not stand in the way of the one that comes after it.
    send(world.ours, identify("c1", anonymousId="visitor"), identify("c2", anonymousId="visitor"))
    other = customer(world.ours, "c2").number
    assert visitor(world).merged_into == other
    act(undo_merge, world, number, other)
    send(world.ours, identify("c2", anonymousId="visitor"), ALIAS)
    assert visitor(world).merged_into is None


def test_people_merge_again_and_take_apart_again(world: World) -> None:
    number, target = merged(world)
    act(undo_merge, world, number, target)
    act(merge_again, world, number, target, reason="It was them after all")
    assert visitor(world).merged_into == target
    act(undo_merge, world, number, target, reason="No")
    send(world.ours, ALIAS)
    assert visitor(world).merged_into is None
    with organisation_scope(world.ours.pk, write=False):
        found = selectors.changes_of(organisation=world.ours, number=target)
        assert sorted(change.what for change in found) == ["merged", "merged_again", "undone", "undone"]


def test_a_chain_is_opened_at_one_place_only(world: World) -> None:
    number, target = merged(world)
    send(world.ours, track(9))
    last = customer(world.ours, "c9").number
    with organisation_scope(world.ours.pk):
        Customer.objects.filter(number=target).update(merged_into=last)
    act(undo_merge, world, number, target)
    assert (visitor(world).merged_into, customer(world.ours, "c1").merged_into) == (None, last)


def test_what_cannot_be_is_refused_and_changes_nothing(world: World) -> None:
    number, target = merged(world)
    send(world.ours, track(9))
    last = customer(world.ours, "c9").number
    for service, one, other, error in (
        (undo_merge, number, last, ConflictError),  # counts for another
        (undo_merge, target, number, ConflictError),  # the other way round
        (undo_merge, 999, target, NotFoundError),
        (undo_merge, 10**30, target, NotFoundError),
        (merge_again, number, target, ConflictError),  # never taken apart
        (merge_again, last, target, ConflictError),
        (merge_again, 999, target, NotFoundError),
    ):
        with pytest.raises(error):
            act(service, world, one, other)
    for reason in ("", "   ", "x" * 501):
        with pytest.raises(InvalidInputError) as refused:
            act(undo_merge, world, number, target, reason=reason)
        assert list(refused.value.fields) == ["reason"]
    assert visitor(world).merged_into == target
    assert [what for what, *_ in record(world)] == ["merged"]


def test_nobody_is_merged_twice_or_in_a_circle(world: World) -> None:
    number, target = merged(world)
    act(undo_merge, world, number, target)
    with organisation_scope(world.ours.pk):
        Customer.objects.filter(number=target).update(merged_into=number)
    with pytest.raises(ConflictError, match="other way round"):
        act(merge_again, world, number, target)
    with organisation_scope(world.ours.pk):
        Customer.objects.filter(number=target).update(merged_into=None)
    send(world.ours, identify("c2", anonymousId="visitor"))
    with pytest.raises(ConflictError, match="counts for somebody"):
        act(merge_again, world, number, target)
    assert visitor(world).merged_into == customer(world.ours, "c2").number


def test_the_record_is_never_changed(world: World) -> None:
    merged(world)
    for statement in ("UPDATE ingest_identitychange SET reason = 'x'", "DELETE FROM ingest_identitychange"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            organisation_scope(world.ours.pk),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_how_a_customer_stands(world: World) -> None:
    number, target = merged(world)
    send(world.ours, identify("c1", anonymousId="phone"))
    act(undo_merge, world, number, target)
    phone = visitor(world, "phone").number

    def standing(of: int) -> Any:
        with organisation_scope(world.ours.pk, write=False):
            return selectors.identity_standing(organisation=world.ours, number=of)

    found = standing(target)
    assert [(one.number, one.change.what, one.change.by) for one in found.merged] == [(phone, "merged", "")]
    (apart,) = found.apart
    assert (apart.external_id, apart.counts_for, apart.change.what) == ("visitor", None, "undone")
    assert (apart.change.by, apart.change.reason) == (world.consultant.name, "A shared tablet")
    assert (found.counts_for, found.n_merged, found.n_apart) == (None, 1, 1)
    assert [one.number for one in standing(number).apart_from] == [target]
    seen = standing(phone)
    assert (seen.counts_for.number, seen.counts_for.external_id, seen.counts_for.change.what) == (
        target, "c1", "merged",
    )  # fmt: skip
    act(merge_again, world, number, target)
    assert (standing(target).n_merged, standing(target).apart, standing(number).apart_from) == (2, (), ())


# ── beside storing ───────────────────────────────────────────────────────────────────────────────────────────


class InThread(threading.Thread):
    """Work on a connection of its own; `join_ok` raises what it raised."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self.work = work
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.work()
        except BaseException as error:  # noqa: BLE001  told to the test
            self.error = error
        finally:
            connection.close()

    def join_ok(self) -> None:
        self.join(timeout=30)
        assert not self.is_alive()
        if self.error is not None:
            raise self.error


@pytest.mark.django_db(transaction=True)
def test_storing_that_waited_for_the_undo_sees_it() -> None:
    world = build_world()
    number, target = merged(world)
    send(world.ours, track(2))
    with organisation_scope(world.ours.pk):
        undo_merge(organisation=world.ours, number=number, target=target, reason="x", user=None, now=LATER)
        same = InThread(lambda: send(world.ours, identify("c1", anonymousId="visitor"), ALIAS))
        same.join(timeout=0.5)
        # Only now: kept while `same` still gathers, it would be taken along in the same transaction.
        other = InThread(lambda: send(world.ours, identify("c2", anonymousId="visitor")))
        other.join(timeout=0.5)
        assert same.is_alive()
        assert other.is_alive()
    same.join_ok()
    other.join_ok()
    assert visitor(world).merged_into == customer(world.ours, "c2").number


@pytest.mark.django_db(transaction=True)
def test_an_undo_waits_for_storing_and_says_so_when_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    world = build_world()
    number, target = merged(world)
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with organisation_scope(world.ours.pk), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM ingest_customer WHERE number = %s FOR UPDATE", [number])
            held.set()
            let_go.wait(timeout=30)

    storing = InThread(hold)
    assert held.wait(timeout=10)
    undo = InThread(lambda: act(undo_merge, world, number, target))
    with pytest.raises(UnavailableError):
        undo.join_ok()
    assert visitor(world).merged_into == target
    undo = InThread(lambda: act(undo_merge, world, number, target))
    undo.join(timeout=0.3)
    assert undo.is_alive()
    let_go.set()
    undo.join_ok()
    storing.join_ok()
    assert visitor(world).merged_into is None


@pytest.mark.django_db(transaction=True)
def test_many_undone_while_the_same_is_sent_again_and_again() -> None:
    world = build_world()
    names = [f"v{at}" for at in range(12)]
    messages = [identify(f"c{at}", {"seen": at}, anonymousId=name) for at, name in enumerate(names)]
    send(world.ours, *messages)
    pairs = [(visitor(world, name).number, visitor(world, name).merged_into) for name in names]

    def storing() -> None:
        for _ in range(6):
            for body in (messages, messages[::-1]):
                work(world.ours, keep(world.ours, body))  # or the other worker takes it along

    def undoing() -> None:
        for number, target in reversed(pairs):
            act(undo_merge, world, number, target)

    for worker in [InThread(storing), InThread(storing), InThread(undoing)]:
        worker.join_ok()
    send(world.ours, *messages)
    assert set(rows(world.ours, IngestBatch, "state")) == {"done"}
    assert {visitor(world, name).merged_into for name in names} == {None}
    assert sorted(what for what, *_ in record(world)) == ["merged"] * 12 + ["undone"] * 12


def test_another_organisation_is_not_reached(world: World) -> None:
    number, target = merged(world)

    def undo(organisation: Organisation) -> None:
        with organisation_scope(organisation.pk):
            undo_merge(organisation=organisation, number=number, target=target, reason="x", user=None, now=NOW)

    with pytest.raises(NotFoundError):
        undo(world.other)
    assert visitor(world).merged_into == target
    undo(world.ours)  # the control
    assert visitor(world).merged_into is None
