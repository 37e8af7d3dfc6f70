"""Publishing in a real browser: scheduled, proposed, restated; wide, dark and on a phone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser

from engagement.insights.services import run_request
from engagement.scoring import services
from engagement.scoring.models import RunRequest
from engagement.scoring.types import DraftChange
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.browser.visitor import MARKS, SIZES, Visitor
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF

pytestmark = MARKS
LATER = timedelta(days=3650)  # after the day on which the test runs, which the pages' clock shows
PAGES = (
    "weights/", "weights/50/", "weights/50/return/now/", "weights/51/", "weights/51/past/restate/",
    "weights/51/past/take-back/", "weights/52/", "weights/52/withdraw/", "weights/53/", "weights/53/approve/",
    "weights/53/send-back/", "weights/draft/", f"?as_of={AS_OF}", f"?as_of={AS_OF}&line=as-it-was",
    f"segments/team/?as_of={AS_OF}",
)  # fmt: skip


def _kept(organisation: Organisation, full_points: int) -> Any:
    change = DraftChange(
        window_days=90, half_life_days=None, full_points=Decimal(full_points), full_points_from="own", weights={}
    )
    return services.change_draft(organisation=organisation, change=change, user=None, now=NOW)


def _published(world: World, full_points: int, **said: Any) -> None:
    with organisation_scope(world.ours.id):
        draft = _kept(world.ours, full_points)
        services.publish(organisation=world.ours, changed_at=draft.changed_at, now=NOW, user=world.consultant, **said)


@pytest.fixture
def published(world: World) -> World:
    """Set 51 restates the end of January, 52 is scheduled, 53 waits for a second person."""
    _published(world, 14, note="Level of the new year", restate_from=AS_OF - timedelta(days=30))
    _worked(world)
    with organisation_scope(world.ours.id):
        # The page's clock is the real one, and a day that has passed would not be scheduled.
        draft = _kept(world.ours, 12)
        view = services.publish(
            organisation=world.ours,
            changed_at=draft.changed_at,
            now=NOW + LATER,
            user=world.consultant,
            note="Before the campaign",
            effective_from=(NOW + LATER).date() + timedelta(days=9),
        )
        assert view.state == "scheduled"
        Organisation.objects.filter(pk=world.ours.pk).update(second_approver=True)
    _published(world, 11, note="Coupons count more")
    return world


def _worked(world: World) -> None:
    while True:
        with organisation_scope(world.ours.id, write=False):
            request = RunRequest.objects.filter(state="waiting").first()
        if request is None:
            return
        run_request(organisation_id=world.ours.id, request_id=request.pk, now=NOW)


@SIZES
def test_pages_about_publishing(browser: Browser, live_server: Any, published: World, width: int, scheme: Any) -> None:
    settings = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    visitor = Visitor(browser, live_server.url, published.admin.email, **settings)
    for path in PAGES:
        visitor.check(f"/o/{published.ours.slug}/{path}")
    assert visitor.complaints == []
