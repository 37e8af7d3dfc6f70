"""Roles, limits and operators in a real browser: wide, dark and on a phone; axe and the console find nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from playwright.sync_api import Browser

from tenants.models import Membership, User
from tenants.scope import organisation_scope
from tests.browser.visitor import MARKS, SIZES, Visitor
from tests.conftest import PASSWORD, World

pytestmark = MARKS


def _visitor(browser: Browser, base: str, email: str, *, width: int, scheme: Any) -> Visitor:
    return Visitor(browser, base, email, viewport={"width": width, "height": 900}, color_scheme=scheme)


def _picture(visitor: Visitor, name: str) -> None:
    folder = os.environ.get("PICTURES")
    if folder:
        visitor.page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def _person(email: str, **fields: Any) -> User:
    return User.objects.create(email=email, name="Olu Operator", password=make_password(PASSWORD), **fields)


@SIZES
def test_an_admin_limits_a_viewer_who_then_sees_their_segment(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    size = {"width": width, "scheme": scheme}
    base = f"/o/{world.ours.slug}"
    admin = _visitor(browser, live_server.url, world.admin.email, **size)
    with organisation_scope(world.ours.pk):
        member = Membership.objects.get(user=world.viewer)
    for path in ("members/", "members/roles/", f"members/{member.pk}/"):
        admin.check(f"{base}/{path}")
        _picture(admin, f"{path.replace('/', '-')[:14]}{scheme}-{width}")
    segment = admin.page.get_by_label("Plan: Team")
    admin.page.get_by_label("Role").select_option("consultant")
    assert not admin.page.get_by_label("Some segments").is_visible()  # only a viewer's access is limited
    admin.page.get_by_label("Role").select_option("viewer")
    assert not segment.is_visible()
    admin.page.get_by_label("Some segments").check()
    segment.check()
    admin.page.get_by_role("button", name="Change role").press("Enter")
    admin.page.wait_for_url(f"**{base}/members/")
    viewer = _visitor(browser, live_server.url, world.viewer.email, **size)
    for path in ("", "segments/team/", "customers/", "customers/1/", "why/"):
        viewer.check(f"{base}/{path}")
        _picture(viewer, f"own-{path.replace('/', '-')}{scheme}-{width}")
    assert admin.complaints == []
    assert viewer.complaints == []


@SIZES
def test_an_operator_acts_for_somebody_and_ends_it(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    _person("olu@example.com", is_staff=True)
    operator = _visitor(browser, live_server.url, "olu@example.com", width=width, scheme=scheme)
    page = operator.page
    page.wait_for_url("**/operate/")
    operator.check("/operate/")
    _picture(operator, f"operate-{scheme}-{width}")
    page.get_by_role("textbox", name="Organisation").fill(world.ours.slug)
    page.get_by_role("textbox", name="Why").fill("Scores stopped on Friday")
    page.get_by_role("button", name="Begin").press("Enter")
    page.wait_for_url(f"**/o/{world.ours.slug}/")
    operator.check(f"/o/{world.ours.slug}/")
    _picture(operator, f"visit-{scheme}-{width}")
    for path in ("", "tenants/user/", f"tenants/user/{world.viewer.pk}/change/"):
        page.goto(f"/operate/admin/{path}")
        _picture(operator, f"admin-{path.replace('/', '-')[:13]}{scheme}-{width}")
    assert operator.complaints == []
    page.get_by_role("button", name="End now").press("Enter")
    page.wait_for_url("**/operate/")
    assert page.get_by_text("Operator acting for").count() == 0
