"""The order of a table: what is asked, who stands where, and what the heads say."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from django.template import engines
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from engagement.errors import InvalidInputError
from engagement.look.sorting import Order, SortHead, in_order, order_asked, sort_head

COLUMNS = ("name", "score")


@pytest.mark.parametrize(
    ("text", "order"),
    [("", None), (" ", None), ("score", Order("score")), ("-score", Order("score", is_descending=True))],
)
def test_what_is_asked(text: str, order: Order | None) -> None:
    assert order_asked(text, columns=COLUMNS) == order
    assert order is None or order.written == text


@pytest.mark.parametrize("text", ["level", "-", "--score", "-score,name", "score desc", "\0"])
def test_a_column_that_there_is_not_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        order_asked(text, columns=COLUMNS)
    assert refused.value.fields == {"sort": ["Sort by one of name, score, with a hyphen before it for the reverse."]}


def _value(row: tuple[str, int | None], column: str) -> str | int | None:
    return row[COLUMNS.index(column)]


ROWS = (("b", 2), ("c", None), ("a", 2), ("d", 1), ("e", None))


@pytest.mark.parametrize(
    ("text", "names"),
    [("", "bcade"), ("score", "dbace"), ("-score", "badce"), ("name", "abcde"), ("-name", "edcba")],
)
def test_ties_keep_their_order_and_the_unknown_stand_last(text: str, names: str) -> None:
    found = in_order(ROWS, order=order_asked(text, columns=COLUMNS), value=_value)
    assert "".join(name for name, _ in found) == names


@given(st.lists(st.tuples(st.just("x"), st.none() | st.integers(0, 5))), st.booleans())
def test_nothing_is_lost_and_the_known_are_in_order(rows: list[tuple[str, int | None]], is_descending: bool) -> None:
    found = in_order(rows, order=Order("score", is_descending), value=_value)
    assert sorted(map(repr, found)) == sorted(map(repr, rows))
    known = [score for _, score in found if score is not None]
    assert known == sorted(known, reverse=is_descending)
    assert [score for _, score in found[len(known) :]] == [None] * (len(rows) - len(known))


@pytest.mark.parametrize(
    ("asked", "is_number", "url", "direction"),
    [
        ("", True, "?as_of=2026-02-28&sort=-score", ""),
        ("-score", True, "?as_of=2026-02-28&sort=score", "descending"),
        ("score", True, "?as_of=2026-02-28", "ascending"),
        ("", False, "?as_of=2026-02-28&sort=score", ""),
        ("score", False, "?as_of=2026-02-28&sort=-score", "ascending"),
        ("-score", False, "?as_of=2026-02-28", "descending"),
        ("name", True, "?as_of=2026-02-28&sort=-score", ""),
    ],
)
def test_a_head_turns_the_order_round_then_ends_it(asked: str, is_number: bool, url: str, direction: str) -> None:
    head = sort_head(
        column="score", title="Score", order=order_asked(asked, columns=COLUMNS), is_number=is_number, name="sort",
        query=QueryDict(f"as_of=2026-02-28&page=3&sort={asked}"),
    )  # fmt: skip
    assert head == SortHead(title="Score", url=url, direction=direction)


def test_a_head_in_a_page_escapes_what_it_is_given() -> None:
    source = '{% load look %}{% sort_head "score" title order css="n" rows=2 to="#h" %}'
    request = RequestFactory().get("/", {"q": '"><b>'})
    html = engines["django"].from_string(source).render({"title": "<i>", "order": Order("score", True)}, request)
    assert html == (
        '<th scope="col" rowspan="2" class="n" aria-sort="descending">'
        '<a class="sort" href="?q=%22%3E%3Cb%3E&amp;sort=score#h">&lt;i&gt;</a></th>'
    )
