"""A consultant's morning in a real browser: twenty clients, three that wait, and an honest ranking."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.browser.visitor import MARKS, Visitor
from tests.conftest import NOW, World, build_world, make_client
from tests.scorecards.portfolio_world import BELOW, QUIET, TURNED, twenty
from tests.scoring.yardstick_world import action, measured, template, work, yardstick

pytestmark = MARKS
_SIZES = ((1440, "light"), (1440, "dark"), (390, "light"))


def _at(page: Page, width: int, scheme: Any) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)


def _picture(page: Page, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_of_twenty_clients_exactly_three_wait_and_each_link_leads_on(browser: Browser, live_server: Any) -> None:
    world = build_world()
    twenty(world)
    visitor = Visitor(browser, live_server.url, world.consultant.email, viewport={"width": 1440, "height": 900})
    page, home = visitor.page, f"/portfolio/{world.firm.slug}/"
    for width, scheme in _SIZES:
        _at(page, width, scheme)
        visitor.check(home)
        _picture(page, f"portfolio-{scheme}-{width}")
    _at(page, 1440, "light")
    page.goto("/")  # where a consultant begins
    expect(page.get_by_role("heading", level=1)).to_have_text("Three of your 20 clients need you")
    assert [text.strip() for text in page.locator(".needs .who").all_inner_texts()] == [QUIET, TURNED, BELOW]
    for name, lands in ((QUIET, "data/"), (TURNED, "why/"), (BELOW, "targets/")):
        page.goto(home)
        page.locator(".needs li", has_text=name).get_by_role("link").last.click()
        page.wait_for_url(f"**/o/{name.lower().replace(' ', '-')}/{lands}**")
    page.goto(home)
    page.select_option("[name=waits]", label="Who needs you")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("heading", name="3 of 20 clients")).to_be_visible()
    for name in (QUIET, TURNED, BELOW):
        page.get_by_label(f"Put {name} side by side").check()
    page.get_by_role("button", name="Put the ticked side by side").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{QUIET}, {TURNED} and {BELOW} side by side")
    assert visitor.complaints == []


def _eight(world: World) -> list[Organisation]:
    """Six that can be ranked, one that measures half of the template, a small one, and one with another window."""
    levels = {"Alder Books": 9, "Birch Cafés": 7, "Cedar Clinics": 7, "Dogwood Homes": 6, "Elm Energy": 3}
    made = []
    for name, level in levels.items():
        made.append(make_client(world.firm, name))
        visits = [max(level + at % 5 - 2, 0) for at in range(60)]
        measured(made[-1], {"visit": visits, "purchase": [at % 2 for at in range(60)]})
    made.append(make_client(world.firm, "Fir Fitness"))
    measured(made[-1], {"visit": [5 + at % 3 for at in range(60)]})
    made.append(make_client(world.firm, "Gingko Games"))
    measured(made[-1], {"visit": [5] * 12, "purchase": [1] * 12})
    made.append(make_client(world.firm, "Hazel Hotels"))
    measured(made[-1], {"visit": [5] * 40, "purchase": [1] * 40}, window_days=90)
    for other in (world.ours, world.other):
        with organisation_scope(other.pk):
            Organisation.objects.filter(pk=other.pk).update(suspended_at=NOW)
    return made


def test_one_yardstick_for_all(browser: Browser, live_server: Any) -> None:
    world = build_world()
    made = _eight(world)
    template(world, said=yardstick(action("visit", "1"), action("purchase", "2"), full_points="14"))
    visitor = Visitor(browser, live_server.url, world.consultant.email, viewport={"width": 1440, "height": 900})
    page, home = visitor.page, f"/portfolio/{world.firm.slug}/"
    visitor.check(home)
    page.get_by_role("link", name="Common yardstick").click()
    page.wait_for_url(f"**{home}yardstick/")
    for width, scheme in _SIZES:
        _at(page, width, scheme)
        visitor.check(f"{home}yardstick/")
        _picture(page, f"yardstick-empty-{scheme}-{width}")
    page.get_by_role("button", name="Measure every client by it").click()
    expect(page.get_by_text("0 of 8 clients are measured; the others are on their way.")).to_be_visible()
    _picture(page, "yardstick-waiting")
    for client in made:
        work(client)
    for width, scheme in _SIZES:
        _at(page, width, scheme)
        visitor.check(f"{home}yardstick/?template=standard")
        _picture(page, f"yardstick-{scheme}-{width}")
    _at(page, 1440, "light")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 of 6 clients may be first by this yardstick")
    expect(page.get_by_role("heading", name="2 clients without a rank")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("ranking")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{home}yardstick/")
    assert visitor.complaints == []
