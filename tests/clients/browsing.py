"""A page of another site with one library, in a real browser.

`python -m tests.clients.browsing LIBRARY HOST KEY OPTIONS` prints what the library said of it, as the drivers of the
other libraries do. The library is as npm gave it; the browser reaches this machine and no other. OPTIONS that are a
text are a script of a page, run as it stands.
"""

from __future__ import annotations

import json
import mimetypes
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from typing import Any, Final

from playwright.sync_api import BrowserContext, Error, Page, Request, Response, sync_playwright

from tests.clients.installing import CHROMIUM, HERE, NODE
from tests.clients.proxy import carries_events

FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-blink-features=AutomationControlled",  # libraries send nothing for a browser that says it is a machine
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
_SOMEBODYS: Final = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
_BUNDLED = "@rudderstack/analytics-js/dist/npm/modern/bundled/esm/index.mjs"
_MODULES: Final = {
    "@segment/analytics-next": "/shims/segment.js",
    "@customerio/cdp-analytics-browser": "/shims/customerio.js",
    "@rudderstack/analytics-js/bundled": f"/node_modules/{_BUNDLED}",
    "posthog-js": "/node_modules/posthog-js/dist/module.js",
    "mixpanel-browser": "/node_modules/mixpanel-browser/dist/mixpanel.module.js",
    "@amplitude/analytics-browser": "/shims/amplitude.js",
}
_PAGE: Final = (
    '<!doctype html><meta charset="utf-8"><title>Shop</title>'
    f'<script type="importmap">{json.dumps({"imports": _MODULES})}</script>'
    '<script type="module" src="/page.js"></script>'
)
# Three come as scripts that leave a name behind; a bundler would make of their other form what these make of it.
_SHIM: Final = Template("""\
await new Promise((resolve, reject) => {
  const made = Object.assign(document.createElement("script"), { src: "$script", onload: resolve, onerror: reject });
  document.head.append(made);
});
export const { $names } = window.$left;
""")
_SHIMS: Final = {
    "/shims/segment.js": _SHIM.substitute(
        script="/node_modules/@segment/analytics-next/dist/umd/index.js", left="AnalyticsNext", names="AnalyticsBrowser"
    ),
    "/shims/customerio.js": _SHIM.substitute(
        script="/node_modules/@customerio/cdp-analytics-browser/dist/umd/index.js",
        left="AnalyticsNext", names="AnalyticsBrowser",
    ),
    "/shims/amplitude.js": _SHIM.substitute(
        script="/node_modules/@amplitude/analytics-browser/lib/scripts/amplitude-min.umd.js",
        left="amplitude", names="init, track, setUserId",
    ),
}  # fmt: skip
_BEGINS_SECONDS: Final = 20
_LEFT_SECONDS: Final = 3
_RETRY_SECONDS: Final = 14.0  # posthog-js comes again after 6 s at most
_USUAL_SECONDS: Final = 7.0  # the longest that one waits before it sends, left as it is, is 5 s


@dataclass
class Heard:
    """What went over the wire from the page: how much is under way, since when nothing happened, whether any failed."""

    host: str
    waiting: set[Request] = field(default_factory=set)
    sent: int = 0
    failed: bool = False
    last: float = field(default_factory=time.monotonic)
    said: list[str] = field(default_factory=list)

    def listen(self, context: BrowserContext) -> None:
        """Hears every page of the browser."""
        context.on("request", self._begins)
        context.on("response", self._ends)  # a request is not finished before a page reads the answer, and few do
        context.on("requestfailed", self._breaks)
        context.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))

    def wait(self, page: Page, *, at_most: float, quiet: float = 2.5) -> None:
        """Until events were sent and nothing more is to be expected: `quiet` is for how many seconds nothing was."""
        until = time.monotonic() + at_most
        while not self._is_over(max(quiet, _RETRY_SECONDS) if self.failed else quiet) and time.monotonic() < until:
            page.wait_for_timeout(100)

    def _is_over(self, quiet: float) -> bool:
        return self.sent > 0 and not self.waiting and time.monotonic() - self.last > quiet

    def _is_ours(self, request: Request) -> bool:
        return request.url.startswith(self.host) and carries_events(request.method, request.url[len(self.host) :])

    def _begins(self, request: Request) -> None:
        if self._is_ours(request):
            self.waiting.add(request)
            self.sent, self.last = self.sent + 1, time.monotonic()

    def _ends(self, response: Response) -> None:
        if response.request in self.waiting:
            self._is_over_for(response.request, failed=response.status != HTTPStatus.OK)

    def _breaks(self, request: Request) -> None:
        if request in self.waiting:
            self._is_over_for(request, failed=True)

    def _is_over_for(self, request: Request, *, failed: bool) -> None:
        self.waiting.remove(request)
        self.failed, self.last = self.failed or failed, time.monotonic()


