"""All clients of a firm side by side: the one selector that reads several organisations at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from engagement.insights.alert_types import OpenAlerts
from engagement.insights.calendars import By, last_finished
from engagement.insights.explaining import PartitionChange
from engagement.insights.models import SegmentSnapshot, Target
from engagement.insights.reports_due import ReportDue, reports_due
from engagement.insights.selectors import periods
from engagement.insights.selectors.alerts import open_by_organisation
from engagement.insights.selectors.figures import Minimum, figures
from engagement.insights.selectors.mixing import changes_among
from engagement.insights.selectors.questions import waiting_by_organisation
from engagement.insights.selectors.scorecard import ALL, change_of
from engagement.insights.selectors.targets import target_with
from engagement.insights.types import Figures, PortfolioLine
from engagement.scoring.models import RunPointer, ScoreRun
from tenants.actor import Reach
from tenants.models import Organisation
from tenants.selectors_minding import minders

_LAST_ACTIVITY = """
    SELECT o.id, GREATEST(
        (SELECT max(a.day) FROM scoring_activity_open a WHERE a.organisation_id = o.id),
        (SELECT max(b.day) FROM scoring_activity_block b WHERE b.organisation_id = o.id)
    )
    FROM unnest(%(organisations)s::bigint[]) AS o (id)
"""

Snapshots = dict[tuple[UUID, str], Figures]
Rows = dict[UUID, dict[UUID, SegmentSnapshot]]  # by run and segment


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


def _told_days(runs: Mapping[date, ScoreRun], today: date) -> tuple[date | None, date | None, date | None]:
    """The day a line shows, the end of the last finished month and of the one before; None where there is none."""
    shown = _shown_day(runs, today)
    end = last_finished(shown, today=today, by=By.MONTH) if shown else None
    return shown, end, periods.previous_month_end(end) if end else None


def _rows(runs: Iterable[UUID], *, whole: Iterable[UUID]) -> Rows:
    """All customers of the runs, and every segment of those that are wanted `whole`: a year of segments is not read."""
    found: Rows = {}
    asked = SegmentSnapshot.objects.filter(Q(run_id__in=list(whole)) | Q(run_id__in=list(runs), segment__key=ALL))
    for row in asked.select_related("segment__segment_set"):
        found.setdefault(row.run_id, {})[row.segment_id] = row
    return found


def _whole_runs(
    organisations: Iterable[Organisation], runs: Mapping[int, Mapping[date, ScoreRun]], now: datetime
) -> set[UUID]:
    """The runs of which a line says something of every segment."""
    days = ((runs[one.id], day) for one in organisations for day in _told_days(runs[one.id], one.today(now)))
    return {of_one[day].id for of_one, day in days if day and day in of_one}


def _snapshots(runs: Mapping[UUID, ScoreRun], rows: Rows, organisations: dict[int, Organisation]) -> Snapshots:
    return {
        (row.run_id, row.segment.key): figures(
            snapshot=row,
            run=runs[row.run_id],
            minimum=Minimum.of(organisations[row.organisation_id]),
        )
        for of_run in rows.values()
        for row in of_run.values()
    }


def _partitions(
    runs: dict[date, ScoreRun], rows: Rows, days: tuple[date | None, date | None], minimum_n: int
) -> tuple[PartitionChange, ...]:
    """The change between two days by rate and mix; nothing where either was not scored."""
    then, now = (rows.get(runs[day].id, {}) if day in runs else {} for day in days)
    segments = {row.segment_id: row.segment for row in [*then.values(), *now.values()]}
    return changes_among(then=then, now=now, segments=segments.values(), minimum_n=minimum_n)


def last_days(organisations: Sequence[Organisation]) -> dict[int, date]:
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
    rows: Rows,
    target: Target | None,
    last_day: date | None,
    now: datetime,
) -> PortfolioLine:
    today = organisation.today(now)
    day, end, before_day = _told_days(runs, today)
    run = runs[day] if day else None
    total, compared, previous = (_everybody(runs, found, at) for at in (day, end, before_day))
    ends = periods.month_ends_before(day, months=periods.TREND_MONTHS) if day else []
    in_order = [_everybody(runs, found, end) for end in ends]
    return PortfolioLine(
        organisation_id=organisation.id,
        slug=organisation.slug,
        name=organisation.name,
        industry=organisation.get_industry_display(),
        total=total,
        compared=compared,
        change=change_of(now=compared, before=previous),
        previous_as_of=before_day if previous else None,
        target=target_with(target=target, figures=total) if target else None,
        weakest=_weakest(run, found) if run else None,
        last_event_on=last_day,
        stale_days=(today - last_day).days if last_day else None,
        trend=tuple(shown.score if shown else None for shown in in_order),
        weight_set_number=run.uses["weight_set"] if run else None,
        sample_today=organisation.sample_today,
        industry_code=organisation.industry,
        partitions=_partitions(runs, rows, (before_day, end), organisation.minimum_n),
    )


def client_rows(*, clients: Sequence[Reach]) -> tuple[Organisation, ...]:
    """The clients' own rows by name, those that rest among them: read once for all that a page says of them."""
    ids = [client.organisation_id for client in clients]
    return tuple(Organisation.objects.filter(pk__in=ids).order_by("name"))


