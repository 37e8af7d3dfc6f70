"""Every page as every role, light and dark, wide and narrow: `make browser` only, for it takes a quarter of an hour."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.browser.everything import PEOPLE, look_at_everything
from tests.browser.visitor import CHROMIUM, WHOLE
from tests.conftest import empty_database
from tests.isolation.stage import Stage, staged

WHOLE_ONLY = pytest.mark.skipif(not WHOLE or CHROMIUM is None, reason="make browser looks at everything")


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any) -> Iterator[Stage]:
    with django_db_blocker.unblock():
        try:
            with override_settings(DEMO=True), staged() as built:
                yield built
        finally:
            empty_database()


@pytest.fixture(scope="module")
def base(stage: Stage) -> Iterator[str]:
    """A server beside the stage: the usual one empties the database after each test."""
    server = LiveServer("localhost")
    with override_settings(ALLOWED_HOSTS=["localhost", "testserver"]):
        yield server.url
    server.stop()


@pytest.mark.browser
@WHOLE_ONLY
@pytest.mark.parametrize("name", PEOPLE)
def test_every_page(browser: Browser, base: str, stage: Stage, name: str) -> None:
    seen = look_at_everything(browser=browser, base=base, stage=stage, name=name)
    seen.keep()
    assert seen.problems == []
