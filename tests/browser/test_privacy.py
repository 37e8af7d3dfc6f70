"""Erasing somebody, explaining a score and leaving, in a real browser: wide, dark and on a phone."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from playwright.sync_api import Browser

from engagement.ingest.models import Erasure
from engagement.ingest.services import process_erasure
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.browser.visitor import MARKS, SIZES, Visitor
from tests.conftest import NOW, World

pytestmark = MARKS
NUMBER = 1


def _keep_picture(visitor: Visitor, name: str) -> None:
    """For whoever wants to look: PICTURES=/a/folder keeps one of each page."""
    if folder := os.environ.get("PICTURES"):
        visitor.page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@SIZES
def test_somebody_is_erased_and_an_organisation_rests(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    settings = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    visitor = Visitor(browser, live_server.url, world.admin.email, **settings)
    page, base = visitor.page, f"/o/{world.ours.slug}"
    for path in (
        "customers/1/",
        "customers/1/explanation/",
        "data/privacy/",
        "settings/leaving/",
        "customers/1/erase/",
    ):
        visitor.check(f"{base}/{path}")
        _keep_picture(visitor, f"{path.strip('/').replace('/', '-')}-{width}-{scheme}")
    page.get_by_label("Why?").fill("Asked by letter")
    page.get_by_role("button", name="Erase for good").press("Enter")
    page.wait_for_url(f"**{base}/data/privacy/")
    with organisation_scope(world.ours.pk):
        key = UUID(str(Erasure.objects.get().pk))
    assert process_erasure(organisation_id=world.ours.pk, erasure_id=key, now=NOW + timedelta(days=400))
    visitor.check(f"{base}/data/privacy/")
    _keep_picture(visitor, f"erased-{width}-{scheme}")
    assert page.get_by_role("cell", name="Done", exact=True).is_visible()
    visitor.check(f"{base}/customers/")
    assert page.get_by_text("1 erased customer is in the sums").is_visible()
    visitor.check(f"{base}/settings/leaving/delete/")
    page.get_by_label("Why?").fill("The contract ended")
    page.get_by_label("Type its address").fill(world.ours.slug)
    page.get_by_role("button", name="Delete in 7 days").press("Enter")
    page.wait_for_url(f"**{base}/settings/leaving/")
    visitor.check(f"{base}/settings/leaving/")
    _keep_picture(visitor, f"deleted-{width}-{scheme}")
    page.get_by_role("button", name="Call it back").press("Enter")
    page.get_by_role("button", name="Resume").press("Enter")
    page.get_by_text("is resumed").wait_for()
    with organisation_scope(world.ours.pk):
        assert Organisation.objects.get(pk=world.ours.pk).suspended_at is None
    visitor.check(f"{base}/settings/leaving/suspend/")
    assert visitor.complaints == []
