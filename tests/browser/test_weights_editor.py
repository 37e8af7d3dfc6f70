"""The story of the weights editor in a real browser, with the grocery data and the numbers that belong to it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.browser.grocery import grocery_world, work_off
from tests.browser.visitor import MARKS, Visitor

pytestmark = MARKS


def _picture(page: Page, name: str) -> None:
    folder = os.environ.get("PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_an_admin_tries_publishes_and_returns(browser: Browser, live_server: Any) -> None:
    """Coupon 8 → 16: seen before anything is published, published, in the ledger, and taken back as set 3."""
    world = grocery_world()
    base = f"/o/{world.ours.slug}"
    visitor = Visitor(browser, live_server.url, world.admin.email, viewport={"width": 1440, "height": 900})
    page = visitor.page
    page.goto(f"{base}/weights/")
    page.get_by_role("button", name="Start a draft").click()
    page.get_by_label("Weight of Coupon redeemed, points").fill("16")
    panel = page.locator("#preview")
    expect(page.locator("#finding")).to_have_text("Coupon redeemed 8 → 16 would lift the score by 0.02")
    expect(panel.get_by_role("row", name="Points per customer")).to_contain_text("80.9983.79+2.80")
    expect(panel.get_by_role("row", name="Score").first).to_contain_text("68.9368.95+0.02")
    page.get_by_role("button", name="Keep as draft").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Weight of Coupon redeemed, points")).to_have_value("8")
    page.get_by_role("button", name="Redo").click()
    expect(page.get_by_label("Weight of Coupon redeemed, points")).to_have_value("16")
    expect(page.get_by_role("row", name="Coupon redeemed 8 → 16")).to_contain_text(world.admin.name)
    _picture(page, "weights-draft")
    for path in ("weights/draft/", "weights/draft/publish/", "weights/compare/"):
        visitor.check(f"{base}/{path}")
    _picture(page, "weights-compare")
    page.goto(f"{base}/weights/draft/")
    page.get_by_role("button", name="Publish set 2").click()
    happens = page.locator("#what-happens")
    expect(happens).to_contain_text("The score of 31 December 2017 goes from 68.93 to 68.95.")
    expect(happens).to_contain_text("1 customer moves up from Good to Excellent.")
    expect(happens).to_contain_text("No segment changes band.")
    expect(happens).to_contain_text("Nobody’s past numbers change.")
    page.get_by_label("Restate the past from").fill("2017-12-24")
    expect(happens).to_contain_text("Finished days from 24 December 2017 on are scored again with it")
    _picture(page, "weights-publish")
    page.get_by_label("Restate the past from").fill("")
    expect(happens).to_contain_text("Nobody’s past numbers change.")
    page.get_by_label("Why this change?").fill("Coupons bring people back")
    page.get_by_role("button", name="Publish set 2").click()
    expect(page.locator("main")).to_contain_text("Set 2 is published. A scoring has been asked for.")
    work_off(world)
    page.goto(f"{base}/why/?by=week")
    expect(page.locator("main")).to_contain_text("ageing −1.90, new activity +1.65, weights +0.02")
    page.goto(f"{base}/weights/1/")
    page.get_by_role("link", name="Return to this set").click()
    page.get_by_role("button", name="Return to set 1").click()
    expect(page.locator("h1")).to_have_text("Weight set 3 counts")
    work_off(world)
    page.goto(f"{base}/runs/3/")
    expect(page.get_by_role("row", name="Weight set 3 instead of 2")).to_contain_text("68.93−0.02")
    assert visitor.complaints == []
    for person, status in ((world.viewer, 403), (world.stranger, 404)):
        assert _refused(browser, live_server.url, person.email, base) == {status}


def _refused(browser: Browser, base_url: str, email: str, base: str) -> set[int]:
    """What somebody gets who sends, from pages of their own, what the admin sent."""
    page = Visitor(browser, base_url, email).page
    page.goto("/account/")
    token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    sent: dict[str, str | float | bool] = {
        "csrfmiddlewaretoken": token,
        "start": "yes",
        "note": "Mine",
        "in_force": "3",
    }
    headers = {"Referer": f"{base_url}/account/"}
    paths = ("draft/", "draft/preview/", "draft/publish/", "1/return/now/")
    return {page.request.post(f"{base}/weights/{path}", form=sent, headers=headers).status for path in paths}
