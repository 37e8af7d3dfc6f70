"""Finding one's way in a real browser: by keyboard alone, wide, dark and on a phone, and without script."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.visitor import MARKS, SIZES, Visitor
from tests.conftest import World

pytestmark = MARKS


def _picture(page: Page, name: str, *, whole: bool = False) -> None:
    folder = os.environ.get("PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=whole)


def _violations(page: Page) -> list[str]:
    return [one["id"] for one in Axe().run(page).response["violations"]]


@SIZES
def test_by_keyboard_alone_from_any_page_to_a_customer(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    visitor = Visitor(
        browser, live_server.url, world.consultant.email, viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    page, base = visitor.page, f"/o/{world.ours.slug}"
    visitor.check(f"{base}/targets/")
    chosen = page.locator("#find").get_by_role("option", selected=True)
    field, options = page.get_by_role("combobox", name="Client, segment"), page.locator("#find [role=option]")
    page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    expect(options).to_have_count(3)  # the firm and its two clients
    expect(chosen).to_have_count(0)
    _picture(page, f"find-empty-{scheme}-{width}")
    assert _violations(page) == []
    page.keyboard.type("te")
    expect(chosen).to_have_text(f"Template of weights page · {world.ours.name}")
    assert field.get_attribute("aria-activedescendant") == "find-hit-0"
    page.keyboard.press("ArrowDown")
    expect(chosen).to_have_text(f"Tests with arms page · {world.ours.name}")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")  # from the first to the last
    assert options.last.get_attribute("aria-selected") == "true"
    _picture(page, f"find-hits-{scheme}-{width}")
    assert _violations(page) == []
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    page.keyboard.press("Meta+k")
    page.keyboard.press("Control+a")
    page.keyboard.type("c17")
    page.keyboard.press("Enter")  # sooner than the answer: what was typed counts
    page.wait_for_url(f"**{base}/customers/17/")
    assert visitor.complaints == []


@SIZES
def test_by_the_button_and_a_touch(browser: Browser, live_server: Any, world: World, width: int, scheme: Any) -> None:
    visitor = Visitor(
        browser, live_server.url, world.viewer.email, viewport={"width": width, "height": 700}, color_scheme=scheme,
        has_touch=True,
    )  # fmt: skip
    page = visitor.page
    visitor.check(f"/o/{world.ours.slug}/find/?q=t")
    _picture(page, f"find-page-{scheme}-{width}", whole=True)
    visitor.check(f"/o/{world.ours.slug}/")
    expect(page.locator("[data-find-link]")).to_be_hidden()
    page.locator("[data-find-open]").tap()
    page.keyboard.type("members")
    expect(page.get_by_text("Nothing fits.")).to_be_visible()
    page.get_by_role("combobox", name="Client, segment").fill("targets")
    page.locator("#find").get_by_role("option", name="Targets").tap()
    page.wait_for_url(f"**/o/{world.ours.slug}/targets/")
    page.locator("[data-find-open]").tap()
    expect(page.get_by_role("combobox", name="Client, segment")).to_be_focused()
    page.get_by_role("button", name="Close").tap()
    expect(page.get_by_role("combobox", name="Client, segment")).to_be_hidden()
    assert visitor.complaints == []


def test_without_script_it_is_a_page(browser: Browser, live_server: Any, world: World) -> None:
    visitor = Visitor(browser, live_server.url, world.viewer.email, java_script_enabled=False)
    page = visitor.page
    page.goto(f"/o/{world.ours.slug}/")
    page.get_by_role("link", name="Find", exact=True).press("Enter")
    page.wait_for_url("**/find/")
    page.locator("main").get_by_label("Client, segment, customer or page").fill("team")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Team").press("Enter")
    page.wait_for_url(f"**/o/{world.ours.slug}/segments/team/")


def test_when_nobody_answers_it_says_so(browser: Browser, live_server: Any, world: World) -> None:
    visitor = Visitor(browser, live_server.url, world.viewer.email)
    visitor.page.goto(f"/o/{world.ours.slug}/")
    visitor.context.clear_cookies()
    visitor.page.keyboard.press("Control+k")
    expect(visitor.page.get_by_text("Nothing can be looked up just now.")).to_be_visible()


@SIZES
def test_tables_are_sorted_by_keyboard_and_their_heads_stay(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    visitor = Visitor(
        browser, live_server.url, world.consultant.email, viewport={"width": width, "height": 700}, color_scheme=scheme
    )
    page, base = visitor.page, f"/o/{world.ours.slug}"
    visitor.check(f"{base}/customers/")
    page.get_by_role("link", name="Points", exact=True).press("Enter")
    page.wait_for_url("**order=points*")
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "ascending"
    page.get_by_role("link", name="c3", exact=True).or_(page.locator("tbody a")).last.scroll_into_view_if_needed()
    stays = page.locator("thead").evaluate("head => head.getBoundingClientRect().top >= 0")
    assert stays == (width > 1200)
    _picture(page, f"sorted-{scheme}-{width}")
    for path in ("?sort=-score", "runs/?sort=-day", "customers/?order=-score"):
        visitor.check(f"{base}/{path}")
    visitor.check(f"/portfolio/{world.firm.slug}/?sort=name")
    assert visitor.complaints == []


@pytest.fixture
def as_demo(settings: Any) -> None:
    settings.DEMO = True


@SIZES
@pytest.mark.usefixtures("as_demo")
def test_the_style_page(browser: Browser, live_server: Any, world: World, width: int, scheme: Any) -> None:
    visitor = Visitor(
        browser, live_server.url, world.consultant.email, viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    visitor.check("/style/")
    _picture(visitor.page, f"style-{scheme}-{width}", whole=True)
    assert visitor.complaints == []
