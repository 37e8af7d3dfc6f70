from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engagement.look.dates import (
    day_text,
    duration_text,
    instant_text,
    month_text,
    short_date_text,
    short_day_text,
    short_month_text,
    span_text,
    weekday_text,
)
from engagement.look.locales import DE, LOCALES


def test_days() -> None:
    last = date(2017, 12, 31)
    assert day_text(last) == "31 December 2017"
    assert short_date_text(last) == "31 Dec 2017"
    assert short_day_text(last) == "31 Dec"
    assert month_text(last) == "December 2017"
    assert short_month_text(last) == "Dec 2017"
    assert weekday_text(date(2018, 1, 1)) == "Monday 1 January 2018"


def test_no_day_is_a_dash() -> None:
    texts = (day_text, short_date_text, short_day_text, month_text, short_month_text, weekday_text, duration_text)
    assert [text(None) for text in texts] == ["–"] * 7
    assert instant_text(None, zone=UTC) == "–"


def test_an_instant_is_shown_on_the_clock_of_a_place() -> None:
    instant = datetime(2017, 12, 31, 17, 5, 59, tzinfo=UTC)
    assert instant_text(instant, zone=UTC) == "31 Dec 2017, 17:05"
    assert instant_text(instant, zone=ZoneInfo("Asia/Tokyo")) == "1 Jan 2018, 02:05"


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        instant_text(datetime(2017, 12, 31, 17, 5), zone=UTC)  # noqa: DTZ001  that is the case


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=59), "under 1 min"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=2, minutes=50), "2 h"),
        (timedelta(hours=23, minutes=59), "23 h"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=6, hours=23), "6 days"),
        (timedelta(seconds=-5), "under 1 min"),
    ],
)
def test_durations(span: timedelta, text: str) -> None:
    assert duration_text(span) == text


def test_a_span_of_days_says_each_part_once() -> None:
    first = date(2026, 2, 28)
    assert span_text(first, first) == "28 Feb 2026"
    assert span_text(date(2026, 2, 3), first) == "3–28 Feb 2026"
    assert span_text(first, date(2026, 3, 3)) == "28 Feb – 3 Mar 2026"
    assert span_text(date(2025, 12, 30), date(2026, 1, 2)) == "30 Dec 2025 – 2 Jan 2026"


def test_days_in_german() -> None:
    last = date(2017, 12, 31)
    assert day_text(last, locale=DE) == "31. Dezember 2017"
    assert short_date_text(last, locale=DE) == "31. Dez 2017"
    assert short_day_text(last, locale=DE) == "31. Dez"
    assert month_text(last, locale=DE) == "Dezember 2017"
    assert short_month_text(last, locale=DE) == "Dez 2017"
    assert weekday_text(date(2018, 1, 1), locale=DE) == "Montag, 1. Januar 2018"
    assert short_date_text(date(2026, 5, 3), locale=DE) == "3. Mai 2026"  # a name that is short takes no point
    assert instant_text(datetime(2017, 12, 31, 17, 5, tzinfo=UTC), zone=UTC, locale=DE) == "31. Dez 2017, 17:05"
    assert [text(None, locale=DE) for text in (day_text, short_date_text, short_day_text, weekday_text)] == ["–"] * 4


def test_a_span_of_days_in_german() -> None:
    first = date(2026, 2, 28)
    assert span_text(first, first, locale=DE) == "28. Feb 2026"
    assert span_text(date(2026, 3, 3), date(2026, 3, 17), locale=DE) == "3.–17. März 2026"
    assert span_text(first, date(2026, 3, 3), locale=DE) == "28. Feb – 3. März 2026"
    assert span_text(date(2025, 12, 30), date(2026, 1, 2), locale=DE) == "30. Dez 2025 – 2. Jan 2026"


def test_durations_in_german() -> None:
    spans = (timedelta(seconds=59), timedelta(minutes=1), timedelta(hours=2), timedelta(days=1), timedelta(days=6))
    said = [duration_text(span, locale=DE) for span in spans]
    assert said == ["unter 1 Min.", "1 Min.", "2 Std.", "1 Tag", "6 Tage"]


def test_every_locale_names_every_month_and_day() -> None:
    for locale in LOCALES.values():
        assert [len(set(names)) for names in (locale.months, locale.months_short, locale.months_axis)] == [12] * 3
        assert len(set(locale.weekdays)) == 7
