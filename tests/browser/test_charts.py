"""Charts in a real browser: drawn under the pages' policy, read by pointer and keys, saved, printed, done without."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Locator, Page

from engagement.scoring import services
from tenants.scope import organisation_scope
from tests.browser.visitor import MARKS, SIZES, Visitor
from tests.conftest import NOW, World

pytestmark = MARKS

DRAWN = "figure.is-drawn .drawn-live svg"


def _picture(page: Page, name: str) -> None:
    folder = os.environ.get("PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"chart-{name}.png"), full_page=True)


def _visitor(
    browser: Browser, base: str, email: str, *, width: int = 1440, scheme: Any = "light", **more: Any
) -> Visitor:
    return Visitor(browser, base, email, viewport={"width": width, "height": 900}, color_scheme=scheme, **more)


@pytest.fixture
def reader(browser: Browser, live_server: Any, world: World) -> Visitor:
    """A viewer who looks at a scorecard whose trend is drawn."""
    visitor = _visitor(browser, live_server.url, world.viewer.email)
    visitor.page.goto(f"/o/{world.ours.slug}/")
    visitor.page.wait_for_selector(DRAWN)
    return visitor


@SIZES
def test_charts_are_drawn_under_the_policy(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    visitor = _visitor(browser, live_server.url, world.consultant.email, width=width, scheme=scheme)
    for path, charts in (("", 2), ("segments/team/", 2), ("customers/1/", 2), ("weights/draft/", 0)):
        visitor.check(f"/o/{world.ours.slug}/{path}")
        page = visitor.page
        assert page.locator("figure[data-spec]").count() == charts
        page.wait_for_selector("figure[data-spec]:not(.is-drawn)", state="detached")
        assert page.locator(DRAWN).count() == charts
        assert not Axe().run(page).response["violations"]
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        _picture(page, f"{path.replace('/', '-')}{scheme}-{width}")
    assert visitor.complaints == []


def _tip(page: Page) -> str:
    return page.locator(".drawn-tip").first.inner_text()


def test_a_period_is_read_by_pointer_and_by_keys(reader: Visitor) -> None:
    page = reader.page
    columns = page.locator(".readings_marks path")
    columns.nth(0).hover()
    assert _tip(page).splitlines()[0] == "Dec 2025"
    page.mouse.move(0, 0)
    assert _tip(page) == ""
    page.locator(".drawn-live").first.focus()
    page.keyboard.press("ArrowLeft")  # the last one first: it is what the page is about
    last = _tip(page).splitlines()
    assert last[0] == "Feb 2026"
    assert last[1].startswith("Score 82.75")
    assert last[2].startswith("95 % interval 75–90.5")
    for key, period in (
        ("Home", "Dec 2025"),
        ("ArrowLeft", "Dec 2025"),
        ("ArrowRight", "Jan 2026"),
        ("End", "Feb 2026"),
    ):
        page.keyboard.press(key)
        assert _tip(page).startswith(period)
    box = page.locator(".drawn-tip").first.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 1440
    page.keyboard.press("Escape")
    assert _tip(page) == ""
    assert reader.complaints == []


def test_the_two_drawings_lie_on_each_other(reader: Visitor) -> None:
    """What the browser draws takes the place of what came with the page, to the pixel."""
    page = reader.page
    drawn = [_centre(page.locator(".values_marks path").nth(at)) for at in range(3)]
    page.evaluate("document.querySelector('figure').classList.remove('is-drawn')")
    page.evaluate("document.querySelector('.drawn-live').hidden = true")
    first = [_centre(page.locator(".drawn-plain circle.dot").nth(at)) for at in range(3)]
    assert [(abs(a - c) < 1, abs(b - d) < 1) for (a, b), (c, d) in zip(drawn, first, strict=True)] == [(True, True)] * 3


def _centre(mark: Locator) -> tuple[float, float]:
    box = mark.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_chart_is_saved_as_a_picture_and_as_rows(reader: Visitor, tmp_path: Path) -> None:
    page = reader.page
    with page.expect_download() as saved:
        page.get_by_role("button", name="PNG").first.press("Enter")
    picture = tmp_path / "chart.png"
    saved.value.save_as(picture)
    assert saved.value.suggested_filename.endswith("-score.png")
    header = picture.read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", header[16:24])
    assert (width >= 2 * (720 + 2 * 24), height > 2 * 262) == (True, True)  # sharp, with margins, title and caption
    if folder := os.environ.get("PICTURES"):
        saved.value.save_as(Path(folder) / "chart-file.png")
    with page.expect_download() as rows:
        page.locator("figure").first.get_by_role("link", name="CSV").click()
    assert "table=trend" in rows.value.url
    assert reader.complaints == []


def test_rows_without_a_file_of_the_server_are_saved_by_the_browser(reader: Visitor, world: World) -> None:
    page = reader.page
    page.goto(f"/o/{world.ours.slug}/segments/team/")
    with page.expect_download() as rows:
        page.locator("figure a[download]").click()
    assert rows.value.suggested_filename.endswith("-spread.csv")
    assert Path(rows.value.path()).read_text(encoding="utf-8").startswith("Score,Customers,")
    assert reader.complaints == []


def test_on_paper_and_without_scripts_stands_the_first_drawing(
    browser: Browser, live_server: Any, world: World, reader: Visitor
) -> None:
    page = reader.page
    assert not page.locator(".drawn-plain > svg").first.is_visible()
    page.emulate_media(media="print")
    assert page.locator(".drawn-plain > svg").first.is_visible()
    assert not page.locator(".drawn-live").first.is_visible()
    _picture(page, "print")
    page.emulate_media(media="screen")
    page.wait_for_selector(DRAWN)
    plain = _visitor(browser, live_server.url, world.viewer.email, java_script_enabled=False).page
    plain.goto(f"/o/{world.ours.slug}/")
    assert plain.locator(".drawn-plain > svg").first.is_visible()
    assert plain.locator(".drawn-more").first.get_by_role("link").is_visible()
    assert not plain.get_by_role("button", name="PNG").is_visible()


def test_light_and_dark_need_no_second_drawing(reader: Visitor) -> None:
    page = reader.page
    ink = "getComputedStyle(document.querySelector('.finished_marks path')).stroke"
    assert page.evaluate(ink) == "rgb(21, 24, 30)"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(ink) == "rgb(237, 238, 240)"


def test_a_narrower_window_redraws(reader: Visitor) -> None:
    page = reader.page
    page.set_viewport_size({"width": 390, "height": 900})
    page.wait_for_selector(".drawn-live svg[width='358']")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_a_chart_that_is_swapped_in_is_drawn_too(browser: Browser, live_server: Any, world: World) -> None:
    with organisation_scope(world.ours.id):
        services.draft(organisation=world.ours, user=None, now=NOW)
    visitor = _visitor(browser, live_server.url, world.consultant.email)
    page = visitor.page
    visitor.check(f"/o/{world.ours.slug}/weights/draft/")
    page.wait_for_selector(f"#points-chart {DRAWN}")
    page.evaluate("document.querySelector('#points-chart').dataset.before = 'yes'")
    page.fill("[name=full_points]", "61")
    page.wait_for_selector(f"#points-chart:not([data-before]) {DRAWN}")
    _picture(page, "draft")
    assert visitor.complaints == []


def test_control_compiled_expressions_are_refused(browser: Browser, live_server: Any, world: World) -> None:
    """Without the interpreter Vega makes functions of text: the policy refuses, and the first drawing stays."""
    visitor = _visitor(browser, live_server.url, world.viewer.email)
    source = (Path(settings.BASE_DIR) / "static" / "charts.js").read_text(encoding="utf-8")
    compiling = source.replace("ast: true", "ast: false")
    assert compiling != source
    visitor.page.route("**/charts.js", lambda route: route.fulfill(body=compiling, content_type="text/javascript"))
    visitor.page.goto(f"/o/{world.ours.slug}/")
    for _ in range(100):
        if visitor.complaints:
            break
        visitor.page.wait_for_timeout(100)
    assert visitor.page.locator(".drawn-plain > svg").first.is_visible()
    assert any("unsafe-eval" in said or "Trusted" in said for said in visitor.complaints)
