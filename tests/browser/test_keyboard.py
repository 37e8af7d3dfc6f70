"""The weights editor by keyboard alone: Tab, arrows and Enter lead from the page to a published set."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page, expect

from engagement.scoring import services
from engagement.scoring.models import WeightSet
from engagement.scoring.selectors.weights import published_view
from tenants.scope import organisation_scope
from tests.browser.visitor import MARKS, Visitor
from tests.conftest import NOW, World

pytestmark = MARKS
_MOST_TABS = 150
_HAS_RING = """(() => {
  const at = document.activeElement, style = getComputedStyle(at);
  return at === document.body || at.type === 'date' || style.outlineStyle !== 'none' || style.boxShadow !== 'none';
})()"""


def _tab_to(page: Page, selector: str) -> None:
    """Tab until it has the focus; every stop on the way shows that it has it (a date's parts within the field)."""
    for _ in range(_MOST_TABS):
        page.keyboard.press("Tab")
        ring = page.evaluate(_HAS_RING)
        assert ring, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never comes to {selector}")


def test_from_the_editor_to_a_published_set(browser: Browser, live_server: Any, world: World) -> None:
    with organisation_scope(world.ours.id):
        services.draft(organisation=world.ours, user=None, now=NOW)
        WeightSet.objects.filter(state="draft").update(note="Visits count more")
        before = published_view(organisation=world.ours)
    visitor = Visitor(browser, live_server.url, world.consultant.email, viewport={"width": 1440, "height": 900})
    page = visitor.page
    page.goto(f"/o/{world.ours.slug}/weights/")
    _tab_to(page, "a[href$='/weights/draft/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/weights/draft/")
    _tab_to(page, "[data-slides='id_weight_t-visit']")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#finding")).to_contain_text("Visit 1 → 3")
    _tab_to(page, "#draft-form .actions button[type=submit]:not([formaction])")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Kept as draft")).to_be_visible()
    _tab_to(page, "#draft-form button[name=then][value=publish]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/publish/")
    _tab_to(page, "main form button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/weights/")
    with organisation_scope(world.ours.id, write=False):
        published = published_view(organisation=world.ours)
    assert before is not None
    assert published is not None
    assert published.number == before.number + 1
    assert {line.key: line.weight for line in published.weights}["t-visit"] == 3
    assert visitor.complaints == []
