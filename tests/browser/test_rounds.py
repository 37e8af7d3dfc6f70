"""The round of a month in a real browser: prepared, one client waits, the other two are approved, mails go out."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Browser

from engagement.rounds.models import ReportMail
from tenants.scope import organisation_scope
from tests.browser.test_roles import _picture, _visitor
from tests.browser.visitor import MARKS, SIZES
from tests.conftest import World, build_world, make_client
from tests.rounds.rounds_world import deliver, listed, scored, work_off, written

pytestmark = MARKS


@pytest.fixture
def world() -> World:
    return build_world()


@SIZES
def test_a_round_of_three_is_prepared_approved_and_sent(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    size, base = {"width": width, "scheme": scheme}, f"/o/{world.firm.slug}/rounds/?month=2026-02"
    clients = (world.ours, world.other, make_client(world.firm, "Third"))
    for one in clients:
        scored(one)
        listed(one, f"board@{one.slug}.example")
    consultant = _visitor(browser, live_server.url, world.consultant.email, **size)
    consultant.check(base)
    _picture(consultant, f"rounds-{scheme}-{width}")
    page = consultant.page
    page.get_by_role("button", name="Prepare all").press("Enter")
    page.get_by_text("3 drafts are being prepared.").wait_for()
    consultant.check(page.url)
    work_off(*clients)
    page.get_by_role("link", name="Show the latest state").first.press("Enter")
    for one in clients[:2]:
        written(one)
    page.reload()
    page.get_by_role("heading", name="2 ready, 1 waiting for a decision").wait_for()
    assert page.get_by_text("The opening of the report is not written.").count() == 1
    page.get_by_role("link", name="Approve 2 ready reports").press("Enter")
    page.get_by_role("heading", name="2 mails go out").wait_for()
    consultant.check(page.url)
    _picture(consultant, f"rounds-approve-{scheme}-{width}")
    page.get_by_role("radio", name="At once", exact=True).check()
    page.get_by_role("button", name="Approve 2 reports").press("Enter")
    page.get_by_text("2 reports are approved.").wait_for()
    for one in clients[:2]:
        with organisation_scope(one.pk, write=False):
            assert ReportMail.objects.get().state == ReportMail.State.WAITING
    deliver(timezone.now())
    assert sorted(one.to[0] for one in mail.outbox) == sorted(f"board@{one.slug}.example" for one in clients[:2])
    page.get_by_role("link", name=world.ours.name, exact=True).press("Enter")
    page.get_by_role("heading", name="Report of February 2026: sent").wait_for()
    consultant.check(page.url)
    _picture(consultant, f"round-{scheme}-{width}")
    consultant.check(f"/o/{clients[2].slug}/round/approve/?month=2026-02")
    page.get_by_label("I have seen what waits").check()
    page.get_by_role("button", name="Approve").press("Enter")
    page.get_by_text("Approved: 1 mail goes out.").wait_for()
