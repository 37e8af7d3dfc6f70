"""A proxy between libraries and the server that fails when it is told to, and counts what it saw."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# What libraries ask for beside sending: answered always, and counted by nobody.
_BESIDE = ("/v1/projects/", "/v1/customerio/v1/projects/", "/sourceConfig", "/array/", "/static/", "/flags", "/decide")
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "date", "server"})

# Where our own server lets no page read that it was too much, or that the store is down.
_UNREADABLE = "/v1/customerio/"


def carries_events(method: str, path: str) -> bool:
    """Whether a request is one with events, and neither a browser's preflight nor a question.

    >>> carries_events("POST", "/e/?ip=0"), carries_events("OPTIONS", "/e/"), carries_events("POST", "/flags/?v=2")
    (True, False, False)
    """
    return method != "OPTIONS" and not path.startswith(_BESIDE)


@dataclass
class Faults:
    """What the next requests get instead of an answer: a status, or 0 for an answer that is lost on the way."""

    port: int
    waiting: list[int] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_fault(self) -> int | None:
        """The status to give in place of the server's; None for none."""
        with self.lock:
            return self.waiting.pop(0) if self.waiting else None


@contextmanager
def proxy(port: int, *, at: int = 0) -> Iterator[tuple[str, Faults]]:
    """Its address, and what it is told to do; stands before the server on that port until the block ends, on a port of
    its own or `at` one.
    """
    faults = Faults(port)
    server = _Server(("127.0.0.1", at), type("Handler", (_Handler,), {"faults": faults}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", faults
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """A library that hangs up is no failure of the proxy's: what is stored tells."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    faults: Faults

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_counted = carries_events(self.command, self.path)
        fault = self.faults.next_fault() if is_counted else None
        if fault:
            self._fail(fault)
            return
        status, headers, answer = self._asked(body)
        if is_counted:
            self.faults.seen.append(0 if fault == 0 else status)
        if fault == 0:  # the server has it, the library never learns
            self.close_connection = True
            self.connection.close()
            return
        self._answer(status, answer, headers)

    do_GET = do_POST = do_OPTIONS = _pass  # noqa: N815

    def _asked(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.faults.port, timeout=60)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
            connection.request(self.command, self.path, body, headers)
            response = connection.getresponse()
            return response.status, dict(response.headers.items()), response.read()
        finally:
            connection.close()

    def _fail(self, status: int) -> None:
        self.faults.seen.append(status)
        # As our own server says it, in every family's words at once.
        said = b'{"code": %d, "message": "on purpose", "error": "on purpose", "detail": "on purpose", "status": 0}'
        headers = {"Retry-After": "1", "Content-Type": "application/json"}
        if "Origin" in self.headers and not self.path.startswith(_UNREADABLE):
            headers |= {
                "Access-Control-Allow-Origin": self.headers["Origin"],
                "Access-Control-Allow-Credentials": "true",
                "Access-Control-Expose-Headers": "retry-after",
            }
        self._answer(status, said % status, headers)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in _HOP_BY_HOP | {"content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing: the matrix says it."""
