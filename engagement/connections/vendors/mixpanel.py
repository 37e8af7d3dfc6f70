"""Mixpanel: raw events by its export, a day at a time, as lines of JSON that are read as they come.

https://developer.mixpanel.com/reference/raw-event-export: service account, project_id, from_date and to_date both
included; 60 requests an hour. Older projects write `time` in their own zone, as if it were UTC. Phones deliver up to
five days late: the last days are looked at again, yesterday in each round, the five before once a day. A day is kept
whole or begun anew. An event is the same by its name, `distinct_id`, time and `$insert_id` together, and stored once:
https://docs.mixpanel.com/reference/event-deduplication.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import ClassVar, Final
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.connections.calling import Caller, wait_of
from engagement.connections.faults import RateLimitedError, SurpriseError, VendorError
from engagement.connections.messages import track
from engagement.connections.types import Field, Json, Page, Wanted
from engagement.connections.vendors.base import Connector
from engagement.connections.vendors.reading import instant, object_in, optional_text, plain, read_each, text
from engagement.language import noop
from tenants.outgoing_session import Response

_AT_ONCE: Final = 1_000
_LATE: Final = timedelta(days=5)
_DAY: Final = timedelta(days=1)
_TOO_MANY: Final = 429
_WAIT: Final = 900
_HOSTS: Final = {
    "us": "https://data.mixpanel.com", "eu": "https://data-eu.mixpanel.com", "in": "https://data-in.mixpanel.com",
}  # fmt: skip
_CUT: Final = b"terminated early"
_OURS: Final = frozenset({"time", "distinct_id", "$insert_id", "$user_id", "$device_id", "token"})


class Mixpanel(Connector):
    """Events; profiles are not exported."""

    key: ClassVar[str] = "mixpanel"
    title: ClassVar[str] = "Mixpanel"
    about = _lazy("Every event of a project, day by day, with its properties. Profiles are not part of the export.")
    fields: ClassVar[tuple[Field, ...]] = (
        Field("project_id", _lazy("Project id"), _lazy("In Mixpanel: Settings, Project settings.")),
        Field("username", _lazy("Service account"), _lazy("Its user name, as project settings show it.")),
        Field("secret", _lazy("Secret of the service account"), is_secret=True, shortest=8),
        Field("region", _lazy("Where the data is kept"), kind="choice", initial="us",
              choices=(("us", _lazy("United States")), ("eu", _lazy("European Union")), ("in", _lazy("India")))),
        Field("time_zone", _lazy("Time zone of the project"), initial="UTC",
              help=_lazy("UTC for projects made in 2023 or later; the project’s own for older ones.")),
    )  # fmt: skip
    hosts: ClassVar[Mapping[str, str]] = _HOSTS

    def problems(self, settings: Mapping[str, str]) -> dict[str, str]:
        """A project is a number, a zone one that is known."""
        found = {}
        if not settings.get("project_id", "").isdecimal():
            found["project_id"] = _("The id of a project is a number.")
        if settings.get("time_zone") not in available_timezones():
            found["time_zone"] = _("Write a zone like UTC or Europe/Berlin.")
        return found

    def sign_in(self, caller: Caller, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> None:
        """A service account's name and secret go with each request."""
        caller.session.auth = caller.long_session.auth = (settings.get("username", ""), credentials.get("secret", ""))

    def check(self, caller: Caller, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> str:
        """The project, if one event of the first day there can be asked for."""
        asked = {"from_date": "2020-01-01", "to_date": "2020-01-01", "limit": "1"}
        caller.ask("GET", self._url(settings), params={**asked, "project_id": settings.get("project_id", "")})
        return settings.get("project_id", "")

    def told(self, answer: Response, *, now: datetime) -> VendorError | None:
        """Sixty requests an hour: more of them make it no better."""
        if answer.status_code != _TOO_MANY:
            return None
        words = "Mixpanel exports sixty times an hour, which are used up. It goes on by itself."
        return RateLimitedError(words, wait_seconds=wait_of(answer, now=now, default=_WAIT))

    def pull(self, caller: Caller, wanted: Wanted) -> Iterator[Page]:
        """Day after day of the project's zone, up to the running one."""
        zone = ZoneInfo(wanted.settings.get("time_zone") or "UTC")
        today = wanted.until.astimezone(zone).date()
        day, looked_back = _begin(wanted, zone, today)
        while day <= today:
            before = dict(wanted.cursor)
            for part in _parts(self._lines(caller, wanted, day)):
                messages, refused = read_each(part, partial(_message, account=wanted.account, zone=zone))
                yield Page(before, tuple(messages), tuple(refused), can_stop=False)
            day += _DAY
            wanted.cursor.update(day=day.isoformat(), looked_back=looked_back.isoformat(), round=_round(wanted))
            yield Page(dict(wanted.cursor))

    def _lines(self, caller: Caller, wanted: Wanted, day: date) -> Iterator[bytes]:
        asked = {"project_id": wanted.settings.get("project_id", ""), "from_date": str(day), "to_date": str(day)}
        url = self._url(wanted.settings)
        for line in caller.lines("GET", url, params=asked, headers={"Accept": "text/plain"}):
            if line.strip() == _CUT:
                raise VendorError("Mixpanel ended the export of a day early. It is tried again.")
            if line.strip():
                yield line

    def _url(self, settings: Mapping[str, str]) -> str:
        return f"{self.hosts.get(settings.get('region', 'us'), self.hosts['us'])}/api/2.0/export"


def _round(wanted: Wanted) -> str:
    return wanted.until.isoformat()


def _begin(wanted: Wanted, zone: ZoneInfo, today: date) -> tuple[date, date]:
    """The first day to ask for, and the day that the five before were looked at again."""
    cursor = wanted.cursor
    if not cursor:
        return wanted.since.astimezone(zone).date(), today
    day, looked_back = (date.fromisoformat(str(cursor[name])) for name in ("day", "looked_back"))
    if cursor.get("round") == _round(wanted):
        return day, looked_back
    since = wanted.since.astimezone(zone).date()
    # `day` is the day after the last one that was read, which may have been running then.
    return max(since, day - (_DAY + _LATE if looked_back < today else 2 * _DAY)), today


def _parts(lines: Iterator[bytes]) -> Iterator[list[object]]:
    part: list[object] = []
    for line in lines:
        part.append(line)
        if len(part) >= _AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _message(line: object, *, account: str, zone: ZoneInfo) -> Iterator[Json]:
    raw = line if isinstance(line, bytes) else b""
    try:
        found = object_in(msgspec.json.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SurpriseError(
            "not_json", noop("This line of the export is not JSON."), noop("Export it again.")
        ) from error
    properties = object_in(found, "properties")
    customer = optional_text(properties, "$user_id") or text(properties, "distinct_id")
    yield track(
        message_id=f"mixpanel:{account}:{_mark(found, properties, raw)}",
        customer=customer.removeprefix("$device:"),
        is_anonymous=_is_anonymous(properties, customer),
        event=text(found, "event"),
        at=_at(properties, zone),
        properties={name: value for name, value in plain(properties).items() if name not in _OURS},
    )


def _mark(found: Json, properties: Json, raw: bytes) -> str:
    """What makes it one event: its name, whose it is and its `$insert_id` together; the day is part of the key."""
    insert_id = optional_text(properties, "$insert_id")
    if not insert_id:
        return hashlib.sha256(raw).hexdigest()
    parts = (text(found, "event"), optional_text(properties, "distinct_id"), insert_id)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _is_anonymous(properties: Json, customer: str) -> bool:
    """An id that Mixpanel made for a device names nobody yet."""
    return customer.startswith("$device:") or (
        not properties.get("$user_id") and customer == properties.get("$device_id")
    )


def _at(properties: Json, zone: ZoneInfo) -> datetime:
    """`time` as an instant: what an older project wrote as if its own clock were UTC is put right."""
    said = instant(properties, "time")
    return said if zone.key == "UTC" else said.replace(tzinfo=zone).astimezone(UTC)
