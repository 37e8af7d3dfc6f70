"""Every page of the client with everything: server time, queries and weight, asked in this process as a consultant."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.urls import reverse

from engagement.ingest.services.upkeep import index_closed_months
from engagement.scorecards.finding.pages import PAGES
from engagement.scoring.models import WeightSet
from tenants.scope import organisation_scope
from tests import signing_in  # noqa: F401  teaches the test client
from tests.benchmarks import steps, works
from tests.benchmarks.definitions import NOW
from tests.benchmarks.progress import say
from tests.benchmarks.report import Line
from tests.benchmarks.timing import Spread
from tests.benchmarks.world import World

MOST_MS: Final = 150.0
MOST_QUERIES: Final = 20
MOST_BYTES: Final = 400_000
# Pages that are put together from every step: one statement for each kind of thing that stands on them.
TOGETHER: Final = frozenset({"record", "report-edit"})
MOST_TOGETHER: Final = 32
_ROUNDS: Final = 7
_FILES: Final = re.compile(rf'(?:href|src)="{re.escape(settings.STATIC_URL)}([^"]+)"')


@dataclass(frozen=True, slots=True)
class Asked:
    """What one page cost; `first` is the one that a fresh process pays."""

    name: str
    first_ms: float
    warm_ms: Spread
    cpu_ms: float  # of the warm ones, in the middle: what another program on the machine does not change
    queries: int
    compressed: int

    @property
    def most_queries(self) -> int:
        return MOST_TOGETHER if self.name in TOGETHER else MOST_QUERIES


def pages(world: World) -> list[Line]:
    """Median server time of each page with its caches warm, its first answer beside it; raises RuntimeError.

    Months that are over have the index by customer, which `manage.py maintain` gives them day by day.
    """
    say(f"indexed after {world.whole.slug} was stored: {len(index_closed_months(today=NOW.date()))} months")
    asked = sorted(ask(world, rounds=_ROUNDS), key=lambda one: -one.warm_ms.middle)
    return [line for one in asked for line in _lines(one)]


def ask(world: World, *, rounds: int) -> list[Asked]:
    """Every page of the whole client with everything it has; raises RuntimeError for a refusal."""
    slug = world.whole.slug
    made = _made(world)
    client = Client(headers={"Host": "localhost"})
    client.force_login(world.people.admin)
    return [_asked(client, name, path, rounds=rounds) for name, path in paths_of(slug, world, made)]


def paths_of(slug: str, world: World, made: steps.Made) -> Iterator[tuple[str, str]]:
    """Every page of a client that Find knows, and those of one segment, customer, run, step, test and report."""
    for page in PAGES:
        if "client" in page.of:
            yield page.route, reverse(page.route, args=[slug])
    one, other = (segment.key for segment in world.segments[1:3])
    for route in ("segment", "segment-movers", "segment-cohorts", "segment-beside", "segment-edit"):
        yield route, reverse(route, args=[slug, one]) + (f"?with={other}" if route == "segment-beside" else "")
    yield "segment of all", reverse("segment", args=[slug, "all"])
    yield "weights-publish", reverse("weights-publish", args=[slug])
    yield "customer", reverse("customer", args=[slug, 1])
    yield "customer-days", reverse("customer-days", args=[slug, 1])
    yield "explanation", reverse("customer-explanation", args=[slug, 1])
    yield "run", reverse("run", args=[slug, 1])
    yield "guidance-measure", reverse("guidance-measure", args=[slug, "score"])
    yield "guidance-entry", reverse("guidance-entry", args=[slug, "is-high-always-good"])
    yield "finding", reverse("finding", args=[slug, made.finding])
    yield "step", reverse("step", args=[slug, made.step])
    yield "experiment", reverse("experiment", args=[slug, made.experiment])
    yield "validity-check", reverse("validity-check", args=[slug, 1])
    yield "feedback-theme", reverse("feedback-theme", args=[slug, 1])
    yield "feedback of a segment", reverse("feedback-themes", args=[slug]) + f"?segment={one}"
    yield "companion of nps", reverse("companion", args=[slug]) + "?of=nps"
    yield "forecast of a segment", reverse("forecast", args=[slug]) + f"?segment={one}&measure=score"
    for route in ("report", "report-edit", "report-publish"):
        yield route, reverse(route, args=[slug, made.report])
    yield "report-version", reverse("report-version", args=[slug, made.report, 1])
    yield "report-pdf", reverse("report-file", args=[slug, made.report, 1, "pdf"])
    for route in ("portfolio", "portfolio-yardstick", "rounds", "rounds-approve", "rounds-plan"):
        yield route, reverse(route, args=[world.people.firm.slug])


def _made(world: World) -> steps.Made:
    made = steps.made(world)
    works.all_done(world)
    with organisation_scope(world.whole.id, write=False):
        has_draft = WeightSet.objects.filter(state=WeightSet.State.DRAFT).exists()  # of the figure before this one
    if not has_draft:
        world.draft(world.whole)
    return made


def _asked(client: Client, name: str, path: str, *, rounds: int) -> Asked:
    first = _timed(client, path)
    times = [_timed(client, path) for _ in range(rounds)]
    warm, cpu = Spread.of([one.ms for one in times]), Spread.of([one.cpu_ms for one in times])
    last = times[-1]
    say(f"{name}: {first.ms:.0f} ms, then {warm.middle:.0f} ms ({cpu.middle:.0f} ms here), {last.queries} statements")
    return Asked(name, first.ms, warm, cpu.middle, last.queries, _weight(last.body))


def _weight(body: bytes) -> int:
    """What is sent: a page with its files, compressed; a PDF as it is."""
    if body.startswith(b"%PDF"):
        return len(body)
    return len(gzip.compress(body)) + _weight_of_files(body.decode())


def _weight_of_files(page: str) -> int:
    """Bytes of the files a page loads, compressed: all but the charts' library, which is loaded where a chart is."""
    names = {unquote(found) for found in _FILES.findall(page)}
    files = [_file(name) for name in sorted(names) if not name.startswith("vega")]
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


def _file(name: str) -> Path:
    """As it was collected, under its name with a digest, or from where it is developed."""
    collected = Path(settings.STATIC_ROOT) / name
    return collected if collected.exists() else Path(str(finders.find(name)))


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer: how long it took, how much of it this process worked itself, and what it was."""

    ms: float
    cpu_ms: float
    queries: int
    body: bytes


def _timed(client: Client, path: str) -> _Answer:
    with counted() as statements:
        begun, cpu = time.perf_counter(), time.process_time()
        response = client.get(path, follow=True)
        body = response.getvalue()
        ms, cpu_ms = (time.perf_counter() - begun) * 1000, (time.process_time() - cpu) * 1000
    if response.status_code != 200:
        raise RuntimeError(f"{path} answers {response.status_code}")
    return _Answer(ms, cpu_ms, len(statements), body)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent to the server meanwhile."""
    statements: list[str] = []

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield statements


def _lines(one: Asked) -> list[Line]:
    return [
        Line(f"{one.name}, warm (first {one.first_ms:.0f} ms)", one.warm_ms, "ms", at_most=MOST_MS),
        Line(f"{one.name}: of it in Python", Spread.of([one.cpu_ms]), "ms"),
        Line(f"{one.name}: statements", Spread.of([one.queries]), "", at_most=one.most_queries),
        Line(f"{one.name}: page, compressed", Spread.of([one.compressed / 1000]), "kB", at_most=MOST_BYTES / 1000),
    ]
