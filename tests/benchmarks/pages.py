"""Every page of the client with everything: server time, queries and weight, asked in this process as a consultant."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.urls import reverse

from engagement.ingest.services.upkeep import index_closed_months
from engagement.insights.services import set_target
from engagement.scorecards.finding.pages import PAGES
from engagement.scoring.models import WeightSet
from tenants.scope import organisation_scope
from tests import signing_in  # noqa: F401  teaches the test client
from tests.benchmarks import ours
from tests.benchmarks.definitions import AS_OF, NOW
from tests.benchmarks.progress import say
from tests.benchmarks.report import Line
from tests.benchmarks.timing import Spread
from tests.benchmarks.world import World

MOST_MS: Final = 150.0
MOST_QUERIES: Final = 20
MOST_BYTES: Final = 400_000
_ROUNDS: Final = 7
_FILES: Final = re.compile(rf'(?:href|src)="{re.escape(settings.STATIC_URL)}([^"]+)"')
_MONTHS: Final = 3  # finished ones before the day shown, so that trends, changes and baselines have what they ask for


@dataclass(frozen=True, slots=True)
class Asked:
    """What one page cost; `first` is the one that a fresh process pays."""

    name: str
    first_ms: float
    warm_ms: Spread
    queries: int
    compressed: int


def pages(world: World) -> list[Line]:
    """Median server time of each page with its caches warm, its first answer beside it; raises RuntimeError.

    Months that are over have the index by customer, which `manage.py maintain` gives them day by day.
    """
    say(f"indexed after {world.whole.slug} was stored: {len(index_closed_months(today=NOW.date()))} months")
    asked = sorted(ask(world, rounds=_ROUNDS), key=lambda one: -one.warm_ms.middle)
    return [line for one in asked for line in _lines(one)]


def ask(world: World, *, rounds: int) -> list[Asked]:
    """Every page of the whole client, after four finished months were scored; raises RuntimeError for a refusal."""
    slug = world.whole.slug
    _scored(world)
    client = Client(headers={"Host": "localhost"})
    client.force_login(world.people.admin)
    return [_asked(client, name, path, rounds=rounds) for name, path in paths_of(slug, world)]


def paths_of(slug: str, world: World) -> Iterator[tuple[str, str]]:
    """Every page of a client that Find knows, and those of one segment, customer and run."""
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
    for route in ("portfolio", "portfolio-yardstick", "rounds", "rounds-approve", "rounds-plan"):
        yield route, reverse(route, args=[world.people.firm.slug])


def _scored(world: World) -> None:
    ends = [AS_OF]
    for _ in range(_MONTHS):
        ends.append(ends[-1].replace(day=1) - timedelta(days=1))
    for day in reversed(ends):
        ours.score_all(organisation_ids=[world.whole.id], as_of=day, workers=world.size.workers)
        say(f"scored {day}")
    with organisation_scope(world.whole.id, write=False):
        has_draft = WeightSet.objects.filter(state=WeightSet.State.DRAFT).exists()  # of the figure before this one
    if not has_draft:
        world.draft(world.whole)
    with organisation_scope(world.whole.id):
        set_target(
            organisation=world.whole, segment_key="all", measure="score", value=Decimal(75),
            due_on=AS_OF + timedelta(days=200), owner=None, note="", user=world.people.admin, now=NOW,
        )  # fmt: skip


def _asked(client: Client, name: str, path: str, *, rounds: int) -> Asked:
    first, _, _ = _timed(client, path)
    times = [_timed(client, path) for _ in range(rounds)]
    _, queries, body = times[-1]
    warm = Spread.of([ms for ms, _, _ in times])
    say(f"{name}: {first:.0f} ms, then {warm.middle:.0f} ms, {queries} statements")
    return Asked(name, first, warm, queries, len(gzip.compress(body)) + _weight_of_files(body.decode()))


def _weight_of_files(page: str) -> int:
    """Bytes of the files a page loads, compressed: all but the charts' library, which is loaded where a chart is."""
    names = {unquote(found) for found in _FILES.findall(page)}
    files = [_file(name) for name in sorted(names) if not name.startswith("vega")]
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


def _file(name: str) -> Path:
    """As it was collected, under its name with a digest, or from where it is developed."""
    collected = Path(settings.STATIC_ROOT) / name
    return collected if collected.exists() else Path(str(finders.find(name)))


def _timed(client: Client, path: str) -> tuple[float, int, bytes]:
    with counted() as statements:
        begun = time.perf_counter()
        response = client.get(path, follow=True)
        body = response.getvalue()
        taken = (time.perf_counter() - begun) * 1000
    if response.status_code != 200:
        raise RuntimeError(f"{path} answers {response.status_code}")
    return taken, len(statements), body


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
        Line(f"{one.name}: statements", Spread.of([one.queries]), "", at_most=MOST_QUERIES),
        Line(f"{one.name}: page, compressed", Spread.of([one.compressed / 1000]), "kB", at_most=MOST_BYTES / 1000),
    ]
