"""What a process makes of a run once and keeps: a run never changes, so reading its blocks once is enough.

What is kept is keyed by the organisation, the run and the digest of its blocks; only an organisation in scope is
answered. The whole stays under a limit in bytes, what was not used for longest goes first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, Protocol, TypeVar

from engagement.scoring.models import ScoreRun
from tenants.scope import require_scope

Key = tuple[int, str, str]


class Sized(Protocol):
    """Something that knows how large it is."""

    @property
    def nbytes(self) -> int: ...


T = TypeVar("T", bound=Sized)


class RunCache(Generic[T]):
    """What was made of runs, the least recently used dropped first when they pass the limit; safe between threads."""

    def __init__(self, limit: Callable[[], int]) -> None:
        self._limit = limit
        self._kept: OrderedDict[Key, T] = OrderedDict()
        self._lock = Lock()

    def of(self, run: ScoreRun, load: Callable[[], T]) -> T:
        """What is kept of a run; raises LookupError outside the organisation's own scope."""
        if run.organisation_id not in require_scope().read:
            raise LookupError("This run belongs to an organisation that is not in scope.")
        return self.get((run.organisation_id, str(run.id), run.digest), load)

    def get(self, key: Key, load: Callable[[], T]) -> T:
        """What is kept under the key; else what `load` gives, which is kept if it fits the limit at all."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        loaded = load()
        with self._lock:
            self._kept[key] = loaded
            while self._kept and self.nbytes > self._limit():
                self._kept.popitem(last=False)
        return loaded

    @property
    def nbytes(self) -> int:
        return sum(kept.nbytes for kept in self._kept.values())

    def kept(self) -> tuple[Key, ...]:
        """Keys of what is kept, the least recently used first."""
        return tuple(self._kept)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
