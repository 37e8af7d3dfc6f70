"""Bringing a list at a vendor up to a run: page by page, each told before its place is kept.

The vendor is told first and the cursor moves after it: a worker that dies in between tells the page again, which
changes nothing there, because being in a list is no count. Who is sent whole is put in page by page, then the list is
looked through for others, until a look finds none. Members of whom a contact came since they were sent are sent again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
import structlog

from engagement.connections.calling import Caller
from engagement.connections.faults import VendorError
from engagement.connections.models import ListPush
from engagement.connections.queries import STATEMENTS
from engagement.connections.services.credentials import open_credentials
from engagement.connections.services.ending import note_outcome
from engagement.connections.services.leases import LeaseLostError, renew_lease
from engagement.connections.services.list_ends import standing_lists
from engagement.connections.services.list_members import Move, move_of, sought, strangers_of
from engagement.connections.services.list_sets import claim_list
from engagement.connections.services.list_unmatched import Unmatched, come_late
from engagement.connections.services.lists import LIST_TASK, lists_of
from engagement.connections.types import ContactList
from engagement.connections.vendors import connector_of
from engagement.connections.vendors.base import ContactLists
from engagement.errors import RapportError
from engagement.insights.selectors.membership import Numbers, members, moved
from engagement.language import noop
from tenants.outgoing_session import OutgoingSession
from tenants.scope import organisation_scope
from tenants.wake import wake, wake_each

BUDGET: Final = timedelta(minutes=4)
_LOOKS: Final = 3
"""So often a list is looked through at most: taking somebody out may move the places of the others."""
_NAME_TAKEN: Final = noop(
    "There is a list of this name already. Stop sending, and give its number or name another one: what is in a list is "
    "taken out where it is not in the segment."
)
_OURS: Final = "It did not work, on our side. It is tried again; where it stood is kept."

log = structlog.get_logger(__name__)
Clock = Callable[[], datetime]


@dataclass(slots=True)
class _Turn:
    """One set in a worker's hands."""

    push: ListPush
    lists: ContactLists
    caller: Caller
    clock: Clock
    members: Numbers
    moving: Numbers = field(repr=False)
    joining: Numbers = field(repr=False)
    unmatched: Unmatched = field(repr=False)


def wake_lists(*, now: datetime) -> int:
    """Wake a worker for each list that a newer run is there for; returns how many."""
    return wake_each(LIST_TASK, STATEMENTS.fetch("lists_behind", at_instant=now))


def wake_waiting(*, organisation_id: int, connection_id: UUID) -> None:
    """Contacts were fetched: wake a worker for each of the connection's lists that members wait for. In no scope."""
    with organisation_scope(organisation_id):
        mine = standing_lists().filter(connection_id=connection_id, run__isnull=False, begun__isnull=True)
        for push in mine.filter(without__gt=0):
            wake(LIST_TASK, organisation_id, push.pk)


def send_list(
    *,
    organisation_id: int,
    push_id: UUID,
    clock: Clock,
    session: OutgoingSession | None = None,
    sleep: Callable[[float], None] = time.sleep,
    budget: timedelta = BUDGET,
) -> bool:
    """Send what is to be sent; False where there is nothing, or somebody else is at it. Called outside any scope.

    No transaction is open while the vendor thinks. What goes wrong there is said on the row, in words.
    """
    push = claim_list(organisation_id=organisation_id, push_id=push_id, now=clock())
    if push is None:
        return False
    try:
        turn = _begin(push, Caller(session or OutgoingSession(), clock=clock, sleep=sleep), clock)
        is_whole = _send(turn, until=clock() + budget)
        _let_go(push, is_whole=is_whole, now=clock())
    except LeaseLostError:
        return False
    except VendorError as error:
        _let_go(push, fault=error, now=clock())
    except RapportError as error:
        _let_go(push, fault=VendorError(error.message), now=clock())
    except Exception:
        log.exception("list_failed", push=str(push_id))
        _let_go(push, fault=VendorError(_OURS), now=clock())
        raise
    return True


def _begin(push: ListPush, caller: Caller, clock: Clock) -> _Turn:
    connection, key = push.connection, push.segment.key
    connector, lists = connector_of(connection.vendor), lists_of(connection)
    assert connector is not None
    assert push.begun is not None
    caller.title, caller.told = connector.title, lambda answer: connector.told(answer, now=clock())
    connector.sign_in(caller, settings=connection.settings, credentials=open_credentials(connection))
    with organisation_scope(push.organisation_id, write=False):
        joined, left = moved(run=push.begun, since=push.since, key=key)
        inside = joined if push.since is None else members(run=push.begun, key=key)
        joining = np.union1d(joined, come_late(push, inside=inside, is_newer=push.begun != push.since))
    unmatched = Unmatched(push.unmatched, among=inside)
    return _Turn(push, lists, caller, clock, inside, np.union1d(joining, left), joining, unmatched)


