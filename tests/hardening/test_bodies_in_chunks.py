"""Libraries that do not know the length of what they send send it in chunks: it is kept as any other."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engagement.ingest.models import IngestBatch
from tests.conftest import build_world
from tests.hardening.serving import Server, web
from tests.ingest.sending import rows, track, write_key

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = 100_000
ENVIRONMENT = {
    "ALLOWED_HOSTS": "127.0.0.1", "PUBLIC_URL": "http://127.0.0.1", "INGEST_LIMIT_BYTES": str(LIMIT),
}  # fmt: skip
WORKERS = ("gthread", "engagement.operating.patient.PatientWorker")
BODY = {"batch": [track(1), track(2)]}


def _pieces(body: bytes) -> Iterator[bytes]:
    yield from (body[at : at + 50] for at in range(0, len(body), 50))


def send(server: Server, body: bytes, *, key: str, **headers: str) -> int:
    """The status of one request whose length is not said."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        told = {"Authorization": f"Bearer {key}", **headers}
        connection.request("POST", "/v1/b", _pieces(body), told, encode_chunked=True)
        return connection.getresponse().status


@pytest.mark.parametrize("worker", WORKERS)
def test_chunks_are_kept_plain_and_packed_up_to_the_limit(tmp_path: Path, worker: str) -> None:
    world = build_world()
    key = write_key(world.ours)
    plain = json.dumps(BODY).encode()
    with web(tmp_path, "--worker-class", worker, **ENVIRONMENT) as server:
        statuses = [
            send(server, plain, key=key),
            send(server, gzip.compress(plain), key=key, **{"Content-Encoding": "gzip"}),
            send(server, b" " * (LIMIT + 1), key=key),
        ]
    assert statuses == [200, 200, 413]
    assert [json.loads(bytes(raw)) for raw in rows(world.ours, IngestBatch, "raw")] == [BODY, BODY]
