"""The pages about templates in a real browser, wide and narrow, light and dark."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from engagement.scoring import services
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.browser.visitor import MARKS, Visitor
from tests.conftest import NOW, World, build_world
from tests.scoring.config import kept, published, story
from tests.scoring.templates_world import applying, make_template, next_version, with_action

pytestmark = MARKS
APPLY = "weights/template/apply/?template=retail"


@pytest.fixture
def world() -> World:
    """A client in the middle of an upgrade with a conflict, and one on which nothing has been applied."""
    world = build_world()
    with organisation_scope(world.ours.id):
        Organisation.objects.update(sample_today=NOW.date())
    story(world.ours)
    published(world.ours)
    make_template(world)
    applying(world, world.ours)
    kept(world.ours, weights={}, window_days=60, full_points_from="median")
    with organisation_scope(world.ours.id):
        services.change_action(organisation=world.ours, key="social", name="Shares and likes", user=None, now=NOW)
    said = with_action("call", name="Phone call", weight="3")
    said["actions"].append({**said["actions"][3], "key": "chat", "name": "Chat", "weight": "7"})
    next_version(world, {**said, "window_days": 120})
    return world


@pytest.mark.parametrize(
    ("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "dark"), (320, "light")],
    ids=["wide", "dark", "phone", "narrow"],
)  # fmt: skip
def test_pages_about_templates(browser: Browser, live_server: Any, world: World, width: int, scheme: Any) -> None:
    visitor = Visitor(
        browser, live_server.url, world.admin.email, viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    firm, ours, other = (f"/o/{one.slug}/" for one in (world.firm, world.ours, world.other))
    for name, path in {
        "list": f"{firm}templates/",
        "new": f"{firm}templates/new/",
        "one": f"{firm}templates/retail/",
        "version": f"{firm}templates/retail/version/",
        "version-diff": f"{firm}templates/retail/version/?client={world.ours.slug}",
        "client": f"{ours}weights/template/",
        "client-none": f"{other}weights/template/",
        "upgrade": f"{ours}{APPLY}",
        "first": f"{other}{APPLY}",
    }.items():
        visitor.check(path)
        if folder := os.environ.get("SHOTS"):
            visitor.page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)
    assert visitor.complaints == []


def test_an_upgrade_by_keyboard(browser: Browser, live_server: Any, world: World) -> None:
    """The one choice, then the button: no mouse, and the draft has the template's window."""
    visitor = Visitor(browser, live_server.url, world.consultant.email)
    page = visitor.page
    page.goto(f"/o/{world.ours.slug}/{APPLY}")
    choice = page.get_by_label("Which holds for Window?")
    choice.focus()
    page.keyboard.type("Ver")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Apply version 2").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/weights/draft/")
    assert page.input_value("[name=window_days]") == "120"
    assert visitor.complaints == []
