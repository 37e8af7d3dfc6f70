"""The editor while a slider moves: a first answer at once, named approximate; then the exact one; never a wrong one."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, Route, expect

from engagement.scoring import services
from tenants.scope import organisation_scope
from tests.browser.visitor import MARKS, Visitor
from tests.conftest import NOW, World

pytestmark = MARKS
A_FRAME = "new Promise((done) => requestAnimationFrame(() => done()))"
ASKED = "**/weights/draft/preview/"


class Held:
    """Requests for the exact answer, which the test lets through when it likes."""

    def __init__(self, page: Page) -> None:
        self.routes: list[Route] = []
        page.route(ASKED, self._hold)

    def _hold(self, route: Route) -> None:
        self.routes.append(route)

    def wait(self, page: Page) -> Route:
        """The next request."""
        for _ in range(1_000):
            if self.routes:
                return self.routes.pop(0)
            page.evaluate(A_FRAME)
        raise AssertionError("nothing was asked for")


@pytest.fixture
def editor(browser: Browser, live_server: Any, world: World) -> Page:
    with organisation_scope(world.ours.id):
        services.draft(organisation=world.ours, user=None, now=NOW)
    visitor = Visitor(browser, live_server.url, world.consultant.email, viewport={"width": 1440, "height": 900})
    visitor.page.goto(f"/o/{world.ours.slug}/weights/draft/")
    return visitor.page


def _score(page: Page) -> str:
    return page.locator("#preview [data-figure=score] .draft").inner_text()


def test_the_first_answer_is_approximate_and_the_exact_one_follows(editor: Page) -> None:
    held, exactness = Held(editor), editor.locator("#exactness")
    expect(exactness).to_have_text("exact, 80 customers")
    before = _score(editor)
    slider = editor.locator("[data-slides=id_weight_t-purchase]")
    for _ in range(4):
        slider.press("ArrowLeft")
    assert editor.locator("#id_weight_t-purchase").input_value() == "6"
    expect(exactness).to_have_text("approximate, exact figures follow")
    first = _score(editor)
    assert first.startswith("≈ ")
    assert first != f"≈ {before}"
    expect(editor.locator("#editor")).to_have_class("grid is-overtaken")
    held.wait(editor).continue_()
    expect(exactness).to_have_text("exact, 80 customers")
    expect(editor.locator("#editor")).to_have_class("grid")
    assert f"≈ {_score(editor)}" == first  # eighty customers are few: all of them stand for all


def test_an_answer_to_other_numbers_is_dropped(editor: Page) -> None:
    held, weight = Held(editor), editor.locator("#id_weight_t-purchase")
    weight.fill("14")
    overtaken = held.wait(editor)
    answer = overtaken.fetch()
    weight.fill("3")
    typed = _score(editor)
    with suppress(Error):  # on a busy machine the next request is on its way by now, and this one was aborted
        overtaken.fulfill(response=answer)
    for _ in range(3):
        editor.evaluate(A_FRAME)
    assert _score(editor) == typed
    expect(editor.locator("#exactness")).to_have_text("approximate, exact figures follow")
    held.wait(editor).continue_()
    expect(editor.locator("#exactness")).to_have_text("exact, 80 customers")
    assert f"≈ {_score(editor)}" == typed


def test_without_an_answer_the_old_figures_are_gone(editor: Page) -> None:
    held = Held(editor)
    editor.locator("#id_weight_t-purchase").fill("14")
    held.wait(editor).abort()
    expect(editor.locator("#exactness")).to_have_text("no exact figures: the server did not answer")
    expect(editor.locator("#points-chart")).to_be_hidden()
    expect(editor.get_by_role("button", name="Preview")).to_be_visible()


def test_what_needs_other_counts_has_no_first_answer(editor: Page) -> None:
    held = Held(editor)
    editor.get_by_label("Window, days").fill("30")
    expect(editor.locator("#exactness")).to_have_text("being counted")
    assert _score(editor) == "…"
    held.wait(editor).continue_()
    expect(editor.locator("#exactness")).to_have_text("exact, 80 customers")


def test_what_was_typed_can_be_put_back(editor: Page) -> None:
    held, weight = Held(editor), editor.locator("#id_weight_t-purchase")
    before = _score(editor)
    weight.fill("14")
    held.wait(editor).continue_()
    expect(editor.locator("#exactness")).to_have_text("exact, 80 customers")
    editor.get_by_role("button", name="Put back what was kept").click()
    expect(weight).to_have_value("10")
    held.wait(editor).continue_()
    expect(editor.locator("#exactness")).to_have_text("exact, 80 customers")
    assert _score(editor) == before
