"""The rounds: A0, A1 and the worker in turn, so that whatever else the machine does falls on all; then HTTP.

HTTP comes when the worker has been measured: the service's own workers take whatever waits, of every organisation. Its
rounds have an A1 of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Final

import psycopg
from django.utils import timezone

from engagement.ingest.write_keys import create_write_key
from tenants.scope import organisation_scope
from tests.benchmarks.ingest.costs import Cost
from tests.benchmarks.ingest.messages import bodies
from tests.benchmarks.ingest.raw import Raw
from tests.benchmarks.ingest.sending import Load, Service, running
from tests.benchmarks.ingest.sizes import Size
from tests.benchmarks.ingest.working import Worker
from tests.benchmarks.progress import say
from tests.conftest import World, build_world

YARDSTICKS: Final = {"worker, 1,000 a request": 0.5, "HTTP, 1,000 a request": 0.25}
IN_ORDER: Final = ", ids in order"
BESIDE_HTTP: Final = ", beside HTTP"
_WARM_UP: Final = 5_000


@dataclass(frozen=True, slots=True)
class Rate:
    """One rival in one round: events a second, by the clock and by seconds of processors (0: not known).

    `here` and `server` are microseconds of processors for each event, in the product's processes and in the server's.
    """

    clock: float
    processors: float = 0.0
    here: float = 0.0
    server: float = 0.0


@dataclass(slots=True)
class Found:
    """Every rival's rates, round by round; shares of the worker's stages, latencies and peaks."""

    rates: dict[str, list[Rate]] = field(default_factory=dict)
    shares: dict[str, float] = field(default_factory=dict)
    latencies: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    answered: dict[str, list[float]] = field(default_factory=dict)
    peaks: tuple[float, float] = (0.0, 0.0)

    def add(self, name: str, events: int, cost: Cost) -> None:
        each = 1_000_000 / events
        rate = Rate(
            events / cost.seconds, events / max(cost.processors, 0.01), cost.here * each, cost.server * each
        )  # fmt: skip
        self._note(name, rate)

    def add_load(self, name: str, events: int, load: Load) -> None:
        self.add(name, events, load.cost)
        self.answered.setdefault(name, []).append(events / load.answered)

    def _note(self, name: str, rate: Rate) -> None:
        self.rates.setdefault(name, []).append(rate)
        say(f"{name}: {rate.clock:,.0f} events/s")

    def ratio(self, name: str, to: str, *, processors: bool = False) -> float | None:
        """The middle of the ratios within rounds; None where it is not known."""
        pairs = zip(self.rates[name], self.rates[to], strict=True)
        if processors:
            found = [mine.processors / other.processors for mine, other in pairs if mine.processors]
        else:
            found = [mine.clock / other.clock for mine, other in pairs]
        return median(found) if found else None


def measure(size: Size, admin: psycopg.Connection) -> Found:
    """All rounds; raises AssertionError where an event is not stored exactly once."""
    world, found = build_world(), Found()
    worker, raw = Worker(world.ours), Raw(admin)
    _warm_up(worker, size)
    if "worker" in size.only:
        for turn in range(size.rounds):
            _compare(found, worker, raw, size, turn)
        found.shares = worker.stages.shares(worker.seconds)
    if "http" in size.only:
        _over_http(found, world, admin, _some_rows(worker, Raw(admin), size), size)
    return found


def _over_http(found: Found, world: World, admin: psycopg.Connection, rows: bytes, size: Size) -> None:
    raw = Raw(admin)
    with organisation_scope(world.other.pk):
        _row, key = create_write_key(organisation=world.other, name="bench", user=None, now=timezone.now())
    with running(key=key, organisation_id=world.other.pk, admin=admin) as service:
        loads: dict[str, list[float]] = {}
        _send(Found(), service, size, 1_000, seed=-1, events=_WARM_UP, loads={})
        for turn in range(size.rounds):
            _rivals(found, raw, rows, size.events // 1_000 * 1_000, of=BESIDE_HTTP)
            _send(found, service, size, 1_000, seed=turn, events=size.events, loads=loads)
            _send(found, service, size, 100, seed=turn, events=size.events // 4, loads=loads)
        found.peaks = service.peaks()
    found.latencies = {name: _percentiles(latencies) for name, latencies in loads.items()}


def _some_rows(worker: Worker, raw: Raw, size: Size) -> bytes:
    """As many events as a round has, as a buffer."""
    some = bodies(events=size.events, at_once=1_000, customers=size.customers, seed=-3, in_order=False)
    worker.work(worker.keep(some), expected=1_000 * len(some))
    return raw.take(organisation_id=worker.organisation.pk, newest=1_000 * len(some))


def _warm_up(worker: Worker, size: Size) -> None:
    some = bodies(events=_WARM_UP, at_once=1_000, customers=size.customers, seed=-2, in_order=False)
    worker.work(worker.keep(some), expected=_WARM_UP)
    worker.begin()


def _compare(found: Found, worker: Worker, raw: Raw, size: Size, turn: int) -> None:
    for in_order, at_once in ((False, 1_000), (False, 100), (True, 1_000)):
        sent = bodies(
            events=size.events, at_once=at_once, customers=size.customers, in_order=in_order,
            seed=size.seed + 1_000 * turn + at_once + in_order,
        )  # fmt: skip
        n = at_once * len(sent)
        ids = "ids in order, " if in_order else ""
        found.add(f"worker, {ids}{at_once:,} a request", n, worker.work(worker.keep(sent), expected=n))
        if at_once == 1_000:
            rows = raw.take(organisation_id=worker.organisation.pk, newest=n, in_order=in_order)
            _rivals(found, raw, rows, n, of=IN_ORDER if in_order else "")


def _rivals(found: Found, raw: Raw, rows: bytes, n: int, *, of: str) -> None:
    found.add(f"A0{of}", n, raw.a0(rows))
    found.add(f"A1{of}", n, raw.a1(rows, table="referring"))
    found.add(f"A1 without foreign key{of}", n, raw.a1(rows, table="keyed"))


def _send(
    found: Found, service: Service, size: Size, at_once: int, *, seed: int, events: int, loads: dict[str, list[float]]
) -> None:
    name = f"HTTP, {at_once:,} a request"
    sent = bodies(
        events=events, at_once=at_once, customers=size.customers, seed=7_000_000 + seed * 10 + at_once, in_order=False
    )
    load = service.send(sent, clients=size.clients, expected=at_once * len(sent))
    found.add_load(name, at_once * len(sent), load)
    loads.setdefault(name, []).extend(load.latencies)


def _percentiles(seconds: list[float]) -> tuple[float, float, float]:
    cuts = quantiles(seconds, n=100, method="inclusive")
    return cuts[49] * 1000, cuts[94] * 1000, cuts[98] * 1000