def main() -> None:
    """Visit, send, wait, and print the failures that the library told of, as JSON."""
    library, host, key, text = sys.argv[1:]
    options = json.loads(text)
    with _site() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(user_agent=_SOMEBODYS)
        heard = Heard(host)
        heard.listen(context)
        try:
            if isinstance(options, str):
                failures = _run(context, heard, site, options)
            else:
                failures = _visit(context, heard, site, (library, host, key), options)
        except Error as error:
            failures = [f"the page failed: {error.message}"]
        browser.close()
    print("\n".join(heard.said[:20]), file=sys.stderr)
    print("FAILURES", json.dumps(failures))


def _visit(
    context: BrowserContext, heard: Heard, site: str, begun: tuple[str, str, str], options: dict[str, Any]
) -> list[str]:
    page = _opened(context, site, begun, options)
    page.evaluate("options => window.send(options)", options)
    if options["leaves"]:
        page.wait_for_timeout(1000 * options["stays"])
        page.close(run_before_unload=True)
        time.sleep(_LEFT_SECONDS)
        heard.waiting.clear()  # of what was under way nothing more is told
        page = _opened(context, site, begun, options)  # whoever keeps what was not sent sends it now
        page.wait_for_timeout(1000 * _LEFT_SECONDS)
    heard.wait(page, at_most=_BEGINS_SECONDS * 2)
    told: list[str] = page.evaluate("() => window.failures")
    return told


def _run(context: BrowserContext, heard: Heard, site: str, script: str) -> list[str]:
    page = _loaded(context, site)
    page.add_script_tag(content=script, type="module")
    heard.wait(page, at_most=_BEGINS_SECONDS * 2, quiet=_USUAL_SECONDS)
    return []


def _loaded(context: BrowserContext, site: str) -> Page:
    page = context.new_page()
    page.set_default_timeout(1000 * _BEGINS_SECONDS)
    page.goto(site)
    page.wait_for_function("() => window.begin")
    return page


def _opened(context: BrowserContext, site: str, begun: tuple[str, str, str], options: dict[str, Any]) -> Page:
    page = _loaded(context, site)
    page.evaluate("([library, host, key, options]) => window.begin(library, host, key, options)", [*begun, options])
    return page


@contextmanager
def _site() -> Iterator[str]:
    """A site with one page and the libraries, of another origin than where events are sent."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """The page, its script, or a file of a library."""
        path = self.path.partition("?")[0]
        if path == "/":
            self._give(_PAGE.encode(), "text/html")
        elif path in _SHIMS:
            self._give(_SHIMS[path].encode(), "text/javascript")
        elif path == "/page.js":
            self._give((HERE / "drivers" / "browsing.js").read_bytes(), "text/javascript")
        else:
            self._give_file((NODE / path.lstrip("/")).resolve())

    def _give_file(self, path: Path) -> None:
        if path.is_relative_to(NODE.resolve()) and path.is_file():
            kind = "text/javascript" if path.suffix == ".mjs" else mimetypes.guess_type(path)[0]
            self._give(path.read_bytes(), kind or "application/octet-stream")
        else:
            self.send_error(404)

    def _give(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing: the matrix says it."""


if __name__ == "__main__":
    main()
