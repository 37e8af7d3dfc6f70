"""Pages about data in a real browser: their row leads from each to each by keyboard, wide and on a phone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser

from tests.browser.visitor import MARKS, SIZES, Visitor
from tests.conftest import World

pytestmark = MARKS
NAMES: Final = (
    "Files and requests", "Live", "Volume", "Names of events", "Machine-like activity", "Rejected messages",
    "Connections", "Write keys", "Privacy",
)  # fmt: skip


@SIZES
def test_the_row_leads_to_every_page_about_data(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    settings = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    visitor = Visitor(browser, live_server.url, world.consultant.email, **settings)
    page = visitor.page
    visitor.check(f"/o/{world.ours.slug}/data/")
    for place, name in enumerate(NAMES):
        row = page.locator("nav.nav-org ul.sub a")
        assert row.all_inner_texts() == list(NAMES)
        row.nth(place).focus()
        page.keyboard.press("Enter")
        page.wait_for_load_state("load")
        marked = page.locator("nav.nav-org a[aria-current=page]")
        marked.get_by_text(name, exact=True).wait_for()
        assert marked.all_inner_texts() == [name]
        assert page.locator("nav.nav-org a[aria-current=true]").all_inner_texts() == ["Data"]
        visitor.look()
        if folder := os.environ.get("PICTURES"):
            page.screenshot(path=str(Path(folder) / f"data-{place}-{width}-{scheme}.png"), full_page=True)
    page.locator("nav.nav-org ul.sub a").nth(0).focus()
    page.keyboard.press("Tab")  # along the row, in its order
    assert page.evaluate("document.activeElement.innerText") == NAMES[1]
    assert visitor.complaints == []
