"""How sure the change of a score between two runs is: the same customers are in both, so they are compared in pairs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final
from uuid import UUID

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from engagement.insights.outlook_types import ChangeError
from engagement.insights.selectors.figures import Minimum, snapshots_of
from engagement.scoring.formula import (
    PairedSums,
    RunSums,
    change_standard_error,
    half_width_95,
    paired_sums,
)
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.erased import n_erased
from engagement.scoring.runs.members import scored_members

# A run with its digest never changes, so what two of them say together is kept by process: a few numbers a segment.
_KEPT_PAIRS: Final = 256

NOT_KEPT = noop("no interval: the customers of one of the two runs are not kept any more, only its sums")
NOT_IN_BOTH = noop("no interval: the segment was not there in both runs")


class _NotKeptError(Exception):
    """A run's blocks do not hold all its customers."""


def change_errors(
    *, before: ScoreRun | None, after: ScoreRun | None, segment_keys: list[str], minimum: Minimum
) -> dict[str, ChangeError]:
    """How far the change of each segment's score may be off, by key; empty where there is nothing to compare with.

    Stayers are compared with themselves, those who joined or left count as independent (`change_standard_error`).
    Reads the packed scores of both runs the first time and remembers what they say together: for a million customers
    and twenty segments that first time takes some 0.3 s, later ones two queries.
    """
    if before is None or after is None:
        return {}
    try:
        stayers = _stayers(after.organisation_id, (before.id, before.digest), (after.id, after.digest))
    except _NotKeptError:
        return dict.fromkeys(segment_keys, ChangeError(None, None, _(NOT_KEPT)))
    sums = {run.id: _sums(run, segment_keys) for run in (before, after)}
    return {
        key: _error(sums[before.id].get(key), sums[after.id].get(key), stayers.get(key), minimum)
        for key in segment_keys
    }


def _error(before: RunSums | None, after: RunSums | None, stayers: PairedSums | None, minimum: Minimum) -> ChangeError:
    if before is None or after is None or stayers is None:
        return ChangeError(None, None, _(NOT_IN_BOTH))
    least = min(before.n, after.n)
    if least < max(minimum.number, 2):
        few = _("no interval: fewer than {n} customers in one of the runs").format(n=max(minimum.number, 2))
        return ChangeError(None, None, few)
    error = change_standard_error(before=before, after=after, stayers=stayers)
    return ChangeError(error, half_width_95(error=error, n=least))


def _sums(run: ScoreRun, keys: list[str]) -> dict[str, RunSums]:
    return {
        key: RunSums(row.n, row.sum_score_millionths, int(row.sum_score_squares))
        for (_run, key), row in snapshots_of(runs=[run.id], segment_keys=keys).items()
    }


@lru_cache(maxsize=_KEPT_PAIRS)
def _stayers(
    organisation_id: int, before_named: tuple[UUID, str], after_named: tuple[UUID, str]
) -> Mapping[str, PairedSums]:
    """By segment key, of those who were members in both runs. Raises _NotKeptError, which is not remembered.

    The digests are asked for because erasing a customer changes a run's blocks, and with them its digest. The erased
    stay in the sums, and count as independent, as those do who left.
    """
    before_id, after_id = before_named[0], after_named[0]
    runs = ScoreRun.objects.filter(organisation_id=organisation_id, pk__in=[before_id, after_id])
    by_id = {run.id: run for run in runs}
    before, after = by_id[before_id], by_id[after_id]
    places = _shared_segments(before, after)
    found = {key: PairedSums() for key in places}
    read = {before_id: 0, after_id: 0}
    for chunk in range(max(before.chunks, after.chunks)):
        old, new = (scored_members(run=run, chunk=chunk) for run in (before, after))
        read[before_id] += len(old.numbers)
        read[after_id] += len(new.numbers)
        _both, at_old, at_new = np.intersect1d(old.numbers, new.numbers, assume_unique=True, return_indices=True)
        scores = old.scores[at_old], new.scores[at_new]
        for key, (i, j) in places.items():
            stays = old.masks[i][at_old] & new.masks[j][at_new]
            found[key] += paired_sums(before=scores[0], after=scores[1], stays=stays)
    if any(read[run.id] != run.customers - n_erased(run) for run in (before, after)):
        raise _NotKeptError
    return found


def _shared_segments(before: ScoreRun, after: ScoreRun) -> dict[str, tuple[int, int]]:
    """The place of each segment in the two plans, of those that are in both."""
    old, new = ({segment["key"]: at for at, segment in enumerate(run.uses["segments"])} for run in (before, after))
    return {key: (old[key], new[key]) for key in old if key in new}
