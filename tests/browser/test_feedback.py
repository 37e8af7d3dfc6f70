"""Feedback and the market in a real browser: brought in from a file, read, made into themes; axe finds nothing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone
from playwright.sync_api import Browser

from engagement.feedback import services
from engagement.feedback.services.files import read_file
from engagement.feedback.services.matching import match_themes
from engagement.feedback.types import MarketWords, Said
from tenants.jobs import latest_job, run_job
from tenants.scope import organisation_scope
from tests.browser.test_roles import _picture, _visitor
from tests.browser.visitor import MARKS, SIZES
from tests.conftest import World
from tests.insights.scoring_world import AS_OF

pytestmark = MARKS
_TEXTS = (
    "Slow support again: nobody answered for a week, and I am angry.",
    "The delivery was late and the box was broken. Terrible!",
    "Lovely people in the shop, thank you.",
    "The app is on my telephone and does what it says.",
    "Great prices, and the delivery came a day early.",
    "Das Paket kam nie an, und am Telefon war niemand.",
)
_KINDS = ("case", "review", "survey", "post", "survey", "survey")


def _worked(world: World, kind: str, do: Any) -> None:
    with organisation_scope(world.ours.pk, write=False):
        job = latest_job(kind=kind)
    assert job is not None
    assert run_job(organisation_id=world.ours.pk, job_id=job.pk, do=do, clock=timezone.now)


def _said(world: World, today: date) -> None:
    """Half a year of feedback, worse every month, and two figures of a competitor on days that were scored."""
    said = [
        Said(
            text=text, day=today - timedelta(days=30 * month), kind=_KINDS[at], source="Autumn survey", language="en",
            customer=f"c{at + 1}", repeat=number,
        )
        for month in range(6)
        for at, text in enumerate(_TEXTS)
        for number in range(8 - month if at < 2 else 3)
    ]  # fmt: skip
    figure = MarketWords(
        about="Rivals Ltd", measure="Rating", value=Decimal(61), unit="score", first_day=AS_OF,
        source="Trade report 2026", link="https://example.com/report", note="All of their shops",
    )  # fmt: skip
    by: dict[str, Any] = {"organisation": world.ours, "user": world.consultant, "now": timezone.now()}
    with organisation_scope(world.ours.pk):
        services.add_items(**by, said=said)
        services.add_theme(**by, name="Delivery", phrases=["delivery", "parcel", "paket"])
        services.set_state(**by, number=1, state="working", note="Talks with a second carrier")
        for back, value in ((59, 58), (28, 60), (0, 61)):
            words = {"value": Decimal(value), "first_day": AS_OF - timedelta(days=back)}
            services.add_figure(**by, words=MarketWords(**{**_plain(figure), **words}))
    _worked(world, "feedback.match", match_themes)


def _plain(words: MarketWords) -> dict[str, Any]:
    return {name: getattr(words, name) for name in words.__slots__}


@pytest.fixture(autouse=True)
def _uploads(settings: LazySettings, tmp_path: Path) -> None:
    settings.UPLOAD_ROOT = str(tmp_path)


@SIZES
def test_feedback_is_brought_in_read_and_made_into_themes(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    visitor = _visitor(browser, live_server.url, world.consultant.email, width=width, scheme=scheme)
    base, page, shot = f"/o/{world.ours.slug}", visitor.page, f"{scheme}-{width}"
    visitor.check(f"{base}/feedback/")
    _picture(visitor, f"feedback-empty-{shot}")
    page.get_by_role("link", name="Upload a file").click()
    visitor.check(page.url.removeprefix(live_server.url))
    _picture(visitor, f"feedback-files-{shot}")
    file = {"name": "spring.csv", "mimeType": "text/csv", "buffer": b"day,comment\n2026-02-01,Slow again\nsoon,Fine\n"}
    page.get_by_label("File", exact=True).set_input_files(file)  # type: ignore[arg-type]  # playwright names its own dict
    page.get_by_label("Where it is from").fill("Spring survey")
    page.get_by_role("button", name="Look at it").press("Enter")
    page.get_by_role("heading", name="The first rows").wait_for()
    visitor.check(page.url.removeprefix(live_server.url))
    _picture(visitor, f"feedback-file-preview-{shot}")
    page.get_by_role("button", name="Take it in").press("Enter")
    page.get_by_text("Reading the file").wait_for()
    _worked(world, "feedback.read", read_file)
    page.reload()
    visitor.check(page.url.removeprefix(live_server.url))
    assert page.get_by_text("The day cannot be read.").count() == 1
    _picture(visitor, f"feedback-file-{shot}")
    _said(world, timezone.now().date())
    _read(visitor, live_server.url, base, shot)
    assert visitor.complaints == []


def _read(visitor: Any, url: str, base: str, shot: str) -> None:
    page = visitor.page
    for path in ("feedback/", "feedback/new/", "feedback/themes/", "feedback/themes/1/", "market/"):
        visitor.check(f"{base}/{path}")
        _picture(visitor, f"{path.strip('/').replace('/', '-')}-{shot}")
    page.get_by_role("link", name="Rivals Ltd").first.click()
    visitor.check(page.url.removeprefix(url))
    _picture(visitor, f"market-figure-{shot}")
    visitor.check(f"{base}/feedback/?q=slow+support")
    page.get_by_role("link", name="Slow support again").first.click()
    visitor.check(page.url.removeprefix(url))
    _picture(visitor, f"feedback-item-{shot}")
    page.get_by_label("mixed or neutral").check()
    page.get_by_role("button", name="Say how it sounds").press("Enter")
    page.get_by_text("It counts as you said.").wait_for()
    visitor.check(f"{base}/feedback/themes/")
    page.get_by_role("button", name="Make a theme").first.press("Enter")
    page.get_by_text("The theme is there.").wait_for()
    visitor.check(page.url.removeprefix(url))
