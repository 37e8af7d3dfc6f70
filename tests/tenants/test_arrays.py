"""Arrays as text arrive as they were given."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from tenants.arrays import date_array, integer_array, text_array


def _read(text: str, kind: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}[]", [text])
        return cursor.fetchone()[0]


_ODD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
_NASTY = st.sampled_from(["", " ", "NULL", "null", "a,b", "{", "}", '"', '","', "\\", '\\"', "\\,", "\n", "ü"])


@pytest.mark.django_db(transaction=True)
@given(values=st.lists(_ODD | _NASTY, max_size=6))
def test_texts(values: list[str]) -> None:
    assert _read(text_array(values), "text") == values


@pytest.mark.django_db(transaction=True)
@given(values=st.lists(st.integers(-(2**63), 2**63 - 1), max_size=6))
def test_whole_numbers(values: list[int]) -> None:
    assert _read(integer_array(values), "bigint") == values


@pytest.mark.django_db(transaction=True)
@given(values=st.lists(st.dates(), max_size=6))
def test_days(values: list[date]) -> None:
    assert _read(date_array(values), "date") == values


@pytest.mark.django_db(transaction=True)
def test_booleans_as_0_and_1() -> None:
    assert _read(integer_array(int(value) for value in (True, False)), "boolean") == [True, False]
