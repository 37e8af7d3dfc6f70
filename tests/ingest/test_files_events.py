"""Events from CSV: the story of line 92, times, counts, ids, columns and the words of every rejection."""

from __future__ import annotations

import contextlib
import gzip
import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.errors import InvalidInputError
from engagement.ingest.files import Sameness, digest_of, read_events
from engagement.ingest.files.cells import property_of
from engagement.ingest.types import EventIn, Rejection

RECEIVED = datetime(2026, 3, 10, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
DIGEST = "ab" * 32
HEADER = "customer_id,event,date"


def read(
    content: str | bytes, *, zone: ZoneInfo = BERLIN, sameness: Sameness = "by_position"
) -> list[EventIn | Rejection]:
    plain = content.encode() if isinstance(content, str) else content
    return list(
        read_events(io.BytesIO(plain), time_zone=zone, received_at=RECEIVED, file_digest=DIGEST, sameness=sameness)
    )


def event(content: str, *, zone: ZoneInfo = BERLIN) -> EventIn:
    (row,) = read(content, zone=zone)
    assert isinstance(row, EventIn)
    return row


def rejection(content: str | bytes, *, sameness: Sameness = "by_position") -> Rejection:
    (row,) = read(content, sameness=sameness)
    assert isinstance(row, Rejection)
    assert row.reason.isprintable()
    assert row.remedy.isprintable()
    return row


def story() -> bytes:
    young = [f"y{number},{name},2025-12-01" for number in range(10) for name in ["visit"] * 5 + ["social", "purchase"]]
    older = [f"o{number},purchase,2025-12-01" for number in range(20)]
    return "\n".join([HEADER, *young, *older, "o20,purchase,2025-13-40", ""]).encode()


def test_ninety_rows_and_line_ninety_two() -> None:
    rows = read(story())
    events = [row for row in rows if isinstance(row, EventIn)]
    assert len(events) == 90
    assert len({row.message_id for row in events}) == 90  # five visits of one day are five events
    assert [row for row in rows if isinstance(row, Rejection)] == [
        Rejection(
            position=91,
            line=92,
            code="invalid_time",
            reason="“2025-13-40” is not a day or time.",
            remedy="Write the day as 2025-12-31, or the time as 2025-12-31 23:59:59 or 2025-12-31T23:59:59Z.",
            original=b"o20,purchase,2025-13-40\n",
        )
    ]
    assert events[0] == EventIn(
        message_id="file:abababababababababababababababab:1",
        day=date(2025, 12, 1),
        occurred_at=datetime(2025, 12, 1, 11, tzinfo=UTC),
        name="visit",
        external_id="y0",
        anonymous_id=None,
        properties={},
        occurrences=1,
        position=1,
    )


def test_the_same_file_again_gives_the_same_ids_packed_or_not() -> None:
    def ids(content: bytes) -> list[str]:
        digest = digest_of(io.BytesIO(content))
        rows = read_events(io.BytesIO(content), time_zone=BERLIN, received_at=RECEIVED, file_digest=digest)
        return [row.message_id for row in rows if isinstance(row, EventIn)]

    assert ids(story()) == ids(gzip.compress(story()))
    assert not set(ids(story())) & set(ids(story() + b"o21,purchase,2025-12-01\n"))


@pytest.mark.parametrize(
    ("text", "day", "instant"),
    [
        ("2025-07-01", (2025, 7, 1), (2025, 7, 1, 10)),
        ("2025-12-31 00:30", (2025, 12, 30), (2025, 12, 30, 23, 30)),
        ("2025-12-31T00:30:00Z", (2025, 12, 31), (2025, 12, 31, 0, 30)),
        ("2025-12-31T00:30:00.25+05:00", (2025, 12, 30), (2025, 12, 30, 19, 30, 0, 250_000)),
        ("2025-10-26 02:30", (2025, 10, 26), (2025, 10, 26, 0, 30)),  # twice that night: the earlier
        ("2025-03-30 02:30", (2025, 3, 30), (2025, 3, 30, 1, 30)),  # never that night
        ("1764547200000", (2025, 12, 1), (2025, 12, 1)),
        ("2000-01-01", (2000, 1, 1), (2000, 1, 1, 11)),
        ("2026-03-11", (2026, 3, 11), (2026, 3, 11, 11)),
        ("31.12.2025", (2025, 12, 31), (2025, 12, 31, 11)),
        ("1.6.2025", (2025, 6, 1), (2025, 6, 1, 10)),
        ("01.06.2025 9:05", (2025, 6, 1), (2025, 6, 1, 7, 5)),
        ('"01.06.2025, 19:05:30"', (2025, 6, 1), (2025, 6, 1, 17, 5, 30)),
        ("01.06.2025T19:05+05:00", (2025, 6, 1), (2025, 6, 1, 14, 5)),
        ("2025-06-01 9:05", (2025, 6, 1), (2025, 6, 1, 7, 5)),
    ],
)
def test_times_are_in_the_organisation_s_zone_unless_they_say_otherwise(
    text: str, day: tuple[int, int, int], instant: tuple[int, int, int]
) -> None:
    row = event(f"{HEADER}\nc1,visit,{text}\n")
    assert (row.day, row.occurred_at) == (date(*day), datetime(*instant, tzinfo=UTC))
    assert row.occurred_at.tzinfo is UTC


def test_a_day_alone_stays_that_day_even_far_east() -> None:
    row = event(f"{HEADER}\nc1,visit,2025-12-31\n", zone=ZoneInfo("Pacific/Kiritimati"))
    assert (row.day, row.occurred_at) == (date(2025, 12, 31), datetime(2025, 12, 30, 22, tzinfo=UTC))


def test_a_day_and_a_time_of_day_in_two_columns_are_one_time() -> None:
    content = "customer,event,date,time\nc1,visit,2025-12-31,08:15\n"
    row = event(content)
    assert (row.occurred_at, row.properties) == (datetime(2025, 12, 31, 7, 15, tzinfo=UTC), {})
    assert event(content.replace("08:15", "")).occurred_at == datetime(2025, 12, 31, 11, tzinfo=UTC)
    assert event(content.replace("08:15", "8:15")).occurred_at == row.occurred_at
    assert event(content.replace("2025-12-31", "31.12.2025")).occurred_at == row.occurred_at
    assert rejection(content.replace("08:15", "late")).reason == "“2025-12-31 late” is not a day or time."
    other = event("customer,event,time,day,occurred_at\nc1,visit,08:15,x,2025-12-31\n")
    assert other.properties == {"time": "08:15", "day": "x"}


@pytest.mark.parametrize(
    ("row", "code", "reason"),
    [
        ("c1,visit,", "missing_time", "The row has no day or time."),
        ("c1,visit,31.13.2025", "invalid_time", "“31.13.2025” is not a day or time."),
        ("c1,visit,31.6.2025", "invalid_time", "“31.6.2025” is not a day or time."),
        ("c1,visit,31.12.25", "invalid_time", "“31.12.25” is not a day or time."),
        ("c1,visit,31.12.20255", "invalid_time", "“31.12.20255” is not a day or time."),
        ("c1,visit,12/31/2025", "invalid_time", "“12/31/2025” is not a day or time."),
        ("c1,visit,20251231", "invalid_time", "“20251231” is not a day or time."),
        ("c1,visit,1764547200", "invalid_time", "“1764547200” is not a day or time."),
        (
            "c1,visit,2026-03-12",
            "day_out_of_range",
            "The time “2026-03-12” is on 2026-03-12; days from 2000-01-01 to 2026-03-11 are taken.",
        ),
        (
            "c1,visit,0001-01-01",
            "day_out_of_range",
            "The time “0001-01-01” is on 0001-01-01; days from 2000-01-01 to 2026-03-11 are taken.",
        ),
        ("c1,visit,0001-01-01T00:00+14:00", "invalid_time", "“0001-01-01T00:00+14:00” is not a day or time."),
        (" ,visit,2025-12-31", "missing_customer", "The row names no customer."),
        ("x" * 201 + ",visit,2025-12-31", "invalid_id", "The customer's id has 201 characters; the limit is 200."),
        ("c1, ,2025-12-31", "missing_event", "The event is blank; an event needs a name."),
        ("c1,visit", "wrong_field_count", "The row has 2 fields, the first line has 3."),
        ("c1,visit,2025-12-31,x", "wrong_field_count", "The row has 4 fields, the first line has 3."),
        ("c1,vi\0sit,2025-12-31", "nul_character", "A text holds the character U+0000, which cannot be stored."),
        ('c1,"visit,2025-12-31', "quotes", "The quotation marks of this row do not match."),
        ("c1," + "x" * 32_768 + ",2025-12-31", "too_long", "This row is longer than 32,768 bytes."),
    ],
)
def test_the_words_of_every_rejection(row: str, code: str, reason: str) -> None:
    content = f"{HEADER}\nc0,visit,2025-12-31\n{row}\nc2,visit,2025-12-31\n"
    first, second, third = read(content)
    assert isinstance(first, EventIn)
    assert isinstance(third, EventIn)
    assert isinstance(second, Rejection)
    assert (second.position, second.line, second.code, second.reason) == (2, 3, code, reason)
    assert second.original == row.encode() + b"\n"
    assert (first.position, third.position) == (1, 3)


def test_bad_rows_among_a_hundred_leave_the_rest() -> None:
    bad = {3: "c,visit,never", 40: "c,visit", 99: ",visit,2025-12-31"}
    rows = [bad.get(index, f"c{index},visit,2025-12-31") for index in range(100)]
    read_back = read("\n".join([HEADER, *rows]))
    assert [row.external_id for row in read_back if isinstance(row, EventIn)] == [
        f"c{index}" for index in range(100) if index not in bad
    ]
    assert [(row.line, row.code) for row in read_back if isinstance(row, Rejection)] == [
        (5, "invalid_time"),
        (42, "wrong_field_count"),
        (101, "missing_customer"),
    ]


def test_rows_with_an_id_are_that_event_and_the_others_their_position() -> None:
    content = "event_id,household_key,event_type,occurred_at\nE-1,h1,purchase,2025-12-31\n,h1,purchase,2025-12-31\n"
    first, second = (row for row in read(content) if isinstance(row, EventIn))
    assert (first.message_id, second.message_id) == ("E-1", "file:abababababababababababababababab:2")
    assert [type(row) for row in read(content, sameness="by_id")] == [EventIn, Rejection]
    assert rejection(content.replace("E-1,h1,purchase,2025-12-31\n", ""), sameness="by_id").code == "missing_message_id"
    assert rejection(f"{HEADER}\nc1,visit,2025-12-31\n", sameness="by_id").code == "missing_message_id"
    assert rejection(f"{HEADER},id\nc1,visit,2025-12-31,{'x' * 201}\n").code == "invalid_message_id"


@pytest.mark.parametrize(("text", "occurrences"), [("1", 1), ("12", 12), ("1000000000", 10**9)])
def test_a_row_with_a_count_is_so_many_events(text: str, occurrences: int) -> None:
    assert event(f"{HEADER},count\nc1,visit,2025-12-31, {text} \n").occurrences == occurrences


@pytest.mark.parametrize("text", ["", "0", "-1", "1.0", "1e3", "1000000001", "9" * 40, "007", "٣", "many", "a\x1bb"])
def test_counts_that_are_rejected(text: str) -> None:
    row = rejection(f"{HEADER},count\nc1,visit,2025-12-31,{text}\n")
    assert (row.code, row.line) == ("invalid_count", 2)
    escape = "\x1b"
    assert row.reason == (f"The count is “{text.replace(escape, '�')}”." if text else "The count is missing.")


@pytest.mark.parametrize(
    ("header", "properties"),
    [
        ("Customer ID;Event Name;Occurred At", {}),
        ("USERID;Type;DAY", {}),
        ("client-id;action;Date Time", {}),
        ("email;EVENT;timestamp", {}),
    ],
)
def test_columns_are_found_under_their_other_names(header: str, properties: dict[str, object]) -> None:
    row = event(f"{header}\nc1;visit;2025-12-31\n")
    assert (row.external_id, row.name, row.day, row.properties) == ("c1", "visit", date(2025, 12, 31), properties)


def test_of_two_columns_that_fit_the_second_is_a_property() -> None:
    row = event("email,type,event,user_id,date,,n\na@b.c,web,visit,c1,2025-12-31,ignored,2\n")
    assert (row.external_id, row.name, row.occurrences) == ("c1", "visit", 2)
    assert row.properties == {"email": "a@b.c", "type": "web"}


@pytest.mark.parametrize(
    ("header", "role", "message"),
    [
        (
            "event,date,value",
            "customer",
            (
                "The file has no column for the customer. Its first line names “event”, “date”, “value”. "
                "Name the column one of: customer_id, customer, user_id, user, client_id, household_key, email."
            ),
        ),
        (
            "customer,date",
            "event",
            (
                "The file has no column for the event. Its first line names “customer”, “date”. "
                "Name the column one of: event, event_type, event_name, action, action_type, type."
            ),
        ),
        (
            "customer|event|date",
            "customer",
            (
                "The file has no column for the customer. Its first line names “customer|event|date”. Name the column "
                "one of: customer_id, customer, user_id, user, client_id, household_key, email."
            ),
        ),
    ],
)
def test_a_missing_column_is_named_at_once_with_what_would_do(header: str, role: str, message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_events(io.BytesIO(header.encode()), time_zone=BERLIN, received_at=RECEIVED, file_digest=DIGEST)
    assert caught.value.message == message
    assert list(caught.value.fields) == [role]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (f"{HEADER},Value,value", "“value” is there twice"),
        (f"{HEADER},user id,User_ID", "“User_ID” is there twice"),
        (f"{HEADER},a\0b", "column 4 is not usable"),
        (f'{HEADER},"a', "first line cannot be read"),
        (",,,", "The file is empty"),
    ],
)
def test_headers_that_cannot_be_used(header: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        read(header)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("0", 0),
        ("-7", -7),
        ("12.50", 12.5),
        ("-0.1", -0.1),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", "9223372036854775808"),
        ("123456789012.345", 123456789012.345),
        ("1234567890123.4567", "1234567890123.4567"),
        ("-0", "-0"),
        ("007", "007"),
        ("00.5", "00.5"),
        ("+49", "+49"),
        ("1,5", "1,5"),
        ("1e3", "1e3"),
        (".5", ".5"),
        ("5.", "5."),
        ("nan", "nan"),
        ("inf", "inf"),
        ("1_000", "1_000"),
        ("٣", "٣"),
        ("true", "true"),
    ],
)
def test_numbers_only_where_nothing_is_lost(text: str, value: object) -> None:
    assert property_of(text) == value
    assert type(property_of(text)) is type(value)
    assert event(f'{HEADER},v\nc1,visit,2025-12-31,"{text}"\n').properties == {"v": value}