def _send(turn: _Turn, *, until: datetime) -> bool:
    """Whether all of it is there; False where time was up first."""
    _find_list(turn)
    while len(part := _next_part(turn)):
        _send_part(turn, part)
        if turn.clock() >= until:
            return False
    while turn.push.since is None and turn.push.cursor.get("look", 0) < _LOOKS:
        _look_through(turn)
        if turn.clock() >= until:
            return False
    return True


def _find_list(turn: _Turn) -> None:
    """The list itself: looked at where somebody gave its number, made where somebody gave a name.

    That we ask for it to be made is kept before we ask: a list of the name that is there afterwards is ours.
    """
    push = turn.push
    if push.list_id and push.list_name:
        return
    if push.list_id:
        _keep_list(turn, turn.lists.known(turn.caller, push.list_id))
        return
    found = turn.lists.named(turn.caller, push.list_name)
    if found is not None and push.making_at is None:
        raise VendorError(_NAME_TAKEN, is_passing=False)
    if found is None:
        _keep(turn, making_at=turn.clock())
        found = turn.lists.make(turn.caller, push.list_name)
    _keep_list(turn, found)


def _keep_list(turn: _Turn, found: ContactList) -> None:
    _keep(turn, list_id=found.list_id[:30], list_name=found.name[:200])


def _next_part(turn: _Turn) -> Numbers:
    after = int(turn.push.cursor.get("after", 0))
    rest: Numbers = turn.moving[turn.moving > after][: turn.lists.at_once]
    return rest


def _send_part(turn: _Turn, part: Numbers) -> None:
    with organisation_scope(turn.push.organisation_id, write=False):
        wanted = sought(part, kept_as=turn.lists.kept_as)
    found = turn.lists.contacts(turn.caller, settings=turn.push.connection.settings, sought=wanted.contacts)
    joining = wanted.numbers.intersection(np.intersect1d(part, turn.joining).tolist())
    with organisation_scope(turn.push.organisation_id, write=False):
        move = move_of(found, members=turn.members, wanted=joining)
    _move(turn, move, sent=(part, wanted.kept), after=int(part[-1]))


def _look_through(turn: _Turn) -> None:
    """A page of the list: whoever is in it and not in the segment is taken out."""
    push, cursor = turn.push, turn.push.cursor
    listed, after = turn.lists.members(turn.caller, push.list_id, after=str(cursor.get("through", "")))
    owners = turn.lists.owners(turn.caller, settings=push.connection.settings, contacts=listed)
    with organisation_scope(push.organisation_id, write=False):
        move = strangers_of(listed=listed, owners=owners, members=turn.members)
    has_taken = bool(move.remove) or bool(cursor.get("taken"))
    look = int(cursor.get("look", 0))
    if after:
        _move(turn, move, look=look, through=after, taken=has_taken)
    else:
        _move(turn, move, look=look + 1 if has_taken else _LOOKS, through="", taken=False)


def _move(turn: _Turn, move: Move, *, sent: tuple[Numbers, frozenset[int]] | None = None, **place: Any) -> None:
    """Tell the vendor, then keep the place, the counts, and who of those `sent` has no contact.

    `sent` are customers, and those of them of whom a contact is kept.
    """
    push, at_once = turn.push, turn.lists.at_once
    add, remove = sorted(move.add), sorted(move.remove)
    gone: set[str] = set()
    for start in range(0, max(len(add), len(remove)), at_once):
        pair = add[start : start + at_once], remove[start : start + at_once]
        gone |= turn.lists.change(turn.caller, push.list_id, add=pair[0], remove=pair[1])
    put_in, taken_out = push.cursor.get("counts", [0, 0])
    counts = [put_in + len(add) - len(gone), taken_out + len(remove)]
    if sent is not None:
        turn.unmatched.drop([*sent[0].tolist(), *move.met(gone)])
        turn.unmatched.add(move.wanted - move.met(gone), asked=sent[1])
    _keep(turn, cursor={**push.cursor, **place, "counts": counts}, unmatched=turn.unmatched.to_bytes())


def _keep(turn: _Turn, **columns: Any) -> None:
    """Raises LeaseLostError where somebody else is at it, or it was ended or begun anew meanwhile."""
    push = turn.push
    with organisation_scope(push.organisation_id):
        renew_lease(push, now=turn.clock(), **columns)
    for name, value in columns.items():
        setattr(push, name, value)


def _let_go(push: ListPush, *, is_whole: bool = False, fault: VendorError | None = None, now: datetime) -> None:
    """Whoever has it now by right, or has changed it meanwhile, is not touched."""
    with organisation_scope(push.organisation_id):
        mine = ListPush.objects.filter(pk=push.pk, attempts=push.attempts, ended_at__isnull=True)
        standing = mine.select_for_update().first()
        if standing is None:
            return
        standing.last_at, standing.next_at = now, None
        note_outcome(standing, fault=fault, now=now)
        if is_whole:
            standing.run_id, standing.begun, standing.since = standing.begun_id, None, None
            standing.put_in, standing.taken_out = standing.cursor.get("counts", [0, 0])
            standing.without, standing.cursor = len(Unmatched(standing.unmatched)), {}
        standing.save()
    log.info("list_sent", push=str(push.pk), is_whole=is_whole, failed=fault is not None)
