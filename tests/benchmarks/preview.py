"""The preview of a draft over HTTP: a real gunicorn with one process, timed where the answer arrives."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from statistics import quantiles
from typing import Any, Final

from django.utils import timezone

from engagement.demo.embedded import free_port
from engagement.scoring.formula import to_decimal
from tenants.services import create_token
from tests.benchmarks import ours
from tests.benchmarks.answers import Answer, DifferentAnswersError
from tests.benchmarks.definitions import AS_OF
from tests.benchmarks.peers import Case, by_duckdb
from tests.benchmarks.progress import say
from tests.benchmarks.report import Line
from tests.benchmarks.timing import Spread
from tests.benchmarks.world import World

_SECONDS: Final = 60  # of asking; at least _LEAST times, at most _MOST
_LEAST, _MOST = 3, 20
_YARDSTICK_MS: Final = 300
_PATIENCE: Final = 60
_ANOTHER_DRAFT: Final = """
    UPDATE scoring_weight w SET weight_thousandths = w.weight_thousandths + 1
    FROM scoring_weightset s WHERE s.id = w.weight_set_id AND s.state = 'draft' AND w.organisation_id = %s
"""


def preview_path(slug: str) -> str:
    """Where the draft is previewed."""
    return f"/api/v1/organisations/{slug}/weight-sets/draft/preview/"


def preview(world: World, case: Case) -> list[Line]:
    """Cold (the first in a process), and warm: the middle and the slowest of twenty."""
    ours.score_all(organisation_ids=[world.whole.id], as_of=AS_OF, workers=world.size.workers)
    specs = world.draft(world.whole)
    expected = by_duckdb(replace(case, specs=specs), write=False)
    _, token = create_token(user=world.reader, name="bench", now=timezone.now())
    with _server() as port:
        client = _Client(port, token)
        client.get(f"/api/v1/organisations/{world.whole.slug}/weight-sets/")  # imports and connections are not previews
        path = preview_path(world.whole.slug)
        cold, found = client.timed(path)
        check(found, expected)
        warm = _asked(world, client, path)
    say(f"preview: cold {cold:.0f} ms, then {len(warm)} times")
    slowest = quantiles(warm, n=20, method="inclusive")[-1]
    return [
        Line("preview over HTTP, cold", Spread.of([cold]), "ms"),
        Line("preview over HTTP, warm, median", Spread.of(warm), "ms", at_most=_YARDSTICK_MS),
        Line("preview over HTTP, warm, 95 %", Spread.of([slowest]), "ms", at_most=_YARDSTICK_MS),
    ]


def check(found: dict[str, Any], expected: Answer) -> None:
    """The preview's numbers of everybody under the draft are the peer's; raises DifferentAnswersError."""
    everybody, draft = expected.segments["all"], found["draft"]
    score = to_decimal(value=Fraction(everybody.score, everybody.n * 1_000_000), places=6)
    mine = (draft["n"], Decimal(draft["score"]), (draft["poor"], draft["good"], draft["excellent"]))
    if mine != (everybody.n, score, expected.bands):
        raise DifferentAnswersError(f"preview: {mine}, DuckDB {(everybody.n, score, expected.bands)}.")


def _asked(world: World, client: _Client, path: str) -> list[float]:
    """Of another draft each time, as after a change in the editor: what was worked out for the last ones is kept."""
    warm: list[float] = []
    until = time.perf_counter() + _SECONDS
    while len(warm) < _LEAST or (len(warm) < _MOST and time.perf_counter() < until):
        world.admin.execute(_ANOTHER_DRAFT, [world.whole.id])
        warm.append(client.timed(path)[0])
    return warm


class _Client:
    """One connection that is kept, with a token."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    def get(self, path: str) -> bytes:
        self._connection.request("GET", path, headers=self._headers)
        response = self._connection.getresponse()
        body = response.read()
        if response.status != http.client.OK:
            raise RuntimeError(f"{path} answers {response.status}: {body[:500]!r}")
        return body

    def timed(self, path: str) -> tuple[float, dict[str, Any]]:
        """Milliseconds from asking to having read all of the answer, and the answer."""
        begun = time.perf_counter()
        body = self.get(path)
        return (time.perf_counter() - begun) * 1000, json.loads(body)


@contextmanager
def _server() -> Iterator[int]:
    """The product's web process on a free port, as production runs it, with one process instead of two."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "engagement.wsgi", "--worker-class", "gthread", "--workers", "1",
        "--threads", "4", "--timeout", "600", "--bind", f"127.0.0.1:{port}", "--log-level", "warning",
        "--no-control-socket",
    ]  # fmt: skip
    process = subprocess.Popen(command, env=os.environ)
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.perf_counter() + _PATIENCE
    while time.perf_counter() < until and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError("The web process does not answer; its last lines are above.")
