"""How much of one organisation may wait to be stored: beyond it the next request is told to come later (429).

The rows are counted at most every LOOK_SECONDS by each process; in between a process adds what it has taken itself. So
a limit is exceeded by what the other processes take in that time. The keys that were refused are remembered for as
long: whoever floods is refused without a statement, so that it costs the neighbours little.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

import structlog
from django.conf import settings

from engagement.errors import TooManyError
from engagement.ingest import queries
from tenants.bounded import remember
from tenants.scope import organisation_scope

log = structlog.get_logger(__name__)

LOOK_SECONDS: Final = 2
RETRY_AFTER_SECONDS: Final = 10
_REMEMBERED: Final = 4_096


@dataclass(slots=True)
class _Known:
    looked_at: datetime
    requests: int
    bytes: int

    def is_old(self, now: datetime) -> bool:
        """Also once the clock was set back: nobody would look again before it has caught up."""
        return not self.looked_at <= now < self.looked_at + timedelta(seconds=LOOK_SECONDS)

    def is_full(self) -> bool:
        full: bool = self.requests >= settings.INGEST_WAITING_REQUESTS or self.bytes >= settings.INGEST_WAITING_BYTES
        return full


class Rooms:
    """What this process knows of the queues, the least recently asked forgotten first."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, _Known] = OrderedDict()
        self._refused: OrderedDict[bytes, int] = OrderedDict()
        self._refused_at: datetime | None = None
        self._lock = Lock()

    def is_full(self, organisation_id: int, *, now: datetime) -> bool:
        with self._lock:
            known = self._known.get(organisation_id)
        if known is None or known.is_old(now):
            known = self._look(organisation_id, now=now)
        return known.is_full()

    def refused(self, digest: bytes, *, organisation_id: int, now: datetime) -> None:
        """A key of an organisation whose queue is full."""
        with self._lock:
            self._refused_at = now
            remember(self._refused, digest, organisation_id, most=_REMEMBERED)

    def is_anybody_refused(self, *, now: datetime) -> bool:
        """Whether anybody was refused a moment ago."""
        at = self._refused_at
        return at is not None and at <= now < at + timedelta(seconds=LOOK_SECONDS)

    def is_refused(self, digest: bytes, *, now: datetime) -> bool:
        """Whether a key was refused and nothing newer is known than that its organisation's queue is full."""
        with self._lock:
            organisation_id = self._refused.get(digest)
            known = None if organisation_id is None else self._known.get(organisation_id)
        return known is not None and not known.is_old(now) and known.is_full()

    def _look(self, organisation_id: int, *, now: datetime) -> _Known:
        most = settings.INGEST_WAITING_REQUESTS
        with organisation_scope(organisation_id, write=False):
            [(requests, size)] = queries.fetch("waiting_of_organisation", organisation_id=organisation_id, most=most)
        known = _Known(now, int(requests), int(size))
        if known.is_full():  # said once for all that are refused until the next look
            log.warning("queue_full", organisation_id=organisation_id)
        with self._lock:
            remember(self._known, organisation_id, known, most=_REMEMBERED)
        return known

    def taken(self, organisation_id: int, *, size: int) -> None:
        """One more of this process waits."""
        with self._lock:
            known = self._known.get(organisation_id)
            if known is not None:
                known.requests += 1
                known.bytes += size


_rooms = Rooms()


def note_taken(organisation_id: int, *, size: int) -> None:
    """One more of this organisation waits."""
    _rooms.taken(organisation_id, size=size)


def check_room(organisation_id: int, *, digest: bytes, now: datetime) -> None:
    """Raises TooManyError, with the time to wait, while too much of the organisation waits to be stored.

    The key of which `digest` is the digest is then refused by `check_refused`, too.
    """
    if _rooms.is_full(organisation_id, now=now):
        _rooms.refused(digest, organisation_id=organisation_id, now=now)
        raise _too_many()


def check_refused(digest: bytes, *, now: datetime) -> None:
    """Raises TooManyError for a key that was refused a moment ago, before anybody asks whose it is."""
    if _rooms.is_refused(digest, now=now):
        raise _too_many()


def is_anybody_refused(*, now: datetime) -> bool:
    """Whether it is worth looking for a key where that costs something."""
    return _rooms.is_anybody_refused(now=now)


def _too_many() -> TooManyError:
    return TooManyError(
        "So much of this organisation waits to be stored that no more is taken now. Send it again a little later.",
        retry_after_seconds=RETRY_AFTER_SECONDS,
    )
