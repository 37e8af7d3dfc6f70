"""Every page of the resolver as every role: which there are, and a look at each in light and dark, wide and narrow.

The pages, and an object for each address, are those of the isolation matrix: a route without an entry there is red, so
none is forgotten here. A page is what answers 200 with HTML; `WITHOUT_PICTURE` says of the rest why it is none.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from playwright.sync_api import Browser, Page

from tests.browser.pictures import FIGURES, SCREENSHOTS
from tests.browser.visitor import Visitor, axe_findings, becomes_true
from tests.isolation import outside
from tests.isolation.cells import OWN, Block, Cell, address_cells
from tests.isolation.routes import Route, routes
from tests.isolation.stage import Person, Stage

PEOPLE: Final = ("admin", "consultant", "viewer", "reporter", "operator", "nobody")
SCHEMES: Final = ("light", "dark")
WIDTHS: Final = (1440, 390)
# Axe takes longer than the picture: both schemes and both widths are looked at, not each with each.
_AXED: Final = {("light", 1440), ("dark", 390)}
_CHARTS_SETTLE_MS: Final = 5_000
_UNDRAWN = "figure[data-spec]:not(.is-drawn)"

# Addresses that answer with no page of ours to whoever may ask, and why.
_FILE, _PART, _LEADS_ON = "a file", "a part of a page, and in its picture", "leads to another page, and shows none"
_NO_PAGE = "for programs, nobody looks"
WITHOUT_PICTURE: Final = {
    **dict.fromkeys(("at-risk-csv", "import-rejected", "record-csv", "scorecard-csv", "segment-csv"), _FILE),
    **dict.fromkeys(("forecast-csv",), _FILE),
    **dict.fromkeys(("customer-days-csv", "customers-csv", "segment-beside-csv", "segment-cohorts-csv"), _FILE),
    **dict.fromkeys(("report-file", "shared-pdf"), _FILE),
    "shared-report": "opened by a link that nobody of the stage has; tests/browser/test_reports.py looks at it",
    **dict.fromkeys(("segment-members-csv", "segment-movers-csv", "validity-csv"), _FILE),
    **dict.fromkeys(("companions-csv", "companion-csv", "companion-money-csv", "survey-upload-rejected"), _FILE),
    **dict.fromkeys(("customer-export", "deletion-proof", "takeout", "mfa_download_recovery_codes"), _FILE),
    **dict.fromkeys(("feedback-csv", "feedback-themes-csv", "feedback-file-rejected", "market-csv"), _FILE),
    **dict.fromkeys(("feedback-file-progress", "feedback-themes-progress"), _PART),
    **dict.fromkeys(("activity-progress", "import-progress", "weights-past", "companions-progress"), _PART),
    **dict.fromkeys(("validity-progress", "step-progress", "forecast-progress", "quality-progress"), _PART),
    **dict.fromkeys(("companions-short", "experiment-progress"), _PART),
    **dict.fromkeys(("home", "own-weights-choose", "account_set_password", "language", "weekly-mail"), _LEADS_ON),
    **dict.fromkeys(("logout", "account_logout", "operate-end", "session-end"), "is only posted"),
    **dict.fromkeys(
        (
            "healthz",
            "readyz",
            "metrics",
            "accept",
            "accept-customerio",
            "accept-settings",
            "accept-customerio-settings",
            "accept-dialect",
            "accept-flags",
            "accept-config",
            "accept-config-script",
            "accept-source-config",
            "hook-segment",
            "mfa_login_webauthn",
        ),
        _NO_PAGE,
    ),
    **dict.fromkeys(("openid_connect_login", "openid_connect_callback"), "needs an organisation's own provider"),
}


def page_routes() -> list[Route]:
    """Every route that could be a page: it is looked at, and is no part of the API."""
    looked_at = {"GET", "*"}
    return [route for route in routes() if not route.is_api and looked_at & set(route.permissions or looked_at)]


@dataclass(slots=True)
class Seen:
    """What the pages of one person came to."""

    person: str
    seconds: float = 0
    pictures: int = 0
    pages: list[str] = field(default_factory=list)
    axe: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    csp: list[str] = field(default_factory=list)
    too_wide: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        return [*self.axe, *self.console, *self.csp, *self.too_wide]

    def keep(self) -> None:
        """For `make browser`, which adds up."""
        if FIGURES in os.environ:
            Path(os.environ[FIGURES], f"{self.person}.json").write_text(json.dumps(asdict(self)))


def openings(stage: Stage, person: Person) -> Iterator[tuple[Route, str]]:
    """Each page that answers the person with 200 and HTML, in the state it needs for as long as it is looked at."""
    for route in page_routes():
        if route.name in WITHOUT_PICTURE:
            continue
        block = Block(stage, route, "GET")
        if not (route.in_organisation or route.of_firm):
            yield from _opened(outside.cells(stage, route, "GET"), person)
            continue
        with block.opened() as places:
            cells = outside.cells(stage, route, "GET") if route.of_firm else address_cells(block, places)
            yield from _opened(cells, person)


def _opened(cells: Iterator[Cell], person: Person) -> Iterator[tuple[Route, str]]:
    cell = next((cell for cell in cells if cell.target == OWN and cell.person.name == person.name), None)
    if cell is not None and _is_page(cell):
        yield cell.route, cell.sent.address


def _is_page(cell: Cell) -> bool:
    answer: Any = cell.sent.by(cell.person)
    return bool(answer.status_code == 200 and answer.headers.get("Content-Type", "").startswith("text/html"))


def look_at_everything(*, browser: Browser, base: str, stage: Stage, name: str) -> Seen:
    """Pictures of all pages of one person, with what axe and the console say of them."""
    person, seen, began = stage.person(name), Seen(name), time.monotonic()
    # Without motion: axe would take a colour on its way from one scheme to the other for the colour.
    visitor = Visitor(browser, base, viewport={"width": WIDTHS[0], "height": 900}, reduced_motion="reduce")
    if person.session:
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": person.session, "url": base}
        visitor.context.add_cookies([cookie])  # type: ignore[list-item]
    for route, address in openings(stage, person):
        visitor.page.goto(address)
        seen.pages.append(route.name)
        for scheme in SCHEMES:
            for width in WIDTHS:
                _look(visitor.page, seen, route=route.name, scheme=scheme, width=width)
        _heard(visitor, seen)
    visitor.context.close()
    seen.seconds = round(time.monotonic() - began, 1)
    return seen


def _look(page: Page, seen: Seen, *, route: str, scheme: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    if page.locator(_UNDRAWN).count():
        page.wait_for_selector(_UNDRAWN, state="detached", timeout=_CHARTS_SETTLE_MS)
    where = f"{seen.person}: {route}, {scheme}, {width}"
    found = axe_findings(page) if (scheme, width) in _AXED else []
    seen.axe += [f"{where}: {rule}: {places[:2]}" for rule, places in found]
    overflow = _overflow(page)
    seen.too_wide += [f"{where}: {overflow} px too wide"] if overflow > 0 else []
    folder = SCREENSHOTS / seen.person
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(folder / f"{route}-{scheme}-{width}.png"), full_page=True)
    seen.pictures += 1


def _overflow(page: Page) -> int:
    """How far the page scrolls sideways once its charts have followed the window, which they do a moment later."""
    becomes_true(page, "document.documentElement.scrollWidth <= window.innerWidth", within_ms=_CHARTS_SETTLE_MS)
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def _heard(visitor: Visitor, seen: Seen) -> None:
    """What the console said: what the policy refused, and anything else."""
    for text in visitor.complaints:
        (seen.csp if "Content Security Policy" in text else seen.console).append(f"{seen.person}: {text}")
    visitor.complaints.clear()


def without_any_picture() -> list[str]:
    """Pages of the resolver that nobody has taken a picture of, here or on a walk."""
    taken = {path.stem.rsplit("-", 2)[0] for path in SCREENSHOTS.rglob("*.png")}
    return sorted({route.name for route in page_routes()} - taken - WITHOUT_PICTURE.keys())
