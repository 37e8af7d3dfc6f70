"""The story's report in a real browser: begun, written, published, shared, read by whoever has the link."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.test_roles import _picture, _visitor
from tests.browser.visitor import MARKS, SIZES
from tests.cases.story_world import make_story, read
from tests.conftest import World, build_world

pytestmark = MARKS


@pytest.fixture
def world() -> World:
    return build_world()


@SIZES
def test_a_report_is_written_published_and_shared(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    size, base = {"width": width, "scheme": scheme}, f"/o/{world.ours.slug}/reports/"
    read(make_story(world.ours, world.consultant), user=world.consultant)
    consultant = _visitor(browser, live_server.url, world.consultant.email, **size)
    consultant.check(base)
    _picture(consultant, f"reports-{scheme}-{width}")
    page = consultant.page
    page.get_by_label("About").select_option("gold")
    page.get_by_role("button", name="Begin the report").press("Enter")
    page.get_by_role("heading", name="Gold rose by 5.0").wait_for()
    consultant.check(page.url)
    _picture(consultant, f"report-edit-{scheme}-{width}")
    page.get_by_label("Your words, Still open").fill("Slow support is next: **two more people** from April.")
    page.get_by_text("Saved.").wait_for()
    page.reload()
    assert "two more people" in page.get_by_label("Your words, Still open").input_value()
    page.get_by_role("link", name="Publish …").press("Enter")
    page.get_by_role("button", name="Publish the report").press("Enter")
    page.get_by_text("Version 1 is published.").wait_for()
    consultant.check(page.url)
    _picture(consultant, f"report-{scheme}-{width}")
    page.get_by_role("link", name="Share …").press("Enter")
    page.get_by_role("button", name="Make a link").press("Enter")
    link = page.locator("#share-link").inner_text()
    anybody = browser.new_context().new_page()
    anybody.goto(live_server.url + "/" + link.split("/", 3)[3])
    assert anybody.get_by_text("Consistent with +3.1 (0.4 to 5.8); not proof.").count() == 1
    page.get_by_role("button", name="Revoke").press("Enter")
    page.get_by_text("opens nothing any more").wait_for()
    anybody.reload()
    assert anybody.get_by_role("heading", name="This link opens nothing").count() == 1
