"""What a run holds of the customers of one chunk: score, points, an action's count, and who is in which segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engagement.cases.models import Measure
from engagement.scoring.formula import DECAY_SCALE, SCORE_SCALE, WEIGHT_SCALE, IntArray
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.store import read_chunk

ALL: Final = "all"


@dataclass(frozen=True, eq=False, slots=True)
class ChunkRows:
    """Row i is one customer in every array; numbers ascend. Values are whole units of each measure (`unit_of`)."""

    numbers: IntArray
    values: Mapping[str, IntArray]
    masks: Mapping[str, NDArray[np.bool_]]


def segment_place(*, run: ScoreRun, key: str) -> int | None:
    """Where a segment stands in a run's plan; None where the run did not know it."""
    keys = [segment["key"] for segment in run.uses["segments"]]
    return keys.index(key) if key in keys else None


def action_place(*, run: ScoreRun, key: str) -> int | None:
    """Where an action stands in a run's plan; None where the run did not count it."""
    keys = [action["key"] for action in run.uses["actions"]]
    return keys.index(key) if key in keys else None


def unit_of(*, run: ScoreRun, measure: str) -> int:
    """How many whole units make one of the measure in this run."""
    scale = DECAY_SCALE if run.uses["half_life_days"] else 1
    return {Measure.SCORE: SCORE_SCALE, Measure.POINTS: WEIGHT_SCALE * scale, Measure.ACTION: scale}[Measure(measure)]


def chunk_rows(*, run: ScoreRun, chunk: int, segment_keys: Sequence[str], action_key: str = "") -> ChunkRows:
    """One chunk of a run: one query. Nobody where it has none; a segment or action it did not know is nobody's."""
    stored, masks, _merges = read_chunk(run=run, chunk=chunk, n_actions=len(run.uses["actions"]))
    nobody = np.zeros(len(stored.numbers), dtype=np.bool_)
    values: dict[str, IntArray] = {Measure.SCORE.value: stored.scores, Measure.POINTS.value: stored.points}
    if action_key:
        place = action_place(run=run, key=action_key)
        none = np.zeros(len(stored.numbers), dtype=np.int64)
        values[Measure.ACTION.value] = none if place is None else stored.counts[:, place]
    found = {}
    for key in segment_keys:
        place = segment_place(run=run, key=key)
        found[key] = masks[place] if place is not None and masks else nobody
    return ChunkRows(stored.numbers, values, found)
