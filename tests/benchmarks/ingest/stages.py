"""Where the time of storing goes: each stage's seconds, by wrapping the functions that do it.

A stage that works within another is taken out of the other's: no second is counted twice.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from django.db import connection

from engagement.ingest import queries
from engagement.ingest.services import arriving, batches, storing
from engagement.ingest.signals import events_stored

_STATEMENTS = {
    "store_events": "insert", "look_back": "insert", "make_arriving": "copy", "drop_arriving": "copy",
    "next_waiting_batch": "claim", "hold_batches": "claim", "count_conflicts": "conflicts",
    "lock_storing_shared": "locks", "lock_timeless": "locks",
}  # fmt: skip


class Stages:
    """Seconds by stage; what is in none of them is the rest."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._within = 0.0  # seconds of what the stage that runs has called and is a stage itself

    def _timed(self, stage: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            before, self._within = self._within, 0.0
            begun = time.perf_counter()
            try:
                return act(*arguments, **named)
            finally:
                took = time.perf_counter() - begun
                self.seconds[stage] += took - self._within
                self._within = before + took

        return timed

    def _statement(self, act: Callable[..., Any]) -> Callable[..., Any]:
        timed = {stage: self._timed(stage, act) for stage in _STATEMENTS.values()}

        def run(name: str, **named: Any) -> Any:
            stage = _STATEMENTS.get(name)
            return act(name, **named) if stage is None else timed[stage](name, **named)

        return run

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Within, what each stage takes is added up."""
        wrapped = (
            (batches, "_read", "parse"),
            (batches, "resolve_customers", "customers"),
            (storing, "gone_numbers", "customers"),
            (batches, "_without_erased", "customers"),
            (batches, "claim", "claim"),
            (batches, "claim_waiting", "claim"),
            (batches, "_finish", "claim"),
            (arriving, "_told_apart", "pack"),
            (arriving, "_packed", "pack"),
            (queries, "copy_in", "copy"),
            (events_stored, "send", "roll-up"),
            (storing, "_tell_customers", "traits"),
            (connection, "_commit", "commit"),
        )
        with ExitStack() as stack:
            for owner, name, stage in wrapped:
                stack.enter_context(patch.object(owner, name, self._timed(stage, getattr(owner, name))))
            for name in ("run", "fetch"):
                stack.enter_context(patch.object(queries, name, self._statement(getattr(queries, name))))
            yield

    def shares(self, total: float) -> dict[str, float]:
        """Of all the seconds, by stage, the largest first; together with the rest they are the whole."""
        known = {**self.seconds, "rest": total - sum(self.seconds.values())}
        return dict(sorted(((name, part / total) for name, part in known.items()), key=lambda each: -each[1]))
