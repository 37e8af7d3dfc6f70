"""The case of the story in a real browser: seen, planned, started, ended, read out; axe finds nothing on the way."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.test_roles import _picture, _visitor
from tests.browser.visitor import MARKS, SIZES
from tests.cases.story_world import make_story
from tests.conftest import World, build_world

pytestmark = MARKS


@pytest.fixture
def world() -> World:
    return build_world()


@SIZES
def test_a_step_is_read_out_and_says_what_it_can(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    size, base = {"width": width, "scheme": scheme}, f"/o/{world.ours.slug}"
    consultant = _visitor(browser, live_server.url, world.consultant.email, **size)
    consultant.check(f"{base}/cases/")
    _picture(consultant, f"cases-empty-{scheme}-{width}")
    story = make_story(world.ours, world.consultant)
    page = consultant.page
    consultant.check(f"{base}/cases/")
    _picture(consultant, f"cases-{scheme}-{width}")
    page.get_by_role("link", name="Slow support", exact=True).click()
    consultant.check(page.url)
    page.get_by_role("link", name="Plan a step").click()
    page.get_by_label("What is done").fill("Answer mails within two hours")
    consultant.check(page.url)
    _picture(consultant, f"step-new-{scheme}-{width}")
    page.get_by_label("What is done").fill("Answer mails within two hours")
    page.get_by_role("button", name="Plan the step").press("Enter")
    page.get_by_text("The step is planned.").wait_for()
    step = f"{base}/cases/steps/{story.step.pk}/"
    consultant.check(step)
    page.get_by_role("button", name="Read it out").press("Enter")
    page.get_by_text("Read-out 1 stands here and stays as it is.").wait_for()
    assert page.get_by_text("Consistent with +3.1 (0.4 to 5.8); not proof.").count() >= 1
    consultant.check(step)
    _picture(consultant, f"step-{scheme}-{width}")
    viewer = _visitor(browser, live_server.url, world.viewer.email, **size)
    viewer.check(step)
    assert viewer.page.get_by_role("button", name="Read it out").count() == 0
