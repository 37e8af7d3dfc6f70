"""An organisation's scorecard as of one day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction

from engagement.errors import NotFoundError
from engagement.insights.outlook_types import ChangeError
from engagement.insights.selectors import periods
from engagement.insights.selectors.changes import change_errors
from engagement.insights.selectors.figures import Minimum, figures_of_run, figures_over_runs, run_facts
from engagement.insights.selectors.targets import targets_with
from engagement.insights.types import Figures, Scorecard, SegmentGroup, SegmentRow, TargetFigures, TrendPoint
from engagement.scoring.models import RunPointer, ScoreRun, Segment
from engagement.scoring.runs.store import run_in_force
from tenants.models import Organisation

ALL = "all"

# Published ranges differ by author and none names its sample: pages call them indicative, unsourced.
INDUSTRY_RANGES = {
    Organisation.Industry.TECHNOLOGY: (60, 80),
    Organisation.Industry.HEALTHCARE: (50, 70),
    Organisation.Industry.FINANCE: (70, 85),
    Organisation.Industry.E_COMMERCE: (65, 90),
    Organisation.Industry.EDUCATION: (55, 75),
    Organisation.Industry.REAL_ESTATE: (60, 80),
}


def day_after(day: date) -> date:
    """The day on which a day's numbers are the latest: what "today" was for them."""
    return day + timedelta(days=1)


def change_of(*, now: Figures | None, before: Figures | None) -> Fraction | None:
    """The change of a score; None where either has none."""
    if now is None or before is None or now.score is None or before.score is None:
        return None
    return now.score - before.score


def adds_to_total(*, now: Figures, before: Figures | None, n_now: int, n_before: int) -> Fraction | None:
    """What a part of a partition adds to the change of the total: Σ scores ÷ all, now less before.

    The parts of a partition add up to the total's change exactly, whether customers changed or only moved.
    """
    if before is None or not n_now or not n_before:
        return None
    return now.total_score / n_now - before.total_score / n_before


def trend_points(*, organisation: Organisation, as_of: date, today: date, key: str) -> tuple[TrendPoint, ...]:
    """One segment at the ends of the months up to a day, and on the day itself where its month is unfinished."""
    days = periods.month_ends_before(as_of, months=periods.TREND_MONTHS)
    if as_of not in days:
        days.append(as_of)
    runs = periods.runs_in_force(days)
    found = figures_over_runs(runs=runs.values(), minimum=Minimum.of(organisation), segment_keys=[key])
    return tuple(
        TrendPoint(
            as_of=day,
            label=periods.month_label(day),
            figures=found[(run.id, key)],
            weight_set_number=run.uses["weight_set"],
            finished=periods.is_finished(day, today=today),
        )
        for day, run in sorted(runs.items())
        if (run.id, key) in found
    )


def _trends(*, organisation: Organisation, as_of: date, keys: list[str]) -> dict[str, tuple[Fraction | None, ...]]:
    days = periods.month_ends_before(as_of, months=periods.TREND_MONTHS)
    runs = periods.runs_in_force(days)
    found = figures_over_runs(runs=runs.values(), minimum=Minimum.of(organisation), segment_keys=keys)

    def score(key: str, run: ScoreRun | None) -> Fraction | None:
        figures = found.get((run.id, key)) if run is not None else None
        return figures.score if figures is not None else None

    return {key: tuple(score(key, runs.get(day)) for day in days) for key in keys}


def segment_rows(
    *,
    segments: list[Segment],
    now: dict[str, Figures],
    before: dict[str, Figures],
    targets: dict[str, TargetFigures],
    trends: dict[str, tuple[Fraction | None, ...]],
    is_partition: bool,
    errors: dict[str, ChangeError],
) -> tuple[SegmentRow, ...]:
    """The lines of one segment set: in its order, missing data last."""
    n_now = now[ALL].n if ALL in now else 0
    n_before = before[ALL].n if ALL in before else 0
    ordered = sorted(segments, key=lambda segment: (segment.is_missing_data, segment.position, segment.name))
    return tuple(
        SegmentRow(
            figures=now[segment.key],
            previous=before.get(segment.key),
            change=change_of(now=now[segment.key], before=before.get(segment.key)),
            adds_to_total=adds_to_total(
                now=now[segment.key], before=before.get(segment.key), n_now=n_now, n_before=n_before
            )
            if is_partition
            else None,
            target=targets.get(segment.key),
            trend=trends.get(segment.key, ()),
            change_error=errors.get(segment.key),
        )
        for segment in ordered
        if segment.key in now
    )


