"""In which arm of a test somebody is: by a trait, or by a property of their first event of a name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from engagement.cases import queries
from engagement.cases.models import Experiment
from engagement.scoring import queries as scoring_queries
from engagement.scoring.blocks import CHUNK_BITS
from engagement.scoring.formula.counts import IntArray
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.merges import load_merges
from engagement.scoring.runs.plan import window_instants
from tenants.models import Organisation

NO_ARM: Final = -1
ELSEWHERE: Final = -2


def arms_of_chunk(
    *, experiment: Experiment, organisation: Organisation, run: ScoreRun, chunk: int, numbers: IntArray
) -> IntArray:
    """The place of each customer's arm; NO_ARM without a value, ELSEWHERE with one that is no arm."""
    values = [value for value, _share in experiment.arms]
    by_number: dict[int, int] = {}
    pairs = _by_trait if experiment.arm_source == Experiment.ArmSource.TRAIT else _by_event
    for found, value in pairs(experiment, organisation, run, chunk):
        place = values.index(value) if value in values else ELSEWHERE
        for number in found:
            by_number.setdefault(number, place)
    arms: IntArray = np.array([by_number.get(number, NO_ARM) for number in numbers.tolist()], dtype=np.int64)
    return arms


def _by_trait(
    experiment: Experiment, organisation: Organisation, run: ScoreRun, chunk: int
) -> Iterator[tuple[Sequence[int], str]]:
    """As traits are now: whoever was moved to another arm is in that one."""
    low = chunk << CHUNK_BITS
    rows = scoring_queries.by_traits(
        traits=[experiment.arm_name], organisation_id=run.organisation_id, low=low, high=low + (1 << CHUNK_BITS)
    )
    for (value,), numbers in rows:
        if value is not None:
            yield scoring_queries.wide_array(bytes(numbers)).tolist(), value


def _by_event(
    experiment: Experiment, organisation: Organisation, run: ScoreRun, chunk: int
) -> Iterator[tuple[Sequence[int], str]]:
    """By the first event within the test's days; whoever was merged counts for whom they are."""
    merges = load_merges(run.organisation_id).into(chunk)
    roots = dict(zip(merges.numbers.tolist(), merges.roots.tolist(), strict=True))
    for number, value, _at in sorted(_first_events(experiment, organisation, run, chunk, list(roots)), key=_instant):
        yield (roots.get(number, number),), value


def _instant(row: tuple[int, str, datetime]) -> tuple[datetime, int]:
    return row[2], row[0]


def _first_events(
    experiment: Experiment, organisation: Organisation, run: ScoreRun, chunk: int, merged: list[int]
) -> list[tuple[int, str, datetime]]:
    last, low = min(experiment.last_day, run.as_of), chunk << CHUNK_BITS
    days = (last - experiment.first_day).days + 1
    begins, ends = window_instants(organisation, as_of=last, window_days=max(days, 1))
    rows = queries.fetch(
        "arms_of_events", organisation_id=run.organisation_id, day_from=experiment.first_day - timedelta(days=1),
        day_before=last + timedelta(days=2), **{"from": begins, "to": ends}, event_name=experiment.event_name,
        property=experiment.arm_name, low=low, high=low + (1 << CHUNK_BITS), merged=merged,
    )  # fmt: skip
    return [(int(number), str(value), at) for number, value, at in rows]
