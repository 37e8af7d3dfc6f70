"""Our side: scorings by the product's own service, and what they have written.

`score_all` is where the number of workers comes in: one is this process; of more, warm processes of their own take the
organisations in turn, or help this one with the chunks of a single organisation.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from typing import Final
from unittest.mock import patch
from uuid import UUID

import numpy as np
from django.test import override_settings

from engagement.insights.models import SegmentSnapshot
from engagement.insights.services import score
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.store import read_chunks, run_in_force
from tenants.scope import organisation_scope
from tests.benchmarks.answers import Answer, Sums, Written
from tests.benchmarks.crew import Crew
from tests.benchmarks.definitions import NOW

_CREWS: Final[dict[int, Crew]] = {}


@dataclass(frozen=True, slots=True)
class Worker:
    """What a worker process said about itself when it had done its share."""

    seconds: float
    peak_bytes: int
    before_bytes: int  # its memory when everything was imported and nothing scored yet


def score_all(*, organisation_ids: Sequence[int], as_of: date, workers: int) -> None:
    """Score each organisation as of a day, results written and in force; nothing is taken over from before."""
    if workers > 1 and len(organisation_ids) > 1:
        _crew(workers).score(organisation_ids=organisation_ids, as_of=as_of)
        return
    helped = _helped(workers) if workers > 1 else nullcontext()
    with helped:
        for organisation_id in organisation_ids:
            score(organisation_id=organisation_id, as_of=as_of, cause="history", now=NOW, reuse=False)


def dismiss() -> None:
    """Let the warm workers go."""
    while _CREWS:
        _CREWS.popitem()[1].dismiss()


def _crew(workers: int) -> Crew:
    if workers not in _CREWS:
        _CREWS[workers] = Crew(workers)
    return _CREWS[workers]


@contextmanager
def _helped(workers: int) -> Iterator[None]:
    """Messages for helpers reach the warm workers, all but one: this process works too."""
    crew = _crew(workers)

    def wake(_task: str, organisation_id: int, run_id: UUID, moment: str) -> None:
        crew.help(helpers=workers - 1, organisation_id=organisation_id, run_id=str(run_id), moment=moment)

    with override_settings(RUN_HELPERS=1), patch("engagement.insights.services.score.wake", wake):
        yield
    crew.settle()


def score_apart(*, organisation_ids: Sequence[int], as_of: date) -> Worker:
    """The same in one fresh process, whose memory is its own."""
    return apart(as_of.isoformat(), *map(str, organisation_ids))


def apart(*arguments: str) -> Worker:
    """What a fresh worker says about itself that was started with these arguments: worker.py."""
    command = [sys.executable, "-m", "tests.benchmarks.worker", *arguments]
    process = subprocess.Popen(command, env=os.environ, stdout=subprocess.PIPE, text=True)
    said, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"A worker has failed with {process.returncode}; its last lines are above.")
    return Worker(**json.loads(said))


def _run(as_of: date) -> ScoreRun:
    run = run_in_force(as_of=as_of)
    if run is None:
        raise RuntimeError(f"Nothing has been scored as of {as_of}.")
    return run


def answer_of(organisation_id: int, *, as_of: date) -> Answer:
    """What the run in force says, from its snapshots."""
    with organisation_scope(organisation_id, write=False):
        rows = SegmentSnapshot.objects.filter(run=_run(as_of)).select_related("segment").order_by("id")
        found = {row.segment.key: row for row in rows}
    everybody = found["all"]
    return Answer(
        segments={key: Sums(row.n, int(row.sum_points), row.sum_score_millionths) for key, row in found.items()},
        bands=(everybody.n_poor, everybody.n_good, everybody.n_excellent),
    )


def written_by(organisation_id: int, *, as_of: date) -> Written:
    """What the run in force has written about each customer, from its blocks."""
    with organisation_scope(organisation_id, write=False):
        chunks = [chunk for _, chunk in sorted(read_chunks(_run(as_of)).items())]
    return Written(
        numbers=np.concatenate([chunk.numbers for chunk in chunks]),
        points=np.concatenate([chunk.points for chunk in chunks]),
        scores=np.concatenate([chunk.scores for chunk in chunks]),
    )
