"""Targets beside the numbers they are for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from engagement.insights.models import Target
from engagement.insights.selectors import periods
from engagement.insights.selectors.figures import Minimum, figures_of_run
from engagement.insights.types import Figures, TargetFigures
from engagement.scoring.formula import to_decimal
from engagement.scoring.runs.store import run_in_force
from tenants.models import Organisation

USUAL_TARGET = Decimal(75)
USUAL_STEP = Decimal(5)


def targets_with(*, figures: Mapping[str, Figures]) -> tuple[TargetFigures, ...]:
    """The targets in force, each with the number it is for; the soonest due first."""
    in_force = Target.objects.filter(retired_at__isnull=True).select_related("segment", "owner")
    return tuple(
        target_with(target=target, figures=figures.get(target.segment.key))
        for target in in_force.order_by("due_on", "id")
    )


def target_with(*, target: Target, figures: Figures | None) -> TargetFigures:
    """A target beside the number it is for."""
    value = Decimal(target.value_thousandths) / 1000
    current: Fraction | None = None
    if figures is not None:
        current = figures.score if target.measure == Target.Measure.SCORE else figures.points_per_customer
    return TargetFigures(
        id=str(target.id),
        segment_key=target.segment.key,
        segment_name=target.segment.name,
        measure=target.measure,
        value=value,
        due_on=target.due_on,
        owner_name=target.owner.name if target.owner is not None else "",
        current=current,
        gap=None if current is None else current - Fraction(value),
        note=target.note,
    )


def _current_figures(organisation: Organisation, now: datetime) -> dict[str, Figures]:
    day = periods.default_day(today=organisation.today(now))
    run = run_in_force(as_of=day) if day else None
    return figures_of_run(run=run, minimum=Minimum.of(organisation)) if run else {}


def targets(*, organisation: Organisation, now: datetime) -> tuple[TargetFigures, ...]:
    """All targets in force with the latest numbers."""
    return targets_with(figures=_current_figures(organisation, now))


def suggested_target(*, organisation: Organisation, segment_key: str, now: datetime) -> Decimal | None:
    """Baseline + 5, and 75 where that can be reached so; at most 100; None without a score.

    The baseline is the latest score, to a whole number. 75 is suggested where it lies within the step.
    """
    figures = _current_figures(organisation, now).get(segment_key)
    if figures is None or figures.score is None:
        return None
    baseline = to_decimal(value=figures.score, places=1)
    reachable = (baseline + USUAL_STEP).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    if baseline < USUAL_TARGET <= reachable:
        return USUAL_TARGET
    return min(reachable, Decimal(100))
