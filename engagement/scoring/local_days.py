"""The local calendar day of many instants at once; no Django, no database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL counts microseconds from here
_SECOND: Final = 1_000_000
_HOUR: Final = 3_600 * _SECOND
_DAY: Final = 24 * _HOUR
_EPOCH_ORDINAL: Final = date(2000, 1, 1).toordinal()


def local_days(*, instants: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int64]:
    """Proleptic ordinals of the local days on which instants lie; both of shape (n,).

    Instants are microseconds since 2000-01-01 UTC. The same as `astimezone(zone).date()` of each, to the microsecond:
    the zone is asked for the offset of each hour that occurs, and an hour in which it changes is asked instant by
    instant. No zone changes its offset twice within an hour.

    >>> local_days(instants=np.array([0, 4 * _HOUR, 5 * _HOUR]), zone=ZoneInfo("America/New_York")).tolist()
    [730119, 730119, 730120]
    """
    hours, places = np.unique(instants // _HOUR, return_inverse=True)
    edges = [(_offset(int(hour) * _HOUR, zone), _offset(int(hour + 1) * _HOUR - 1, zone)) for hour in hours]
    first, last = (np.array([edge[end] for edge in edges], dtype=np.int64)[places] for end in (0, 1))
    days: NDArray[np.int64] = (instants + first) // _DAY + _EPOCH_ORDINAL
    for at in np.flatnonzero(first != last):
        days[at] = _instant(int(instants[at])).astimezone(zone).toordinal()
    return days


class LocalDays:
    """The local day of one instant after the other: the zone is asked once for each hour that occurs.

    The same as `astimezone(zone).date()`. An hour in which the zone changes its offset, or the local day does, is asked
    instant by instant. Instants are in UTC.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._by_hour: dict[tuple[date, int], date | None] = {}

    def of(self, instant: datetime) -> date:
        hour = instant.date(), instant.hour
        try:
            day = self._by_hour[hour]
        except KeyError:
            day = self._by_hour[hour] = self._day_of_hour(instant)
        return instant.astimezone(self._zone).date() if day is None else day

    def _day_of_hour(self, instant: datetime) -> date | None:
        first = instant.replace(minute=0, second=0, microsecond=0).astimezone(self._zone)
        last = instant.replace(minute=59, second=59, microsecond=999_999).astimezone(self._zone)
        is_one_day = first.date() == last.date() and first.utcoffset() == last.utcoffset()
        return first.date() if is_one_day else None


def midnight(*, day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins; where midnight is skipped, the instant the clock jumps."""
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def first_whole_day(*, since: datetime, zone: ZoneInfo) -> date:
    """The first local day that begins at the instant or after it."""
    day = since.astimezone(zone).date()
    return day if midnight(day=day, zone=zone) >= since else day + timedelta(days=1)


def _instant(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)


def _offset(microseconds: int, zone: ZoneInfo) -> int:
    """What is added to UTC at an instant, in microseconds."""
    offset = _instant(microseconds).astimezone(zone).utcoffset() or timedelta(0)
    return offset // timedelta(microseconds=1)
