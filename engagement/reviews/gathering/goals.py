"""Where the targets in force stood at the end of the period, by the run that the review is bound to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from engagement.insights.selectors.comparing import is_in_force
from engagement.insights.selectors.targets import targets_with
from engagement.insights.types import Figures, TargetFigures
from engagement.reviews.numbers import kept
from engagement.reviews.types import Json, Period
from engagement.scoring.formula import TargetState
from tenants.models import Organisation


def goals(*, organisation: Organisation, period: Period, figures: Mapping[str, Figures]) -> list[Json]:
    """Every target in force: its number, where it stood, what was missing, and its state on the day after."""
    found = targets_with(
        organisation=organisation, run=period.run, figures=figures, today=period.last_day + timedelta(days=1),
        known=None if is_in_force(period.run) else period.run,
    )  # fmt: skip
    return [_goal(one) for one in found]


def _goal(one: TargetFigures) -> Json:
    state = one.outlook.state if one.outlook else TargetState.UNKNOWN
    return {
        "target": one.id,
        "segment_key": one.segment_key,
        "segment_name": one.segment_name,
        "measure": one.measure,
        "value": kept(one.value),
        "due_on": one.due_on.isoformat(),
        "owner": one.owner_name,
        "current": kept(one.current),
        "gap": kept(one.gap),
        "state": state.value,
    }
