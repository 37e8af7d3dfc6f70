"""Customers at risk in a real browser: from the list to a contact and its outcome; wide, dark, on a phone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser

from engagement.insights.models import Outreach
from engagement.insights.services import score
from tenants.scope import organisation_scope
from tests.browser.test_roles import _picture, _visitor
from tests.browser.visitor import MARKS, SIZES
from tests.conftest import World, build_world
from tests.insights.risk_world import Scores, make_client, taken_up
from tests.insights.scoring_world import AS_OF, add_activity

pytestmark = MARKS
_JUNE = date(2026, 6, 25)


@pytest.fixture
def world() -> World:
    """Thirty fell in February, twelve of them were called and seven came back; nine more have fallen since."""
    world = build_world()
    scores: Scores = dict.fromkeys(range(1, 31), (80, 80, 80, 10)) | dict.fromkeys(range(31, 61), (60, 60, 60, 60))
    small = make_client(world.ours, scores)
    taken_up(world.ours, *range(1, 13), owner=world.consultant, how="call", contacted_on=AS_OF, note="Asked why.")
    for day, low in ((date(2026, 3, 31), ()), (date(2026, 4, 30), ()), (date(2026, 5, 31), ()), (_JUNE, range(50, 59))):
        back = {n: 75 if n <= 7 or 13 <= n <= 16 else 10 for n in range(1, 31)}
        usual = {n: 5 + n % 3 if n in low else 60 for n in range(31, 60)}
        add_activity(small, [(n, "visit", day, times) for n, times in (back | usual).items()])
        score(organisation_id=small.id, as_of=day, cause="history", now=datetime(2026, 6, 26, tzinfo=UTC))
    return world


@SIZES
def test_from_the_list_to_the_outcome(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    visitor = _visitor(browser, live_server.url, world.consultant.email, width=width, scheme=scheme)
    page, base = visitor.page, f"/o/{world.ours.slug}/at-risk"
    visitor.check(f"{base}/")
    assert page.get_by_role("heading", level=1).inner_text().startswith("9 customers fell by 20 or more")
    _picture(visitor, f"at-risk-{scheme}-{width}")
    for name in ("c50", "c53"):
        page.get_by_label(f"Choose {name}").focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Note outreach to the chosen").press("Enter")
    page.wait_for_url(f"**{base}/outreach/?customer=*")
    chosen = page.url.split(live_server.url)[1]
    visitor.check(chosen)
    page.get_by_label("Contact optional").select_option("mail")
    page.get_by_role("button", name="Note it").press("Enter")
    page.get_by_text("Say both how and on which day").wait_for()
    _picture(visitor, f"outreach-new-{scheme}-{width}")
    page.locator("[name=contacted_on]").fill("2026-06-25")
    page.get_by_role("button", name="Note it").press("Enter")
    page.wait_for_url(f"**{base}/")
    with organisation_scope(world.ours.pk, write=False):
        key = Outreach.objects.get(customer_number=50).pk
    visitor.check(f"{base}/outreach/{key}/")
    _picture(visitor, f"outreach-{scheme}-{width}")
    page.get_by_label("Outcome optional").select_option("came_back")
    page.get_by_role("button", name="Keep it").press("Enter")
    page.wait_for_url(f"**{base}/")
    visitor.check(f"{base}/?state=closed")
    for path in (f"{base}/", f"{base}/rule/", f"/o/{world.ours.slug}/customers/50/"):
        visitor.check(path)
        _picture(visitor, f"after{path.replace('/', '-')[-10:]}{scheme}-{width}")
    assert visitor.complaints == []


def test_a_viewer_and_a_client_with_nothing(browser: Browser, live_server: Any, world: World) -> None:
    viewer = _visitor(browser, live_server.url, world.viewer.email, width=1440, scheme="light")
    viewer.check(f"/o/{world.ours.slug}/at-risk/")
    assert viewer.page.get_by_role("checkbox").count() == 0
    viewer.check(f"/o/{world.ours.slug}/at-risk/rule/")
    consultant = _visitor(browser, live_server.url, world.consultant.email, width=390, scheme="light")
    for path in ("", "rule/", "outreach/"):
        consultant.check(f"/o/{world.other.slug}/at-risk/{path}")
    _picture(consultant, "nobody-chosen-390")
    assert viewer.complaints + consultant.complaints == []
