"""Which column is what: as people say, and as it is guessed from names and first rows."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from engagement.errors import InvalidInputError
from engagement.ingest.files import Mapping, guess_mapping, read_aggregates, read_customers, read_events
from engagement.ingest.files.text_tables import TextTable
from engagement.ingest.types import EventIn, Rejection, TraitsIn

RECEIVED = datetime(2026, 3, 10, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
ROLES = {"customer": "who", "event": "what", "time": "when"}


def events(content: str, mapping: Mapping | None) -> list[EventIn | Rejection]:
    table = TextTable(io.BytesIO(content.encode()))
    return list(read_events(table, mapping, time_zone=BERLIN, received_at=RECEIVED, file_digest="ab" * 32))


def test_a_mapping_decides_whatever_the_names_say() -> None:
    content = "who,what,when,event,plan,note\nc1,buy,2025-12-31,x,pro,n\n"
    roles = {"customer": "who", "event": "what", "time": "when"}
    (row,) = events(content, Mapping(roles=roles))
    assert isinstance(row, EventIn)
    assert (row.external_id, row.name, row.day) == ("c1", "buy", date(2025, 12, 31))
    assert row.properties == {"event": "x", "plan": "pro", "note": "n"}
    (row,) = events(content, Mapping(roles=roles, kept=("plan",)))
    assert isinstance(row, EventIn)
    assert row.properties == {"plan": "pro"}
    (row,) = events(content, Mapping(roles=roles, kept=()))
    assert isinstance(row, EventIn)
    assert row.properties == {}


def test_a_constant_stands_for_a_role_in_every_row() -> None:
    content = "who,when,clock\nc1,2025-12-31,08:15\nc2,2025-12-30,\n"
    roles = {"customer": "who", "time": "when", "clock": "clock"}
    first, second = events(content, Mapping(roles=roles, constants={"event": " Purchase ", "count": "3"}))
    assert isinstance(first, EventIn)
    assert isinstance(second, EventIn)
    assert (first.name, first.occurrences, first.occurred_at) == (
        "Purchase",
        3,
        datetime(2025, 12, 31, 7, 15, tzinfo=UTC),
    )
    assert (second.name, second.occurred_at) == ("Purchase", datetime(2025, 12, 30, 11, tzinfo=UTC))
    table = TextTable(io.BytesIO(content.encode()))
    (person, _) = read_customers(table, Mapping(roles={"customer": "who"}, kept=("clock",)), received_at=RECEIVED)
    assert person == TraitsIn("c1", None, {"clock": "08:15"}, RECEIVED, 1)


@pytest.mark.parametrize(
    ("mapping", "field", "message"),
    [
        (Mapping(roles={"customer": "who", "time": "when"}), "event", "no column for the event"),
        (
            Mapping(roles={"customer": "who", "time": "when"}, constants={"event": " "}),
            "event",
            "no column for the event",
        ),
        (Mapping(roles={"customer": "nobody", "event": "what", "time": "when"}), "customer", "no column “nobody”"),
        (
            Mapping(roles={"customer": "who", "event": "what", "time": "when", "color": "what"}),
            "color",
            "has no “color”",
        ),
        (Mapping(roles={"customer": "who", "event": "what", "time": "when"}, constants={"x": "y"}), "x", "has no “x”"),
    ],
)
def test_what_a_mapping_cannot_say(mapping: Mapping, field: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message) as caught:
        events("who,what,when\nc1,buy,2025-12-31\n", mapping)
    assert list(caught.value.fields) == [field]


@pytest.mark.parametrize(
    ("kind", "columns", "rows", "roles"),
    [
        (
            "events",
            ("Customer ID", "event", "day", "time", "plan"),
            (),
            {"customer": "Customer ID", "event": "event", "time": "day", "clock": "time"},
        ),
        ("events", ("ean", "b"), [("4006381333931", 1)], {}),
        ("events", ("a", "when"), [("x", "2025-12-31"), ("y", "")], {"time": "when"}),
        ("events", ("a", "when"), [("x", "31.12.2025"), ("y", "1.6.2025 9:05")], {"time": "when"}),
        ("events", ("a", "when"), [("x", "2025-12-31"), ("y", "soon")], {}),
        (
            "events",
            ("Kunde", "Vorgang", "Datum", "Betrag"),
            [("K1", "Bestellung", "31.12.2025", "12,50")],
            {"customer": "Kunde", "event": "Vorgang", "time": "Datum"},
        ),
        ("events", ("transaction", "Aktion"), [("T1", "7")], {}),
        ("events", ("when",), [("2025-12-31T08:00:00Z",)], {"time": "when"}),
        ("customers", ("Kundennummer", "Name"), [("007", "A B")], {"customer": "Kundennummer"}),
        ("customers", ("Kundenname", "Mail"), [("A B", "a@b.de")], {"customer": "Mail"}),
        ("customers", ("contact", "x"), [("a@b.de", "1")], {"customer": "contact"}),
        ("customers", ("x", "y"), [("1", "2")], {}),
        ("customers", ("x", "y"), [], {}),
        (
            "aggregates",
            ("user", "action", "date", "n"),
            [],
            {"customer": "user", "event": "action", "time": "date", "count": "n"},
        ),
        (
            "events",
            ("event", "properties.distinct_id", "properties.time"),
            [("visit", "d1", 1764547200000)],
            {"event": "event", "customer": "properties.distinct_id", "time": "properties.time"},
        ),
    ],
)
def test_what_the_columns_most_likely_are(
    kind: str, columns: Sequence[str], rows: Sequence[Sequence[object]], roles: dict[str, str]
) -> None:
    assert guess_mapping(kind, columns, rows) == Mapping(roles=roles)


def test_a_guess_that_is_complete_reads_as_the_names_do() -> None:
    content = "customer,event,date,time,id,plan\nc1,visit,2025-12-31,08:15,e1,pro\n"
    guessed = guess_mapping("events", content.splitlines()[0].split(","), [])
    assert events(content, guessed) == events(content, None)


def test_counts_need_a_count_and_somebody() -> None:
    def read(content: str) -> list[EventIn | Rejection]:
        table = TextTable(io.BytesIO(content.encode()))
        return list(read_aggregates(table, time_zone=BERLIN, received_at=RECEIVED, file_digest="ab" * 32))

    first, second, third = read(
        "customer,event,day,count\nc1,visit,2025-12-31,4\nc1,visit,2025-12-31,2\nc1,visit,2025-12-31,0\n"
    )
    assert isinstance(first, EventIn)
    assert isinstance(second, EventIn)
    assert (first.occurrences, second.occurrences) == (4, 2)
    assert first.message_id != second.message_id  # they add up
    assert isinstance(third, Rejection)
    assert third.code == "invalid_count"
    with pytest.raises(InvalidInputError, match="no column for the count"):
        read("customer,event,day\nc1,visit,2025-12-31\n")
    with pytest.raises(InvalidInputError, match=r"for the customer.*Counts without a customer cannot be scored"):
        read("segment,event,day,count\nGold,visit,2025-12-31,4\n")