def _groups(
    *,
    organisation: Organisation,
    as_of: date,
    now: dict[str, Figures],
    before: dict[str, Figures],
    targets: dict[str, TargetFigures],
    set_key: str | None,
    errors: dict[str, ChangeError],
) -> tuple[SegmentGroup, ...]:
    segments = Segment.objects.filter(segment_set__isnull=False).select_related("segment_set")
    by_set: dict[str, list[Segment]] = {}
    sets = {}
    for segment in segments.order_by("segment_set__position", "segment_set__name", "position"):
        assert segment.segment_set is not None
        sets[segment.segment_set.key] = segment.segment_set
        by_set.setdefault(segment.segment_set.key, []).append(segment)
    shown = [key for key in by_set if set_key is None or key == set_key]
    if set_key is not None and not shown:
        raise NotFoundError("There is no such set of segments.")
    keys = [segment.key for key in shown for segment in by_set[key] if segment.key in now]
    trends = _trends(organisation=organisation, as_of=as_of, keys=keys)
    groups = (
        SegmentGroup(
            key=key,
            name=sets[key].name,
            is_partition=sets[key].is_partition,
            rows=segment_rows(
                segments=by_set[key],
                now=now,
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


def run_for(*, organisation: Organisation, now: datetime, as_of: date | None) -> ScoreRun | None:
    """The run a page shows: of the day asked for, else of the default day. NotFoundError for a day without one."""
    if as_of is not None:
        run = run_in_force(as_of=as_of)
        if run is None:
            raise NotFoundError(f"Nothing has been scored as of {as_of}. Choose another day, or score it.")
        return run
    day = periods.default_day(today=organisation.today(now))
    return run_in_force(as_of=day) if day else None


def scorecard(
    *, organisation: Organisation, now: datetime, as_of: date | None = None, set_key: str | None = None
) -> Scorecard | None:
    """Everything on the scorecard; None when nothing has been scored yet."""
    run = run_for(organisation=organisation, now=now, as_of=as_of)
    if run is None:
        return None
    today, minimum = organisation.today(now), Minimum.of(organisation)
    previous_run = run_in_force(as_of=periods.previous_month_end(run.as_of))
    current = figures_of_run(run=run, minimum=minimum)
    before = figures_of_run(run=previous_run, minimum=minimum) if previous_run else {}
    in_force = targets_with(
        organisation=organisation, run=run, figures=current, today=min(today, day_after(run.as_of)) if as_of else today
    )
    errors = change_errors(before=previous_run, after=run, segment_keys=[*current], minimum=minimum)
    by_segment = {target.segment_key: target for target in in_force if target.measure == "score"}
    groups = _groups(
        organisation=organisation,
        as_of=run.as_of,
        now=current,
        before=before,
        targets=by_segment,
        set_key=set_key,
        errors=errors,
    )
    return Scorecard(
        run=run_facts(run),
        total=current[ALL],
        previous=before.get(ALL),
        previous_run=run_facts(previous_run) if previous_run else None,
        change=change_of(now=current[ALL], before=before.get(ALL)),
        groups=groups,
        trend=trend_points(organisation=organisation, as_of=run.as_of, today=today, key=ALL),
        targets=in_force,
        periods=periods.periods(as_of=run.as_of, today=today),
        industry_range=INDUSTRY_RANGES.get(Organisation.Industry(organisation.industry)),
        change_error=errors.get(ALL),
    )


def scorecard_points(
    *, organisation: Organisation, now: datetime, first: date, last: date, key: str = ALL
) -> tuple[TrendPoint, ...]:
    """One segment on every day with a run between two days, both included: for the API."""
    today = organisation.today(now)
    pointers = RunPointer.objects.filter(as_of__gte=first, as_of__lte=last).select_related("run").order_by("as_of")
    runs = {pointer.as_of: pointer.run for pointer in pointers}
    found = figures_over_runs(runs=runs.values(), minimum=Minimum.of(organisation), segment_keys=[key])
    return tuple(
        TrendPoint(
            as_of=day,
            label=periods.month_label(day),
            figures=found[(run.id, key)],
            weight_set_number=run.uses["weight_set"],
            finished=periods.is_finished(day, today=today),
        )
        for day, run in runs.items()
        if (run.id, key) in found
    )
