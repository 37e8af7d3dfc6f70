"""What rows of Analytics are made into: as many events of a customer's day as it counted, each with its id."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from engagement.connections.faults import SurpriseError, VendorError
from engagement.connections.messages import track
from engagement.connections.types import Json, Refused
from engagement.connections.vendors.reading import object_in, records, text
from engagement.language import noop

OF_EVERY_VISIT: Final = frozenset({"session_start", "first_visit", "user_engagement", "scroll"})
COUNT_MOST: Final = 1_000  # of one customer, one thing and one day; more is a program's doing

_NOBODY: Final = frozenset({"", "(not set)", "(none)"})
_OTHER: Final = "(other)"
_NOON: Final = time(12)


def rows_of(answer: object, *, day: date) -> list[object]:
    """The rows of a day, each with the day; none where the answer has none."""
    found = records({"rows": [], **object_in(answer)}, "rows")
    return [{"date": day.isoformat(), **row} if isinstance(row, dict) else row for row in found]


def row_messages(record: object, *, account: str, day: date, zone: ZoneInfo) -> Iterator[Json]:
    """`eventCount` events at noon of the day: Analytics says the day, not when in it.

    The n-th of a customer's day has the same id whenever the day is asked for, so a day that comes again with a higher
    count brings only what is new. What Analytics takes back later stays.
    """
    whole = object_in(record)
    customer, event = _values(whole, "dimensionValues", 2)
    (counted,) = _values(whole, "metricValues", 1)
    if customer in _NOBODY:
        raise SurpriseError(
            "not_identified",
            f"{counted} times {event} by visitors whom Analytics does not know.",
            noop("Nothing to do: only what known customers do is scored."),
        )
    if customer == _OTHER:
        raise SurpriseError(
            "summed_up",
            f"{counted} times {event} by customers whom Analytics has put together as “(other)”.",
            noop("Fetch fewer events: Analytics keeps only so many rows of a day apart."),
        )
    if not counted.isdecimal():
        raise SurpriseError("other_type", f"eventCount is “{counted[:60]}”, not a whole number.", _TELL)
    if int(counted) > COUNT_MOST:
        raise SurpriseError(
            "too_many",
            f"{counted} times {event} in one day by one customer: more than {COUNT_MOST} is taken for a program.",
            noop("Leave this event out of the events to fetch, or look who this customer is."),
        )
    at = datetime.combine(day, _NOON, zone)
    mark = hashlib.sha256(f"{customer}\0{event}".encode()).hexdigest()[:32]
    for nth in range(1, int(counted) + 1):
        yield track(
            message_id=f"ga4:{account}:{day:%Y%m%d}:{mark}:{nth}", customer=customer, event=event, at=at, properties={}
        )


_TELL: Final = noop("Look at this row in Analytics. If it is right there, Google has changed its form: tell us.")


def _values(record: Json, name: str, count: int) -> list[str]:
    said = record.get(name)
    found = [object_in(one).get("value") for one in said] if isinstance(said, list) else []
    if len(found) != count or not all(isinstance(one, str) for one in found):
        raise SurpriseError("other_type", f"{name} does not hold {count} texts.", _TELL)
    return [str(one).strip() for one in found]


def check_exact(answer: object) -> None:
    """Raises VendorError for counts that Analytics has guessed from a sample: none of them is a fact."""
    if _metadata(answer).get("samplingMetadatas"):
        raise VendorError(
            "Analytics gives only a sample of this day, and counts that are guessed. Nothing of it is taken. Fetch "
            "fewer events, or ask Google for reports without sampling.",
            is_passing=False,
        )


def left_out(answer: object, *, day: date) -> list[Refused]:
    """What Analytics itself says that it does not show of a day."""
    said = {"date": day.isoformat(), **_metadata(answer)}
    found = []
    if said.get("subjectToThresholding"):
        found.append(_note(
            "withheld", f"Analytics withholds rows of {day} with few people in them.",
            noop("Nothing to do here. Without Google signals (Admin, Data collection) less is withheld."), said,
        ))  # fmt: skip
    if said.get("dataLossFromOtherRow"):
        found.append(_note(
            "summed_up", f"Analytics has put rows of {day} together as “(other)”.",
            noop("Fetch fewer events: Analytics keeps only so many rows of a day apart."), said,
        ))  # fmt: skip
    return found


def _note(code: str, reason: str, remedy: str, said: Json) -> Refused:
    return Refused(code, reason, remedy, msgspec.json.encode(said, order="deterministic"))


def zone_of(answer: object) -> ZoneInfo:
    """The property's time zone; raises VendorError where it is not said: a day without one is no day."""
    try:
        return ZoneInfo(text(_metadata(answer), "timeZone"))
    except (SurpriseError, ValueError, OSError) as error:
        raise VendorError("Analytics does not say in which time zone its days are.", is_passing=False) from error


def row_count(answer: object) -> int:
    """How many rows the whole day has."""
    found = object_in(answer).get("rowCount", 0)
    return found if isinstance(found, int) else 0


def _metadata(answer: object) -> Json:
    found = answer.get("metadata") if isinstance(answer, dict) else None
    return found if isinstance(found, dict) else {}
