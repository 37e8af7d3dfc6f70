"""Validity in a real browser: the verdict with its charts, the outcome, a draft of suggested weights."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser

from engagement.scoring.models import WeightSet
from tenants.scope import organisation_scope
from tests.browser.test_roles import _picture, _visitor
from tests.browser.visitor import MARKS, SIZES
from tests.conftest import World, build_world
from tests.validity.validity_world import checked, make_client

pytestmark = MARKS


@pytest.fixture
def world() -> World:
    """A client with a check of today, and one whose outcome is not set."""
    world = build_world()
    make_client(world.ours, n=900, effect=0.3, of_mails=0.8)
    checked(world.ours, now=timezone.now())
    return world


@SIZES
def test_from_the_verdict_to_a_draft(browser: Browser, live_server: Any, world: World, width: int, scheme: Any) -> None:
    visitor = _visitor(browser, live_server.url, world.consultant.email, width=width, scheme=scheme)
    page, base = visitor.page, f"/o/{world.ours.slug}/validity"
    visitor.check(f"{base}/")
    assert page.get_by_role("heading", level=1).inner_text().startswith("A low score came first")
    _picture(visitor, f"validity-{scheme}-{width}")
    page.get_by_label("Segment", exact=True).select_option("south")
    page.get_by_role("button", name="Show", exact=True).press("Enter")
    page.get_by_role("heading", name="South:").wait_for()
    visitor.check(f"{base}/outcome/")
    _picture(visitor, f"validity-outcome-{scheme}-{width}")
    visitor.check(f"{base}/1/")
    page.get_by_role("link", name="Make a draft of it").press("Enter")
    page.wait_for_url(f"**{base}/1/draft/")
    visitor.look()
    _picture(visitor, f"validity-draft-{scheme}-{width}")
    page.get_by_role("button", name="Make the draft").press("Enter")
    page.wait_for_url("**/weights/draft/")
    with organisation_scope(world.ours.pk, write=False):
        assert WeightSet.objects.filter(state="draft", note="Suggested by validity check 1.").exists()


def test_a_viewer_and_a_client_with_nothing(browser: Browser, live_server: Any, world: World) -> None:
    visitor = _visitor(browser, live_server.url, world.consultant.email, width=1440, scheme="light")
    visitor.check(f"/o/{world.other.slug}/validity/")
    assert visitor.page.get_by_role("link", name="Say what to hold it against").is_visible()
    _picture(visitor, "validity-empty-light-1440")
    viewer = _visitor(browser, live_server.url, world.viewer.email, width=390, scheme="dark")
    viewer.check(f"/o/{world.ours.slug}/validity/")
    assert not viewer.page.get_by_role("link", name="Make a draft of it").count()
