"""Customers and events by NumPy from a seed: the same seed gives the same data.

Two in five customers are silent; what the others do is heavy-tailed, a few doing a hundred times as much as most. There
are fewer events at weekends, some actions are common and some rare, and one event in twenty has a name that no action
counts. Instants are UTC, to the microsecond, so some events near midnight belong to another day in local time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

N_REGIONS: Final = 8
N_PLANS: Final = 4
NO_PLAN: Final = 4  # the fifth: nobody knows
_SILENT: Final = 0.4
_SPREAD: Final = 1.2  # sigma of the logarithm of how much a customer does
_UNCOUNTED: Final = 0.05
_TWICE: Final = 0.06  # events that stand for two occurrences
_WEEKDAYS: Final = (1.1, 1.15, 1.15, 1.1, 1.0, 0.8, 0.7)
_MICROS_OF_DAY: Final = 86_400_000_000
_MICROS_OF_HOUR: Final = 3_600_000_000

Ints = NDArray[np.int64]
_CUSTOMERS, _EVENTS = 1, 2  # streams of the seed


@dataclass(frozen=True, eq=False, slots=True)
class Customers:
    """Customers numbered 1…n; entry i is customer i + 1. `plan` is NO_PLAN where it is not known."""

    region: NDArray[np.int8]
    plan: NDArray[np.int8]
    age: NDArray[np.int8]
    share: NDArray[np.float64]  # of all events; 0 for the silent

    def __len__(self) -> int:
        return len(self.region)

    @property
    def numbers(self) -> Ints:
        return np.arange(1, len(self) + 1, dtype=np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class Events:
    """Events in the order of their instants; `action` is n_actions for a name that no action counts."""

    customer: NDArray[np.int32]
    action: NDArray[np.int8]
    at: Ints  # microseconds since 1970, UTC
    occurrences: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True, eq=False, slots=True)
class Activity:
    """Occurrences by local day (since 1970), customer and action, in that order."""

    day: NDArray[np.int32]
    customer: NDArray[np.int32]
    action: NDArray[np.int8]
    occurrences: Ints

    def __len__(self) -> int:
        return len(self.day)

    @property
    def customer_days(self) -> int:
        """Pairs of a customer and a local day with any counted action."""
        if not len(self):
            return 0
        changed = (np.diff(self.day) != 0) | (np.diff(self.customer) != 0)
        return 1 + int(changed.sum())


def make_customers(*, n: int, seed: int) -> Customers:
    """Traits and how much each does; the first one is never silent."""
    source = np.random.default_rng([seed, _CUSTOMERS])
    does = np.where(source.random(n) < _SILENT, 0.0, source.lognormal(sigma=_SPREAD, size=n))
    does[0] = max(does[0], 1.0)
    return Customers(
        region=source.integers(0, N_REGIONS, size=n, dtype=np.int8),
        plan=source.integers(0, N_PLANS + 1, size=n, dtype=np.int8),
        age=source.integers(18, 90, size=n, dtype=np.int8),
        share=does / does.sum(),
    )


def make_events(
    *, customers: Customers, n: int, n_actions: int, last_day: date, days: int, seed: int, stretch: int = 0
) -> Events:
    """Exactly n events on the `days` UTC days that end with `last_day`, or with an earlier stretch of as many days.

    Stretch 0 is the newest, stretch 1 the one before it; each is the same whatever others are made.
    """
    source = np.random.default_rng([seed, _EVENTS, stretch])
    first = last_day - timedelta(days=days * (stretch + 1) - 1)
    weekday = (first.weekday() + np.arange(days)) % 7
    likely = np.array(_WEEKDAYS)[weekday]
    day = _drawn(source, likely, n).astype(np.int64)
    at = (day + (first - date(1970, 1, 1)).days) * _MICROS_OF_DAY + source.integers(0, _MICROS_OF_DAY, size=n)
    at.sort()
    who = np.repeat(np.arange(1, len(customers) + 1, dtype=np.int32), source.multinomial(n, customers.share))
    source.shuffle(who)
    common = np.append((1 - _UNCOUNTED) * _zipf(n_actions), _UNCOUNTED)
    return Events(
        customer=who,
        action=_drawn(source, common, n).astype(np.int8),
        at=at,
        occurrences=1 + (source.random(n) < _TWICE).astype(np.int32),
    )


def _zipf(n: int) -> NDArray[np.float64]:
    weights = 1 / np.arange(1, n + 1)
    return np.asarray(weights / weights.sum())


def _drawn(source: np.random.Generator, likely: NDArray[np.float64], n: int) -> Ints:
    borders = np.cumsum(likely / likely.sum())[:-1]
    return np.searchsorted(borders, source.random(n), side="right").astype(np.int64)


def local_days(at: Ints, *, zone: ZoneInfo) -> NDArray[np.int32]:
    """The local day (since 1970) of each instant; a zone's offset changes on the hour at most."""
    if not len(at):
        return np.zeros(0, dtype=np.int32)
    hours = at // _MICROS_OF_HOUR
    first, last = int(hours.min()), int(hours.max())
    offsets = np.array([_offset_micros(hour, zone) for hour in range(first, last + 1)], dtype=np.int64)
    return ((at + offsets[hours - first]) // _MICROS_OF_DAY).astype(np.int32)


def _offset_micros(hour: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(hour * 3600, tz=UTC).astimezone(zone).utcoffset()
    assert offset is not None
    return offset // timedelta(microseconds=1)


def activity_of(events: Events, *, n_actions: int, zone: ZoneInfo) -> Activity:
    """What the product keeps of the events: the same rows as counting them one by one gives."""
    counted = events.action < n_actions
    day = local_days(events.at, zone=zone)[counted].astype(np.int64)
    customer, action = events.customer[counted].astype(np.int64), events.action[counted]
    n_customers = int(customer.max(initial=0)) + 1
    key = (day * n_customers + customer) * n_actions + action
    order = np.argsort(key)
    key, occurrences = key[order], events.occurrences[counted][order].astype(np.int64)
    starts = np.flatnonzero(np.append(True, np.diff(key) != 0)) if len(key) else np.zeros(0, dtype=np.int64)
    cells = key[starts]
    return Activity(
        day=(cells // n_actions // n_customers).astype(np.int32),
        customer=(cells // n_actions % n_customers).astype(np.int32),
        action=(cells % n_actions).astype(np.int8),
        occurrences=np.add.reduceat(occurrences, starts) if len(key) else occurrences,
    )


def together(parts: Sequence[Events]) -> Events:
    """Several stretches as one, the oldest first."""
    ordered = sorted((part for part in parts if len(part)), key=lambda part: int(part.at[0]))
    return Events(
        customer=np.concatenate([part.customer for part in ordered]),
        action=np.concatenate([part.action for part in ordered]),
        at=np.concatenate([part.at for part in ordered]),
        occurrences=np.concatenate([part.occurrences for part in ordered]),
    )
