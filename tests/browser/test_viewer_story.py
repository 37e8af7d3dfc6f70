"""A viewer on the grocery client in a real browser: the golden numbers as the first five minutes show them."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from engagement.ingest.models import Customer
from engagement.insights.services import score
from engagement.scoring.models import WeightSet
from tenants.scope import organisation_scope
from tests.browser.grocery import MONTHS, grocery_world
from tests.browser.visitor import MARKS, Visitor
from tests.conftest import NOW, World

pytestmark = MARKS


@pytest.fixture
def grocery(transactional_db: None) -> World:
    return grocery_world(MONTHS)


def _said(visitor: Visitor, path: str) -> str:
    """A page's text, after axe and the console had nothing to say."""
    visitor.check(path)
    _picture(visitor, path)
    return re.sub(r"\s+", " ", visitor.page.inner_text("main"))


def _picture(visitor: Visitor, path: str) -> None:
    folder = os.environ.get("PICTURES")
    if folder:
        name = re.sub(r"[^a-z0-9]+", "-", path.partition("/o/")[2].lower()).strip("-")
        visitor.page.screenshot(path=str(Path(folder) / f"story-{name}.png"), full_page=True)


def test_a_viewer_reads_the_grocery_client(browser: Browser, live_server: Any, grocery: World) -> None:
    visitor = Visitor(browser, live_server.url, grocery.viewer.email, viewport={"width": 1440, "height": 900})
    home = f"/o/{grocery.ours.slug}/"
    _scorecard(visitor, home)
    _middle_age(visitor, home)
    _customer(visitor, home, grocery)
    _small_income(visitor, home)
    _movers_and_neighbours(visitor, home)
    _calendar_months(visitor, home, grocery)
    assert visitor.complaints == []


def _scorecard(visitor: Visitor, home: str) -> None:
    """December against November is unchanged; January 2018 is unfinished; the unknown age is missing data, last."""
    said = _said(visitor, home)
    assert "Engagement is unchanged at 68.9" in said
    assert "199,966 points ÷ 2,469 customers = 80.99" in visitor.page.content().replace("&nbsp;", " ")
    assert "January 2018, unfinished" in said
    ages = visitor.page.get_by_role("region", name="Segments by Age, table")
    assert "missing data" in ages.get_by_role("row").filter(has_text="Age not known").inner_text().lower()
    rows = ages.locator("tbody tr th a").all_inner_texts()
    assert rows[-1] == "Age not known"
    visitor.page.get_by_role("link", name="January 2018, unfinished").click()
    assert "provisional" in visitor.page.inner_text("main").lower()
    visitor.page.go_back()


def _middle_age(visitor: Visitor, home: str) -> None:
    """41,954 ÷ 288 = 145.67 = purchases 39,115 + coupons 2,320 + campaigns 519."""
    visitor.page.get_by_role("region", name="Segments by Age, table").get_by_role("link", name="45-54").click()
    said = _said(visitor, visitor.page.url.removeprefix(visitor.page.url.partition("/o/")[0]))
    for line in (
        "Purchase Purchase 5 7,823 288 39,115 135.82",
        "Coupon redeemed App 8 290 79 2,320 8.05",
        "Campaign received E-mail 1 519 250 519 1.80",
        "All actions 8,632 288 41,954 145.67 100.0 %",
    ):
        assert line in said
    assert 39_115 + 2_320 + 519 == 41_954
    visitor.page.get_by_role("button", name="145.67").first.click()
    assert "41,954 points ÷ 288 customers = 145.67" in visitor.page.inner_text("main")
    assert f"{home}segments/age-45-54/" in visitor.page.url


def _customer(visitor: Visitor, home: str, grocery: World) -> None:
    """Customer 1795: 192 × 5 + 3 = 963, and the parts say so."""
    with organisation_scope(grocery.ours.id, write=False):
        number = Customer.objects.get(external_id="1795").number
    said = _said(visitor, f"{home}customers/{number}/?as_of=2017-12-31")
    assert "Customer 1795 is fully engaged: 963 points, 16 times the full points" in said
    assert "Purchase 192 × 5 = 960" in said
    assert "Campaign received 3 × 1 = 3" in said
    assert "All actions 195 963 100.0 %" in said
    assert 192 * 5 + 3 == 963


def _small_income(visitor: Visitor, home: str) -> None:
    """Five customers have a number and no band."""
    said = _said(visitor, f"{home}segments/income-200-249k/?as_of=2017-12-31")
    assert "too few customers for a band" in said
    assert visitor.page.locator(".score-read .band-none").count() == 1
    assert "85.80" in said


def _movers_and_neighbours(visitor: Visitor, home: str) -> None:
    """Who moved is loaded into the page, adds up, and stands on a page of its own; so does the comparison."""
    visitor.page.goto(f"{home}segments/age-45-54/?as_of=2017-12-31")
    visitor.page.locator("#movers").scroll_into_view_if_needed()
    visitor.page.get_by_text("15 + 31 + 242 + 0 + 0 + 0 = 288 customers now.").wait_for()
    said = _said(visitor, f"{home}segments/all/movers/?as_of=2017-12-31")
    assert "customers now." in said
    said = _said(visitor, f"{home}segments/age-45-54/compare/?with=age-65-plus&as_of=2017-12-31")
    assert "No customer is in both." in said
    assert "beside 65+" in said
    said = _said(visitor, f"{home}segments/age-45-54/cohorts/?as_of=2017-12-31")
    assert "= 288 customers." in said


def _calendar_months(visitor: Visitor, home: str, grocery: World) -> None:
    """With windows of a month's own length November and December are calendar months: 27.607 and 27.609, unchanged."""
    for day, length in ((date(2017, 11, 30), 30), (date(2017, 12, 31), 31)):
        with organisation_scope(grocery.ours.id):
            WeightSet.objects.filter(state="published").update(window_days=length)
        score(organisation_id=grocery.ours.id, as_of=day, cause="history", now=NOW)
    visitor.page.goto(f"{home}?as_of=2017-11-30")
    assert "68,162 points ÷ 2,469 customers = 27.61" in visitor.page.content()
    said = _said(visitor, f"{home}?as_of=2017-12-31")
    assert "68,166 points ÷ 2,469 customers = 27.61" in visitor.page.content()
    assert "Engagement is unchanged at" in said
    said = _said(visitor, f"{home}why/?segment=all&measure=points_per_customer&as_of=2017-12-31")
    assert "All customers is unchanged: it moved by 0.00" in said
    assert "27.61 → 27.61" in said
