"""What somebody types before the page is ready is heard all the same."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Route, expect

from tests.browser.visitor import MARKS, Visitor
from tests.conftest import World

pytestmark = MARKS


def test_what_is_typed_before_the_page_is_ready_is_previewed(browser: Browser, live_server: Any, world: World) -> None:
    """The scripts are held up until something is typed, as a slow line would."""
    visitor = Visitor(browser, live_server.url, world.admin.email)
    page = visitor.page
    page.goto(f"/o/{world.ours.slug}/weights/")
    held: list[Route] = []
    page.route("**/static/vega*.js", lambda route: held.append(route))  # noqa: PLW0108 (playwright marks what it is given)
    page.get_by_role("button", name="Start a draft").click(no_wait_after=True)
    page.wait_for_function("document.querySelector('[name=full_points]') && document.readyState !== 'loading'")
    weight = page.locator("[name^=weight_]").first
    weight.fill("7")
    expect(page.locator("#exactness")).to_have_text("approximate, exact figures follow")
    for route in held:
        route.continue_()
    expect(page.locator("#exactness")).to_contain_text("exact, 80 customers")
    assert visitor.complaints == []