def portfolio(*, firm: Reach, rows: Sequence[Organisation], now: datetime) -> tuple[PortfolioLine, ...]:
    """One line per client, by name; the page sorts by what needs attention. Needs a scope that reads all of them.

    `rows` as `client_rows` gives them. Suspended ones get no line: nothing of theirs is opened.
    """
    organisations = [row for row in rows if row.suspended_at is None]
    by_id = {organisation.id: organisation for organisation in organisations}
    runs = _pointers([*organisations], now) if organisations else {}
    wanted = {run.id: run for of_one in runs.values() for run in of_one.values()}
    snapshots = _rows(wanted, whole=_whole_runs(organisations, runs, now))
    found = _snapshots(wanted, snapshots, by_id)
    latest = last_days(organisations)
    known = {one.user_id: one.name for one in minders(firm_id=firm.organisation_id)} if organisations else {}
    targets, asked = _targets(by_id), waiting_by_organisation(organisations=list(by_id))
    alerts = open_by_organisation(organisations=list(by_id))
    due = reports_due(organisations=organisations, now=now) if organisations else {}
    lines = []
    for organisation in organisations:
        waiting = asked.get(organisation.id)
        line = _line(
            organisation=organisation,
            runs=runs[organisation.id],
            found=found,
            rows=snapshots,
            target=targets.get(organisation.id),
            last_day=latest.get(organisation.id),
            now=now,
        )
        line = replace(line, **_minder(organisation.minded_by, known))
        line = replace(line, questions=waiting.count, asked_since=waiting.since) if waiting else line
        lines.append(replace(line, **_alerts(alerts.get(organisation.id)), **_report(due.get(organisation.id))))
    return tuple(lines)


def _report(found: ReportDue | None) -> dict[str, Any]:
    return {"report_of": found.last_day, "report_due_on": found.due_on} if found else {}


def _alerts(found: OpenAlerts | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {
        "alerts": found.count,
        "alerts_since": found.since,
        "alert_fell_on": found.fell_on,
        "alert_is_late": found.is_late,
    }


def _minder(person: UUID | None, known: Mapping[UUID, str]) -> dict[str, Any]:
    """Who minds a client, as long as they have a role in the firm; that somebody did, when they have none any more."""
    if person is None or person not in known:
        return {"is_unminded": person is not None}
    return {"minder_id": person, "minder": known[person]}


def _targets(by_id: dict[int, Organisation]) -> dict[int, Target]:
    rows = Target.objects.filter(
        organisation_id__in=list(by_id), segment__key=ALL, measure=Target.Measure.SCORE, retired_at__isnull=True
    )
    return {row.organisation_id: row for row in rows.select_related("segment", "owner")}
