"""Reads of tests with arms, and of how many customers one takes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from engagement.cases.experiment_types import ArmFound, Doubt, Size, TrialLine, TrialReadOut
from engagement.cases.formula import ArmValues, customers_needed
from engagement.cases.found import effect_of
from engagement.cases.models import Experiment, ExperimentReadOut, Measure
from engagement.cases.selectors.measured import ALL, unit_of
from engagement.errors import NotFoundError
from engagement.insights.selectors.figures import snapshots_of
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.store import run_in_force

OVER = "over"


def _rows() -> QuerySet[Experiment]:
    latest = ExperimentReadOut.objects.filter(experiment=OuterRef("pk")).order_by("-number")
    found = Experiment.objects.select_related("action", "owner")
    return found.annotate(latest_number=Subquery(latest.values("number")[:1]))


def experiments(*, today: date) -> tuple[TrialLine, ...]:
    """All tests: what runs first, then what is planned."""
    order = ("running", OVER, "planned", "stopped")
    lines = [_line(row, today=today) for row in _rows().order_by("-first_day", "-number")]
    return tuple(sorted(lines, key=lambda line: order.index(line.state)))


def experiment(*, experiment_id: UUID, today: date) -> TrialLine:
    """One test; raises NotFoundError."""
    found = _rows().filter(pk=experiment_id).first()
    if found is None:
        raise NotFoundError(_("There is no such test."))
    return _line(found, today=today)


def _line(row: Experiment, *, today: date) -> TrialLine:
    is_over = row.state == Experiment.State.RUNNING and row.last_day < today
    return TrialLine(
        id=row.pk,
        number=row.number,
        title=row.title,
        words=row.words,
        arm_source=row.arm_source,
        event_name=row.event_name,
        arm_name=row.arm_name,
        arms=tuple((value, share) for value, share in row.arms),
        measure=row.measure,
        judged_by=row.judged_by,
        action_key=row.action.key if row.action else "",
        action_name=row.action.name if row.action else "",
        first_day=row.first_day,
        last_day=row.last_day,
        difference=Decimal(row.difference_thousandths) / 1000,
        customers_per_arm=row.customers_per_arm,
        state=OVER if is_over else row.state,
        owner_name=row.owner.name if row.owner else "",
        stopped_because=row.stopped_because,
        latest_number=row.latest_number,  # type: ignore[attr-defined]
    )


def trial_read_outs(*, experiment_id: UUID) -> tuple[TrialReadOut, ...]:
    """All read-outs of a test, the latest first."""
    rows = ExperimentReadOut.objects.filter(experiment_id=experiment_id).select_related("run", "made_by")
    return tuple(_read_out(row) for row in rows.order_by("-number"))


def _read_out(row: ExperimentReadOut) -> TrialReadOut:
    found = row.found
    return TrialReadOut(
        number=row.number,
        run_number=row.run.number,
        as_of=row.run.as_of,
        window_days=row.run.uses["window_days"],
        made_at=row.made_at,
        made_by=row.made_by.name if row.made_by else "",
        arms=tuple(_arm(arm, found) for arm in found["arms"]),
        outside=found["outside"],
        p=Decimal(found["p"]),
        doubts=tuple(Doubt(one) for one in found["doubts"]),
    )


def _arm(kept: dict[str, Any], found: dict[str, Any]) -> ArmFound:
    n = kept["n"]
    is_share = found["judged_by"] == Experiment.Judged.SHARE
    level = Fraction(kept["did"], n) if is_share and n else Fraction(kept["total"], n * found["unit"]) if n else None
    is_shown = n >= found["minimum"]
    return ArmFound(kept["value"], kept["planned"], n, level if is_shown else None, effect_of(kept["difference"]))


def size_of_test(*, measure: str, judged_by: str, action_key: str, difference: Decimal) -> Size:
    """How many customers an arm takes, by how differently customers did on the latest scored day.

    Of the mean of an action no spread is kept: then it is not known.
    """
    run = run_in_force()
    spread = _spread(run, measure, judged_by, action_key) if run is not None and difference > 0 else None
    return Size(spread, customers_needed(spread=spread, difference=float(difference)) if spread else None)


def _spread(run: ScoreRun, measure: str, judged_by: str, action_key: str) -> float | None:
    """One customer's standard deviation, in the measure's own unit."""
    row = snapshots_of(runs=[run.id], segment_keys=[ALL]).get((run.id, ALL))
    if row is None or row.n < 2:  # noqa: PLR2004 one customer has no spread
        return None
    if judged_by == Experiment.Judged.SHARE:
        did = row.by_action.get(action_key, [0, 0, 0])[2]
        return sqrt(did * (row.n - did)) / row.n
    sums = {
        Measure.SCORE.value: (row.sum_score_millionths, int(row.sum_score_squares)),
        Measure.POINTS.value: (
            int(row.sum_points),
            None if row.sum_point_squares is None else int(row.sum_point_squares),
        ),
    }
    total, squares = sums.get(measure, (0, None))
    if squares is None:
        return None
    return sqrt(ArmValues(row.n, total, squares).variance) / unit_of(run=run, measure=measure)
