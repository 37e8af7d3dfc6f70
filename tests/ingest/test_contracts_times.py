"""Times of messages: as people write them, by a wrong clock, and the day that is part of the key."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from engagement.ingest.contracts import parse
from engagement.ingest.types import Rejection
from tests.ingest.test_contracts_parse import GOOD, RECEIVED, event_of, message, parsed, rejected


@pytest.mark.parametrize(
    ("value", "day", "instant"),
    [
        ("2026-03-09T23:30:00Z", (2026, 3, 9), (2026, 3, 9, 23, 30)),
        ("2026-03-09T23:30:00-02:00", (2026, 3, 10), (2026, 3, 10, 1, 30)),
        ("2026-03-09T00:30:00+0100", (2026, 3, 8), (2026, 3, 8, 23, 30)),
        ("2026-03-09t08:00:00z", (2026, 3, 9), (2026, 3, 9, 8)),
        ("2026-03-09 08:00", (2026, 3, 9), (2026, 3, 9, 8)),
        ("2026-03-09", (2026, 3, 9), (2026, 3, 9)),
        (" 2026-03-09T08:00:00.1Z ", (2026, 3, 9), (2026, 3, 9, 8, 0, 0, 100_000)),
        ("2026-03-09T08:00:00.123456789Z", (2026, 3, 9), (2026, 3, 9, 8, 0, 0, 123_456)),
        (1_773_043_200_000, (2026, 3, 9), (2026, 3, 9, 8)),
        (1_773_043_200_500.0, (2026, 3, 9), (2026, 3, 9, 8, 0, 0, 500_000)),
        ("2000-01-01T00:00:00Z", (2000, 1, 1), (2000, 1, 1)),
        ("2026-03-11T23:59:59Z", (2026, 3, 11), (2026, 3, 11, 23, 59, 59)),
    ],
)
def test_times_as_people_write_them(value: object, day: tuple[int, int, int], instant: tuple[int, int, int]) -> None:
    event = event_of(timestamp=value)
    assert (event.day, event.occurred_at) == (date(*day), datetime(*instant, tzinfo=UTC))
    assert event.occurred_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("yesterday", "invalid_time"),
        ("", "invalid_time"),
        ("2025-13-40", "invalid_time"),
        ("2025\0\n\x1b[31m" + "9" * 500, "invalid_time"),
        ("20260309", "invalid_time"),
        ("2026-W10-1", "invalid_time"),
        ("2026-03-09x08:00", "invalid_time"),
        ("2026-03-09T08:00:61Z", "invalid_time"),
        ("0001-01-01T00:00:00+14:00", "invalid_time"),
        (True, "invalid_time"),
        ([2026, 3, 9], "invalid_time"),
        (10**300, "invalid_time"),
        (-(10**15), "invalid_time"),
        (1e300, "invalid_time"),
        (-(10**13), "day_out_of_range"),
        ("1999-12-31T23:59:59Z", "day_out_of_range"),
        ("2026-03-12T00:00:00Z", "day_out_of_range"),
        ("9999-12-31", "day_out_of_range"),
        (1_773_043_200, "day_out_of_range"),
    ],
)
def test_times_that_are_rejected(value: object, code: str) -> None:
    assert rejected(message(timestamp=value)).code == code


def test_seconds_in_place_of_milliseconds_get_the_remedy() -> None:
    assert rejected(message(timestamp=1_773_043_200)) == Rejection(
        position=2,
        line=None,
        code="day_out_of_range",
        reason="The time 1773043200 is on 1970-01-21; days from 2000-01-01 to 2026-03-11 are taken.",
        remedy="The number looks like seconds: send milliseconds.",
        original=message(timestamp=1_773_043_200).encode(),
    )


def test_without_a_time_it_is_the_receipt_in_utc() -> None:
    body = json.dumps({"batch": [{**GOOD, "timestamp": None}]}).encode()
    east = datetime(2026, 3, 11, 1, 0, tzinfo=timezone(timedelta(hours=13)))
    (event,) = parse(body, kind="batch", received_at=east).events
    assert (event.day, event.occurred_at) == (date(2026, 3, 10), RECEIVED)
    with pytest.raises(ValueError, match="zone"):
        parse(body, kind="batch", received_at=east.replace(tzinfo=None))


def test_the_timestamp_comes_before_the_original_timestamp() -> None:
    other = "2026-03-01T00:00:00Z"
    assert event_of(originalTimestamp=other).day == date(2026, 3, 9)
    assert event_of(timestamp=..., originalTimestamp=other).day == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("sent_at", "moved_by"),
    [
        ("2026-03-10T12:00:00Z", timedelta(0)),
        ("2026-03-10T11:55:00Z", timedelta(0)),  # five minutes exactly: on its way
        ("2026-03-10T11:54:59Z", timedelta(minutes=5, seconds=1)),
        ("2026-03-10T13:00:00Z", timedelta(hours=-1)),
        ("2026-02-10T12:00:00Z", timedelta(0)),  # would put it after tomorrow: the time of sending is absurd
        ("9999-12-31T12:00:00Z", timedelta(0)),
        ("nonsense", timedelta(0)),
        (None, timedelta(0)),
    ],
)
def test_a_wrong_clock_moves_the_instant_and_never_the_day(sent_at: object, moved_by: timedelta) -> None:
    stamp = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
    for batch in (
        parsed(message(timestamp=stamp.isoformat()), sentAt=sent_at),
        parsed(message(timestamp=stamp.isoformat(), sentAt=sent_at)),
    ):
        assert batch.events[0].occurred_at == stamp + moved_by
        assert batch.events[0].day == date(2026, 3, 10)


def test_the_message_s_own_time_of_sending_comes_first() -> None:
    own = message(sentAt="2026-03-10T12:00:00Z")
    assert parsed(own, sentAt="2026-03-10T15:00:00Z").events[0].occurred_at == datetime(2026, 3, 9, 8, tzinfo=UTC)


def test_a_time_of_sending_beyond_any_number_corrects_nothing() -> None:
    body = f'{{"batch": [{message()}], "sentAt": 1e999}}'.encode()
    (event,) = parse(body, kind="batch", received_at=RECEIVED).events
    assert event.occurred_at == datetime(2026, 3, 9, 8, tzinfo=UTC)
