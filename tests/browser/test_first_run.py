"""A new client is led from nothing to the first score and target, in a real browser, leaving and coming back."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from tests.browser.visitor import MARKS, WALKED, Visitor
from tests.browser.working import Worker
from tests.conftest import World, build_world

pytestmark = MARKS
_KINDS = ("Page Viewed", "Order Completed", "newsletter_clicked", "Lead Score Updated", "Order Refunded")


@pytest.fixture
def world() -> World:
    return build_world()


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> Worker:
    worker = Worker()
    monkeypatch.setattr("tenants.wake.current_app", worker)
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    return worker


def _files(folder: Path, *, days_back: int = 1) -> tuple[Path, Path]:
    """Two months of 60 customers, and what is known of most of them."""
    source, last = random.Random(3), timezone.now().date() - timedelta(days=days_back)
    rows = [
        f"{source.choice(_KINDS)},c-{source.randint(1, 60)},{last - timedelta(days=source.randint(0, 60))}T12:00:00Z"
        for _ in range(500)
    ]
    events, customers = folder / "events.csv", folder / "customers.csv"
    events.write_text("\n".join(["event,customer_id,occurred_at", *rows]))
    plans = [f"c-{n},{'Team' if n % 3 else 'Solo'},{n}" for n in range(1, 56)]
    customers.write_text("\n".join(["customer_id,plan,shoe", *plans]))
    return events, customers


class Walk:
    """Somebody with a new client, a worker that works when told, and a picture of every page they come by."""

    def __init__(self, visitor: Visitor, worker: Worker, *, shot: str) -> None:
        self.visitor, self.page, self.worker, self.shot = visitor, visitor.page, worker, shot

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).click()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def reads(self, heading: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(heading)

    def seen(self, name: str) -> None:
        self.visitor.look()
        self.visitor.picture(f"first-{name}-{self.shot}")

    def work(self) -> None:
        self.worker.work()
        self.page.reload()

    def upload(self, path: Path, kind: str) -> None:
        self.page.get_by_label(kind).check()
        self.page.set_input_files("[name=file]", str(path))
        self.press("Upload")
        self.page.wait_for_url("**/imports/*/mapping/")
        self.press("Import")
        self.page.wait_for_url("**/imports/*/")
        self.work()
        expect(self.page.get_by_text("The file is in")).to_be_visible()


@pytest.fixture
def walk(browser: Browser, live_server: Any, world: World, worker: Worker, request: pytest.FixtureRequest) -> Walk:
    width, scheme = request.param
    visitor = Visitor(
        browser, live_server.url, world.admin.email, viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    return Walk(visitor, worker, shot=f"{scheme}-{width}")


@pytest.mark.parametrize("walk", WALKED, indirect=True)
def test_from_nothing_to_the_first_target(walk: Walk, world: World, tmp_path: Path) -> None:
    base = _a_new_client(walk, world)
    _events_come_in(walk, *_files(tmp_path))
    _events_are_mapped(walk)
    _weights_are_taken(walk)
    walk.visitor.context.clear_cookies()  # leave, and come back another day: the scorecard leads to where one was
    walk.visitor.sign_in(world.admin.email)
    walk.page.goto(base)
    walk.seen("4-back")
    walk.follow("Full points")
    _weights_are_published(walk)
    _segments_are_made(walk)
    _the_first_score(walk)
    _the_first_target(walk, base)
    walk.page.goto(f"{base}start/")
    expect(walk.page.get_by_text("7 of 7 done")).to_be_visible()
    walk.page.goto(f"{base}actions/")
    assert walk.page.get_by_text("to the first score").count() == 0  # the strip is gone
    assert walk.visitor.complaints == []


def _a_new_client(walk: Walk, world: World) -> str:
    walk.page.goto(f"/o/{world.firm.slug}/clients/new/")
    walk.page.get_by_label("Name").fill("Heron Books")
    walk.page.get_by_label("Industry").select_option("e_commerce")
    walk.press("Add the client")
    walk.reads("No score yet: send the first events and it appears here")
    walk.seen("0-steps")
    return walk.page.url


def _events_come_in(walk: Walk, events: Path, customers: Path) -> None:
    walk.follow("Bring in events")
    walk.seen("1-events")
    walk.follow("Upload a file")
    expect(walk.page.get_by_text("Step 1 of 7 to the first score")).to_be_visible()
    walk.upload(events, "Events: who")
    walk.follow("Data")
    walk.upload(customers, "Customers: who")
    walk.seen("1-uploaded")
    walk.follow("bring in events")
    walk.reads("60 customers have arrived")


def _events_are_mapped(walk: Walk) -> None:
    walk.follow("Next: Say which events count")
    walk.seen("2-actions")
    expect(walk.page.get_by_label("newsletter_clicked counts as")).to_have_value("E-mail clicked")
    expect(walk.page.get_by_label("Order Refunded counts as")).to_have_value("")
    walk.press("Let them count so")
    walk.work()
    expect(walk.page.get_by_label("Lead Score Updated counts as")).to_be_visible()  # what counts as nothing stays
    walk.seen("2-mapped")


def _weights_are_taken(walk: Walk) -> None:
    walk.follow("Next: Weights")
    walk.seen("3-weights")
    walk.press("Take these weights")
    walk.reads("points would score 100")
    walk.seen("4-full-points")


def _weights_are_published(walk: Walk) -> None:
    walk.press("Publish the weights …")
    expect(walk.page.get_by_text("Step 4 of 7 to the first score")).to_be_visible()
    expect(walk.page.get_by_label("A word about these weights")).to_have_value("The first weights")
    walk.press("Publish set 1")
    walk.seen("5-all")


def _segments_are_made(walk: Walk) -> None:
    walk.page.locator("main a.btn", has_text="Segments").click()
    walk.seen("5-segments")
    expect(walk.page.get_by_label("plan", exact=True)).to_be_checked()
    assert walk.page.get_by_label("shoe", exact=True).count() == 0  # 55 values make no segments
    walk.press("Make segments")


def _the_first_score(walk: Walk) -> None:
    walk.follow("Next: First score")
    walk.reads("A scoring is on its way")
    walk.seen("6-waiting")
    walk.worker.work()
    walk.reads("The first score stands")  # by itself: the page asks again
    walk.seen("6-scored")


def _the_first_target(walk: Walk, base: str) -> None:
    walk.follow("Next: First target")
    walk.reads("Suggested: a score of")
    walk.seen("7-target")
    walk.press("Set target")
    walk.page.wait_for_url(base)
    walk.reads("target")
    walk.seen("8-scorecard")
