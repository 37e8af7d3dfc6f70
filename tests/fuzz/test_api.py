"""A share of what `make fuzz` does at the API: of the document, and nearly good ones, in one world."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from rest_framework.response import Response

from tests.fuzz.api import OTHERWISE, Api, operations, route_of
from tests.fuzz.judging import Rules
from tests.fuzz.near import Nearly
from tests.fuzz.tally import Tally
from tests.isolation.cells import Block
from tests.isolation.stage import Stage

_SHARE = 6  # for each operation: four of the document, good and bad; a good one, and one with a part changed


@pytest.fixture(autouse=True)
def _unlimited(settings: Any) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "off")


def test_every_operation_of_the_document_is_a_route() -> None:
    found = operations()
    assert len(found) > 180
    assert {route_of(one.path).is_api for one in found} == {True}


def test_no_generated_request_is_answered_with_a_failure_of_ours(stage: Stage) -> None:
    tally = Tally()
    Api(tally=tally, chance=7).on(stage, _SHARE * len(operations()))
    assert (tally.wrong, tally.n_wrong, tally.broken) == ([], 0, 0)
    assert tally.asked == _SHARE * len(operations())
    otherwise = {name.removesuffix(OTHERWISE) for name, _ in tally.answers if name.endswith(OTHERWISE)}
    assert len(otherwise) > 0.8 * len(operations())  # most were asked otherwise than documented, too


def test_every_operation_is_asked_otherwise_than_documented_in_every_part(stage: Stage) -> None:
    for operation in operations()[:: len(operations()) // 12]:
        block = Block(stage, route_of(operation.path), operation.method.upper())
        with block.opened() as places:
            sent = block.writer(places[block.home.pk]).sent(block.method)
        near, rules = Nearly(operation, sent, known=["a"], random=Random(7)), Rules(operation)
        assert rules.broken(near.good()) == ""
        parts = {rules.broken(near.request()) for _ in range(400)}
        assert parts == {"", "address", "query", "headers", "body"}, operation.label


def test_a_good_request_that_is_refused_as_the_document_does_not_say_would_be_seen(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: an operation answers with a status that it does not name."""
    from engagement.ingest.api import OneCustomer

    monkeypatch.setattr(OneCustomer, "get", lambda *_, **__: Response(status=202))
    tally = Tally()
    Api(tally=tally, chance=7).on(stage, 12, only="/customers/{number}/")
    assert any("UndefinedStatusCode" in line for line in tally.wrong)


def test_an_answer_that_the_document_does_not_describe_would_be_seen(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: one field of customers is left out."""
    from engagement.ingest.serializers import CustomerSerializer

    monkeypatch.setitem(CustomerSerializer._declared_fields, "number", CustomerSerializer._declared_fields["traits"])
    tally = Tally()
    Api(tally=tally, chance=7).on(stage, 40, only="/customers/{number}/")
    assert tally.n_wrong > 0
