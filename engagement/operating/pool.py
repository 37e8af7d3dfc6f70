"""The processes of a Celery worker over a broker that it asks again and again (pgmq).

There the processes take their work from one pipe, one at a time: whoever waits at it holds a lock. Billiard's lock is a
semaphore, and stays taken when its holder is killed (as the system does with what takes too much memory): the others,
and whoever replaces the dead, wait for ever, and so does every event. Here the lock is one that the kernel gives back
when its holder ends. Over Redis and RabbitMQ each process has a pipe of its own, and nothing changes.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import weakref
from pathlib import Path
from typing import Any

from billiard.pool import Pool as BlockingPool
from celery.concurrency import prefork


class EndingLock:
    """A lock between processes that ends with whoever holds it (POSIX record lock on a file without a name).

    It does not tell threads of one process apart: each process reads, and writes, in one thread only.
    """

    def __init__(self) -> None:
        self._file, path = tempfile.mkstemp()
        Path(path).unlink()
        weakref.finalize(self, os.close, self._file)

    def acquire(self) -> bool:
        """Wait until it is ours."""
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        return True

    def release(self) -> None:
        """Let the next one have it."""
        fcntl.lockf(self._file, fcntl.LOCK_UN)

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


_Pool: Any = BlockingPool  # its stubs know none of what is overridden


class Pool(_Pool):  # type: ignore[misc]
    """Celery's pool of one pipe for all, with locks that end with their holders."""

    def _setup_queues(self) -> None:
        super()._setup_queues()
        for queue in (self._inqueue, self._outqueue):
            queue._rlock, queue._wlock = EndingLock(), EndingLock()  # noqa: SLF001 - billiard takes no other


class TaskPool(prefork.TaskPool):
    """What `worker_pool` names; anything but the one pipe is Celery's own."""

    BlockingPool: Any = Pool
