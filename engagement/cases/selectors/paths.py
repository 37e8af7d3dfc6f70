"""The way of the treated and of the others through a step: their scores at the ends of the months around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from engagement.cases.selectors.measured import ALL
from engagement.cases.types import StepLine
from engagement.insights.calendars import By, ends_before, period_end, period_label, period_mark
from engagement.insights.note_types import EVERYBODY_NAME
from engagement.insights.selectors import periods
from engagement.insights.selectors.figures import Minimum, figures_over_runs
from engagement.insights.types import Figures
from tenants.models import Organisation

_MOST: Final = 18  # month ends


@dataclass(frozen=True, slots=True)
class PathPoint:
    """One month end; None where there is no score that may be shown."""

    as_of: date
    label: str
    full_label: str
    score: Fraction | None
    half_width_95: Decimal | None


@dataclass(frozen=True, slots=True)
class StepPaths:
    """Of the treated, and of those they are held against: the chosen segments together, or everybody."""

    treated: tuple[PathPoint, ...]
    other: tuple[PathPoint, ...]
    other_name: str  # in English: whoever prints it looks it up; "" where there is no other line

    def treated_only(self) -> StepPaths:
        """What a membership limited to segments may see of it."""
        return StepPaths(self.treated, (), "")


def step_paths(
    *, organisation: Organisation, step: StepLine, compared: Sequence[tuple[str, str]], until: date, today: date
) -> StepPaths:
    """The month ends from the baseline's beginning up to `until`, of those that were scored."""
    last = period_end(until, by=By.MONTH)
    ends = ends_before(last if last < today else until, by=By.MONTH, count=_MOST)
    days = [day for day in ends if day >= step.baseline_first]
    runs = periods.runs_in_force(days)
    others = [key for key, _name in compared] or ([] if step.segment_key == ALL else [ALL])
    found = figures_over_runs(
        runs=runs.values(), minimum=Minimum.of(organisation), segment_keys=[step.segment_key, *others]
    )
    of_day = {day: {key: found.get((runs[day].id, key)) for key in (step.segment_key, *others)} for day in runs}
    name = ", ".join(name for _key, name in compared) if compared else EVERYBODY_NAME if others else ""
    return StepPaths(
        tuple(_point(day, _of([of_day[day][step.segment_key]])) for day in sorted(runs)),
        tuple(_point(day, _of([of_day[day][key] for key in others])) for day in sorted(runs)) if others else (),
        name,
    )


def _of(parts: Sequence[Figures | None]) -> tuple[Fraction | None, Decimal | None]:
    """The score of some segments together; an interval only where there is one of them."""
    known = [one for one in parts if one is not None and one.score is not None]
    if not known or len(known) < len(parts):
        return None, None
    if len(known) == 1:
        return known[0].score, known[0].half_width_95
    return sum((one.total_score for one in known), Fraction(0)) / sum(one.n for one in known), None


def _point(day: date, value: tuple[Fraction | None, Decimal | None]) -> PathPoint:
    return PathPoint(day, period_mark(day, by=By.MONTH), period_label(day, by=By.MONTH), *value)
