"""`make pressure`: one organisation sends ten times what can be stored; what becomes of memory and of its neighbour.

SIZE=ci (30 s) or release (5 minutes) of flood. Before it, the neighbour beside 200 slow clients. The exit code is 1
when an answer is neither 200 nor 429 nor 503, when less than nine times was offered, when memory grows, when a request
of the neighbour's is not stored in the end, or when its p99 is more than 1.5 times what it is without them: from
accepted to stored and from asked to answered in the flood, from asked to answered beside slow clients.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

SECONDS: Final = {"ci": 30.0, "release": 300.0}
_EVENTS = 500  # of a request of the one who floods: many, so that the senders, who share the cores, can offer tenfold
_NEIGHBOUR_EVENTS = 50
_NEIGHBOUR_REQUESTS = 10  # a second: of three hundred the 99th percentile is not the one that met a checkpoint
_ANSWERS = 25  # a second
_FLOODERS = 24
_TIMES = 10
_LEAST_TIMES = 9
_NEIGHBOUR_TIMES = 1.5
_LEAST_SECONDS = 0.05  # a p99 below it is noise: a ratio takes it as this
_SLOW_CLIENTS = 200
_GROWTH_MB_A_MINUTE = 10.0
# The row of a request is written last by the transaction that stores its events: when that was committed.
_LATENCIES = """
    SELECT extract(epoch FROM pg_xact_commit_timestamp(b.xmin) - b.received_at)::float8 FROM ingest_ingestbatch b
    JOIN tenants_organisation o ON o.id = b.organisation_id
    WHERE o.slug = %s AND b.finished_at IS NOT NULL AND b.received_at >= %s ORDER BY 1
"""
_STORED = """
    SELECT COALESCE(sum(b.stored), 0) FROM ingest_ingestbatch b JOIN tenants_organisation o ON o.id = b.organisation_id
    WHERE o.slug = %s AND b.finished_at >= %s
"""


@dataclass
class Sender:
    """Sends bodies of new events at a pace, whatever it is answered."""

    key: str
    port: int
    per_second: float
    name: str
    events: int = _EVENTS
    statuses: Counter[int] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)  # seconds for each answer
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Authorization": f"Bearer {self.key}"}
        template = _template(self.events)
        number, begun = 0, time.monotonic()
        while not self.ended.is_set():
            number += 1
            asked = time.monotonic()
            try:
                connection.request("POST", "/v1/batch", _body(template, f"{self.name}-{number}"), headers)
                answer = connection.getresponse()
                answer.read()
                self.statuses[answer.status] += 1
                self.waits.append(time.monotonic() - asked)
            except (OSError, http.client.HTTPException):
                self.statuses[0] += 1
                connection.close()
            behind = time.monotonic() - begun - number / self.per_second
            if behind < 0:
                self.ended.wait(-behind)


def _template(events: int) -> bytes:
    """A body into which the name of the request and the time are put for each event: so offering is cheap."""
    batch = [
        {"type": "track", "event": "Order Completed", "userId": f"c{at}", "messageId": f"@name@-{at}",
         "timestamp": "@time@"}
        for at in range(events)
    ]  # fmt: skip
    return json.dumps({"batch": batch}).encode()


def _body(template: bytes, name: str) -> bytes:
    now = datetime.now(UTC).isoformat()
    return template.replace(b"@name@", name.encode()).replace(b"@time@", now.encode())


def sending(senders: list[Sender], seconds: float, *, each_second: object = None) -> None:
    """All of them for so long."""
    threads = [threading.Thread(target=sender.run, daemon=True) for sender in senders]
    for thread in threads:
        thread.start()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(1)
        if callable(each_second):
            each_second()
    for sender in senders:
        sender.ended.set()
    for thread in threads:
        thread.join(30)


def slow_clients(port: int, number: int) -> list[socket.socket]:
    """A third says nothing, a third half a head, a third a head and the beginning of a body."""
    said = [b"", b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nX-A:",
            b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"]  # fmt: skip
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(number)]
    for at, client in enumerate(clients):
        client.sendall(said[at % len(said)])
    return clients


def resident_mb(pids: list[int]) -> float:
    """Of all these processes together."""
    pages = 0
    for pid in pids:
        with suppress(OSError):
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def growth(samples: list[float]) -> float:
    """MB a minute, least squares over the second half of samples taken each second."""
    late = samples[len(samples) // 2 :]
    middle, mean = (len(late) - 1) / 2, sum(late) / max(1, len(late))
    spread = sum((at - middle) ** 2 for at in range(len(late)))
    return 60 * sum((at - middle) * (one - mean) for at, one in enumerate(late)) / spread if spread else 0.0


def percentile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def times_as_long(waits: list[float], base: list[float], *, least: float = _LEAST_SECONDS) -> float:
    """The p99 of the one in that of the other, which counts as `least` where it is below; both are in order."""
    return percentile(waits, 0.99) / max(least, percentile(base, 0.99))


def slower(what: str, times: float) -> list[str]:
    """A breach where what the neighbour waits for takes too many times as long."""
    return [f"{what} {times:.2f} times as long"] if times > _NEIGHBOUR_TIMES else []


def neighbour_slower(*, stored: float, answered: float) -> list[str]:
    """What the flood does to the neighbour's waits: each is a breach of its own."""
    return [
        *slower("flood: the neighbour's requests are stored after", stored),
        *slower("flood: the neighbour is answered after", answered),
    ]


