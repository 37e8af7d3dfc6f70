"""Who did something before and nothing since: the newly silent of each segment, between two runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.chunk import NEVER
from engagement.scoring.runs.erased import n_erased
from engagement.scoring.runs.members import scored_members


@dataclass(frozen=True, slots=True)
class Silence:
    """Of `active` members in both runs who had counted actions in the window of the first, `silent` have none now."""

    active: int = 0
    silent: int = 0


def newly_silent(*, before: ScoreRun, after: ScoreRun) -> dict[str, Silence] | None:
    """By key of each segment that both runs have; None where the customers of one are not kept.

    A customer counts where he is in the segment in both runs. Reads the packed scores of both: for a million customers
    and twenty segments some 0.3 s.
    """
    places = _shared(before, after)
    active, silent = dict.fromkeys(places, 0), dict.fromkeys(places, 0)
    read = {before.id: 0, after.id: 0}
    for chunk in range(max(before.chunks, after.chunks)):
        old, new = (scored_members(run=run, chunk=chunk) for run in (before, after))
        read[before.id] += len(old.numbers)
        read[after.id] += len(new.numbers)
        _, at_old, at_new = np.intersect1d(old.numbers, new.numbers, assume_unique=True, return_indices=True)
        was, quiet = old.days_since[at_old] != NEVER, new.days_since[at_new] == NEVER
        for key, (i, j) in places.items():
            stayed = old.masks[i][at_old] & new.masks[j][at_new] & was
            active[key] += int(np.count_nonzero(stayed))
            silent[key] += int(np.count_nonzero(stayed & quiet))
    if any(read[run.id] != run.customers - n_erased(run) for run in (before, after)):
        return None
    return {key: Silence(active[key], silent[key]) for key in places}


def _shared(before: ScoreRun, after: ScoreRun) -> dict[str, tuple[int, int]]:
    """The place of each segment in the two plans, of those that are in both under one rule."""
    old, new = (
        {(segment["key"], segment["definition"]): at for at, segment in enumerate(run.uses["segments"])}
        for run in (before, after)
    )
    return {key: (old[key, rule], new[key, rule]) for key, rule in old if (key, rule) in new}
