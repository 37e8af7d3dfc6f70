"""Targets beside the numbers they are for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights.models import Target
from engagement.insights.note_types import segment_name
from engagement.insights.outlook_types import PastTarget, TargetOutlook
from engagement.insights.selectors import periods
from engagement.insights.selectors.figures import Minimum, figures_of_run
from engagement.insights.selectors.outlooks import outlooks, value_of
from engagement.insights.types import Figures, TargetFigures
from engagement.look.exact import Number, exact
from engagement.scoring.formula import TargetState, to_decimal
from engagement.scoring.models import ScoreRun, Segment
from engagement.scoring.runs.store import run_in_force
from tenants.models import Organisation
from tenants.remembering import remembered

USUAL_TARGET = Decimal(75)
USUAL_STEP = Decimal(5)


def is_met(*, target: Number, value: Fraction | None) -> bool | None:
    """Whether a number reaches a target, which is a floor: at least the target. None without a number.

    >>> is_met(target=Decimal(75), value=Fraction(75)), is_met(target=Decimal(75), value=None)
    (True, None)
    """
    return None if value is None else value >= exact(target)


def targets_with(
    *,
    organisation: Organisation,
    run: ScoreRun | None,
    figures: Mapping[str, Figures],
    today: date,
    known: ScoreRun | None = None,
) -> tuple[TargetFigures, ...]:
    """The targets in force, each with the number it is for and where it stands; the soonest due first.

    `figures` are the run's; `today` is the day after it on a page of a past day, `known` a run that counts no more.
    """
    found = _in_force()
    standing = (
        outlooks(organisation=organisation, run=run, figures=figures, targets=found, today=today, known=known)
        if run is not None and found
        else {}
    )
    nothing = TargetOutlook(state=TargetState.UNKNOWN, reason=_("nothing has been scored yet"))
    return tuple(
        replace(
            target_with(target=target, figures=figures.get(target.segment.key)),
            outlook=standing.get(target.id, nothing),
        )
        for target in found
    )


def _in_force() -> list[Target]:
    """The targets in force, read once in a scope."""
    rows = Target.objects.filter(retired_at__isnull=True).select_related("segment", "owner")
    return remembered("insights.targets", lambda: list(rows.order_by("due_on", "id")))


def keys_with_targets() -> list[str]:
    """The segments that have targets in force: where they stand asks for their past as well."""
    return sorted({target.segment.key for target in _in_force()})


def target_with(*, target: Target, figures: Figures | None) -> TargetFigures:
    """A target beside the number it is for."""
    value = _unit(target.value_thousandths)
    current = value_of(figures=figures, measure=target.measure) if figures is not None else None
    return TargetFigures(
        id=str(target.id),
        segment_key=target.segment.key,
        segment_name=segment_name(key=target.segment.key, name=target.segment.name),
        measure=target.measure,
        value=value,
        due_on=target.due_on,
        owner_name=target.owner.name if target.owner is not None else "",
        current=current,
        gap=None if current is None else current - Fraction(value),
        note=target.note,
        start_value=None if target.start_value_thousandths is None else _unit(target.start_value_thousandths),
        start_as_of=target.start_as_of,
        start_run_number=target.start_run_number,
        owner_email=target.owner.email if target.owner is not None else "",
    )


def _unit(thousandths: int) -> Decimal:
    return Decimal(thousandths) / 1000


def target_history(*, segment_key: str, limit: int = 100) -> tuple[str, tuple[PastTarget, ...]]:
    """A segment's name, and all targets it has had, in force and ended, the latest set first.

    Raises NotFoundError for no such segment; an archived one keeps its history.
    """
    segment = Segment.objects.filter(key=segment_key).first()
    if segment is None:
        raise NotFoundError(_("There is no such segment."))
    rows = Target.objects.filter(segment=segment).select_related("segment", "owner", "created_by")
    return segment_name(key=segment.key, name=segment.name), tuple(
        PastTarget(
            id=str(row.id),
            segment_key=row.segment.key,
            segment_name=segment_name(key=row.segment.key, name=row.segment.name),
            measure=row.measure,
            value=_unit(row.value_thousandths),
            due_on=row.due_on,
            owner_name=row.owner.name if row.owner is not None else "",
            start_value=None if row.start_value_thousandths is None else _unit(row.start_value_thousandths),
            start_as_of=row.start_as_of,
            note=row.note,
            set_by=row.created_by.name if row.created_by is not None else "",
            set_at=row.created_at,
            retired_at=row.retired_at,
        )
        for row in rows.order_by("-created_at", "-id")[:limit]
    )


def _current(organisation: Organisation, now: datetime) -> tuple[ScoreRun | None, dict[str, Figures]]:
    day = periods.default_day(today=organisation.today(now))
    run = run_in_force(as_of=day) if day else None
    return run, figures_of_run(run=run, minimum=Minimum.of(organisation)) if run else {}


def targets(*, organisation: Organisation, now: datetime) -> tuple[TargetFigures, ...]:
    """All targets in force with the latest numbers and where they stand."""
    run, found = _current(organisation, now)
    return targets_with(organisation=organisation, run=run, figures=found, today=organisation.today(now))


def suggested_target(*, organisation: Organisation, segment_key: str, now: datetime) -> Decimal | None:
    """Baseline + 5, and 75 where that can be reached so; at most 100; None without a score.

    The baseline is the latest score, to a whole number. 75 is suggested where it lies within the step.
    """
    figures = _current(organisation, now)[1].get(segment_key)
    if figures is None or figures.score is None:
        return None
    baseline = to_decimal(value=figures.score, places=1)
    reachable = (baseline + USUAL_STEP).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    if baseline < USUAL_TARGET <= reachable:
        return USUAL_TARGET
    return min(reachable, Decimal(100))
