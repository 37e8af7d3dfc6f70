"""Where a benchmark is: lines on standard error, so that standard output is the table alone."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_EVERY_SECONDS = 5


@dataclass(slots=True)
class Steps:
    """One long step, told about every few seconds."""

    what: str
    total: int
    begun: float
    _told: float = 0.0

    def at(self, done: int) -> None:
        now = time.perf_counter()
        if now - max(self._told, self.begun) >= _EVERY_SECONDS:
            self._told = now
            say(f"{self.what}: {done:,} of {self.total:,}")


_BEGUN = time.perf_counter()


def say(text: str) -> None:
    """One line, with the seconds since the start."""
    print(f"[{time.perf_counter() - _BEGUN:7.1f} s] {text}", file=sys.stderr, flush=True)


@contextmanager
def step(what: str, total: int) -> Iterator[Steps]:
    """A step that says when it has ended, and how long it took."""
    steps = Steps(what, total, time.perf_counter())
    yield steps
    say(f"{what}: {total:,} in {time.perf_counter() - steps.begun:.1f} s")
