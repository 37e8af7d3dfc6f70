"""The policy in a real browser: pages and the API's description work under it, what is smuggled in does not run."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from engagement.scoring import services
from tenants.scope import organisation_scope
from tests.browser.visitor import MARKS, Visitor
from tests.conftest import NOW, World

pytestmark = MARKS

# Each tries to run `window.smuggled = true` from text, as mark-up that got into a page would. `script` adds an element.
SMUGGLING = {
    "an inline script": "script({text: 'window.smuggled = true'})",
    "a script from elsewhere": "script({src: 'https://evil.example/x.js'})",
    "a script that is an upload": "script({src: '/o/x/data/'})",
    "a handler": "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.smuggled = true\">')",
    "eval": "window.eval('window.smuggled = true')",
    "a timer": "setTimeout('window.smuggled = true', 0)",
    "a javascript address": "location.href = 'javascript:window.smuggled = true'",
    "another policy": "trustedTypes.createPolicy('own', {createScript: (text) => text})",
}
WAYS = ", ".join(f"{name!r}: () => {{ {code} }}" for name, code in SMUGGLING.items())
# Not at once but from a timer: what the driver evaluates itself may do what the page may not.
TRY = """async (way) => {
    let refused = 0;
    const note = () => { refused += 1; };
    const script = (parts) => document.body.append(Object.assign(document.createElement("script"), parts));
    document.addEventListener("securitypolicyviolation", note);
    setTimeout(() => { try { ({WAYS})[way](); } catch (error) { note(); } }, 0);
    await new Promise((done) => setTimeout(done, 400));
    return refused;
}""".replace("WAYS", WAYS)


@pytest.fixture
def drafting(browser: Browser, live_server: Any, world: World) -> Visitor:
    """Somebody on the one page that has every script we have."""
    with organisation_scope(world.ours.id):
        services.draft(organisation=world.ours, user=None, now=NOW)
    visitor = Visitor(browser, live_server.url, world.consultant.email)
    visitor.check(f"/o/{world.ours.slug}/weights/draft/")
    return visitor


@pytest.mark.parametrize("way", SMUGGLING)
def test_what_is_smuggled_into_a_page_does_not_run(drafting: Visitor, way: str) -> None:
    assert drafting.page.evaluate(TRY, way) > 0
    assert drafting.page.evaluate("window.smuggled") is None


def test_mark_up_of_our_server_is_still_swapped_in(drafting: Visitor) -> None:
    """htmx puts it into the page as text, which the one policy lets through; tests of the pages say what it shows."""
    page = drafting.page
    assert page.evaluate("trustedTypes.defaultPolicy.name") == "default"
    page.evaluate("document.querySelector('#preview').dataset.before = 'yes'")
    with page.expect_response(lambda answer: "preview" in answer.url) as answered:
        page.fill("[name=full_points]", "61")
    assert answered.value.status == 200
    page.wait_for_selector("#preview:not([data-before])")
    assert drafting.complaints == []


def test_the_description_of_the_api_can_be_read(browser: Browser, live_server: Any, world: World) -> None:
    visitor = Visitor(browser, live_server.url, world.consultant.email)
    visitor.page.goto("/api/v1/docs/")
    visitor.page.wait_for_selector(".opblock-summary-path")
    visitor.page.locator(".opblock").nth(9).wait_for(state="attached")  # of so many it draws those in view
    visitor.page.locator(".opblock-summary-control").first.click()
    visitor.page.wait_for_selector(".opblock-body")
    assert visitor.complaints == []
