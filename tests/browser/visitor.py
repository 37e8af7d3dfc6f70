"""Somebody at a real browser, whose complaints are kept; the marks and sizes of all tests that drive one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Page

from tests.conftest import PASSWORD

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
MARKS = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on the path"),
]
# `make browser` looks at everything in four ways; `make test` takes the two that differ most.
WHOLE = os.environ.get("BROWSER") == "whole"
_WAYS = {"wide": (1440, "light"), "phone-dark": (390, "dark"), "dark": (1440, "dark"), "phone": (390, "light")}
_KEPT = list(_WAYS) if WHOLE else ["wide", "phone-dark"]
# A long walk, which `make test` takes once.
WALKED = [_WAYS[way] for way in (_KEPT if WHOLE else ["phone-dark"])]
SIZES = pytest.mark.parametrize(("width", "scheme"), [_WAYS[way] for way in _KEPT], ids=_KEPT)
# htmx tells the console when typing overtakes an answer: that is wanted, and happens where the machine is busy.
_OVERTAKEN = ("htmx:sendAbort", "htmx:afterRequest")


class Visitor:
    """A browser of its own; signed in where an address is given. `device`: it can hold passkeys."""

    def __init__(self, browser: Browser, base: str, email: str = "", *, device: bool = False, **settings: Any) -> None:
        self.context = browser.new_context(base_url=base, **settings)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        if device:
            self._hold_passkeys()
        if email:
            self.sign_in(email)

    def _hold_passkeys(self) -> None:
        self._devtools = self.context.new_cdp_session(self.page)
        self._devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        self.device = self._devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    def _hear(self, message: Any) -> None:
        if message.type in {"error", "warning"} and not any(said in message.text for said in _OVERTAKEN):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def sign_in(self, email: str) -> None:
        self.page.goto("/login/")
        self.page.fill("[name=login]", email)
        self.page.fill("[name=password]", PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def sign_out(self) -> None:
        self.page.get_by_role("button", name="Account").click()
        self.page.get_by_role("button", name="Sign out").click()
        self.page.wait_for_url("**/login/")

    def check(self, path: str) -> None:
        """The page answers 200, axe finds nothing, and it does not scroll sideways."""
        response = self.page.goto(path)
        assert response is not None
        assert response.status == 200, path
        self.look()

    def look(self) -> None:
        """Axe finds nothing on the page at hand, it does not scroll sideways, and its picture is taken."""
        found = axe_findings(self.page)
        self.picture(self._name_of_page())
        assert not found, (self.page.url, found)
        overflow = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, f"{self.page.url} is {overflow} px too wide"

    def _name_of_page(self) -> str:
        """Its route, scheme and width, as every picture is called."""
        try:
            route = resolve(urlsplit(self.page.url).path).url_name or "page"
        except Resolver404:
            route = "error"
        is_dark = self.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        return f"{route}-{'dark' if is_dark else 'light'}-{self.page.evaluate('window.innerWidth')}"

    def picture(self, name: str, *, whole: bool = True) -> None:
        """Into the folder that PICTURES names, if any."""
        folder = os.environ.get("PICTURES")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            # Hiding the caret would put a style into the page, which its policy refuses, and says so.
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=whole, caret="initial")


def axe_findings(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds on a page: rule by rule, with the places."""
    violations = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in violations]


def becomes_true(page: Page, expression: str, *, within_ms: int = 10_000) -> bool:
    """Whether the expression becomes true in time.

    Asked again and again from here: once its first answer is no, Playwright's own waiting evaluates text in the page,
    which the policy of our pages forbids.
    """
    for _ in range(0, within_ms, 50):
        if page.evaluate(expression):
            return True
        page.wait_for_timeout(50)
    return bool(page.evaluate(expression))