def unstored(part: str, *, accepted: int, stored: int) -> list[str]:
    """A breach where the neighbour was not even there, or where a request that was accepted never came to its end."""
    if not accepted:
        return [f"{part}: the neighbour was never answered"]
    missing = accepted - stored
    return [f"{part}: {missing:,} of {accepted:,} requests of the neighbour are not stored"] if missing else []


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "engagement.settings"
    from tests import database  # starts the tests' server
    from tests.drills.places import make_stack, until

    stack = make_stack(database.ROOT / ".rapport" / "drills" / f"{os.getpid()}-pressure", INGEST_WAITING_REQUESTS="200",
                       SWEEP_SECONDS="60", SWEEP_MOST="1000", WORK_LEASE_SECONDS="120")  # fmt: skip
    try:
        made = subprocess.run([sys.executable, "-m", "tests.drills.world", "one", "two"], cwd=database.ROOT,
                              env=stack.environment, check=True, capture_output=True, text=True)  # fmt: skip
        stack.start()
        until(lambda: " ready." in stack.said("worker"), "the worker is ready", seconds=300)
        return Pressure(stack, json.loads(made.stdout.splitlines()[-1])).run(SECONDS[os.environ.get("SIZE", "ci")])
    finally:
        stack.end()
        database.pytest_unconfigure(None)


@dataclass(frozen=True)
class Part:
    """What became of the neighbour and of the one who sends beside it; each list of seconds is in order."""

    stored: list[float]  # of the neighbour's requests, from accepted to stored
    answered: list[float]  # from asked to answered
    statuses: Counter[int]  # what the other one was told
    samples: dict[str, list[float]]  # MB of each program, second by second


def compared(waits: list[float], base: list[float], *, times: float) -> str:
    """The neighbour's waits without the flood and in it, as a line says them; both are in order."""
    return (
        f"p50 {percentile(base, 0.5):.3f} s, p99 {percentile(base, 0.99):.3f} s; in the flood p50 "
        f"{percentile(waits, 0.5):.3f} s, p99 {percentile(waits, 0.99):.3f} s: {times:.2f} times (of {len(base)} and "
        f"{len(waits)} requests)"
    )


