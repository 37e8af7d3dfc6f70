"""Taking a merge apart and making it again in a real browser, by keyboard; wide, dark and on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from engagement.ingest.models import Customer
from tenants.scope import organisation_scope
from tests.browser.visitor import MARKS, SIZES, Visitor
from tests.conftest import World
from tests.ingest.sending import identify, send, track

pytestmark = MARKS
NUMBER, TARGET = 900, 1
ANONYMOUS = "visitor-" + "0123456789" * 4
BEGINNING = "visitor-0123456789"  # long names are cut
TOLD = (track(1, userId=None, anonymousId=ANONYMOUS), identify("c1", anonymousId=ANONYMOUS))


@pytest.fixture
def merged(world: World) -> World:
    """A visitor with a long name, merged by an event into the first customer."""
    with organisation_scope(world.ours.pk):
        first = Customer.objects.get(number=TARGET)
        Customer.objects.create(
            organisation=world.ours, number=NUMBER, external_id=ANONYMOUS, identified=False,
            created_at=first.created_at, updated_at=first.updated_at,
        )  # fmt: skip
    send(world.ours, *TOLD)
    return world


@SIZES
def test_a_merge_is_taken_apart_and_made_again(
    browser: Browser, live_server: Any, merged: World, width: int, scheme: Any
) -> None:
    settings = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    visitor = Visitor(browser, live_server.url, merged.consultant.email, **settings)
    page, base = visitor.page, f"/o/{merged.ours.slug}/customers"
    together = page.get_by_role("table", name="Who counts for this customer")
    apart = page.get_by_role("table", name="Taken apart from this customer")

    visitor.check(f"{base}/{NUMBER}/")
    expect(page.get_by_text("Counts for customer c1 since")).to_contain_text("by an event")
    visitor.check(f"{base}/{TARGET}/")
    expect(together).to_contain_text(BEGINNING)
    expect(apart).to_have_count(0)
    together.get_by_role("link", name="Take apart").press("Enter")
    page.wait_for_url(f"**{base}/{NUMBER}/take-apart/")
    visitor.look()
    _say(page, "A shared tablet", then="Take apart")

    page.wait_for_url(f"**{base}/{TARGET}/")
    send(merged.ours, *TOLD)  # a library says it again for days
    visitor.check(f"{base}/{NUMBER}/")
    expect(page.get_by_text("Taken apart from customer c1,")).to_contain_text("“A shared tablet”")
    visitor.check(f"{base}/{TARGET}/")
    expect(together).to_have_count(0)
    expect(apart).to_contain_text(BEGINNING)
    apart.get_by_role("link", name="Merge again").press("Enter")
    page.wait_for_url(f"**{base}/{NUMBER}/merge-again/{TARGET}/")
    visitor.look()
    _say(page, "It was them", then="Merge again")

    page.wait_for_url(f"**{base}/{TARGET}/")
    visitor.look()
    expect(together).to_contain_text(BEGINNING)
    expect(together).to_contain_text("“It was them”")
    expect(apart).to_have_count(0)
    assert visitor.complaints == []


def _say(page: Page, reason: str, *, then: str) -> None:
    """Why, written and sent with the keys alone."""
    page.get_by_label("Why?").focus()
    page.keyboard.type(reason)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=then)).to_be_focused()
    page.keyboard.press("Enter")
