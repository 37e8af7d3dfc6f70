"""Warm workers, as a deployment has them: processes of their own that wait for work.

They score whole organisations, or take chunks of a run that somebody else has begun, as `insights.run_chunks` does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from typing import Any


class Crew:
    """`n` workers; the order in which they are asked is the order in which they work."""

    def __init__(self, n: int) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.worker", "--serve"]
        self._workers = [
            subprocess.Popen(command, env=os.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(n)
        ]
        self._asked = [0] * n
        for at in range(n):
            self._ask(at, {"do": "begin"})
        self.settle()

    def score(self, *, organisation_ids: Sequence[int], as_of: date) -> None:
        """Each scores its share, one organisation after the other; returns when all are done."""
        n = len(self._workers)
        for at in range(n):
            share = list(organisation_ids[at::n])
            self._ask(at, {"do": "score", "organisation_ids": share, "as_of": as_of.isoformat()})
        self.settle()

    def help(self, *, helpers: int, organisation_id: int, run_id: str, moment: str) -> None:
        """Some of them take chunks of a run until none is left; returns at once."""
        work = {"do": "help", "organisation_id": organisation_id, "run_id": run_id, "moment": moment}
        for at in range(helpers):
            self._ask(at, work)

    def settle(self) -> None:
        """Wait until everybody has answered; raises RuntimeError for one that has failed."""
        for at, worker in enumerate(self._workers):
            while self._asked[at]:
                if worker.stdout is None or worker.stdout.readline().strip() != "done":
                    raise RuntimeError("A worker has failed; its last lines are above.")
                self._asked[at] -= 1

    def dismiss(self) -> None:
        """End them, and with them their connections."""
        for worker in self._workers:
            with worker:  # closes its pipes, and waits for it
                pass

    def _ask(self, at: int, work: dict[str, Any]) -> None:
        pipe = self._workers[at].stdin
        if pipe is None:
            raise RuntimeError("A worker has no ear.")
        pipe.write(json.dumps(work) + "\n")
        pipe.flush()
        self._asked[at] += 1
