"""Times as senders write them, and the day that becomes part of an event's key."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from engagement.ingest.contracts.values import RefusedError, shown

MIN_DAY: Final = date(2000, 1, 1)
SKEW_TOLERANCE: Final = timedelta(minutes=5)
"""Networks and queues delay a request by seconds; a clock that differs by more than this is taken to be
wrong.
"""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS_MAX = 10**15  # the year 33658; keeps timedelta far from its own limits
_SECONDS_MAX = 10**11  # numbers below this would be 1973 or earlier as milliseconds: seconds, most likely


def utc(moment: datetime) -> datetime:
    """The same instant in UTC; a time without a zone is a mistake of the caller (ValueError)."""
    if moment.tzinfo is None:
        raise ValueError("A time without a zone is no instant.")
    return moment.astimezone(UTC)


def latest_day(received_at: datetime) -> date:
    """The last day an event may have: tomorrow in UTC, since it is already tomorrow east of here."""
    return received_at.astimezone(UTC).date() + timedelta(days=1)


def moment_of(text: str) -> datetime:
    """An ISO 8601 date or time as written, naive where it names no offset; ValueError for anything else.

    Digits of the fraction beyond microseconds are dropped. Week dates and the form without dashes are not
    taken.
    """
    text = text.strip()
    if text[4:5] != "-" or text[7:8] != "-" or text[10:11] not in "Tt ":  # the empty text is in every text
        raise ValueError(text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromisoformat(text.upper())  # “t” and “z” are allowed by RFC 3339


def milliseconds_of(value: float) -> datetime:
    """The instant that many milliseconds after 1970 in UTC; ValueError where that is absurd."""
    if abs(value) > _MILLISECONDS_MAX:
        raise ValueError(value)
    return _EPOCH + timedelta(milliseconds=value)


def instant_of(value: object) -> datetime:
    """The instant, in UTC: text as ISO 8601 (without an offset it is UTC), a number as milliseconds since
    1970.
    """
    try:
        if type(value) is str:
            moment = moment_of(value)
            if moment.tzinfo is UTC:
                return moment
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        if type(value) is int or type(value) is float:
            return milliseconds_of(value)
    except (ValueError, OverflowError):
        pass
    raise RefusedError(
        "invalid_time",
        f"The time {shown(value)} cannot be read.",
        "Send the time as ISO 8601, for example 2025-12-31T23:59:59Z, or as milliseconds since 1970.",
    )


def check_day(day: date, *, value: object, latest: date) -> None:
    """Refuses days before 2000 and after `latest`: they are mistakes, and each would open a partition."""
    if MIN_DAY <= day <= latest:
        return
    seconds = isinstance(value, int | float) and 0 < value < _SECONDS_MAX
    raise RefusedError(
        "day_out_of_range",
        f"The time {shown(value)} is on {day.isoformat()}; days from {MIN_DAY} to {latest} are taken.",
        "The number looks like seconds: send milliseconds."
        if seconds
        else "Correct the date, or the clock of the sender.",
    )


def sent_at_of(value: object) -> datetime | None:
    """The time of sending, None where it is missing or unreadable: it only corrects, so it never refuses."""
    try:
        return None if value is None else instant_of(value)
    except RefusedError:
        return None


def skew_of(*, sent_at: datetime | None, received_at: datetime) -> timedelta:
    """What to add to times by the sender's clock: received_at - sent_at, both in UTC.

    Zero where the time of sending is unknown or the two differ by SKEW_TOLERANCE at most: that is delay on
    the way, not a wrong clock.
    """
    skew = timedelta(0) if sent_at is None else received_at - sent_at
    return skew if abs(skew) > SKEW_TOLERANCE else timedelta(0)


def corrected(stamp: datetime, *, skew: timedelta, latest: date) -> datetime:
    """The instant of an event by our clock: stamp + skew, that is received_at - (sent_at - stamp), in UTC.

    Where the result is no day that can be taken, it is the time of sending that was absurd: the stamp stands.
    Example: stamped 11:58 and sent 12:00 by a clock an hour ahead, received 11:00: it happened at 10:58.
    """
    try:
        moved = stamp + skew
    except OverflowError:
        return stamp
    return moved if MIN_DAY <= moved.date() <= latest else stamp
