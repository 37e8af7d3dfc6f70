"""Every page inside an organisation × everybody × own, foreign, sibling's and unknown object and organisation."""

from __future__ import annotations

import pytest

from tests.isolation.cells import Block
from tests.isolation.matrix import judged
from tests.isolation.routes import Route, routes
from tests.isolation.stage import Stage
from tests.isolation.tally import Tally

PAGES = [route for route in routes() if route.in_organisation and not route.is_api]


@pytest.mark.parametrize("route", PAGES, ids=lambda route: route.name)
def test_a_page(stage: Stage, tally: Tally, route: Route) -> None:
    assert [text for method in route.methods for text in judged(Block(stage, route, method), tally)] == []
