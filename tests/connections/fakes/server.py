"""A small HTTP server on this machine that stands for a vendor: it answers from memory and goes wrong when told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

HOST = "vendor.example"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answered:
    """What to say. `cut` closes the connection after so many bytes of the body, before the end that was promised."""

    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None

    @property
    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def _any(asked: Asked) -> bool:
    return True


class FakeVendor:
    """Subclasses answer in `answer`. `faults` are said first, one a request, where `when` holds."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.faults: list[tuple[Callable[[Asked], bool], Answered]] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                asked = Asked(
                    self.command,
                    parts.path,
                    {name: values[-1] for name, values in parse_qs(parts.query).items()},
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(length),
                )
                fake.asked.append(asked)
                self._say(fake.fault_for(asked) or fake.answer(asked))

            def _say(self, said: Answered) -> None:
                raw = said.raw
                self.send_response(said.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(raw if said.cut is None else raw[: said.cut])
                self.close_connection = True

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815  as http.server has it

            def log_message(self, *_: Any) -> None:
                """Nothing: tests look at `asked`."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def base(self) -> str:
        """Its address by a name that leads here (`reach` in conftest.py)."""
        return f"http://{HOST}:{self.port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fail(self, said: Answered, *, when: Callable[[Asked], bool] = _any, times: int = 1) -> None:
        """The next `times` requests for which `when` holds are answered with this instead."""
        self.faults += [(when, said)] * times

    def fault_for(self, asked: Asked) -> Answered | None:
        for at, (when, said) in enumerate(self.faults):
            if when(asked):
                del self.faults[at]
                return said
        return None

    def answer(self, asked: Asked) -> Answered:
        raise NotImplementedError