class Pressure:
    """The three parts: how much can be stored, the neighbour beside so much, the neighbour beside ten times as much."""

    def __init__(self, stack: object, keys: dict[str, str]) -> None:
        from tests.drills.places import Stack

        assert isinstance(stack, Stack)
        self.stack, self.keys, self.breaches = stack, keys, list[str]()

    def run(self, seconds: float) -> int:
        sustainable = self._sustainable(seconds / 3)
        self._drain()
        alone, held = self._answers("alone", 0), self._answers("slow", _SLOW_CLIENTS)
        beside = self._part("beside", sustainable * 0.8, seconds)
        flood = self._part("flood", sustainable * _TIMES, seconds)
        times = flood.statuses.total() * _EVENTS / seconds / sustainable
        ratio = times_as_long(flood.stored, beside.stored, least=0.001)
        delay, behind = times_as_long(flood.answered, beside.answered), times_as_long(held, alone)
        slopes = {name: growth(values) for name, values in flood.samples.items()}
        lines = {
            "sustainable": f"{sustainable:,.0f} events a second, in requests of {_EVENTS}",
            "offered": f"{times * sustainable:,.0f} events a second for {seconds:.0f} s, {times:.1f} times",
            "answers": ", ".join(f"{status or 'none'} {n:,}" for status, n in sorted(flood.statuses.items())),
            "neighbour, accepted to stored": compared(flood.stored, beside.stored, times=ratio),
            "neighbour, asked to answered": compared(flood.answered, beside.answered, times=delay),
            "memory": "; ".join(f"{name} {values[0]:.0f} to {values[-1]:.0f} MB, at most {max(values):.0f}, at the end "
                                f"{slopes[name]:+.1f} MB a minute" for name, values in flood.samples.items()),
            f"answers beside {_SLOW_CLIENTS} slow clients": f"p50 {percentile(held, 0.5) * 1_000:.0f} ms, p99 "
            f"{percentile(held, 0.99) * 1_000:.0f} ms; without them p50 {percentile(alone, 0.5) * 1_000:.0f} ms, p99 "
            f"{percentile(alone, 0.99) * 1_000:.0f} ms (of {len(held)} and {len(alone)})",
            "load": f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores",
        }  # fmt: skip
        print("\n".join(f"{name:<34}  {text}" for name, text in lines.items()))
        odd = {status: n for status, n in flood.statuses.items() if status not in {200, 429, 503}}
        self.breaches += [f"answers {odd}"] if odd else []
        self.breaches += [f"only {times:.1f} times as much was offered"] if times < _LEAST_TIMES else []
        self.breaches += neighbour_slower(stored=ratio, answered=delay)
        self.breaches += [f"{name} grows" for name, slope in slopes.items() if slope > _GROWTH_MB_A_MINUTE]
        self.breaches += slower("slow clients: answers take", behind)
        for breach in self.breaches:
            print(f"BREACH: {breach}")
        return 1 if self.breaches else 0

    def _sustainable(self, seconds: float) -> float:
        """Stored a second while more than enough is sent."""
        since = datetime.now(UTC)
        senders = [Sender(self.keys["one"], self.stack.port, 1_000, f"full{at}") for at in range(3)]
        sending(senders, seconds)
        with self.stack.cluster.admin() as admin:
            [(stored,)] = admin.execute(_STORED, ["one", since]).fetchall()
        return max(1.0, int(str(stored)) / (datetime.now(UTC) - since).total_seconds())

    def _answers(self, name: str, slow: int) -> list[float]:
        """Seconds for each of some 250 answers beside so many slow clients, in order."""
        held = slow_clients(self.stack.port, slow)
        neighbour = Sender(self.keys["two"], self.stack.port, _ANSWERS, f"answers-{name}", events=_NEIGHBOUR_EVENTS)
        sending([neighbour], 10)
        for client in held:
            client.close()
        assert set(neighbour.statuses) <= {200}, neighbour.statuses
        return sorted(neighbour.waits)

    def _drain(self) -> None:
        from tests.drills.counting import waiting
        from tests.drills.places import until

        until(lambda: waiting(self.stack) == 0, "the queue is empty", seconds=240)

    def _part(self, name: str, events: float, seconds: float) -> Part:
        """The neighbour beside somebody who sends so many events a second."""
        since, samples = datetime.now(UTC), dict[str, list[float]]({"web": [], "worker": []})
        flood = [
            Sender(self.keys["one"], self.stack.port, events / _EVENTS / _FLOODERS, f"{name}{at}")
            for at in range(_FLOODERS)
        ]
        neighbour = Sender(
            self.keys["two"], self.stack.port, _NEIGHBOUR_REQUESTS, f"neighbour-{name}", events=_NEIGHBOUR_EVENTS
        )

        def look() -> None:
            for program, values in samples.items():
                values.append(resident_mb(self.stack.programs[program].children()))

        sending([*flood, neighbour], seconds, each_second=look)
        self._drain()  # what waits longest has to be among what is looked at
        with self.stack.cluster.admin() as admin:
            rows = admin.execute(_LATENCIES, ["two", since]).fetchall()
        assert set(neighbour.statuses) <= {200}, neighbour.statuses
        self.breaches += unstored(name, accepted=neighbour.statuses[200], stored=len(rows))
        statuses = sum((one.statuses for one in flood), Counter[int]())
        return Part([float(str(row[0])) for row in rows], sorted(neighbour.waits), statuses, samples)


if __name__ == "__main__":
    sys.exit(main())
