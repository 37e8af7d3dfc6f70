"""The pages in a real browser: every role, wide and narrow, light and dark; axe and the console find nothing."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from engagement.insights.services import score, set_target
from engagement.scoring import services
from engagement.scoring.selectors.weights import draft_view
from tenants.scope import organisation_scope
from tests.conftest import NOW, PASSWORD, World, build_world
from tests.insights.scoring_world import AS_OF, add_activity, add_customers, add_segments, make_small

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
# Pages of a client; {number} is a customer, {segment} a segment.
READING = [
    "",
    "segments/",
    "segments/team/",
    "customers/",
    "customers/1/",
    "actions/",
    "weights/",
    "targets/",
    "targets/of/all/",
    "runs/",
    "why/",
]
WORKING = ["weights/draft/", "data/", "data/keys/", "actions/new/", "segments/new/segment/", "exclusions/"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on the path"),
]


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


class Visitor:
    """Somebody signed in, whose browser's complaints are kept."""

    def __init__(self, browser: Browser, base: str, email: str, **settings: Any) -> None:
        self.context = browser.new_context(base_url=base, **settings)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto("/login/")
        self.page.fill("[name=username]", email)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main button[type=submit]")

    def _hear(self, message: Any) -> None:
        # htmx tells the console when typing overtakes an answer: that is wanted, and happens where the machine is busy.
        if message.type in {"error", "warning"} and "htmx:sendAbort" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def check(self, path: str) -> None:
        """The page answers 200, axe finds nothing, and it does not scroll sideways."""
        response = self.page.goto(path)
        assert response is not None
        assert response.status == 200, path
        found = Axe().run(self.page).response["violations"]
        assert not found, (path, [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found])
        overflow = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, f"{path} is {overflow} px too wide"


@pytest.mark.parametrize(
    ("width", "scheme"), [(1440, "light"), (1440, "dark"), (360, "light")], ids=["wide", "dark", "phone"]
)
def test_a_consultants_pages(browser: Browser, live_server: Any, world: World, width: int, scheme: Any) -> None:
    visitor = Visitor(
        browser, live_server.url, world.consultant.email, viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    visitor.check(f"/portfolio/{world.firm.slug}/")
    for path in [*READING, *WORKING]:
        visitor.check(f"/o/{world.ours.slug}/{path}")
    visitor.check(f"/o/{world.other.slug}/")
    visitor.check("/account/")
    assert visitor.complaints == []


def test_an_admins_pages(browser: Browser, live_server: Any, world: World) -> None:
    visitor = Visitor(browser, live_server.url, world.admin.email)
    for path in ("settings/", "members/"):
        visitor.check(f"/o/{world.ours.slug}/{path}")
    visitor.check(f"/o/{world.firm.slug}/clients/new/")
    assert visitor.complaints == []


def test_a_viewer_reads_and_is_refused_the_rest(browser: Browser, live_server: Any, world: World) -> None:
    visitor = Visitor(browser, live_server.url, world.viewer.email)
    for path in READING:
        visitor.check(f"/o/{world.ours.slug}/{path}")
    assert visitor.complaints == []
    refused = visitor.page.goto(f"/o/{world.ours.slug}/data/")
    unknown = visitor.page.goto(f"/o/{world.other.slug}/")
    assert refused is not None
    assert unknown is not None
    assert (refused.status, unknown.status) == (403, 404)


def test_axe_and_the_console_would_be_heard(browser: Browser, live_server: Any, world: World) -> None:
    """The control: a page with a picture that has no text, and a script that strict CSP refuses."""
    visitor = Visitor(browser, live_server.url, world.viewer.email)
    visitor.page.goto(f"/o/{world.ours.slug}/")
    visitor.page.evaluate(
        "document.body.innerHTML += '<img src=\"data:,\">';"
        "const s = document.createElement('script'); s.textContent = '1'; document.body.append(s)"
    )
    assert Axe().run(visitor.page).response["violations"]
    assert any("Content Security Policy" in text for text in visitor.complaints)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")], ids=["wide", "phone"])
def test_a_draft_is_previewed_while_it_is_typed(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    with organisation_scope(world.ours.id):
        draft = services.draft(organisation=world.ours, user=None, now=NOW)
    visitor = Visitor(
        browser, live_server.url, world.consultant.email, viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    visitor.check(f"/o/{world.ours.slug}/weights/draft/")
    page = visitor.page
    assert page.locator("[data-slides]").first.is_visible() == (width == 1440)
    page.fill("[name='weight_t-visit']", "2")
    page.locator("#finding", has_text="Visit 1 → 2").wait_for()
    if width == 1440:
        page.locator("[data-slides='id_weight_t-purchase']").fill("20")
        assert page.input_value("[name='weight_t-purchase']") == "20"
    else:
        page.fill("[name='weight_t-purchase']", "20")
    page.locator("#preview", has_text="2 times as large").wait_for()
    found = Axe().run(page).response["violations"]
    assert not found, [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]
    assert page.locator("#live").is_visible() == (width == 390)
    page.get_by_role("button", name="Keep the level").click()
    page.locator("#preview", has_text="so every score stays").wait_for()
    assert page.input_value("[name='full_points']") == "20"
    page.fill("[name='weight_t-visit']", "much")
    page.locator("#preview", has_text="cannot be previewed").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    with organisation_scope(world.ours.id, write=False):
        kept = draft_view(organisation=world.ours)
    assert kept == draft
    assert visitor.complaints == []


def test_the_editor_works_without_a_script(browser: Browser, live_server: Any, world: World) -> None:
    with organisation_scope(world.ours.id):
        services.draft(organisation=world.ours, user=None, now=NOW)
    visitor = Visitor(browser, live_server.url, world.consultant.email, java_script_enabled=False)
    page = visitor.page
    page.goto(f"/o/{world.ours.slug}/weights/draft/")
    assert page.locator("[data-slides]").first.is_visible() is False
    page.fill("[name='weight_t-visit']", "2")
    page.get_by_role("button", name="Preview").click()
    assert "Visit 1 → 2" in page.inner_text("h1")
    assert page.input_value("[name='weight_t-visit']") == "2"
