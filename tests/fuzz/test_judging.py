"""What the API's document says of a request, and what is wrong with an answer: read from the document, both ways."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fuzz.api import operations
from tests.fuzz.asking import Answer, Request
from tests.fuzz.judging import Judge, Rules, words_of

_CUSTOMER = "/api/v1/organisations/a/customers/7/"
_LIST = "/api/v1/organisations/a/imports/"
_JSON = {"content-type": "application/json"}


def operation(label: str) -> Any:
    (found,) = (one for one in operations() if one.label == label)
    return found


@pytest.mark.parametrize(
    ("request_", "broken"),
    [
        (Request(_CUSTOMER, b'{"excluded": true}', method="PATCH"), ""),
        (Request(_CUSTOMER, b"{}", method="PATCH"), ""),
        (Request(_CUSTOMER.replace("7", "x"), b'{"excluded": true}', method="PATCH"), "address"),
        (Request(_CUSTOMER[:-1], b'{"excluded": true}', method="PATCH"), "address"),
        (Request(_CUSTOMER, b'{"excluded": true}', method="PATCH", query="q=1"), "query"),
        (Request(_CUSTOMER, b'{"excluded": true}', method="PATCH", headers={"Accept": "text/html"}), "headers"),
        (Request(_CUSTOMER, b'{"excluded": "perhaps"}', method="PATCH"), "body"),
        (Request(_CUSTOMER, b'{"excluded": NaN}', method="PATCH"), "body"),
        (Request(_CUSTOMER, b"[1", method="PATCH"), "body"),
        (Request(_CUSTOMER, b"\xff", method="PATCH"), "body"),
        (Request(_CUSTOMER, b"{}", method="PATCH", headers={"Content-Type": "text/plain"}), "body"),
    ],
)
def test_a_request_obeys_or_breaks_one_part(request_: Request, broken: str) -> None:
    rules = Rules(operation("PATCH /api/v1/organisations/{slug}/customers/{number}/"))
    assert rules.broken(request_) == broken


@pytest.mark.parametrize(
    ("query", "broken"),
    [("", ""), ("limit=5", ""), ("limit=5&offset=0", ""), ("limit=five", "query"), ("limit=1&limit=2", "query"),
     ("limit=", "query"), ("x=1", "query")],
)  # fmt: skip
def test_a_query_is_read_as_what_the_document_calls_each(query: str, broken: str) -> None:
    rules = Rules(operation("GET /api/v1/organisations/{slug}/imports/"))
    assert rules.broken(Request(_LIST, method="GET", query=query)) == broken
    assert rules.broken(Request(_LIST, b"{}", method="GET", query="limit=5")) == "body"


REFUSED = Answer(400, _JSON, b'{"code": "invalid", "message": "No."}')


@pytest.mark.parametrize(
    ("answer", "obeys"),
    [
        (Answer(500, _JSON, b'{"code": "internal", "message": "No."}'), False),
        (Answer(503, {}, b""), False),
        (Answer(200, _JSON, b'{"number": 1}'), False),
        (Answer(200, {"content-type": "text/html"}, b"<p>"), False),
        (Answer(400, _JSON, b'{"detail": "no"}'), False),
        (Answer(404, {"content-type": "text/html"}, b"<p>"), False),
        (Answer(418, _JSON, b'{"code": "teapot", "message": "No."}'), False),
        (Answer(201, _JSON, b"{}"), True),
        (Answer(405, _JSON, b'{"code": "method_not_allowed", "message": "No."}'), True),
    ],
)
def test_an_answer_that_the_document_does_not_say_is_a_fault(answer: Answer, *, obeys: bool) -> None:
    found = operation("GET /api/v1/organisations/{slug}/customers/{number}/")
    assert Judge(found, found.Case()).faults(answer, obeys=obeys)


def test_what_the_document_says_is_none() -> None:
    found = operation("PATCH /api/v1/organisations/{slug}/customers/{number}/")
    judge = Judge(found, found.Case())
    assert judge.faults(REFUSED, obeys=True) == judge.faults(REFUSED, obeys=False) == []
    assert judge.faults(Answer(200, {}, b""), obeys=False, method="HEAD") == []
    not_taken = Answer(405, _JSON, b'{"code": "method_not_allowed", "message": "No."}')
    assert judge.faults(not_taken, obeys=False) == []


def test_words_of_a_schema_are_its_names_and_listed_values() -> None:
    schema = {"properties": {"a": {"enum": [1, "x"]}, "b": {"items": {"properties": {"c": {}}}}}}
    names, values = words_of(schema)
    assert (names, sorted(map(str, values))) == ({"a", "b", "c"}, ["1", "x"])


def test_every_get_may_say_that_nothing_has_changed() -> None:
    """And only a GET: the document says so of each, by rule."""
    for one in operations():
        faults = Judge(one, one.Case()).faults(Answer(304, {}, b""), obeys=True)
        assert (faults == []) is (one.method.upper() == "GET"), one.label
