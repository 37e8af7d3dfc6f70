"""One message for what waits of an organisation, and not one for each request: a worker takes all of it anyway.

Nothing is forgotten for it, by two looks, each after what it follows has been committed:

- Whoever has kept a request sends a message if that is the oldest free one of the organisation. Else whoever takes the
  oldest does so later, and looks again afterwards. There is one order for all, so two cannot leave it to each other.
- Whoever has worked at requests looks whether more of the organisation waits, and sends a message for it.

A message can be lost, or end with its worker. So a process leaves one out only for REPEAT_SECONDS after it has sent one
for the organisation itself; what is left when nobody sends any more, the sweeper finds.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock
from typing import Final
from uuid import UUID

from engagement.ingest import queries
from tenants.bounded import remember
from tenants.wake import wake

TASK: Final = "ingest.batch"
REPEAT_SECONDS: Final = 2
_REMEMBERED: Final = 4_096


class Woken:
    """For whom this process has sent a message of late, the longest ago forgotten first: forgetting costs a message."""

    def __init__(self) -> None:
        self._at: OrderedDict[int, datetime] = OrderedDict()
        self._lock = Lock()

    def is_recent(self, organisation_id: int, *, now: datetime) -> bool:
        """Clocks may be set back: what was sent later than now was not sent of late."""
        with self._lock:
            at = self._at.get(organisation_id)
        return at is not None and at <= now < at + timedelta(seconds=REPEAT_SECONDS)

    def note(self, organisation_id: int, *, now: datetime) -> None:
        with self._lock:
            remember(self._at, organisation_id, now, most=_REMEMBERED)


_woken = Woken()


def wake_for(*, organisation_id: int, batch_id: UUID, now: datetime) -> None:
    """See to it that somebody works at a request that is committed and was received at `now`."""
    if _woken.is_recent(organisation_id, now=now) and oldest_of(organisation_id, now=now) != batch_id:
        return
    _woken.note(organisation_id, now=now)
    wake(TASK, organisation_id, batch_id)


def wake_for_what_is_left(*, organisation_id: int, now: datetime) -> None:
    """After requests of the organisation were worked at: a message where more of it waits."""
    oldest = oldest_of(organisation_id, now=now)
    if oldest is not None:
        wake(TASK, organisation_id, oldest)


def oldest_of(organisation_id: int, *, now: datetime) -> UUID | None:
    """The longest waiting free request of the organisation."""
    rows = queries.fetch("next_waiting_batch", after=organisation_id - 1, passed_over=[], now=now)
    found: UUID | None = rows[0][1] if rows and rows[0][0] == organisation_id else None
    return found
