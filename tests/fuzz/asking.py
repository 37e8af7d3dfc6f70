"""One request to the whole application, as a web server hands it on: the environment of WSGI, bytes and nothing else.

Django's own test client mends lengths and headers on the way; here they go through as they are.
"""

from __future__ import annotations

import io
import json
import sys
import traceback
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import got_request_exception, request_finished, request_started
from django.db import close_old_connections

_UNPREFIXED = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent; a header that is not given is not there, the length apart."""

    path: str
    body: bytes = b""
    method: str = "POST"
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def environ(self) -> dict[str, Any]:
        made = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path.encode("utf-8", "surrogatepass").decode("latin-1"),
            "QUERY_STRING": self.query,
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(self.body)),
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "testserver",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self.body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            lower = name.lower()
            made[_UNPREFIXED.get(lower, f"HTTP_{lower.upper().replace('-', '_')}")] = _as_wsgi(value)
        return made


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """What it says; None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def ask(request: Request) -> Answer:
    """The answer to the end; the connection to the database is left as it is between two requests of one worker."""
    with connections_kept():
        return answered(request.environ())


def answered(environ: dict[str, Any]) -> Answer:
    """The same of an environment that somebody else made, within `connections_kept`."""
    status, headers = 0, {}

    def start(said: str, fields: list[tuple[str, str]], exc_info: Any = None) -> None:
        nonlocal status, headers
        status, headers = int(said[:3]), {name.lower(): value for name, value in fields}

    parts = application()(environ, start)  # type: ignore[arg-type]
    try:
        body = b"".join(parts)
    finally:
        getattr(parts, "close", lambda: None)()
    return Answer(status, headers, body)


@contextmanager
def connections_kept() -> Iterator[None]:
    """As Django's test client does: a test's transaction is not closed between two requests. It may be nested."""
    ended = [signal for signal in (request_started, request_finished) if signal.disconnect(close_old_connections)]
    try:
        yield
    finally:
        for signal in ended:
            signal.connect(close_old_connections)


_RAISED: deque[str] = deque(maxlen=1)
_SHOWN = 1_500


def _note_raised(**_: Any) -> None:
    _RAISED.append(traceback.format_exc()[-_SHOWN:])


def last_raised() -> str:
    """The end of the traceback of the last exception that became an answer of 500, once; "" where there was none."""
    return _RAISED.pop() if _RAISED else ""


got_request_exception.connect(_note_raised)


@cache
def application() -> WSGIHandler:
    """Loaded once, as in a server."""
    return WSGIHandler()


def _as_wsgi(value: str) -> str:
    """Text as servers hand it on: bytes written as Latin-1."""
    return value.encode("utf-8", "surrogateescape").decode("latin-1")
