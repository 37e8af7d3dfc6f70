"""Library by fault: what is sent with each, what the server then has, and the judgement of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from engagement.demo.embedded import free_port
from engagement.ingest.models import Customer, Event, IngestBatch, RejectedEvent
from tenants.models import Organisation
from tests.clients.installing import HERE, NODE
from tests.clients.libraries import COLUMNS, COUNT, FAULTS, Library
from tests.clients.proxy import proxy
from tests.conftest import build_world
from tests.hardening.serving import Server, web
from tests.ingest.sending import rows, work, write_key

BAD: Final = 7
_ENVIRONMENT: Final = {"ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "WARNING"}
_PATIENCE_SECONDS = 90
_BROWSERS, _PROGRAMS = 6, 8  # at a time: most of it is waiting
_NUMBER = re.compile(rb'"number"\s*:\s*(\d+)')
_UNKNOWN_KEY = "rpw_" + "x" * 43


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of one library and one column; `word` is "ok", "told", "n/a", or says what is wrong."""

    library: str
    column: str
    word: str

    @property
    def is_right(self) -> bool:
        """Whether everything is stored exactly once that was to be, and nothing else."""
        return self.word.split()[0] in {"ok", "told", "n/a"}


@dataclass(frozen=True, slots=True)
class Sent:
    """What a library told its caller, and with what its requests were answered."""

    failures: Sequence[str]
    seen: Sequence[int]


@dataclass(frozen=True, slots=True)
class Place:
    """Where libraries send: the server, the address it has for everybody, and the organisation of the key."""

    server: Server
    address: str
    home: Organisation
    key: str
    used: list[int] = field(default_factory=lambda: [0])

    def next_number(self) -> int:
        """The first of COUNT numbers that no other cell sends."""
        self.used[0] += COUNT
        return self.used[0]

    def work(self) -> None:
        """Whatever came is stored."""
        for batch in rows(self.home, IngestBatch, "id", state="waiting"):
            work(self.home, batch, now=datetime.now(UTC))


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[Place]:
    """A server, and an organisation of its own with a key, until the block ends."""
    home, front = build_world().ours, free_port()
    environment = {**_ENVIRONMENT, "PUBLIC_URL": f"http://127.0.0.1:{front}"}
    with web(folder, *arguments, **environment) as server, proxy(server.port, at=front) as (address, _):
        yield Place(server=server, address=address, home=home, key=write_key(home))


@dataclass(frozen=True, slots=True)
class Trial:
    """One library in one column, with COUNT numbers of its own from `start` on."""

    library: Library
    column: str
    start: int


def trials_of(libraries: Sequence[Library], *, place: Place, columns: Sequence[str] = COLUMNS) -> list[Trial]:
    """Each library in every column it can be in."""
    return [
        Trial(library, column, place.next_number())
        for library in libraries
        for column in columns
        if library.meets(column)
    ]


def together(tasks: Sequence[tuple[str, Callable[[], Sent]]]) -> list[Sent]:
    """What each task gives, in their order. Each stands beside what it runs in: few browsers run at a time."""
    with ThreadPoolExecutor(_BROWSERS) as browsers, ThreadPoolExecutor(_PROGRAMS) as programs:
        asked = [(browsers if runs_in == "browser" else programs).submit(task) for runs_in, task in tasks]
        return [one.result() for one in asked]


def row_of(
    library: Library, *, place: Place, columns: Sequence[str] = COLUMNS, command: Sequence[str] = ()
) -> list[Cell]:
    """One library in every column, at the same time."""
    trials = trials_of([library], place=place, columns=columns)
    sent = together([(library.runs_in, partial(sent_of, trial, place=place, command=command)) for trial in trials])
    place.work()
    ledger = ledger_of(place.home)
    cells = [cell_of(trial, one, ledger=ledger) for trial, one in zip(trials, sent, strict=True)]
    return [*cells, *left_of(library, columns=columns)]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the server has of each number: for whom it is stored, once for each time, and why it was refused."""

    stored: Mapping[int, Sequence[str]]
    refused: Mapping[int, Sequence[str]]

    def strays(self, numbers: range) -> list[int]:
        """Which of a visitor's events count for nobody, or for another than the customer they turned out to be."""
        whose = f"customer-{numbers.start}"
        return [number for number in numbers for name in self.stored.get(number, ()) if name != whose]


def ledger_of(home: Organisation) -> Ledger:
    """Read once for all cells, when everything that came is stored. Libraries for browsers send events of their own
    besides, without a number.
    """
    known = {
        number: (into, name) for number, into, name in rows(home, Customer, "number", "merged_into", "external_id")
    }
    stored, refused = defaultdict(list), defaultdict(list)
    for by, properties in rows(home, Event, "customer_number", "properties"):
        if isinstance(number := properties.get("number"), int):
            into, name = known[by]
            stored[number].append(name if into is None else known[into][1])
    for code, original in rows(home, RejectedEvent, "code", "original"):
        for text in _NUMBER.findall(bytes(original))[:1]:
            refused[int(text)].append(code)
    return Ledger(stored, refused)


