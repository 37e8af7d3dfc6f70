"""An organisation's scorecard as of one day."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction

from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights.calendars import TREND, By, ends_before, period_label
from engagement.insights.history import RESTATED
from engagement.insights.outlook_types import ChangeError
from engagement.insights.selectors import lines, periods
from engagement.insights.selectors.changes import change_errors
from engagement.insights.selectors.comparing import EVERYBODY, Viewing, compared_runs, comparison, viewing
from engagement.insights.selectors.figures import (
    Minimum,
    figures_of_run,
    figures_over_runs,
    read_ahead,
    run_facts,
    scores_over_runs,
)
from engagement.insights.selectors.known_segments import known_segments
from engagement.insights.selectors.targets import keys_with_targets, targets_with
from engagement.insights.types import (
    Figures,
    Scorecard,
    SegmentGroup,
    SegmentRow,
    TargetFigures,
    TrendPoint,
)
from engagement.scoring.models import RunPointer, Segment
from tenants.models import Organisation

ALL = EVERYBODY

# Published ranges differ by author and none names its sample: pages call them indicative, unsourced.
INDUSTRY_RANGES = {
    Organisation.Industry.TECHNOLOGY: (60, 80),
    Organisation.Industry.HEALTHCARE: (50, 70),
    Organisation.Industry.FINANCE: (70, 85),
    Organisation.Industry.E_COMMERCE: (65, 90),
    Organisation.Industry.EDUCATION: (55, 75),
    Organisation.Industry.REAL_ESTATE: (60, 80),
}


def change_of(*, now: Figures | None, before: Figures | None) -> Fraction | None:
    """The change of a score; None where either has none."""
    if now is None or before is None or now.score is None or before.score is None:
        return None
    return now.score - before.score


def adds_to_total(*, now: Figures | None, before: Figures | None, n_now: int, n_before: int) -> Fraction | None:
    """What a part of a partition adds to the change of the total: Σ scores ÷ all, now less before.

    The parts of a partition add up to the total's change exactly, whether customers changed or only moved.
    """
    if now is None or before is None or not n_now or not n_before:
        return None
    return now.total_score / n_now - before.total_score / n_before


def targets_of_view(
    *, organisation: Organisation, view: Viewing, figures: dict[str, Figures]
) -> tuple[TargetFigures, ...]:
    """The targets in force beside the numbers of the run that is shown, with what was known with it."""
    return targets_with(
        organisation=organisation, run=view.run, figures=figures, today=view.looked_at_on, known=view.known
    )


def trend_points(
    *, organisation: Organisation, view: Viewing, key: str, line: str = RESTATED
) -> tuple[TrendPoint, ...]:
    """One segment at the ends of the periods up to a day, and on the day itself where its period is unfinished."""
    runs = lines.runs_of_line(days=view.trend_days(), line=line, known=view.known)
    found = figures_over_runs(runs=runs.values(), minimum=Minimum.of(organisation), segment_keys=[key])
    points = tuple(
        TrendPoint(
            as_of=day,
            label=period_label(day, by=view.by),
            figures=found[(run.id, key)],
            weight_set_number=run.uses["weight_set"],
            finished=periods.is_finished(day, today=view.today, by=view.by),
        )
        for day, run in sorted(runs.items())
        if (run.id, key) in found
    )
    return lines.marked(points=points, runs=runs, known=view.known)


def _trends(*, organisation: Organisation, view: Viewing, keys: list[str]) -> dict[str, tuple[Fraction | None, ...]]:
    days = ends_before(view.run.as_of, by=view.by, count=TREND[view.by])
    runs = view.runs(days)
    found = scores_over_runs(runs=runs.values(), minimum=Minimum.of(organisation), segment_keys=keys)
    in_order = [runs.get(day) for day in days]
    return {key: tuple(found.get((run.id, key)) if run else None for run in in_order) for key in keys}


def segment_rows(
    *,
    segments: list[Segment],
    now: dict[str, Figures],
    compared: dict[str, Figures],
    before: dict[str, Figures],
    targets: dict[str, TargetFigures],
    trends: dict[str, tuple[Fraction | None, ...]],
    is_partition: bool,
    errors: dict[str, ChangeError],
) -> tuple[SegmentRow, ...]:
    """The lines of one segment set: in its order, missing data last. Changes are of `compared` against `before`."""
    n_now = compared[ALL].n if ALL in compared else 0
    n_before = before[ALL].n if ALL in before else 0
    ordered = sorted(segments, key=lambda segment: (segment.is_missing_data, segment.position, segment.name))
    return tuple(
        SegmentRow(
            figures=now[segment.key],
            previous=before.get(segment.key),
            change=change_of(now=compared.get(segment.key), before=before.get(segment.key)),
            adds_to_total=adds_to_total(
                now=compared.get(segment.key), before=before.get(segment.key), n_now=n_now, n_before=n_before
            )
            if is_partition
            else None,
            target=targets.get(segment.key),
            trend=trends.get(segment.key, ()),
            compared=compared.get(segment.key),
            change_error=errors.get(segment.key),
        )
        for segment in ordered
        if segment.key in now
    )


def segment_groups(
    *,
    organisation: Organisation,
    view: Viewing,
    now: dict[str, Figures],
    compared: dict[str, Figures],
    before: dict[str, Figures],
    targets: dict[str, TargetFigures],
    set_key: str | None,
    errors: dict[str, ChangeError],
) -> tuple[SegmentGroup, ...]:
    """The segments that `now` has figures of, by set; NotFoundError for a set that there is not."""
    placed = [(segment.segment_set, segment) for segment in known_segments() if segment.segment_set is not None]
    by_set: dict[str, list[Segment]] = {}
    sets = {}
    for group, segment in sorted(placed, key=lambda pair: (pair[0].position, pair[0].name, pair[1].position)):
        sets[group.key] = group
        by_set.setdefault(group.key, []).append(segment)
    shown = [key for key in by_set if set_key is None or key == set_key]
    if set_key is not None and not shown:
        raise NotFoundError(_("There is no such set of segments."))
    keys = [segment.key for key in shown for segment in by_set[key] if segment.key in now]
    trends = _trends(organisation=organisation, view=view, keys=keys)
    groups = (
        SegmentGroup(
            key=key,
            name=sets[key].name,
            is_partition=sets[key].is_partition,
            rows=segment_rows(
                segments=by_set[key],
                now=now,
                compared=compared,
                before=before,
                targets=targets,
                trends=trends,
                is_partition=sets[key].is_partition,
                errors=errors,
            ),
        )
        for key in shown
    )
    return tuple(group for group in groups if group.rows)


def scorecard(
    *,
    organisation: Organisation,
    now: datetime,
    as_of: date | None = None,
    set_key: str | None = None,
    by: By | None = None,
    run_number: int | None = None,
    line: str = RESTATED,
) -> Scorecard | None:
    """Everything on the scorecard, of a day or of a kept run; None when nothing has been scored yet.

    `line` is that of the trend.
    """
    view = viewing(organisation=organisation, now=now, as_of=as_of, by=by, run_number=run_number)
    if view is None:
        return None
    minimum, runs = Minimum.of(organisation), compared_runs(view)
    shown = [run for run in (view.run, runs.now, runs.before) if run is not None]
    read_ahead(
        whole=shown, trend=view.runs(view.trend_days()).values(), segment_keys=sorted({ALL, *keys_with_targets()})
    )
    current = figures_of_run(run=view.run, minimum=minimum)
    compared = current if runs.now == view.run else figures_of_run(run=runs.now, minimum=minimum) if runs.now else {}
    before = figures_of_run(run=runs.before, minimum=minimum) if runs.before else {}
    errors = change_errors(before=runs.before, after=runs.now, segment_keys=[*compared], minimum=minimum)
    in_force = targets_of_view(organisation=organisation, view=view, figures=current)
    return Scorecard(
        run=run_facts(view.run),
        total=current[ALL],
        compared=compared.get(ALL),
        previous=before.get(ALL),
        change=change_of(now=compared.get(ALL), before=before.get(ALL)),
        comparison=comparison(view=view, runs=runs, shown=current[ALL], minimum=minimum),
        groups=segment_groups(
            organisation=organisation,
            view=view,
            now=current,
            compared=compared,
            before=before,
            targets={target.segment_key: target for target in in_force if target.measure == "score"},
            set_key=set_key,
            errors=errors,
        ),
        trend=trend_points(organisation=organisation, view=view, key=ALL, line=line),
        targets=in_force,
        industry_range=INDUSTRY_RANGES.get(Organisation.Industry(organisation.industry)),
        change_error=errors.get(ALL),
    )


def scorecard_points(
    *,
    organisation: Organisation,
    now: datetime,
    first: date,
    last: date,
    key: str = ALL,
    by: By = By.MONTH,
    line: str = RESTATED,
) -> tuple[TrendPoint, ...]:
    """One segment on every day with a run between two days, both included: for the API."""
    today = organisation.today(now)
    pointers = RunPointer.objects.filter(as_of__gte=first, as_of__lte=last).order_by("as_of")
    runs = lines.runs_of_line(days=list(pointers.values_list("as_of", flat=True)), line=line)
    found = figures_over_runs(runs=runs.values(), minimum=Minimum.of(organisation), segment_keys=[key])
    points = tuple(
        TrendPoint(
            as_of=day,
            label=period_label(day, by=by),
            figures=found[(run.id, key)],
            weight_set_number=run.uses["weight_set"],
            finished=periods.is_finished(day, today=today, by=by),
        )
        for day, run in sorted(runs.items())
        if (run.id, key) in found
    )
    return lines.marked(points=points, runs=runs)
