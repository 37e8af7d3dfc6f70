"""What stands beside the score in a real browser: set up, looked at, by measure; axe finds nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from engagement.companions import services
from tests.browser.test_roles import _picture, _visitor
from tests.browser.visitor import MARKS, SIZES
from tests.companions.companion_world import FEBRUARY, JANUARY, answered, measured, shop_story
from tests.conftest import NOW, World
from tests.insights.scoring_world import Small

pytestmark = MARKS


@pytest.fixture
def shop(world: World) -> Small:
    small = shop_story(world.other)
    measured(small)
    for month in (date(2025, 12, 9), JANUARY, FEBRUARY):
        answered(small, [(month, at + 1, 10 - (at * month.month) % 5) for at in range(12)])
        answered(small, [(month, at + 1, 5 - (at * month.month) % 3) for at in range(12)], kind="csat")
    services.compute(organisation_id=small.id, now=NOW)
    return small


@SIZES
@pytest.mark.usefixtures("shop")
def test_the_pages_beside_the_score(browser: Browser, live_server: Any, world: World, width: int, scheme: Any) -> None:
    visitor = _visitor(browser, live_server.url, world.consultant.email, width=width, scheme=scheme)
    base = f"/o/{world.other.slug}"
    for name, address in (
        ("overview", f"{base}/companions/?month=2026-01"),
        ("measure", f"{base}/companions/measure/?of=churn&month=2026-02"),
        ("settings", f"{base}/companions/settings/"),
        ("money", f"{base}/companions/money/"),
        ("answers", f"{base}/companions/answers/"),
        ("scorecard", f"{base}/?as_of=2026-02-28"),
    ):
        visitor.check(address)
        if name == "scorecard":  # the block comes after the page, in the place of a link to it
            expect(visitor.page.get_by_role("heading", name="Beside the score, February 2026")).to_be_visible()
            expect(visitor.page.locator("#beside")).to_have_count(0)
        _picture(visitor, f"companions-{name}-{scheme}-{width}")
