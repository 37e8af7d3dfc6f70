"""Scores and membership of a run, one chunk at a time: what comparing two runs reads, without the counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engagement.scoring import queries
from engagement.scoring.blocks import full_numbers, unpack, unpack_masks
from engagement.scoring.models import ScoreRun


@dataclass(frozen=True, eq=False, slots=True)
class ScoredMembers:
    """Row i is one customer in every array; numbers ascend. One mask per segment of the run's plan, in its order."""

    numbers: NDArray[np.int64]
    scores: NDArray[np.int64]  # millionths
    masks: tuple[NDArray[np.bool_], ...]
    days_since: NDArray[np.int64]  # since the last counted action of the window; NEVER (−1) without one

    @classmethod
    def nobody(cls, *, segments: int) -> ScoredMembers:
        none = np.zeros(0, dtype=np.int64)
        return cls(none, none, (np.zeros(0, dtype=np.bool_),) * segments, none)


def scored_members(*, run: ScoreRun, chunk: int) -> ScoredMembers:
    """The customers of one chunk; nobody where the chunk has none or its blocks were not kept."""
    rows = queries.fetch_packed("members", organisation_id=run.organisation_id, run_id=run.id, chunk=chunk)
    if not rows:
        return ScoredMembers.nobody(segments=len(run.uses["segments"]))
    scores, members = rows[0]
    low, _, millionths, _, days, *_ = unpack(bytes(scores))
    masks = unpack_masks(bytes(members), rows=len(low))[: len(run.uses["segments"])]
    whole = full_numbers(low, chunk=chunk)
    return ScoredMembers(whole, millionths.astype(np.int64), tuple(masks), days.astype(np.int64))
