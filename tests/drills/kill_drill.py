"""The kill drill: processes die at random under load, and afterwards the database is held against what clients know."""

from __future__ import annotations

import os
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from tests.drills import sending
from tests.drills.counting import Account, account, waiting, wrong_answers
from tests.drills.killing import DATABASE_AWAY, kill
from tests.drills.places import WORKER, Stack, python, until
from tests.drills.sending import Client, Ledger, Sending

OK_WITHIN_SECONDS = 5.0  # the first 200 after the database is back
MOST_SECONDS = 10.0  # any answer
WORLD: Final = ("one", "two", "three", "async", "nounique")
MAIN_SLUGS: Final = ["one", "two", "three"]


@dataclass(frozen=True, slots=True)
class Size:
    """How often each way of dying comes, and how many events must have been acknowledged by the end."""

    events: int
    per_second: float  # batches of each of four clients
    kills: dict[str, int]


_DECK = {
    "web worker": 4, "web master": 2, "Celery child": 3, "Celery worker": 2, "beat": 1,
    "PostgreSQL backend, TERM": 2, "PostgreSQL backend, KILL": 2, "postmaster": 2,
}  # fmt: skip
SIZES: Final = {
    "ci": Size(events=20_000, per_second=3.0, kills=_DECK),
    "release": Size(events=200_000, per_second=5.0, kills={way: number * 4 for way, number in _DECK.items()}),
}


@dataclass
class Drill:
    """What came out of one round."""

    ledger: Ledger = field(default_factory=Ledger)
    kills: Counter[str] = field(default_factory=Counter)
    first_ok_seconds: list[float] = field(default_factory=list)  # after the database was back
    killed_at: list[tuple[float, str]] = field(default_factory=list)
    web_seconds: list[float] = field(default_factory=list)  # from the death of the web master to the first answer
    away_seconds: list[float] = field(default_factory=list)
    drained_seconds: float = 0.0
    seconds: float = 0.0
    found: Account | None = None
    breaches: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)  # only that something took longer than it may