def test_an_empty_cell_is_no_property() -> None:
    assert event(f"{HEADER},a,b\nc1,visit,2025-12-31, ,x\n").properties == {"b": "x"}


pieces = st.sampled_from(
    ["c1", ",", ",", "visit", "2025-12-31", "\n", "\r\n", '"', "\0", "é", "5", " ", "\r", "date", ";", "9999-12-31"]
)


@settings(deadline=None, max_examples=300)
@given(
    st.lists(pieces, max_size=40).map(lambda parts: f"{HEADER},count\n{''.join(parts)}".encode())
    | st.binary(max_size=60)
    | st.binary(max_size=60).map(lambda rest: f"{HEADER}\n".encode() + rest)
    | st.binary(max_size=60).map(lambda rest: b"\x1f\x8b" + rest)
)
def test_any_bytes_give_rows_or_an_error_of_the_file(content: bytes) -> None:
    rows: list[EventIn | Rejection] = []
    with contextlib.suppress(InvalidInputError):
        digest_of(io.BytesIO(content))
        rows = read(content)
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        if isinstance(row, Rejection):
            assert row.original
            assert row.reason.isprintable()
        else:
            assert date(2000, 1, 1) <= row.day <= date(2026, 3, 11)
            assert "\0" not in f"{row.name}{row.external_id}{row.properties}"
