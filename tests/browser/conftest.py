"""What every test in a browser begins with: the browser, and a client with a past beside one with nothing."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, sync_playwright

from engagement.insights.services import score, set_target
from tenants.scope import organisation_scope
from tests.browser.visitor import CHROMIUM, FLAGS
from tests.conftest import NOW, World, build_world
from tests.insights.scoring_world import AS_OF, add_activity, add_customers, add_segments, make_small


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright runs a loop of its own in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def world() -> World:
    """A client with three months, a partition and a target; and one with nothing."""
    world = build_world()
    small = make_small(world.ours, weights={"visit": ("website", 1_000, None), "purchase": ("purchase", 10_000, 3)})
    add_customers(small, [(number, {"plan": "Team" if number % 2 else ""}) for number in range(1, 81)])
    rule = {"all": [{"trait": "plan", "op": "is", "value": "Team"}]}
    add_segments(small, "plan", {"team": rule, "no-plan": {"all": [{"trait": "plan", "op": "is_missing"}]}})
    source = random.Random(5)
    rows = [
        (source.randint(1, 80), source.choice(["visit", "purchase"]), AS_OF - timedelta(days=source.randint(0, 150)), 1)
        for _ in range(400)
    ]
    add_activity(small, rows)
    for months_back in (59, 28, 0):
        score(organisation_id=small.id, as_of=AS_OF - timedelta(days=months_back), cause="history", now=NOW)
    with organisation_scope(small.id):
        set_target(
            organisation=world.ours, segment_key="all", measure="score", value=Decimal(75),
            due_on=AS_OF + timedelta(days=3000), owner=None, note="", user=None, now=NOW,
        )  # fmt: skip
    return world
