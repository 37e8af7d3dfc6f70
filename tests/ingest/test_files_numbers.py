"""Numbers with a comma: read exactly where somebody says so, proposed where a file proves it, and nowhere else."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.ingest.files import (
    AnswerIn,
    Mapping,
    open_table,
    read_aggregates,
    read_answers,
    read_customers,
    read_events,
)
from engagement.ingest.files.guessing import places_of_numbers
from engagement.ingest.files.numbers import Seen, guess_numbers, in_point_order, numbers_seen, property_reader
from engagement.ingest.files.text_tables import TextTable
from engagement.ingest.types import EventIn, Rejection, TraitsIn
from tests.ingest.made_files import LIMIT, parquet, write

RECEIVED = datetime(2026, 3, 10, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
ROLES = {"customer": "Kunde", "event": "Was", "time": "Tag"}
HOW: dict[str, Any] = {"time_zone": ZONE, "received_at": RECEIVED, "file_digest": "ab" * 32}


def table(content: str) -> TextTable:
    return TextTable(io.BytesIO(content.encode()))


def properties(*values: str, numbers: Any = "comma") -> list[object]:
    content = "Kunde;Was;Tag;Betrag\n" + "".join(f"k1;Kauf;31.12.2025;{value}\n" for value in values)
    found = list(read_events(table(content), Mapping(roles=ROLES, numbers=numbers), **HOW))
    assert all(isinstance(row, EventIn) for row in found)
    return [row.properties["Betrag"] for row in found if isinstance(row, EventIn)]


def test_properties_with_a_comma_are_numbers_where_nothing_is_lost() -> None:
    written = ("12,50", "1.234,50", "-1.234.567,89", "1.234", "0,1", "7", "123456789012,345")
    assert properties(*written) == [12.5, 1234.5, -1234567.89, 1234, 0.1, 7, 123456789012.345]
    assert [type(value) for value in properties("1.234", "12,00")] == [int, float]


@pytest.mark.parametrize(
    "text",
    ["12.50", "1,234,567", "1.23", "0.123", "12.3456", "1234.567,8", "007", "00,5", ",5", "5,", "-0", "1,5 €", "1e3",
     "+1,5", "1.234,5.6", "٣,٥", "1234567890123,4567", "31.12.2025", "99.999.999.999.999.999.999"],
)  # fmt: skip
def test_what_is_no_number_with_a_comma_stays_the_text_it_was(text: str) -> None:
    assert properties(text) == [text]


def test_without_the_choice_everything_is_as_it_was() -> None:
    written = ("12,50", "1.234,50", "1.234", "12.50", "1,234")
    assert properties(*written, numbers="point") == ["12,50", "1.234,50", 1.234, 12.5, "1,234"]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_any_amount_in_german_is_that_very_amount(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert in_point_order(german) == english.replace(",", "")
    read = property_reader("comma")(german)
    assert isinstance(read, float)
    assert Decimal(repr(read)) == amount


def test_counts_and_answers_are_read_so_too() -> None:
    content = "Kunde;Was;Tag;Anzahl\n" + "".join(
        f"k1;Kauf;31.12.2025;{count}\n" for count in ("1.234", "2", "1,5", "12.34")
    )
    roles = {**ROLES, "count": "Anzahl"}
    found = list(read_aggregates(table(content), Mapping(roles=roles, numbers="comma"), **HOW))
    assert [row.occurrences for row in found if isinstance(row, EventIn)] == [1234, 2]
    assert [row.reason for row in found if isinstance(row, Rejection)] == [
        "The count is “1,5”.", "The count is “12.34”.",
    ]  # fmt: skip
    (row,) = read_aggregates(table("Kunde;Was;Tag;Anzahl\nk1;Kauf;31.12.2025;1.234\n"), Mapping(roles=roles), **HOW)
    assert isinstance(row, Rejection)
    said = "Umfrage;Wert;Tag\n" + "".join(f"nps;{value};31.12.2025\n" for value in ("9,0", "9", "8.0"))
    mapping = Mapping(roles={"survey": "Umfrage", "value": "Wert", "time": "Tag"}, numbers="comma")
    answers = list(read_answers(table(said), mapping, time_zone=ZONE, received_at=RECEIVED))
    assert [(one.value, one.repeat) for one in answers if isinstance(one, AnswerIn)] == [
        ("9.0", 1), ("9", 2), ("8.0", 1),
    ]  # fmt: skip


def test_a_constant_and_a_trait_are_no_numbers_of_the_file() -> None:
    mapping = Mapping(roles=ROLES, constants={"count": "1.234"}, numbers="comma")
    (row,) = read_events(table("Kunde;Was;Tag\nk1;Kauf;31.12.2025\n"), mapping, **HOW)
    assert isinstance(row, Rejection)
    (person,) = read_customers(
        table("Kunde;Umsatz\n1.234;12,50\n"),
        Mapping(roles={"customer": "Kunde"}, numbers="comma"),
        received_at=RECEIVED,
    )
    assert isinstance(person, TraitsIn)
    assert (person.external_id, person.traits) == ("1.234", {"Umsatz": "12,50"})


def test_a_decimal_of_a_form_that_knows_decimals_is_never_read_anew(tmp_path: Path) -> None:
    cells = {"Kunde": ["k1"], "Was": ["Kauf"], "Tag": ["2025-12-31"], "Betrag": [Decimal("1.234")], "Anzahl": ["1.234"]}
    mapping = Mapping(roles={**ROLES, "count": "Anzahl"}, numbers="comma")
    for content, name in (
        (parquet(cells), "a.parquet"),
        (b'{"Kunde": "k1", "Was": "Kauf", "Tag": "2025-12-31", "Betrag": 1.234, "Anzahl": "1.234"}\n', "a.jsonl"),
    ):
        with open_table(write(tmp_path, name, content), limit_bytes=LIMIT) as opened:
            (refused,) = read_events(opened, mapping, **HOW)
        assert isinstance(refused, Rejection), name
        with open_table(write(tmp_path, name, content), limit_bytes=LIMIT) as opened:
            (row,) = read_events(opened, Mapping(roles=ROLES, kept=("Betrag",), numbers="comma"), **HOW)
        assert isinstance(row, EventIn)
        assert row.properties == {"Betrag": 1.234}


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["12,50"], "comma"),
        (["1.234,50", "3", ""], "comma"),
        (["0,234"], "comma"),
        (["1234,567"], "comma"),
        (["1,5", "1,234"], "comma"),
        (["1,234"], "point"),  # an English thousand, or a bit more than one
        (["1.234"], "point"),  # a German thousand, or a bit more than one
        (["1.234.567"], "point"),  # a million, or an article
        (["12.50"], "point"),
        (["12", "7"], "point"),
        (["12,50", "n/a"], "point"),
        (["12,50", "12.50"], "point"),
        (["12,50", "007"], "point"),
        (["1,2,3"], "point"),
        ([12.5, None], "point"),
        ([""], "point"),
        ([], "point"),
    ],
)
def test_a_comma_is_proposed_only_where_a_column_proves_it(cells: Sequence[object], numbers: str) -> None:
    seen = numbers_seen(["Betrag"], [0], [[cell] for cell in cells])
    assert guess_numbers(seen) == numbers


def test_columns_speak_for_each_other_and_against() -> None:
    columns, rows = ["Menge", "Betrag", "Version"], [["1.234", "12,50", "1.5"], ["2.000", "3,00", "1.6"]]
    assert numbers_seen(columns, [0], rows) == {
        "comma": Seen("Menge", "1.234", is_proof=False), "point": Seen("Menge", "1.234", is_proof=False),
    }  # fmt: skip
    seen = numbers_seen(columns, [0, 1], rows)
    assert (seen["comma"], guess_numbers(seen)) == (Seen("Betrag", "12,50", is_proof=True), "comma")
    seen = numbers_seen(columns, [0, 1, 2], rows)
    assert (seen["point"], guess_numbers(seen)) == (Seen("Version", "1.5", is_proof=True), "point")


def test_only_columns_in_which_numbers_are_read_are_asked() -> None:
    columns = ["Kunde", "Was", "Tag", "Anzahl", "Betrag", "Notiz", ""]
    mapping = Mapping(roles={**ROLES, "count": "Anzahl"}, kept=("Betrag",))
    assert places_of_numbers("aggregates", mapping, columns) == [3, 4]
    assert places_of_numbers("events", Mapping(roles=ROLES), columns) == [3, 4, 5]
    assert places_of_numbers("customers", Mapping(roles={"customer": "Kunde"}), columns) == []
