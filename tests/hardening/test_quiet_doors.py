"""What a library puts into its query is in no log: keys and whole events of people stand there, as base64."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client

from engagement.ingest.models import IngestBatch
from tests.conftest import build_world
from tests.hardening.serving import Server, web
from tests.ingest.sending import rows, write_key

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "canary.of.the.query@example.org"
ENVIRONMENT = {"LOG_LEVEL": "DEBUG", "ALLOWED_HOSTS": "127.0.0.1", "PUBLIC_URL": "http://127.0.0.1"}
BARE = """
from django.conf import settings
import engagement.wsgi, logging
settings.MIDDLEWARE.remove("tenants.doors.QuietDoorsMiddleware")
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
logging.getLogger("gunicorn.access").filters.clear()
"""


def query_of(key: str) -> tuple[str, list[str]]:
    """The query of a GET, and every form in which what it holds could be seen."""
    said = json.dumps({"$token": key, "$distinct_id": CANARY, "$set": {"$email": CANARY}})
    packed = base64.b64encode(said.encode()).decode()
    return urlencode({"data": packed, "verbose": 1, "token": key}), [packed, quote(packed), packed[:40], CANARY, key]


def ask_everything(server: Server, query: str) -> list[int]:
    """Kept, refused, unreadable, of no such address, and of a line that is too long."""
    return [
        server.ask("GET", f"/engage?{query}").status,
        server.ask("GET", f"/engage/?{query}", Referer=f"http://127.0.0.1/engage?{query}").status,
        server.ask("POST", f"/track?{query}", b"nonsense").status,
        server.ask("PUT", f"/track?{query}").status,
        server.ask("GET", f"/2/nothing?{query}").status,
        server.ask("GET", f"/track?{query}{'A' * 20_000}").status,
    ]


def test_what_stands_in_a_query_is_in_no_line_of_a_server(tmp_path: Path) -> None:
    world = build_world()
    query, seen = query_of(write_key(world.ours))
    with web(tmp_path, "--access-logfile", "-", "--log-level", "debug", **ENVIRONMENT) as server:
        assert ask_everything(server, query) == [200, 200, 400, 405, 404, 414]
    log = server.log.read_text()
    assert '"request": "GET /engage"' in log  # it is there to be looked at, by us
    assert '"GET /engage HTTP/1.1" 200' in log  # and by gunicorn
    assert [text for text in seen if text in log] == []
    (first, _) = rows(world.ours, IngestBatch, "raw")
    assert CANARY in bytes(first).decode()  # the events themselves are kept


def test_control_without_what_puts_it_aside_it_would_be_read(tmp_path: Path) -> None:
    world = build_world()
    query, seen = query_of(write_key(world.ours))
    (tmp_path / "bare.py").write_text(BARE)
    options = ("--access-logfile", "-", "--pythonpath", str(tmp_path))
    with web(tmp_path, *options, application="bare:application", **ENVIRONMENT) as server:
        server.ask("GET", f"/engage?{query}")
    log = server.log.read_text()
    assert seen[1] in log


class Collecting(logging.Handler):
    """Every record as it was made, before anybody redacts it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Message, arguments and whatever else hangs on the record, its request among it."""
        request = getattr(record, "request", None)
        address = request.get_full_path() if request is not None else ""
        self.said.append(f"{record.msg!r} {record.args!r} {address} {record.exc_info!r}")


@pytest.fixture
def records() -> Iterator[Collecting]:
    root, collecting = logging.getLogger(), Collecting()
    level = root.level
    root.addHandler(collecting)
    root.setLevel(logging.DEBUG)
    yield collecting
    root.removeHandler(collecting)
    root.setLevel(level)


def test_no_record_holds_it_even_before_it_is_redacted(
    client: Client, records: Collecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = build_world()
    query, seen = query_of(write_key(world.ours))
    client.raise_request_exception = False
    assert client.get(f"/engage?{query}").status_code == 200
    assert client.put(f"/engage?{query}").status_code == 405
    monkeypatch.setattr("engagement.ingest.views.accept.accept_batch", _break)
    assert client.get(f"/engage?{query}").status_code == 500
    assert any("request_started" in said for said in records.said)
    assert [text for text in seen if any(text in said for said in records.said)] == []


def _break(**_: Any) -> None:
    raise RuntimeError("on purpose")
