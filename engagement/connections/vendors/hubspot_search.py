"""Where a search at HubSpot stands: by instant, and within one instant by id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from engagement.connections.faults import SurpriseError, VendorError
from engagement.connections.types import Json
from engagement.connections.vendors.reading import instant, object_in, text
from engagement.connections.vendors.stretches import Stretch

AT_ONCE: Final = 100
_EVENTS_AT_ONCE: Final = 1_000
_DAY: Final = 24 * 3_600 * 1_000
_Seen = TypeVar("_Seen", int, datetime)
_MILLISECOND: Final = timedelta(milliseconds=1)


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@dataclass(slots=True)
class Search(Stretch):
    """Records from `since` to `until`; with `pin`, those of the very instant `since` above an id."""

    pin: int | None = None

    @classmethod
    def _within(cls, kept: dict[str, Any]) -> dict[str, Any]:
        return {"pin": kept.get("pin")}

    def _place(self) -> Json:
        return {"pin": self.pin}

    def filters(self, stamp: str) -> Json:
        """The part of a request that says which records, and in which order."""
        if self.pin is not None:
            here = [_filter(stamp, "EQ", milliseconds(self.since)), _filter("hs_object_id", "GT", self.pin)]
            return {"filterGroups": [{"filters": here}], "sorts": [_ascending("hs_object_id")]}
        here = [
            _filter(stamp, "GTE", milliseconds(self.since)), _filter(stamp, "LTE", milliseconds(self.until))
        ]  # fmt: skip
        return {"filterGroups": [{"filters": here}], "sorts": [_ascending(stamp)]}

    def advance(self, found: list[object], stamp: str) -> None:
        """Where to go on after a page; raises VendorError where a full page does not say how far it goes."""
        if len(found) < AT_ONCE:
            if self.pin is None:
                self.since, self.is_done = self.until, True
            else:
                self.since, self.pin = self.since + _MILLISECOND, None
        elif self.pin is not None:
            self.pin = _last(found, lambda record: int(text(object_in(record), "id")))
        else:
            last = _last(found, lambda record: instant(object_in(record, "properties"), stamp))
            if last > self.since:
                self.since = last
            else:
                self.pin = 0


@dataclass(slots=True)
class EventsState:
    """E-mail events from `since` to `until`, a day at a time; `offset` is HubSpot's token for more of the day."""

    since: int
    until: int
    offset: str = ""

    @classmethod
    def of(cls, kept: object, *, since: datetime, until: datetime, overlap: timedelta) -> EventsState:
        """From what a cursor holds; what another round has left is looked at again from a little earlier."""
        end = milliseconds(until)
        if not isinstance(kept, dict):
            return cls(milliseconds(since), end)
        if kept.get("until") == end:
            return cls(int(kept["since"]), end, str(kept.get("offset", "")))
        return cls(int(kept["since"]) - int(overlap.total_seconds() * 1000), end)

    @property
    def is_done(self) -> bool:
        return self.since >= self.until

    def kept(self) -> Json:
        """For the cursor."""
        return {"since": self.since, "until": self.until, "offset": self.offset}

    def asked(self) -> dict[str, str | int]:
        """The query of a request."""
        asked: dict[str, str | int] = {
            "startTimestamp": self.since,
            "endTimestamp": self._end,
            "limit": _EVENTS_AT_ONCE,
        }
        return {**asked, "offset": self.offset} if self.offset else asked

    def advance(self, offset: str) -> None:
        """The next page of the day, or the next day."""
        self.since = self.since if offset else self._end
        self.offset = offset

    @property
    def _end(self) -> int:
        return min(self.since + _DAY, self.until)


def _last(found: list[object], read: Callable[[object], _Seen]) -> _Seen:
    seen: list[_Seen] = []
    for record in found:
        try:
            seen.append(read(record))
        except (SurpriseError, ValueError):
            continue
    if not seen:
        raise VendorError("HubSpot’s records have neither times nor numbers any more: tell us.", is_passing=False)
    return max(seen)


def _filter(name: str, operator: str, value: int) -> Json:
    return {"propertyName": name, "operator": operator, "value": str(value)}


def _ascending(name: str) -> Json:
    return {"propertyName": name, "direction": "ASCENDING"}
