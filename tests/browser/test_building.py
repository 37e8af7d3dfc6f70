"""The builder of a segment in a real browser: keys alone, focus where it belongs, counts while typing, no findings."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from engagement.scoring.models import SegmentDefinition
from tenants.scope import organisation_scope
from tests.browser.visitor import MARKS, SIZES, Visitor, becomes_true
from tests.conftest import World

pytestmark = MARKS


def _no_findings(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert not found, [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def _settled(page: Page) -> None:
    """Nothing is on its way: htmx gives the focus back a moment after a swap, which would take it from the next key."""
    busy = ".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added"
    assert becomes_true(page, f"!document.querySelector('{busy}')")


@SIZES
def test_a_rule_is_built_by_keys_and_counted_while_it_is_typed(
    browser: Browser,
    live_server: Any,
    world: World,
    width: int,
    scheme: Any,
) -> None:
    visitor = Visitor(
        browser,
        live_server.url,
        world.consultant.email,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
    )
    page = visitor.page
    visitor.check(f"/o/{world.ours.slug}/segments/team/edit/")
    expect(page.locator("#h-found")).to_have_text("40 of 80 customers (50.0 %)")
    page.focus("[name=value_1]")
    page.keyboard.press("Control+A")
    page.keyboard.type("Nobody’s")
    expect(page.locator("#h-found")).to_have_text("0 of 80 customers (0.0 %)")
    expect(page.locator("#said")).to_contain_text("0 of 80 customers")
    expect(page.get_by_text("“Plan” would not add up.")).to_be_visible()
    expect(page.locator("[name=value_1]")).to_be_focused()
    _settled(page)
    page.focus("[value=add-row-1]")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("Condition 2 added.")
    expect(page.locator("[name=subject_2]")).to_be_focused()
    _settled(page)
    page.focus("[value=add-group]")
    page.keyboard.press("Enter")
    expect(page.locator("legend", has_text="Group 2")).to_be_visible()
    expect(page.locator("[name=subject_3]")).to_be_focused()
    page.select_option("[name=subject_3]", "points")
    expect(page.locator("[name=trait_3]")).to_be_hidden()
    page.select_option("[name=op_3]", "gte")
    page.fill("[name=value_3]", "0")
    page.select_option("[name=between]", "any")
    expect(page.locator("#h-found")).to_have_text("80 of 80 customers (100.0 %)")
    _no_findings(page)
    page.focus("[value=drop-row-2]")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("Condition 2 taken away.")
    expect(page.locator("[name=subject_1]")).to_be_focused()
    assert page.input_value("[name=value_2]") == "0"
    assert page.url.endswith("/segments/team/edit/")
    with organisation_scope(world.ours.id, write=False):
        assert SegmentDefinition.objects.filter(segment__key="team").count() == 1
    page.click("main button.btn-primary")
    expect(page.locator(".flash")).to_contain_text("“Team” is saved.")
    assert visitor.complaints == []
    visitor.context.close()


def test_with_many_customers_the_page_is_there_first_and_counts_come_after(
    browser: Browser, live_server: Any, world: World, settings: Any
) -> None:
    settings.PREVIEW_DIRECT_CUSTOMERS = 10  # of 80
    visitor = Visitor(browser, live_server.url, world.consultant.email)
    page, base = visitor.page, f"/o/{world.ours.slug}/segments/"
    answer = visitor.context.request.get(f"{live_server.url}{base}team/edit/").text()
    assert "Being counted" in answer
    assert "40 of 80 customers" not in answer
    visitor.check(f"{base}team/edit/")
    expect(page.locator("#h-found")).to_have_text("40 of 80 customers (50.0 %)")
    expect(page.locator("#live")).to_contain_text("40 of 80 customers")
    page.locator("[name=value_1]").fill("Nobody’s")
    expect(page.locator("#h-found")).to_have_text("0 of 80 customers (0.0 %)")
    assert "each of 80 customers" not in visitor.context.request.get(f"{live_server.url}{base}").text()
    visitor.check(base)
    expect(page.get_by_text("Checked now: each of 80 customers is in exactly one.")).to_be_visible()
    assert visitor.complaints == []
    visitor.context.close()
