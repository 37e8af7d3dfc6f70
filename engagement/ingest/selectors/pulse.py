"""Whether a write key has fallen silent: its latest request against the gaps there were between its requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low
from typing import Any, Final
from uuid import UUID

from engagement.ingest.models import IngestBatch, WriteKey
from tenants.models import Organisation

REQUESTS_LOOKED_AT: Final = 20_000  # the latest ones: days of a quiet client, an hour of a busy one
FEWEST_REQUESTS: Final = 20  # of a key: of fewer no habit is known
_LONGEST_TIMES: Final = 2  # a pause is a silence when it is twice as long as the longest one before
_AT_LEAST: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """A write key and its latest requests; the gaps are None where too few requests are known for a habit.

    `usual_gap` lies in the middle of the gaps, `longest_gap` is the longest of them; `is_silent` says that the present
    pause is no usual one.
    """

    key_id: UUID
    name: str
    created_at: datetime
    last_at: datetime | None
    usual_gap: timedelta | None
    longest_gap: timedelta | None
    is_silent: bool


def pulses(*, organisation: Organisation, now: datetime) -> tuple[Pulse, ...]:
    """Every write key in force, by name; a key that was revoked or has ended is silent on purpose and is not here."""
    rows = (
        IngestBatch.objects.filter(organisation=organisation)
        .order_by("-received_at")
        .values_list("key_id", "received_at")[:REQUESTS_LOOKED_AT]
    )
    times: dict[Any, list[datetime]] = {}
    for key_id, received_at in rows:
        times.setdefault(key_id, []).append(received_at)
    keys = WriteKey.objects.filter(organisation=organisation, revoked_at=None, expires_at=None).order_by("name", "pk")
    return tuple(_pulse(key, times.get(key.pk, []), now=now) for key in keys)


def _pulse(key: WriteKey, latest_first: list[datetime], *, now: datetime) -> Pulse:
    gaps = [later - earlier for later, earlier in pairwise(latest_first)]
    is_known = len(latest_first) >= FEWEST_REQUESTS
    longest = max(gaps) if is_known else None
    last_at = latest_first[0] if latest_first else key.last_used_at
    pause = timedelta(0) if last_at is None else now - last_at
    return Pulse(
        key_id=key.pk,
        name=key.name,
        created_at=key.created_at,
        last_at=last_at,
        usual_gap=median_low(gaps) if is_known else None,
        longest_gap=longest,
        is_silent=longest is not None and pause > max(_AT_LEAST, _LONGEST_TIMES * longest),
    )
