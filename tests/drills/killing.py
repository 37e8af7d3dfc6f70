"""Ways to lose a process, each by its number: what an out-of-memory killer, a crash or a careless operator does."""

from __future__ import annotations

import contextlib
import os
import random
import signal
from collections.abc import Callable
from typing import Final

import psycopg

from tests.drills.places import Stack


def _kill(pid: int | None, number: int = signal.SIGKILL) -> bool:
    if pid is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
        return True
    return False


def _one_child(name: str) -> Callable[[Stack, random.Random], bool]:
    def kill(stack: Stack, chance: random.Random) -> bool:
        children = stack.programs[name].children()
        return _kill(chance.choice(children)) if children else False

    return kill


def _first(name: str) -> Callable[[Stack, random.Random], bool]:
    def kill(stack: Stack, chance: random.Random) -> bool:
        return _kill(stack.programs[name].pid)

    return kill


def _backend(number: int) -> Callable[[Stack, random.Random], bool]:
    """A server process that serves the application."""

    def kill(stack: Stack, chance: random.Random) -> bool:
        with contextlib.suppress(psycopg.Error), stack.cluster.admin() as admin:
            found = admin.execute("SELECT pid FROM pg_stat_activity WHERE usename = 'rapport_app'").fetchall()
            return _kill(int(str(chance.choice(found)[0])), number) if found else False
        return False

    return kill


def _postmaster(stack: Stack, chance: random.Random) -> bool:
    return _kill(stack.cluster.postmaster())


def _broker(stack: Stack, chance: random.Random) -> bool:
    """With what it has started: RabbitMQ's program waits for the one that does the work."""
    pid = stack.programs["broker"].pid
    if pid is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
        return True
    return False


WAYS: Final[dict[str, Callable[[Stack, random.Random], bool]]] = {
    "web worker": _one_child("web"),
    "web master": _first("web"),
    "Celery child": _one_child("worker"),
    "Celery worker": _first("worker"),
    "beat": _first("beat"),
    "PostgreSQL backend, TERM": _backend(signal.SIGTERM),
    "PostgreSQL backend, KILL": _backend(signal.SIGKILL),
    "postmaster": _postmaster,
    "broker": _broker,
}
DATABASE_AWAY: Final = frozenset({"PostgreSQL backend, KILL", "postmaster"})
"""After these the whole server is away for a while: one backend's death by signal makes all of them start anew."""


def kill(way: str, stack: Stack, chance: random.Random) -> bool:
    """True when there was somebody to kill."""
    return WAYS[way](stack, chance)
