"""A killed process of a worker does not take the others with it."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest
from celery.concurrency import prefork

from engagement.celery import app
from engagement.operating.pool import EndingLock, Pool, TaskPool


def _own_pid() -> int:
    return os.getpid()


def _pids(pool: Any) -> list[int]:
    """Those who were started; a replacement stands in the pool a moment before it has a number."""
    return [worker.pid for worker in list(pool._pool) if worker.pid]


def _killed_while_waiting(pool: Any, at: int) -> int:
    """Kill one process that waits for work, and give the pool some: who did it."""
    killed = _pids(pool)[at]
    os.kill(killed, signal.SIGKILL)
    limit = time.monotonic() + 30
    while len(_pids(pool)) < 2 or killed in _pids(pool):
        assert time.monotonic() < limit, "nobody replaced the dead"
        time.sleep(0.05)
    return int(pool.apply_async(_own_pid).get(timeout=15))


@pytest.mark.parametrize("at", [0, 1])
def test_a_pool_works_on_when_a_process_is_killed(at: int) -> None:
    pool = Pool(processes=2)
    try:
        assert pool.apply_async(_own_pid).get(timeout=15) in _pids(pool)
        for _ in range(3):
            assert _killed_while_waiting(pool, at) in _pids(pool)
    finally:
        pool.terminate()


def test_a_lock_ends_with_its_holder() -> None:
    lock = EndingLock()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:  # takes it, says so, and never gives it back
        lock.acquire()
        os.write(writer, b"x")
        time.sleep(60)
        os._exit(0)
    assert os.read(reader, 1) == b"x"
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with lock as taken:
        assert taken


def test_workers_use_it() -> None:
    assert app.conf.worker_pool == f"{TaskPool.__module__}:{TaskPool.__name__}"
    assert issubclass(TaskPool, prefork.TaskPool)
    assert TaskPool.BlockingPool is Pool
