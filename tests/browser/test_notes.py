"""Notes and questions in a real browser: a viewer notes and asks, a consultant answers; axe finds nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from playwright.sync_api import Browser

from engagement.insights import services
from engagement.insights.note_types import Speaker
from engagement.insights.services.notes import NoteWords
from tenants.scope import organisation_scope
from tests.browser.test_roles import _picture, _visitor
from tests.browser.visitor import MARKS, SIZES
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF

pytestmark = MARKS


def _noted(world: World) -> None:
    """Two notes of the last two months, of which one is for reports."""
    said: dict[str, Any] = {"organisation": world.ours, "speaker": Speaker(world.consultant), "now": NOW}
    with organisation_scope(world.ours.pk):
        first = NoteWords(first_day=AS_OF - timedelta(days=40), text="Prices rose by 4 %", in_reports=True)
        services.add_note(**said, words=first)
        last_day = AS_OF - timedelta(days=3)
        second = NoteWords(first_day=AS_OF - timedelta(days=13), last_day=last_day, text="App out of order at night")
        services.add_note(**said, words=second)


@SIZES
def test_a_viewer_notes_and_asks_and_a_consultant_answers(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    size, base = {"width": width, "scheme": scheme}, f"/o/{world.ours.slug}"
    viewer = _visitor(browser, live_server.url, world.viewer.email, **size)
    viewer.check(f"{base}/notes/")
    _picture(viewer, f"notes-empty-{scheme}-{width}")
    _noted(world)
    viewer.check(f"{base}/segments/team/")
    page = viewer.page
    page.get_by_role("link", name="Add a note").click()
    page.get_by_label("Day", exact=True).fill("2026-02-20")
    page.get_by_label("What happened").fill("Spring campaign by letter")
    page.get_by_role("button", name="Note it").press("Enter")
    page.get_by_text("The note stands here and on the charts.").wait_for()
    viewer.check(f"{base}/segments/team/")
    assert page.locator(".notes", has_text="20 Feb 2026: Spring campaign by letter").count() == 1
    _picture(viewer, f"notes-segment-{scheme}-{width}")
    page.get_by_role("link", name="Ask about a number").click()
    viewer.check(page.url.removeprefix(live_server.url))
    _picture(viewer, f"question-new-{scheme}-{width}")
    assert page.get_by_role("combobox", name="About").input_value() == "team"
    page.get_by_role("textbox", name="Your question").fill("Why did Team fall in February, although the campaign ran?")
    page.get_by_role("button", name="Ask", exact=True).press("Enter")
    page.get_by_text("Your question is on its way.").wait_for()
    _answered(browser, live_server.url, world, size)
    viewer.check(page.url.removeprefix(live_server.url))
    assert page.get_by_text("A question about Team is answered").count() == 1
    _picture(viewer, f"question-answered-{scheme}-{width}")
    viewer.check(f"{base}/notes/?show=all")
    _picture(viewer, f"notes-{scheme}-{width}")
    assert viewer.complaints == []


def _answered(browser: Browser, url: str, world: World, size: dict[str, Any]) -> None:
    consultant, base = _visitor(browser, url, world.consultant.email, **size), f"/o/{world.ours.slug}"
    picture = f"{size['scheme']}-{size['width']}"
    consultant.check(f"/portfolio/{world.firm.slug}/")
    assert consultant.page.get_by_text("A question is unanswered.").count() == 1
    _picture(consultant, f"notes-portfolio-{picture}")
    consultant.check(f"{base}/")
    _picture(consultant, f"notes-scorecard-{picture}")
    consultant.page.get_by_role("link", name="Read and answer").click()
    consultant.check(consultant.page.url.removeprefix(url))
    consultant.page.get_by_role("link", name="Why did Team fall").click()
    consultant.check(consultant.page.url.removeprefix(url))
    _picture(consultant, f"question-{picture}")
    consultant.page.get_by_role("textbox", name="Your answer").fill(
        "Fewer bought; those who did bought as often as before."
    )
    consultant.page.get_by_role("button", name="Answer").press("Enter")
    consultant.page.get_by_text("Your answer stands here").wait_for()
    consultant.check(f"{base}/notes/")
    for link in ("Change", "Remove"):
        consultant.page.goto(f"{base}/notes/")
        consultant.page.get_by_role("link", name=link).first.click()
        consultant.check(consultant.page.url.removeprefix(url))
        _picture(consultant, f"note-{link.lower()}-{picture}")
    assert consultant.complaints == []
