"""Guidance in a real browser: from a number to what it means, a search, an answer in one's own words."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser

from tests.browser.test_roles import _picture, _visitor
from tests.browser.visitor import MARKS, SIZES
from tests.conftest import World

pytestmark = MARKS


@SIZES
def test_from_a_number_to_its_meaning_and_to_words_of_ones_own(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    base, seen = f"/o/{world.ours.slug}", f"{scheme}-{width}"
    consultant = _visitor(browser, live_server.url, world.consultant.email, width=width, scheme=scheme)
    consultant.check(f"{base}/segments/team/")
    page = consultant.page
    page.get_by_role("link", name="What does this mean?").first.click()
    page.get_by_role("heading", level=1, name="Customer Engagement Score:").wait_for()
    consultant.look()
    _picture(consultant, f"guidance-score-{seen}")
    consultant.check(f"{base}/guidance/measures/nps/")
    consultant.check(f"{base}/guidance/objectives/")
    _picture(consultant, f"guidance-objectives-{seen}")
    consultant.check(f"{base}/guidance/")
    _picture(consultant, f"guidance-{seen}")
    page.get_by_label("Your question, or a word of it").fill("benchmark")
    page.get_by_role("button", name="Search", exact=True).press("Enter")
    page.get_by_role("link", name="What does a good score look like in my industry?").first.click()
    page.get_by_role("heading", name="In your data").wait_for()
    consultant.look()
    _picture(consultant, f"guidance-entry-{seen}")
    page.get_by_role("link", name="Say it in your own words").click()
    page.get_by_label("Answer", exact=True).fill("We aim at **75**. <script>alert(1)</script>")
    page.get_by_role("button", name="Preview").press("Enter")
    page.get_by_role("heading", name="Preview").wait_for()
    consultant.look()
    _picture(consultant, f"guidance-preview-{seen}")
    page.get_by_role("button", name="Keep it").press("Enter")
    page.get_by_text("The entry is kept as version 1.").wait_for()
    assert page.locator(".prose strong", has_text="75").count() == 1
    consultant.look()
    assert consultant.complaints == []