def run(stack: Stack, keys: dict[str, str], size: Size, *, seed: int, broker: bool) -> Drill:
    """The whole round: load, kills, the end of the queue, the account."""
    drill, chance = Drill(), random.Random(seed)
    begun = time.monotonic()
    clients = [
        Client(f"{name}{at}", keys[name], stack.port, drill.ledger, per_second=size.per_second)
        for at, name in enumerate([*MAIN_SLUGS, "one"])
    ]
    # One who does not wait as told: it sees when the first 200 comes, and how those are answered who come too early.
    clients.append(Client("watcher", keys["two"], stack.port, drill.ledger, size=1, bad=0, per_second=5, gives_up=True))
    threads = sending.start(clients)
    deck = [way for way, number in size.kills.items() for _ in range(number)]
    deck += ["broker"] * (len(deck) // 6) if broker else []
    chance.shuffle(deck)
    for way in deck:
        time.sleep(chance.uniform(0.3, 2.2))
        _one_kill(stack, drill, way, chance)
    until(lambda: drill.ledger.acknowledged >= size.events, f"{size.events:,} events acknowledged", seconds=1200)
    sending.end(clients, threads)
    drill.drained_seconds = until(lambda: waiting(stack) == 0, "the queue is empty", seconds=240)
    drill.seconds = time.monotonic() - begun
    _judge(stack, drill, MAIN_SLUGS)
    return drill


def _one_kill(stack: Stack, drill: Drill, way: str, chance: random.Random) -> None:
    web = stack.programs["web"]
    starts = web.starts
    until(lambda: kill(way, stack, chance), f"somebody to kill: {way}", seconds=120)
    killed = time.monotonic()
    drill.kills[way] += 1
    drill.killed_at.append((killed, way))
    if way == "web master":
        # Its successor loads the application first; whatever else dies meanwhile would be measured with it. Until then
        # an orphan may give an answer.
        until(lambda: web.starts > starts and web.children(), "a successor of the web master", seconds=60)
        there = time.monotonic()
        until(lambda: drill.ledger.first_answer_after(there), "an answer after the web master", seconds=60)
        drill.web_seconds.append((drill.ledger.first_answer_after(there) or 0) - killed)
    if way in DATABASE_AWAY:
        time.sleep(0.2)  # until the others have noticed
        until(stack.cluster.answers, f"the database is back after {way}", seconds=60)
        back = time.monotonic()
        drill.away_seconds.append(back - killed)
        until(lambda: drill.ledger.first_ok_after(back), "a 200 after the database is back", seconds=60)
        drill.first_ok_seconds.append((drill.ledger.first_ok_after(back) or 0) - back)


def _judge(stack: Stack, drill: Drill, slugs: list[str]) -> None:
    drill.found = account(stack, slugs=slugs, sendings=drill.ledger.sendings)
    drill.breaches += drill.found.breaches()
    drill.breaches += wrong_answers(drill.ledger.sendings)
    drill.slow += [_when(drill, one) for one in drill.ledger.sendings if one.seconds > MOST_SECONDS][:10]
    late = [seconds for seconds in drill.first_ok_seconds if seconds > OK_WITHIN_SECONDS]
    if late:
        drill.slow.append(f"the first 200 came {max(late):.1f} s after the database was back")


def _when(drill: Drill, one: Sending) -> str:
    """What had died before somebody waited too long."""
    before = [(one.begun + one.seconds - at, way) for at, way in drill.killed_at if at < one.begun + one.seconds]
    said = ", ".join(f"{way} {ago:.1f} s" for ago, way in before[-3:])
    return f"{one.seconds:.1f} s for {one.status or 'no answer'}; before its end died: {said or 'nobody'}"


# ── controls: without the protection the drill must say so ───────────────────────────────────────────────────


def without_durability(stack: Stack, keys: dict[str, str]) -> Drill:
    """Answers before the commit is on disk, and the whole server dies at once: what was acknowledged is lost."""
    with stack.cluster.admin() as admin:
        for setting, value in (
            ("synchronous_commit", "off"),
            ("wal_writer_delay", "10s"),
            ("wal_writer_flush_after", "1GB"),
        ):
            admin.execute(f"ALTER SYSTEM SET {setting} = '{value}'")
        admin.execute("SELECT pg_reload_conf()")
    # A worker drops a temporary table with each group it stores, and whoever removes a table flushes the log for all.
    commands = {name: stack.programs[name].command for name in ("worker", "beat")}
    for name in commands:
        stack.replace(name, "sleep", "3600")
    drill, chance = Drill(), random.Random(1)
    clients = [Client(f"async{at}", keys["async"], stack.port, drill.ledger, per_second=20) for at in range(3)]
    threads = sending.start(clients)
    for _ in range(3):  # what a full buffer has pushed out is there: more than one chance
        before = drill.ledger.acknowledged
        until(lambda before=before: drill.ledger.acknowledged >= before + 500, "some are acknowledged", seconds=120)
        _one_kill(stack, drill, "postmaster", chance)
    sending.end(clients, threads)
    with stack.cluster.admin() as admin:
        admin.execute("ALTER SYSTEM RESET ALL")
        admin.execute("SELECT pg_reload_conf()")
    for name, command in commands.items():
        stack.replace(name, *command)
    until(lambda: waiting(stack) == 0, "the queue is empty", seconds=120)
    _judge(stack, drill, ["async"])
    return drill


def without_unique(stack: Stack, keys: dict[str, str]) -> Drill:
    """No key on events and nothing that minds it: a batch sent again is stored again."""
    stack.replace("worker", *python("celery", "-A", "tests.drills.without_unique", *WORKER))
    with stack.cluster.admin() as admin:
        admin.execute("ALTER TABLE ingest_event DROP CONSTRAINT ingest_event_pkey")
    drill = Drill()
    clients = [Client(f"nounique{at}", keys["nounique"], stack.port, drill.ledger, drops=0.8) for at in range(2)]
    threads = sending.start(clients)
    # Twice within a moment is stored together, and told apart in memory: some come again after a second and more.
    until(lambda: drill.ledger.dropped >= 20, "some batches sent again and again", seconds=60)
    sending.end(clients, threads)
    until(lambda: waiting(stack) == 0, "the queue is empty", seconds=120)
    _judge(stack, drill, ["nounique"])
    return drill


# ── what is printed ──────────────────────────────────────────────────────────────────────────────────────────


def figures(drill: Drill) -> str:
    found = drill.found
    assert found is not None
    sendings = drill.ledger.sendings
    statuses = Counter({200: "200", 503: "503", 429: "429", 0: "broken off", -1: "nobody there"}.get(one.status,
                       str(one.status)) for one in sendings)  # fmt: skip
    lines = {
        "kills": f"{drill.kills.total()}: " + ", ".join(f"{way} {n}" for way, n in sorted(drill.kills.items())),
        "events acknowledged": f"{found.acknowledged:,}, in the database {found.there:,}",
        "requests": f"{len(sendings):,}, sent again {sum(one.again for one in sendings):,}, "
        f"answers dropped by the client {drill.ledger.dropped:,}",
        "answers": ", ".join(f"{name} {n:,}" for name, n in statuses.most_common()),
        "messages kept": f"{found.sums['messages']:,} = stored {found.sums['stored']:,} + duplicates "
        f"{found.sums['duplicates']:,} + rejected {found.sums['rejected']:,}",
        "lost": f"{found.lost:,}",
        "doubled": f"{found.doubled:,}, in what scoring counted {found.counted_wrong:,}",
        "first 200 after the database": _spread(drill.first_ok_seconds),
        "database away": _spread(drill.away_seconds),
        "web away, its master dead": _spread(drill.web_seconds),
        "longest wait for an answer": f"{max((one.seconds for one in sendings), default=0):.1f} s",
        "queue empty after the last": f"{drill.drained_seconds:.1f} s",
        "altogether": f"{drill.seconds:.0f} s",
    }
    width = max(map(len, lines))
    return "\n".join(f"{name:<{width}}  {text}" for name, text in lines.items())


def _spread(seconds: list[float]) -> str:
    if not seconds:
        return "–"
    ordered = sorted(seconds)
    return f"median {ordered[len(ordered) // 2]:.2f} s, longest {ordered[-1]:.2f} s, of {len(ordered)}"


def noted(stack: Stack) -> str:
    """Programs started more often than they were killed, and traces in their logs: something to look at."""
    starts = ", ".join(f"{name} {program.starts}" for name, program in stack.programs.items())
    traces = {name: len(re.findall(r"Traceback \(most", stack.said(name))) for name in stack.programs}
    load = os.getloadavg()[0]
    machine = f"load {load:.1f} on {os.cpu_count()} cores"
    return f"{machine}; starts: {starts}, postgres {stack.cluster.starts + 1}; traces: {traces}"


CONTROLS: Final = {"async": without_durability, "nounique": without_unique}
