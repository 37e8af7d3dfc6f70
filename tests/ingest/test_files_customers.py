"""Customers from CSV: every other column a trait, kept as text."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta, timezone

import pytest

from engagement.errors import InvalidInputError
from engagement.ingest.files import read_customers
from engagement.ingest.types import Rejection, TraitsIn

RECEIVED = datetime(2026, 3, 10, 12, tzinfo=UTC)


def read(content: str) -> list[TraitsIn | Rejection]:
    return list(read_customers(io.BytesIO(content.encode()), received_at=RECEIVED))


def test_rows_become_traits_as_text_and_empty_cells_say_nothing() -> None:
    assert read("customer_id,age,plz,event,date\n007, 45-54 ,01067,,5\nc2,,,,\n") == [
        TraitsIn("007", None, {"age": "45-54", "plz": "01067", "date": "5"}, RECEIVED, 1),
        TraitsIn("c2", None, {}, RECEIVED, 2),
    ]


def test_the_time_is_the_receipt_in_utc() -> None:
    east = RECEIVED.astimezone(timezone(timedelta(hours=13)))
    (row,) = read_customers(io.BytesIO(b"id\nc1\n"), received_at=east)
    assert isinstance(row, TraitsIn)
    assert row.occurred_at == RECEIVED
    assert row.occurred_at.tzinfo is UTC


def test_bad_rows_name_their_line_and_leave_the_rest() -> None:
    content = 'id;note\nc1;"two\nlines"\n;x\nc3\nc4;y\0\nc5;ok\n'
    assert read(content) == [
        TraitsIn("c1", None, {"note": "two\nlines"}, RECEIVED, 1),
        Rejection(
            position=2,
            line=4,
            code="missing_customer",
            reason="The row names no customer.",
            remedy="Write the customer's id, or remove the row.",
            original=b";x\n",
        ),
        Rejection(
            position=3,
            line=5,
            code="wrong_field_count",
            reason="The row has 1 fields, the first line has 2.",
            remedy="Give the row as many fields as there are columns; texts that hold the delimiter go between "
            "quotation marks.",
            original=b"c3\n",
        ),
        Rejection(
            position=4,
            line=6,
            code="nul_character",
            reason="A text holds the character U+0000, which cannot be stored.",
            remedy="Remove the character U+0000 before sending.",
            original=b"c4;y\0\n",
        ),
        TraitsIn("c5", None, {"note": "ok"}, RECEIVED, 5),
    ]


@pytest.mark.parametrize(
    ("header", "external_id", "traits"),
    [
        ("id,email", "a", {"email": "b"}),
        ("email,id", "b", {"email": "a"}),
        ("email,name", "a", {"name": "b"}),
        ("id,Customer", "b", {"id": "a"}),
        ("Household Key,id", "a", {"id": "b"}),
    ],
)
def test_the_surest_column_names_the_customer(header: str, external_id: str, traits: dict[str, object]) -> None:
    assert read(f"{header}\na,b\n") == [TraitsIn(external_id, None, traits, RECEIVED, 1)]


def test_without_a_customer_column_the_file_is_refused_at_once() -> None:
    with pytest.raises(InvalidInputError, match=r"no column for the customer.* id, email") as caught:
        read_customers(io.BytesIO(b"name,age\nx,5\n"), received_at=RECEIVED)
    assert list(caught.value.fields) == ["customer"]


def test_a_header_alone_gives_no_customers() -> None:
    assert read("customer_id,age\n") == []