def cell_of(trial: Trial, sent: Sent, *, ledger: Ledger) -> Cell:
    """The judgement of one cell."""
    numbers = range(trial.start, trial.start + COUNT)
    return Cell(trial.library.name, trial.column, _judged(trial, sent, ledger=ledger, numbers=numbers))


def left_of(library: Library, *, columns: Sequence[str] = COLUMNS) -> list[Cell]:
    """The columns it cannot be in."""
    left = [column for column in columns if column != "snippet" and not library.meets(column)]
    return [Cell(library.name, column, "n/a") for column in left]


def sent_of(trial: Trial, *, place: Place, command: Sequence[str] = ()) -> Sent:
    """Run the library's driver, or `command`, behind a proxy of its own: what it said, and what it was answered."""
    library, column, start = trial.library, trial.column, trial.start
    key = _UNKNOWN_KEY if column == "wrong key" else place.key
    options: dict[str, Any] = {
        "start": start,
        "count": COUNT,
        "gzip": column == "gzip",
        "bad": start + BAD if column == "partial failure" else None,
        "again": column != "happy",
        "wrong": column == "wrong key",
        "plain": column != "gzip",
        "leaves": column == "page closed",
        "stays": library.stays,
    }
    with proxy(place.server.port) as (address, faults):
        faults.waiting = library.faults(column)
        try:
            done = subprocess.run(
                [*(command or library.command), address, key, json.dumps(options)],
                capture_output=True, text=True, check=False, timeout=_PATIENCE_SECONDS,
                env={**os.environ, "CLIENTS_NODE": str(NODE)}, cwd=HERE.parent.parent,
            )  # fmt: skip
            told = re.findall(r"^FAILURES (\[.*\])$", done.stdout, re.MULTILINE)  # libraries print there as well
            failures = json.loads(told[-1]) if told else [f"did not say: {done.stderr[-300:]}"]
        except subprocess.TimeoutExpired:
            failures = [f"did not end within {_PATIENCE_SECONDS} s"]
        return Sent(failures=failures, seen=tuple(faults.seen))


def _judged(trial: Trial, sent: Sent, *, ledger: Ledger, numbers: range) -> str:
    library, column = trial.library, trial.column
    stored = Counter(number for number in numbers for _ in ledger.stored.get(number, ()))
    rejected = [code for number in numbers for code in ledger.refused.get(number, ())]
    said = f"requests {list(sent.seen)}, stored {sum(stored.values())}, rejected {rejected}, told {list(sent.failures)}"
    if column == "wrong key":
        refused = all(status in {400, 401} for status in sent.seen) and 0 < len(sent.seen) <= library.stops
        return (
            f"ok ({len(sent.seen)})"
            if refused and not stored and (sent.failures or not library.tells)
            else f"WRONG: {said}"
        )
    wanted = Counter(numbers)
    if column == "partial failure":
        wanted -= Counter([trial.start + BAD])
        return "ok" if (stored, rejected) == (wanted, ["day_out_of_range"]) else f"WRONG: {said}"
    if not set(library.faults(column)) <= set(sent.seen):
        return f"WRONG: the fault was not met: {said}"
    if (stored, rejected) == (wanted, []):
        strays = ledger.strays(numbers) if library.runs_in == "browser" else []
        return f"WRONG: counted for others than the customer: {strays}" if strays else "ok"
    lost = column in FAULTS and not library.sends_again and sent.failures and not stored - wanted
    return "told" if lost and not rejected else f"WRONG: {said}"


def printed(cells: Sequence[Cell]) -> str:
    """The matrix as text: a line for each library, then what is wrong in full."""
    names = list(dict.fromkeys(cell.library for cell in cells))
    words = {(cell.library, cell.column): cell.word for cell in cells}
    width = max(map(len, names))
    lines = [" " * width + "  " + "  ".join(column.ljust(15) for column in COLUMNS)]
    for name in names:
        shown = [words.get((name, column), "").split(":")[0].ljust(15) for column in COLUMNS]
        lines.append(f"{name.ljust(width)}  {'  '.join(shown)}".rstrip())
    lines += [f"{cell.library}, {cell.column}: {cell.word}" for cell in cells if not cell.is_right]
    return "\n".join(lines)


def closing(cells: Sequence[Cell], left_out: Sequence[str], *, seconds: float, is_strict: bool) -> tuple[str, int]:
    """The last lines and the exit code: 1 where a cell is wrong, or something was not tried and all had to be; 2 where
    nothing was tried at all.
    """
    wrong = sum(not cell.is_right for cell in cells)
    libraries = len({cell.library for cell in cells})
    line = f"{libraries} libraries, {len(cells)} cells, {wrong} wrong, {len(left_out)} not tried, {seconds:.0f} s"
    code = 1 if wrong or (is_strict and left_out) else 0
    return "\n".join([*left_out, line]), code if cells else 2
