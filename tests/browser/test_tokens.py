"""API tokens and write keys in a real browser: made, replaced and revoked by keyboard; wide, dark, on a phone."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone
from playwright.sync_api import Browser

from engagement.ingest.models import WriteKey
from tenants.models import ApiToken, OrganisationToken
from tenants.scope import organisation_scope
from tenants.services import create_token
from tests.browser.visitor import MARKS, SIZES, Visitor
from tests.conftest import World
from tests.ingest.sending import rows, write_key

pytestmark = MARKS
PICTURES = os.environ.get("PICTURES", "")  # a folder, for whoever wants to look


@SIZES
def test_tokens_and_keys(browser: Browser, live_server: Any, world: World, width: int, scheme: Any) -> None:
    now = timezone.now()
    create_token(user=world.admin, name="ended", now=now - timedelta(days=9), days=1)
    create_token(user=world.admin, name="a few", now=now, permissions=["view", "edit_targets", "edit_weights"])
    write_key(world.ours)
    (key_id,) = rows(world.ours, WriteKey, "id")
    settings = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    visitor = Visitor(browser, live_server.url, world.admin.email, **settings)
    page, base = visitor.page, f"/o/{world.ours.slug}"

    def look(path: str) -> None:
        visitor.check(path)
        if PICTURES:
            name = path.replace(str(key_id), "key").strip("/").replace("/", "-")
            page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}-{scheme}.png"), full_page=True)

    look("/account/tokens/")
    page.get_by_label("What is it for?").fill("nightly export")
    page.get_by_role("button", name="Create the token").press("Enter")
    page.get_by_text("rpt_").wait_for()
    look("/account/")
    look(f"{base}/members/")
    look(f"{base}/tokens/")
    page.get_by_label("What is it for?").fill("warehouse")
    page.get_by_label("Everything I may").check()
    page.get_by_role("button", name="Create").press("Enter")
    page.get_by_text("rpo_").wait_for()
    look(f"{base}/tokens/")
    page.get_by_text(" rights").click()
    page.get_by_role("link", name="Revoke the token for warehouse").press("Enter")
    page.get_by_role("button", name="Revoke the token").press("Enter")
    page.get_by_text("no longer opens anything").wait_for()
    look(f"{base}/data/keys/{key_id}/rotate/")
    page.get_by_role("button", name="Make the new key").press("Enter")
    page.get_by_text("rpw_").wait_for()
    look(f"{base}/data/keys/")
    assert visitor.complaints == []
    with organisation_scope(world.ours.pk):
        assert OrganisationToken.objects.get().revoked_at is not None
    assert ApiToken.objects.filter(name="nightly export").count() == 1
