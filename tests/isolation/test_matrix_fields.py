"""Every name of an object in a query, a form or JSON, swapped for a foreign, a sibling's and an unknown one."""

from __future__ import annotations

import pytest

from tests.isolation.bodies import references
from tests.isolation.cells import Block, valid_for
from tests.isolation.matrix import judged_fields
from tests.isolation.routes import Route, routes
from tests.isolation.stage import Stage
from tests.isolation.tally import Tally

NAMING = [
    (route, method)
    for route in routes()
    for method in route.methods
    if route.in_organisation and references(valid_for(route, method).body, valid_for(route, method).query)
]


@pytest.mark.parametrize(("route", "method"), NAMING, ids=lambda part: getattr(part, "name", part))
def test_a_foreign_name_is_answered_like_an_unknown_one(stage: Stage, tally: Tally, route: Route, method: str) -> None:
    assert judged_fields(Block(stage, route, method), tally) == []
