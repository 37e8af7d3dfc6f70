"""German in a real browser: chosen by keyboard, and every page that a tab leads to holds in it, wide and narrow."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.browser.test_roles import _picture, _visitor
from tests.browser.visitor import MARKS, SIZES
from tests.conftest import World

pytestmark = MARKS


@SIZES
def test_somebody_chooses_german_and_every_page_holds(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    admin = _visitor(browser, live_server.url, world.admin.email, width=width, scheme=scheme)
    page = admin.page
    page.goto("/account/")
    page.get_by_role("combobox", name="Language").select_option("de")
    page.get_by_role("button", name="Change language").press("Enter")
    expect(page.get_by_text("Seiten und Mails sprechen ab jetzt Deutsch mit Ihnen.")).to_be_visible()
    for start in (f"/portfolio/{world.firm.slug}/", f"/o/{world.ours.slug}/"):
        page.goto(start)
        paths = [start, *_led_to(page)]
        for section in dict.fromkeys(paths[1:]):
            page.goto(section)
            paths += _led_to(page)
        assert len(paths) > 3
        for path in dict.fromkeys(paths):
            admin.check(path)
            assert page.locator("html").get_attribute("lang") == "de"
            _picture(admin, f"german-{path.strip('/').replace('/', '-')}-{scheme}-{width}")
    assert admin.complaints == []
    admin.context.close()


def _led_to(page: Page) -> list[str]:
    found: list[str] = page.locator(".nav-org a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    return found
