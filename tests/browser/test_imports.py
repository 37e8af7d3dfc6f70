"""Files of three forms in a real browser: their columns are shown, tried, taken in with progress, and undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from engagement.ingest.models import Event
from tests.browser.visitor import MARKS, Visitor
from tests.browser.working import Worker
from tests.conftest import World, build_world
from tests.ingest.made_rows import REJECTED, STORED, made
from tests.ingest.sending import rows

pytestmark = MARKS
FORMS = {"jsonl": "rows.jsonl", "parquet": "rows.parquet", "xlsx": "rows.xlsx"}


@pytest.fixture
def world() -> World:
    """Nobody has sent anything yet."""
    return build_world()


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> Worker:
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    worker = Worker()
    monkeypatch.setattr("tenants.wake.current_app", worker)
    return worker


def test_files_of_three_forms_are_tried_taken_in_and_undone(
    browser: Browser, live_server: Any, world: World, worker: Worker, tmp_path: Path
) -> None:
    visitor = Visitor(
        browser, live_server.url, world.consultant.email, viewport={"width": 390, "height": 900}, color_scheme="dark"
    )
    page, base = visitor.page, f"/o/{world.ours.slug}/data"
    for form, name in FORMS.items():
        (tmp_path / name).write_bytes(made(form, "events"))
        visitor.check(f"{base}/")
        page.get_by_label("File", exact=True).set_input_files(tmp_path / name)
        page.get_by_role("button", name="Upload", exact=True).click()

        expect(page.get_by_role("heading", level=1)).to_have_text("Which column is what?")
        visitor.look()  # what its columns are taken for, and the first rows as they will be read
        first = page.get_by_role("table").filter(has_text="k3")
        expect(first).to_contain_text("buy")
        expect(first).to_contain_text("“never” is not a day or time.")
        page.get_by_role("button", name="Dry run first").click()
        expect(page.get_by_role("heading", name="The file waits for a worker")).to_be_visible()
        worker.work()
        expect(page.get_by_role("heading", name="The dry run is over: nothing is stored")).to_be_visible()
        visitor.look()
        assert rows(world.ours, Event, "day") == []

        page.get_by_role("button", name="Import now").click()
        expect(page.get_by_role("progressbar", name="Read so far")).to_be_visible()
        worker.work()
        expect(page.get_by_role("heading", name="The file is in")).to_be_visible()  # the page asks by itself
        assert len(rows(world.ours, Event, "day")) == STORED
        expect(page.locator("dl.facts")).to_contain_text("Rejected")
        assert page.locator("#h-rejected").count() == REJECTED

        page.get_by_role("link", name="Undo this import").click()
        visitor.look()
        page.get_by_role("button", name="Undo the import").click()
        expect(page.get_by_role("heading", name="The import is being undone", level=2)).to_be_visible()
        worker.work()
        expect(page.get_by_role("heading", name="The import is undone", level=2)).to_be_visible()
        assert rows(world.ours, Event, "day") == []
    assert visitor.complaints == []
