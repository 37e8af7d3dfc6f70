"""The two lines of a trend: what counts now, restated where somebody chose so, and how it was.

Both are read from kept runs; nothing is computed again. Where nothing has been restated there is one line.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from engagement.insights.history import AS_IT_WAS
from engagement.insights.selectors import periods
from engagement.insights.types import TrendPoint
from engagement.scoring.models import Restatement, ScoreRun
from engagement.scoring.runs.lines import runs_as_they_were


def runs_of_line(*, days: Collection[date], line: str, known: ScoreRun | None = None) -> dict[date, ScoreRun]:
    """The runs of a line for these days, where there are any; with `known`, as they were when it was published."""
    runs = periods.runs_known(days, known=known)
    return runs | _as_they_were(list(runs), known=known) if line == AS_IT_WAS else runs


def _as_they_were(days: Collection[date], *, known: ScoreRun | None) -> dict[date, ScoreRun]:
    """For each of these days that was restated by then: the last run of it that does not restate."""
    if known is None:
        again = [day for day, run in periods.runs_in_force(days).items() if run.restates]
        return runs_as_they_were(again) if again else {}
    restated = [day for day, run in periods.runs_known(days, known=known).items() if run.restates]
    return {run.as_of: run for run in periods.published_until(known, days=restated) if not run.restates}


def marked(
    *, points: Sequence[TrendPoint], runs: Mapping[date, ScoreRun], known: ScoreRun | None = None
) -> tuple[TrendPoint, ...]:
    """The points of a line with since when their weight set holds in it, and whether the other line differs there."""
    sets = {run.weight_set_id for run in runs.values()}
    effective = periods.sets_in_force_from(sets)
    restating = {run.weight_set_id for run in runs.values() if run.restates}
    restated = Restatement.objects.filter(weight_set__in=restating).exclude(state=Restatement.State.CANCELLED)
    first: dict[UUID, date] = {}
    for weight_set_id, day in restated.values_list("weight_set_id", "first_day"):
        first[weight_set_id] = min(day, first.get(weight_set_id, day))
    other = _as_they_were([point.as_of for point in points], known=known)
    return tuple(
        replace(
            point,
            holds_from=first.get(run.weight_set_id) if run.restates else effective.get(run.weight_set_id),
            restates=run.restates,
            has_other_line=point.as_of in other,
        )
        for point in points
        for run in [runs[point.as_of]]
    )
