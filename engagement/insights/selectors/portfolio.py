"""All clients of a firm side by side: the one selector that reads several organisations at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID

from django.db import connection
from django.db.models import Q

from engagement.insights.calendars import By, last_finished
from engagement.insights.models import SegmentSnapshot, Target
from engagement.insights.selectors import periods
from engagement.insights.selectors.figures import Minimum, figures
from engagement.insights.selectors.scorecard import ALL, change_of
from engagement.insights.selectors.targets import target_with
from engagement.insights.types import Figures, PortfolioLine, TargetFigures
from engagement.scoring.models import RunPointer, ScoreRun
from tenants.actor import Reach
from tenants.models import Organisation

_LAST_ACTIVITY = """
    SELECT o.id, GREATEST(
        (SELECT max(a.day) FROM scoring_activity_open a WHERE a.organisation_id = o.id),
        (SELECT max(b.day) FROM scoring_activity_block b WHERE b.organisation_id = o.id)
    )
    FROM unnest(%(organisations)s::bigint[]) AS o (id)
"""

Snapshots = dict[tuple[UUID, str], Figures]


def _pointers(organisations: Sequence[Organisation], now: datetime) -> dict[int, dict[date, ScoreRun]]:
    """Each organisation's runs at the ends of its last months and on its default day."""
    found: dict[int, dict[date, ScoreRun]] = {organisation.id: {} for organisation in organisations}
    days: dict[int, list[date]] = {organisation.id: [] for organisation in organisations}
    for organisation_id, day in RunPointer.objects.values_list("organisation_id", "as_of"):
        days.setdefault(organisation_id, []).append(day)
    wanted = Q(pk__in=[])
    for organisation in organisations:
        shown = _shown_day(days[organisation.id], organisation.today(now))
        if shown is not None:
            ends = periods.month_ends_before(shown, months=periods.TREND_MONTHS + 1)
            wanted |= Q(organisation_id=organisation.id, as_of__in=[*ends, shown])
    for pointer in RunPointer.objects.filter(wanted).select_related("run"):
        found[pointer.organisation_id][pointer.as_of] = pointer.run
    return found


def _shown_day(days: Iterable[date], today: date) -> date | None:
    scored = list(days)
    return max([day for day in scored if day < today] or scored, default=None)


def _snapshots(runs: Sequence[ScoreRun], organisations: dict[int, Organisation]) -> Snapshots:
    by_id = {run.id: run for run in runs}
    rows = SegmentSnapshot.objects.filter(run_id__in=list(by_id)).select_related("segment__segment_set")
    return {
        (row.run_id, row.segment.key): figures(
            snapshot=row,
            run=by_id[row.run_id],
            segment=row.segment,
            minimum=Minimum.of(organisations[row.organisation_id]),
        )
        for row in rows
    }


def _last_days(organisations: Sequence[Organisation]) -> dict[int, date]:
    """The last local day with counted activity, where there is one."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST_ACTIVITY, {"organisations": [organisation.id for organisation in organisations]})
        return {row[0]: row[1] for row in cursor.fetchall() if row[1] is not None}


def _weakest(run: ScoreRun, found: Snapshots) -> tuple[str, Fraction] | None:
    """The segment with the lowest score among those that may be ranked: known data, enough customers."""
    scored = [
        (shown.score, shown.segment_name)
        for (run_id, key), shown in found.items()
        if run_id == run.id and key != ALL and shown.score is not None and shown.band and not shown.is_missing_data
    ]
    return (min(scored)[1], min(scored)[0]) if scored else None


def _everybody(runs: dict[date, ScoreRun], found: Snapshots, day: date | None) -> Figures | None:
    """All customers on a day; None where it has not been scored."""
    run = runs.get(day) if day else None
    return found.get((run.id, ALL)) if run else None


def _line(
    *,
    organisation: Organisation,
    runs: dict[date, ScoreRun],
    found: Snapshots,
    target: TargetFigures | None,
    last_day: date | None,
    now: datetime,
) -> PortfolioLine:
    today = organisation.today(now)
    day = _shown_day(runs, today)
    run = runs[day] if day else None
    total = found.get((run.id, ALL)) if run else None
    end = last_finished(day, today=today, by=By.MONTH) if day else None
    before_day = periods.previous_month_end(end) if end else None
    compared, previous = (_everybody(runs, found, at) for at in (end, before_day))
    ends = periods.month_ends_before(day, months=periods.TREND_MONTHS) if day else []
    in_order = [found.get((runs[end].id, ALL)) if end in runs else None for end in ends]
    return PortfolioLine(
        organisation_id=organisation.id,
        slug=organisation.slug,
        name=organisation.name,
        industry=organisation.get_industry_display(),
        total=total,
        compared=compared,
        change=change_of(now=compared, before=previous),
        previous_as_of=before_day if previous else None,
        target=target,
        weakest=_weakest(run, found) if run else None,
        last_event_on=last_day,
        stale_days=(today - last_day).days if last_day else None,
        trend=tuple(shown.score if shown else None for shown in in_order),
        weight_set_number=run.uses["weight_set"] if run else None,
        sample_today=organisation.sample_today,
    )


def portfolio(*, firm: Reach, clients: Sequence[Reach], now: datetime) -> tuple[PortfolioLine, ...]:
    """One line per client, by name; the page sorts by what needs attention. Needs a scope that reads all of them."""
    ids = [client.organisation_id for client in clients]
    organisations = list(Organisation.objects.filter(pk__in=ids).order_by("name"))
    by_id = {organisation.id: organisation for organisation in organisations}
    runs = _pointers([*organisations], now) if organisations else {}
    wanted = [run for of_one in runs.values() for run in of_one.values()]
    found = _snapshots(wanted, by_id)
    last_days = _last_days(organisations)
    targets = _targets(by_id)
    lines = []
    for organisation in organisations:
        of_one = runs[organisation.id]
        day = _shown_day(of_one, organisation.today(now))
        total = found.get((of_one[day].id, ALL)) if day else None
        target = targets.get(organisation.id)
        lines.append(
            _line(
                organisation=organisation,
                runs=of_one,
                found=found,
                target=target_with(target=target, figures=total) if target else None,
                last_day=last_days.get(organisation.id),
                now=now,
            )
        )
    return tuple(lines)


def _targets(by_id: dict[int, Organisation]) -> dict[int, Target]:
    rows = Target.objects.filter(
        organisation_id__in=list(by_id), segment__key=ALL, measure=Target.Measure.SCORE, retired_at__isnull=True
    )
    return {row.organisation_id: row for row in rows.select_related("segment", "owner")}
