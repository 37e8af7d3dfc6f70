"""The scorecard in a real browser: every number explains itself by pointer, by keyboard and on paper."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser

from tests.browser.test_roles import _picture, _visitor
from tests.browser.visitor import MARKS, SIZES
from tests.conftest import World

pytestmark = MARKS


@SIZES
def test_the_ledger_the_heat_map_and_the_numbers(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    visitor = _visitor(browser, live_server.url, world.viewer.email, width=width, scheme=scheme)
    page, base = visitor.page, f"/o/{world.ours.slug}/"
    visitor.check(base)
    _picture(visitor, f"scorecard-{scheme}-{width}")
    number, panel = page.locator("[popovertarget=why-score]"), page.locator("#why-score")
    assert not panel.is_visible()
    number.hover()
    assert panel.is_visible()
    assert "run 3" in panel.inner_text()
    page.keyboard.press("Escape")
    assert not panel.is_visible()
    page.mouse.move(0, 0)
    page.locator("[popovertarget=why-points]").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert page.locator("#why-points").is_visible()
    box = page.locator("#why-points").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    page.keyboard.press("Enter")
    assert page.locator("#why-points").is_visible()
    page.keyboard.press("Escape")
    visitor.check(f"{base}?split=segment")
    visitor.check(f"{base}segments/team/")
    visitor.check(f"{base}customers/1/")
    assert page.locator("#why-score").count() == 1
    page.goto(base)
    page.emulate_media(media="print")
    assert page.locator("#why-score").is_visible()
    assert page.locator(".print-only").first.is_visible()
    assert visitor.complaints == []
