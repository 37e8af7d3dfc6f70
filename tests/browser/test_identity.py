"""Taking a merge apart and making it again in a real browser, by keyboard; wide, dark and on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from engagement.ingest.models import Customer
from tenants.scope import organisation_scope
from tests.browser.visitor import MARKS, SIZES, Visitor
from tests.conftest import World
from tests.ingest.sending import identify, send, track

pytestmark = MARKS
NUMBER, TARGET = 900, 1


@pytest.fixture
def merged(world: World) -> World:
    """A visitor with a long name, merged by an event into the first customer."""
    with organisation_scope(world.ours.pk):
        first = Customer.objects.get(number=TARGET)
        Customer.objects.create(
            organisation=world.ours, number=NUMBER, external_id="visitor-" + "0123456789" * 4, identified=False,
            created_at=first.created_at, updated_at=first.updated_at,
        )  # fmt: skip
    anonymous = "visitor-" + "0123456789" * 4
    send(world.ours, track(1, userId=None, anonymousId=anonymous), identify("c1", anonymousId=anonymous))
    return world


@SIZES
def test_a_merge_is_taken_apart_and_made_again(
    browser: Browser, live_server: Any, merged: World, width: int, scheme: Any
) -> None:
    settings = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    visitor = Visitor(browser, live_server.url, merged.consultant.email, **settings)
    page, base = visitor.page, f"/o/{merged.ours.slug}/customers"
    for path in (f"{TARGET}/", f"{NUMBER}/", f"{NUMBER}/take-apart/"):
        visitor.check(f"{base}/{path}")
    page.get_by_label("Why?").fill("A shared tablet")
    page.get_by_role("button", name="Take apart").press("Enter")
    page.wait_for_url(f"**{base}/{TARGET}/")
    for path in (f"{TARGET}/", f"{NUMBER}/", f"{NUMBER}/merge-again/{TARGET}/"):
        visitor.check(f"{base}/{path}")
    page.get_by_label("Why?").fill("It was them")
    page.get_by_role("button", name="Merge again").press("Enter")
    page.wait_for_url(f"**{base}/{TARGET}/")
    visitor.check(f"{base}/{TARGET}/")
    assert visitor.complaints == []
