"""Every action of the API × everybody × every object; and what lies outside any organisation, pages included."""

from __future__ import annotations

import pytest

from tests.isolation import outside
from tests.isolation.cells import Block
from tests.isolation.matrix import judged, judged_outside
from tests.isolation.routes import PUBLIC, Route, routes
from tests.isolation.stage import Stage
from tests.isolation.tally import Tally

API = [route for route in routes() if route.in_organisation and route.is_api]
OUTSIDE = [route for route in routes() if not route.in_organisation and route.name not in PUBLIC]
# Its key, or its link, says whose it is.
_WITH_A_KEY = {"accept", "accept-customerio", "accept-dialect", "hook-segment", "invitation"}
OPEN = [route for route in routes() if route.name in PUBLIC and route.name not in _WITH_A_KEY]


@pytest.mark.parametrize("route", API, ids=lambda route: route.name)
def test_an_action(stage: Stage, tally: Tally, route: Route) -> None:
    assert [text for method in route.methods for text in judged(Block(stage, route, method), tally)] == []


@pytest.mark.parametrize("route", OUTSIDE, ids=lambda route: route.name)
def test_outside_an_organisation(stage: Stage, tally: Tally, route: Route) -> None:
    """Nobody signs in first; a portfolio is its firm's; what names an object of a person is that person's."""
    found = [text for method in outside.methods(route) for text in judged_outside(stage, route, method, tally)]
    assert found == []


@pytest.mark.parametrize("route", OPEN, ids=lambda route: route.name)
def test_what_is_open_to_everybody_shows_nothing_of_anybody(stage: Stage, tally: Tally, route: Route) -> None:
    assert judged_outside(stage, route, "GET", tally) == []
