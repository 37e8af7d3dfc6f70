"""Where it is going in a real browser: chart, path and words; wide, dark, on a phone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser

from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.browser.test_roles import _picture, _visitor
from tests.browser.visitor import MARKS, SIZES
from tests.conftest import World, build_world
from tests.forecast.forecast_world import LAST, aim, made, visiting
from tests.forecast.test_making import DUE, WOBBLY

pytestmark = MARKS


@pytest.fixture
def world() -> World:
    """Fifteen weeks, the last of which fell; a target for everybody and one for half of them."""
    world = build_world()
    with organisation_scope(world.ours.id):
        Organisation.objects.filter(pk=world.ours.pk).update(sample_today=LAST + timedelta(days=1))
    visiting(world, counts=[*WOBBLY, 30])
    aim(world, "26", due_on=DUE)
    aim(world, "80", due_on=DUE, segment_key="half")
    made(world)
    return world


@SIZES
def test_the_forecast_is_read(browser: Browser, live_server: Any, world: World, width: int, scheme: Any) -> None:
    visitor = _visitor(browser, live_server.url, world.consultant.email, width=width, scheme=scheme)
    visitor.check(f"/o/{world.ours.slug}/forecast/")
    assert "in 10 to reach 26" in visitor.page.get_by_role("heading", level=1).inner_text()
    _picture(visitor, f"forecast-all-{scheme}-{width}")
    visitor.check(f"/o/{world.ours.slug}/forecast/?segment=half&measure=score")
    _picture(visitor, f"forecast-half-{scheme}-{width}")
