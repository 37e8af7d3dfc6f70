"""The record in a real browser: wide, dark and on a phone; filtered by keyboard, and taken as a file."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser

from engagement.scoring.types import WeightChange
from tenants.acting import Acting, Kind, acting
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tenants.services import change_organisation
from tests.browser.visitor import MARKS, Visitor
from tests.conftest import NOW, World, build_world
from tests.scoring.config import kept, published

pytestmark = MARKS


@pytest.fixture
def acts() -> World:
    """A change of settings, one of many weights, a publication with a reason; some of it by workers."""
    world = build_world()
    request = "c0ffee00-" + "0123456789" * 4
    who = Acting(Kind.PERSON, user_id=world.consultant.pk, role="consultant", request_id=request)
    with organisation_scope(world.ours.id), acting(who):
        ours = Organisation.objects.get(pk=world.ours.pk)
        changes = {"band_good_thousandths": 65_000, "schedule_hour": 5, "name": "Ours", "time_zone": "Europe/London"}
        change_organisation(organisation=ours, changes=changes, now=NOW)
    with acting(who):
        weights = {key: WeightChange(Decimal(n), n) for n, key in enumerate(("visit", "social", "purchase"), start=3)}
        kept(world.ours, weights=weights, window_days=60, note="Coupons")
    with acting(Acting(Kind.WORKER, name="insights.dispatch")):
        published(world.ours)
    return world


@pytest.mark.parametrize(
    ("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light")], ids=["wide", "dark", "phone"]
)
def test_the_record_is_read_filtered_and_taken(
    browser: Browser, live_server: Any, acts: World, width: int, scheme: Any
) -> None:
    settings = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    visitor = Visitor(browser, live_server.url, acts.consultant.email, **settings)
    page, base = visitor.page, f"/o/{acts.ours.slug}/record/"
    visitor.check(base)
    page.locator("details summary").first.press("Enter")
    page.get_by_label("Act").select_option("weights.put_in_force")
    page.get_by_role("button", name="Show").press("Enter")
    page.wait_for_url("**act=weights.put_in_force**")
    assert page.locator("tbody tr").count() == 1
    assert "“First weights”" in page.inner_text("tbody")
    visitor.check(f"{base}?until=2000-01-01")
    page.goto(base)
    with page.expect_download() as taken:
        page.get_by_role("link", name="Save as CSV").click()
    assert taken.value.suggested_filename == f"{acts.ours.slug}-record.csv"
    visitor.check(f"/o/{acts.firm.slug}/record/")
    assert visitor.complaints == []
