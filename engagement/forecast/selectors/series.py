"""The past that a forecast is made from: a measure at the ends of consecutive finished periods, counted alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from engagement.forecast.types import BrokenBy, Known
from engagement.insights.calendars import By, period_end, previous_end
from engagement.insights.models import SegmentSnapshot, Target
from engagement.insights.selectors import periods
from engagement.scoring.formula import SCORE_SCALE, WEIGHT_SCALE
from engagement.scoring.models import ScoreRun
from tenants.models import Organisation

# As far back as a season can be told: two and a half years of weeks, five of months.
MOST: Final[Mapping[By, int]] = {By.WEEK: 130, By.MONTH: 60}
SEASON: Final[Mapping[By, int]] = {By.WEEK: 52, By.MONTH: 12}
_SEASONS: Final = 2


@dataclass(frozen=True, slots=True)
class PastSeries:
    """One measure of one segment; `known` is oldest first and has no gap. `runs` are theirs."""

    segment_key: str
    measure: str
    by: By
    known: tuple[Known, ...]
    runs: tuple[ScoreRun, ...]
    broken_by: BrokenBy

    def __len__(self) -> int:
        return len(self.known)


@dataclass(frozen=True, slots=True)
class _Row:
    """What a snapshot says of one segment in one run."""

    definition: int
    n: int
    score: int
    points: int
    scale: int
    active: int

    def value(self, measure: str) -> Fraction:
        if measure == Target.Measure.SCORE:
            return Fraction(self.score, SCORE_SCALE * self.n)
        if measure == Target.Measure.ACTIVE_SHARE:
            return Fraction(self.active, self.n)
        return Fraction(self.points, WEIGHT_SCALE * self.scale * self.n)


def past_series(
    *, organisation: Organisation, today: date, by: By, wanted: Sequence[tuple[str, str]], until: date | None = None
) -> dict[tuple[str, str], PastSeries]:
    """The series of (segment, measure) pairs that have any, up to the last finished period that was scored.

    A series is walked back until a period was not scored, had too few customers, was scored with another weight set or
    had another rule of the segment: these are not the same number, and unknown is not zero. Where the past was
    restated, the restated runs count. Two queries, however many pairs. `until`: no later day than that.
    """
    ends = [day for day in periods.scored_ends(today=today, by=by) if until is None or day <= until]
    days = _unbroken(ends, by)[: MOST[by]]
    runs = periods.runs_in_force(days)
    rows = _rows([run.id for run in runs.values()], {key for key, _measure in wanted})
    first = BrokenBy.GAP if len(ends) > len(days) and len(days) < MOST[by] else BrokenBy.NOTHING
    walk = _Walk(by, [runs[day] for day in days if day in runs], rows, organisation.minimum_n, first)
    found = {(key, measure): walk.back(key, measure) for key, measure in wanted}
    return {pair: series for pair, series in found.items() if series.known}


def best_series(*, weeks: PastSeries | None, months: PastSeries | None) -> PastSeries | None:
    """Months where there are two years of them, so that a season can be told; else what has more periods.

    Weeks see a year from close by; a window of three months moves little from week to week, which the test on the past
    shows.
    """
    if months is not None and len(months) >= _SEASONS * SEASON[By.MONTH]:
        return months
    if weeks is None or months is None:
        return weeks or months
    return weeks if len(weeks) >= len(months) else months


def next_ends(*, day: date, by: By, until: date) -> list[date]:
    """The ends of the periods after a day, up to the one that `until` lies in."""
    ends = []
    while day < until:
        day = period_end(date.fromordinal(day.toordinal() + 1), by=by)
        ends.append(day)
    return ends


def action_series(*, series: PastSeries) -> dict[str, tuple[Fraction, ...]]:
    """Occurrences per customer of each action of the last run, as long as its rule was the same, oldest first."""
    rows = SegmentSnapshot.objects.filter(
        run_id__in=[run.id for run in series.runs], segment__key=series.segment_key
    ).values_list("run_id", "n", "points_scale", "by_action")
    by_run = {run_id: (n, scale, by_action) for run_id, n, scale, by_action in rows}
    return {action["key"]: _occurrences(action, series.runs, by_run) for action in series.runs[-1].uses["actions"]}


def _occurrences(
    action: Mapping[str, Any], runs: Sequence[ScoreRun], by_run: Mapping[UUID, tuple[int, int, Mapping[str, Any]]]
) -> tuple[Fraction, ...]:
    found: list[Fraction] = []
    for run in reversed(runs):
        rules = {used["key"]: used["definition"] for used in run.uses["actions"]}
        if rules.get(action["key"]) != action["definition"]:
            break
        n, scale, by_action = by_run[run.id]
        found.append(Fraction(by_action.get(action["key"], [0])[0], scale * n))
    return tuple(reversed(found))


def _unbroken(ends: Sequence[date], by: By) -> list[date]:
    """The newest of some ends of periods, as long as each is the one right before; the newest first."""
    found: list[date] = []
    for day in ends:
        if found and previous_end(found[-1], by=by) != day:
            break
        found.append(day)
    return found


def _rows(runs: Sequence[UUID], keys: set[str]) -> dict[tuple[UUID, str], _Row]:
    columns = (
        "run_id", "segment__key", "definition_number", "n", "sum_score_millionths", "sum_points", "points_scale",
        "n_active",
    )  # fmt: skip
    found = SegmentSnapshot.objects.filter(run_id__in=runs, segment__key__in=keys).values_list(*columns)
    return {
        (run_id, key): _Row(definition, n, score, int(points), scale, active)
        for run_id, key, definition, n, score, points, scale, active in found
    }


@dataclass(frozen=True, slots=True)
class _Walk:
    """What all series of one kind of period are walked back through: runs, the newest first, and their rows."""

    by: By
    runs: Sequence[ScoreRun]
    rows: Mapping[tuple[UUID, str], _Row]
    minimum_n: int
    before: BrokenBy  # what lies before the first run

    def back(self, key: str, measure: str) -> PastSeries:
        known: list[Known] = []
        kept: list[ScoreRun] = []
        broken = self.before
        for run in self.runs:
            row = self.rows.get((run.id, key))
            reason = self._ends(row, run, key, kept)
            if row is None or reason is not None:
                broken = reason or BrokenBy.NOTHING
                break
            known.append(Known(run.as_of, run.number, row.value(measure)))
            kept.append(run)
        return PastSeries(key, measure, self.by, tuple(reversed(known)), tuple(reversed(kept)), broken)

    def _ends(self, row: _Row | None, run: ScoreRun, key: str, kept: Sequence[ScoreRun]) -> BrokenBy | None:
        """Why a series begins after this run; None where it goes on, or the segment was not there yet."""
        if row is None:
            return None
        if row.n < max(self.minimum_n, 1):
            return BrokenBy.FEW
        if not kept:
            return None
        if run.uses["weight_set"] != kept[0].uses["weight_set"]:
            return BrokenBy.WEIGHTS
        return BrokenBy.RULE if row.definition != self.rows[kept[0].id, key].definition else None
