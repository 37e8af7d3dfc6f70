"""Which request a worker takes next: organisations have their turn one after the other, whoever sent most.

A message of the broker only wakes: it names a request, and each organisation that has one waiting has a message, but in
the order in which they came. Who sends a hundred times as much would have everybody wait behind it. So a woken worker
asks whose turn it is; only if that is the named one's it takes the named request, and otherwise the other's oldest.
Whoever was worked for and has more gets another message, behind those of the others (waking.py).

A turn lasts as long as storing much at once does, a second or two. So while others come, too, one process of each
worker stays free for them: it leaves an organisation to those who are at it already, and they see to what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from engagement.ingest import queries
from engagement.ingest.services.batches import process_batch
from engagement.ingest.services.leases import lease_end
from engagement.ingest.services.storing import Counts
from engagement.ingest.services.waking import oldest_of
from tenants.crew import crew
from tenants.scope import organisation_scope

STINT: Final = timedelta(seconds=0.5)
_NOBODY: Final = (0, UUID(int=0))
_TRIES: Final = 3  # two workers may reach for the same request: the second one looks again
_STUCK: Final = timedelta(seconds=1)  # nothing came of it for so long: somebody holds a lock of that organisation
_REST: Final = timedelta(seconds=30)
_LATELY: Final = timedelta(seconds=30)  # who came since may come again any moment
_HELD: Final = timedelta(seconds=5)  # who claimed longer ago may be gone, and sees to nothing


@dataclass
class Turns:
    """Whose turn was last in this process, who had one lately, and who is passed over for a while."""

    last: int = 0
    resting: dict[int, datetime] = field(default_factory=dict)
    served: dict[int, datetime] = field(default_factory=dict)

    def next(self, *, named: tuple[int, UUID], now: datetime, left: Collection[int] = ()) -> tuple[int, UUID] | None:
        """The organisation whose turn it is and a request of it; None when nothing waits that is free.

        Those of `left` are left to others.
        """
        self.resting = {key: until for key, until in self.resting.items() if until > now}
        passed_over = [*left, *(key for key in self.resting if key != named[0])]
        rows = queries.fetch("next_waiting_batch", after=self.last, passed_over=passed_over, now=now)
        if not rows:
            return None
        organisation_id, row_id = rows[0]
        self.last = organisation_id
        return named if organisation_id == named[0] else (organisation_id, row_id)

    def others_came(self, organisation_id: int, *, now: datetime) -> bool:
        """Whether this process has worked for anybody else lately."""
        self.served = {key: at for key, at in self.served.items() if now - at < _LATELY}
        return bool(self.served.keys() - {organisation_id})


_turns = Turns()


def process_in_turn(*, organisation_id: int, batch_id: UUID, clock: Callable[[], datetime]) -> Counts | None:
    """Work through waiting requests, the named one first or that of an organisation whose turn comes before.

    Goes on with whoever's turn is next for STINT: a message for each of them would cost a neighbour more time than
    storing its events. Returns None when nothing was left to do, or nothing could be done now. The named request may
    be done already: then another one is waiting whose message comes later.
    """
    ends = clock() + STINT
    found: Counts | None = None
    named = (organisation_id, batch_id)
    while (counts := _take_turn(named, clock=clock)) is not None:
        found = counts if found is None else found + counts
        named = _NOBODY
        if clock() >= ends:
            break
    return found


def _take_turn(named: tuple[int, UUID], *, clock: Callable[[], datetime]) -> Counts | None:
    left = set[int]()
    for _attempt in range(_TRIES):
        begun = clock()
        turn = _turns.next(named=named, left=left, now=begun)
        if turn is None:
            return None
        if _has_enough_workers(turn[0], now=begun):
            left.add(turn[0])
            continue
        counts = process_batch(organisation_id=turn[0], batch_id=turn[1], now=begun)
        if counts is not None:
            _turns.served[turn[0]] = begun
            return counts
        ended = clock()
        if ended - begun > _STUCK:
            _turns.resting[turn[0]] = ended + _REST
            return None
        if turn == named:
            oldest = oldest_of(named[0], now=ended)
            named = named if oldest is None else (named[0], oldest)
    return None


def _has_enough_workers(organisation_id: int, *, now: datetime) -> bool:
    """Whether as many are at the organisation as may be while others come: all processes of a worker but one."""
    if crew.processes is None or not _turns.others_came(organisation_id, now=now):
        return False
    with organisation_scope(organisation_id, write=False):
        [(workers,)] = queries.fetch("workers_at", organisation_id=organisation_id, since=lease_end(now) - _HELD)
    enough: bool = workers >= max(1, crew.processes - 1)
    return enough
