"""A review cycle in a real browser: opened, decided, closed; the next one begins with whether it worked."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.test_roles import _picture, _visitor
from tests.browser.visitor import MARKS, SIZES, Visitor
from tests.conftest import World, build_world
from tests.reviews.quarters import make_quarters

pytestmark = MARKS


@pytest.fixture
def world() -> World:
    return build_world()


def _opened(visitor: Visitor, day: str, name: str) -> None:
    """From the list to the open review of a quarter."""
    visitor.page.get_by_label("Period").select_option(f"quarter:{day}")
    visitor.page.get_by_role("button", name="Open the review").press("Enter")
    visitor.page.get_by_role("heading", name=name).wait_for()


def _decided(visitor: Visitor, owner: str) -> None:
    """An item of one's own, and a decision on it, judged by the score of Gold."""
    page = visitor.page
    page.get_by_label("Something of your own").fill("Support is slow")
    page.get_by_role("button", name="Add it").press("Enter")
    page.get_by_role("link", name="Decide … Support is slow").press("Enter")
    page.get_by_label("What is decided").wait_for()
    visitor.check(page.url)
    page.get_by_label("What is decided").fill("Call back within a day")
    page.get_by_label("Who does it").select_option(owner)
    page.get_by_label("Until").fill("2030-01-31")
    page.get_by_label("Judged by").select_option("score")
    page.get_by_label("Of", exact=True).select_option("gold")
    page.get_by_role("button", name="Decide").press("Enter")
    page.get_by_text("Judged by: Score of Gold, 75.00 in the run of this review.").wait_for()


def _noted(visitor: Visitor) -> None:
    page = visitor.page
    page.locator("summary", has_text="Note Support is slow").press("Enter")
    page.get_by_label("Note Support is slow").fill("Two more people from April.")
    page.get_by_role("button", name="Save the note Support is slow").press("Enter")
    page.get_by_text("The note is saved.").wait_for()


@SIZES
def test_two_quarters_are_reviewed(browser: Browser, live_server: Any, world: World, width: int, scheme: Any) -> None:
    base, owner, shot = f"/o/{world.ours.slug}/reviews/", str(world.consultant.pk), f"{scheme}-{width}"
    make_quarters(world)
    consultant = _visitor(browser, live_server.url, world.consultant.email, width=width, scheme=scheme)
    consultant.check(base)
    _picture(consultant, f"reviews-empty-{shot}")
    page = consultant.page
    page.get_by_role("link", name="Choose a rhythm").press("Enter")
    page.get_by_label("How often").wait_for()
    consultant.check(page.url)
    page.get_by_label("How often").select_option("quarter")
    page.get_by_label("Who leads").select_option(owner)
    page.get_by_role("button", name="Keep the rhythm").press("Enter")
    page.get_by_text("The rhythm is kept.").wait_for()
    _opened(consultant, "2025-09-30", "Q3 2025: ")
    never = "Whether a low score comes before an outcome was never checked."
    assert page.get_by_role("link", name=never, exact=True).count() == 1
    _decided(consultant, owner)
    consultant.check(page.url.split("#")[0])
    _picture(consultant, f"review-open-{shot}")
    _noted(consultant)
    page.get_by_role("link", name="Close the review …").press("Enter")
    page.get_by_role("button", name="Close the review").wait_for()
    consultant.check(page.url)
    _picture(consultant, f"review-close-{shot}")
    page.get_by_role("button", name="Close the review").press("Enter")
    page.get_by_text("The review is closed.").wait_for()
    assert page.get_by_text("Two more people from April.").count() == 1
    consultant.check(page.url)
    page.goto(live_server.url + base)
    _opened(consultant, "2025-12-31", "Q4 2025: ")
    worked = "Score of Gold: 75.00 → 60.00 (−15.00); more than chance would do (95 % interval ± 0.80)"
    assert page.get_by_text(worked).count() == 1
    consultant.check(page.url)
    _picture(consultant, f"review-next-{shot}")
