"""The pages in a real browser: every role, wide and narrow, light and dark; axe and the console find nothing."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from engagement.scoring import services
from engagement.scoring.selectors.weights import draft_view
from tenants.scope import organisation_scope
from tests.browser.visitor import MARKS, SIZES, Visitor
from tests.conftest import NOW, World

# Pages of a client; {number} is a customer, {segment} a segment.
READING = [
    "",
    "segments/",
    "segments/team/",
    "customers/",
    "customers/1/",
    "actions/",
    "weights/",
    "targets/",
    "targets/of/all/",
    "runs/",
    "why/",
    "alerts/",
    "alerts/rules/",
]
WORKING = [
    "weights/draft/",
    "data/",
    "data/keys/",
    "data/live/",
    "data/volume/",
    "data/names/",
    "data/machines/",
    "data/rejected/",
    "data/connections/",
    "data/connections/new/hubspot/",
    "actions/new/",
    "segments/new/segment/",
    "exclusions/",
    "alerts/rules/new/",
    "webhooks/",
    "webhooks/segments/",
]

pytestmark = MARKS


@SIZES
def test_a_consultants_pages(browser: Browser, live_server: Any, world: World, width: int, scheme: Any) -> None:
    visitor = Visitor(
        browser, live_server.url, world.consultant.email, viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    visitor.check(f"/portfolio/{world.firm.slug}/")
    for path in [*READING, *WORKING]:
        visitor.check(f"/o/{world.ours.slug}/{path}")
    visitor.check(f"/o/{world.other.slug}/")
    visitor.check("/account/")
    assert visitor.complaints == []


def test_an_admins_pages(browser: Browser, live_server: Any, world: World) -> None:
    visitor = Visitor(browser, live_server.url, world.admin.email)
    for path in ("settings/", "members/"):
        visitor.check(f"/o/{world.ours.slug}/{path}")
    visitor.check(f"/o/{world.firm.slug}/clients/new/")
    assert visitor.complaints == []


def test_a_viewer_reads_and_is_refused_the_rest(browser: Browser, live_server: Any, world: World) -> None:
    visitor = Visitor(browser, live_server.url, world.viewer.email)
    for path in READING:
        visitor.check(f"/o/{world.ours.slug}/{path}")
    assert visitor.complaints == []
    refused = visitor.page.goto(f"/o/{world.ours.slug}/data/")
    unknown = visitor.page.goto(f"/o/{world.other.slug}/")
    assert refused is not None
    assert unknown is not None
    assert (refused.status, unknown.status) == (403, 404)


def test_axe_and_the_console_would_be_heard(browser: Browser, live_server: Any, world: World) -> None:
    """The control: a page with a picture that has no text, and a style that strict CSP refuses."""
    visitor = Visitor(browser, live_server.url, world.viewer.email)
    visitor.page.goto(f"/o/{world.ours.slug}/")
    visitor.page.evaluate(
        "document.body.append(Object.assign(document.createElement('img'), {src: 'data:,'}));"
        "document.body.setAttribute('style', 'color: red');"
    )
    assert Axe().run(visitor.page).response["violations"]
    assert any("Content Security Policy" in text for text in visitor.complaints)


@SIZES
def test_a_draft_is_previewed_while_it_is_typed(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    with organisation_scope(world.ours.id):
        draft = services.draft(organisation=world.ours, user=None, now=NOW)
    visitor = Visitor(
        browser, live_server.url, world.consultant.email, viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    visitor.check(f"/o/{world.ours.slug}/weights/draft/")
    page = visitor.page
    assert page.locator("[data-slides]").first.is_visible() == (width == 1440)
    page.fill("[name='weight_t-visit']", "2")
    page.locator("#finding", has_text="Visit 1 → 2").wait_for()
    if width == 1440:
        page.locator("[data-slides='id_weight_t-purchase']").fill("20")
        assert page.input_value("[name='weight_t-purchase']") == "20"
    else:
        page.fill("[name='weight_t-purchase']", "20")
    page.locator("#preview", has_text="2 times as large").wait_for()
    found = Axe().run(page).response["violations"]
    assert not found, [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]
    assert page.locator("#live").is_visible() == (width == 390)
    page.get_by_role("button", name="Keep the level").click()
    page.locator("#preview", has_text="so every score stays").wait_for()
    assert page.input_value("[name='full_points']") == "20"
    page.fill("[name='weight_t-visit']", "much")
    page.locator("#preview", has_text="cannot be previewed").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    with organisation_scope(world.ours.id, write=False):
        kept = draft_view(organisation=world.ours)
    assert kept == draft
    assert visitor.complaints == []


def test_the_editor_works_without_a_script(browser: Browser, live_server: Any, world: World) -> None:
    with organisation_scope(world.ours.id):
        services.draft(organisation=world.ours, user=None, now=NOW)
    visitor = Visitor(browser, live_server.url, world.consultant.email, java_script_enabled=False)
    page = visitor.page
    page.goto(f"/o/{world.ours.slug}/weights/draft/")
    assert page.locator("[data-slides]").first.is_visible() is False
    page.fill("[name='weight_t-visit']", "2")
    page.get_by_role("button", name="Preview").click()
    assert "Visit 1 → 2" in page.inner_text("h1")
    assert page.input_value("[name='weight_t-visit']") == "2"
