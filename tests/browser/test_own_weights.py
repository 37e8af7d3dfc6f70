"""Own weights for segments in a real browser: the form, the question before they go, and where they are read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser

from engagement.insights.models import SnapshotPart
from engagement.insights.services import score
from engagement.scoring import services
from engagement.scoring.models import ScoreRun, Segment, WeightSet
from tenants.scope import organisation_scope
from tests.browser.visitor import MARKS, SIZES, Visitor
from tests.conftest import NOW, World
from tests.scoring.own_weights_world import own

pytestmark = MARKS
DAY = date(2026, 3, 1)
PAGES = (
    "weights/draft/", "weights/draft/segments/team/", "weights/draft/segments/no-plan/",
    "weights/draft/segments/team/remove/", "weights/draft/publish/", "weights/", "weights/51/",
    "segments/team/archive/", f"?as_of={DAY}", f"segments/team/?as_of={DAY}", "runs/4/",
)  # fmt: skip


@pytest.fixture
def weighed(world: World) -> World:
    """Set 51 counts with own weights of a segment, and so does the draft."""
    weights: dict[str, Any] = {}
    view = own(world.ours, "team", weights=weights)
    with organisation_scope(world.ours.id):
        services.publish(organisation=world.ours, user=world.admin, note="Teams", changed_at=view.changed_at, now=NOW)
        assert WeightSet.objects.get(state="published").number == 51
    own(world.ours, "team", weights=weights, full_points=Decimal(12))
    _score(world)
    return world


def _score(world: World) -> None:
    """The first day of set 51, with parts of everybody and of the segment."""
    score(organisation_id=world.ours.id, as_of=DAY, cause="request", now=NOW)
    with organisation_scope(world.ours.id):
        run, team = ScoreRun.objects.get(as_of=DAY), Segment.objects.get(key="team")
        SnapshotPart.objects.filter(run=run).delete()
        for key, n, whose in (("all", 40, None), ("all", 40, team), ("team", 40, team)):
            SnapshotPart.objects.create(
                organisation=world.ours, run=run, weight_set=run.weight_set, override_of=whose, n=n, n_active=n,
                segment=Segment.objects.get(key=key), sum_points=n, points_scale=1, sum_score_millionths=n, n_poor=n,
                n_good=0, n_excellent=0,
            )  # fmt: skip


@SIZES
def test_pages_about_own_weights(browser: Browser, live_server: Any, weighed: World, width: int, scheme: Any) -> None:
    settings = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    visitor = Visitor(browser, live_server.url, weighed.admin.email, **settings)
    for path in PAGES:
        visitor.check(f"/o/{weighed.ours.slug}/{path}")
        if "as_of" in path:
            assert "own weights of Team" in visitor.page.inner_text("main")
    assert visitor.complaints == []


def test_a_segment_gets_own_weights_by_keyboard(browser: Browser, live_server: Any, weighed: World) -> None:
    visitor = Visitor(browser, live_server.url, weighed.admin.email, viewport={"width": 360, "height": 800})
    page = visitor.page
    page.goto(f"{live_server.url}/o/{weighed.ours.slug}/weights/draft/")
    page.get_by_label("Segment", exact=True).select_option(value="no-plan")
    page.get_by_role("button", name="Give it own weights").press("Enter")
    page.get_by_role("textbox", name="Full points").fill("0")
    page.get_by_role("button", name="Keep in the draft").press("Enter")
    assert "Full points are above 0" in page.inner_text("main")
    page.get_by_role("textbox", name="Full points").fill("8")
    page.get_by_role("button", name="Keep in the draft").press("Enter")
    assert "has weights of its own in the draft." in page.inner_text("body")
    assert visitor.complaints == []
