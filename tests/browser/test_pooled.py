"""Pooled evidence in a real browser: a client's admin agrees, the firm reads the figure, it is withdrawn."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.test_roles import _picture, _visitor
from tests.browser.visitor import MARKS, SIZES
from tests.conftest import World, build_world
from tests.pooled.pooled_world import make_evidence, pool, read_out, withdraw

pytestmark = MARKS


@pytest.fixture
def world() -> World:
    return build_world()


@SIZES
def test_a_client_agrees_and_the_firm_reads_what_moved_what(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    size, base = {"width": width, "scheme": scheme}, f"/o/{world.ours.slug}/evidence-consent/"
    read_out(world.ours, 2.0, 1.0)
    admin = _visitor(browser, live_server.url, world.admin.email, **size)
    page = admin.page
    admin.check(f"/o/{world.firm.slug}/evidence/")
    _picture(admin, f"evidence-empty-{scheme}-{width}")
    page.goto(f"/o/{world.ours.slug}/settings/")
    page.get_by_role("link", name="Pooled evidence").press("Enter")
    page.get_by_role("heading", name="Nothing of yours goes into your firm’s figures").wait_for()
    admin.check(base)
    _picture(admin, f"evidence-consent-{scheme}-{width}")
    page.get_by_label("I have read this and agree for the organisation").press("Space")
    page.get_by_role("button", name="Agree", exact=True).press("Enter")
    page.get_by_text("Agreed. What you give is in the figures of this quarter").wait_for()
    admin.check(base)
    made = make_evidence(world, 7)
    make_evidence(world, 2, lever="content")
    pool(world.firm)
    admin.check(f"/o/{world.firm.slug}/evidence/")
    assert page.get_by_text("+1.9 (0.7 to 3.1)").count() == 1
    _picture(admin, f"evidence-{scheme}-{width}")
    admin.check(f"/o/{world.ours.slug}/cases/steps/new/")
    assert page.get_by_text("+1.9 (0.7 to 3.1), 7 organisations").count() == 1
    _picture(admin, f"evidence-beside-{scheme}-{width}")
    page.goto(base)
    page.get_by_role("link", name="Withdraw …").press("Enter")
    admin.look()
    page.get_by_role("button", name="Withdraw", exact=True).press("Enter")
    page.get_by_text("Withdrawn. What you gave is deleted.").wait_for()
    for organisation in made[:3]:
        withdraw(organisation, world.admin)
    admin.check(f"/o/{world.firm.slug}/evidence/")
    assert page.get_by_text("Fewer than five organisations stand behind the figure now.").count() == 1
    assert admin.complaints == []
