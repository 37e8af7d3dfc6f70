"""A test with arms in a real browser: planned by a trait, started, read out, one whose split is off, and its end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page

from engagement.cases.models import Experiment
from engagement.insights.services import score
from tenants.scope import organisation_scope
from tests.browser.test_roles import _picture, _visitor
from tests.browser.visitor import MARKS, SIZES
from tests.conftest import World, build_world
from tests.insights.scoring_world import add_activity, add_customers, make_small

pytestmark = MARKS
TITLE = "A shorter page"


@pytest.fixture
def world() -> World:
    """Customers in two arms by a trait, of two pages: 40 ± 10 visits and 46 ± 10; and of two offers, badly split."""
    world, day = build_world(), timezone.now().date() - timedelta(days=1)
    weights = {"visit": ("website", 1_000, None)}
    small = make_small(world.ours, weights=weights, full_points=100_000, window_days=20)
    arms = ["old", "new"] * 100
    offers = ["half" if number % 3 else "none" for number in range(200)]
    add_customers(
        small, [(n, {"page": arm, "offer": offers[n - 1]}) for n, arm in enumerate(arms, start=1)]
    )  # fmt: skip
    rows = [
        (n, "visit", day, (40 if arm == "old" else 46) + (10 if n // 2 % 2 else -10))
        for n, arm in enumerate(arms, start=1)
    ]
    add_activity(small, rows)
    score(organisation_id=small.id, as_of=day, cause="history", now=timezone.now())
    return world


def _plan(page: Page, *, title: str, trait: str, arms: str) -> None:
    """From the list to the planned test, over the days that end yesterday and begin today."""
    page.get_by_role("link", name="Plan a test").press("Enter")
    page.get_by_label("What is tried").fill(title)
    page.get_by_label("A trait of the customer").check()
    page.get_by_label("Trait or property").fill(trait)
    page.get_by_label("Arms").fill(arms)
    page.get_by_label("Smallest difference worth seeing").fill("4")
    page.get_by_label("Customers in each arm").fill("50")
    page.get_by_label("Last day").fill((timezone.now().date() + timedelta(days=20)).isoformat())
    page.get_by_role("button", name="Plan the test").press("Enter")
    page.get_by_text("The test is planned.").wait_for()


def _start(page: Page) -> None:
    page.get_by_role("link", name="Start …").press("Enter")
    page.get_by_role("button", name="Start the test").press("Enter")
    page.get_by_text("The test runs.").wait_for()


def _is_over(world: World, title: str) -> None:
    """As if the test had begun before yesterday and yesterday had been its last day."""
    yesterday = timezone.now().date() - timedelta(days=1)
    with organisation_scope(world.ours.pk):
        Experiment.objects.filter(title=title).update(first_day=yesterday - timedelta(days=19), last_day=yesterday)


@SIZES
def test_a_test_is_planned_started_and_read_out(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    size, base = {"width": width, "scheme": scheme}, f"/o/{world.ours.slug}/cases/tests/"
    consultant = _visitor(browser, live_server.url, world.consultant.email, **size)
    page = consultant.page
    consultant.check(base)
    _picture(consultant, f"experiments-empty-{scheme}-{width}")
    consultant.check(f"{base}new/")
    _picture(consultant, f"experiment-new-{scheme}-{width}")
    # What cannot be used is said beside the field, and what was typed is still there.
    page.get_by_label("What is tried").fill(TITLE)
    page.get_by_label("Trait or property").fill("page")
    page.get_by_label("Arms").fill("old\nnew")
    page.get_by_label("Smallest difference worth seeing").fill("4")
    page.get_by_label("Last day").fill((timezone.now().date() + timedelta(days=20)).isoformat())
    page.get_by_role("button", name="Plan the test").press("Enter")
    page.get_by_text("is no arm: give a value, a comma and a share").wait_for()
    assert page.get_by_label("What is tried").input_value() == TITLE
    consultant.look()
    page.goto(base)
    _plan(page, title=TITLE, trait="page", arms="old, 50\nnew, 50")
    consultant.check(page.url)
    _start(page)
    page.get_by_role("button", name="Read it out").press("Enter")
    page.get_by_text("No finished day since the test began was scored yet.").wait_for()
    _is_over(world, TITLE)
    page.reload()
    page.get_by_role("button", name="Read it out").press("Enter")
    page.get_by_role("heading", name="new: +6.0 against old").first.wait_for()
    consultant.check(page.url)
    _picture(consultant, f"experiment-{scheme}-{width}")
    assert consultant.complaints == []


@SIZES
def test_a_split_that_is_off_is_withheld_and_the_test_is_stopped(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    """Two thirds and one third where half and half was planned."""
    size, base = {"width": width, "scheme": scheme}, f"/o/{world.ours.slug}/cases/tests/"
    consultant = _visitor(browser, live_server.url, world.consultant.email, **size)
    page = consultant.page
    page.goto(base)
    _plan(page, title="Half price", trait="offer", arms="half, 50\nnone, 50")
    _start(page)
    _is_over(world, "Half price")
    page.reload()
    page.get_by_role("button", name="Read it out").press("Enter")
    page.get_by_role("heading", name="the split is off").first.wait_for()
    assert page.get_by_role("table", name="Arms").count() == 0
    consultant.check(page.url)
    _picture(consultant, f"experiment-withheld-{scheme}-{width}")
    page.get_by_role("link", name="Show it all the same").press("Enter")
    page.get_by_text("It is not to be trusted.").wait_for()
    consultant.look()
    page.get_by_role("link", name="Stop …").press("Enter")
    consultant.look()
    page.get_by_label("Why").fill("The offer went to newcomers only")
    page.get_by_role("button", name="Stop the test").press("Enter")
    page.get_by_text("Stopped: The offer went to newcomers only").wait_for()
    assert page.get_by_role("button", name="Read it out").count() == 0
    consultant.check(base)
    _picture(consultant, f"experiments-{scheme}-{width}")
    viewer = _visitor(browser, live_server.url, world.viewer.email, **size)
    viewer.check(base)
    assert viewer.page.get_by_role("link", name="Plan a test").count() == 0
    assert consultant.complaints == viewer.complaints == []
