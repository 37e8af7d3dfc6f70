"""Pages of what stands beside the score: the overview, one measure, and their files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from engagement.companions.block import beside_block
from engagement.companions.forms import WhichForm, action_names
from engagement.companions.measures import Measure, measured
from engagement.companions.present import measure_page, overview_rows, table_of
from engagement.companions.selectors import contradictions, current_setting, known_months
from engagement.companions.selectors.figures import figures_of_segments
from engagement.companions.services.asking import FIGURES
from engagement.companions.types import CompanionFigures, SettingFacts
from engagement.companions.words.calculation import calculation
from engagement.companions.words.findings import contradiction_text, measure_finding, overview_finding
from engagement.errors import NotFoundError
from engagement.insights.calendars import By, period_name
from engagement.insights.selectors.limited import keys_within
from engagement.insights.views import client_of
from engagement.look.charts.table import ChartTable
from engagement.look.components import Choice
from engagement.look.files import csv_response
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.audit import audit_append
from tenants.jobs import job_progress, latest_job
from tenants.models import Job, Organisation
from tenants.permissions import Permission

_OFFERED = 3  # months beside the one shown
_COURSE = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page shows."""

    form: WhichForm
    setting: SettingFacts | None
    months: tuple[date, ...]  # that are known, the newest first
    key: str
    month: date | None

    @property
    def course(self) -> list[date]:
        """The months of a chart, oldest first."""
        return sorted(month for month in self.months if self.month is None or month <= self.month)[-_COURSE:]


def asked_of(request: OrganisationRequest) -> Asked:
    """Segment and month of the address, as far as the membership lets one see them."""
    form, months = WhichForm(request.GET, keys=keys_within(request.reach.limit)), known_months()
    if not form.names:
        raise NotFoundError
    return Asked(form, current_setting(), months, form.key, form.end(months))


# ── the overview ─────────────────────────────────────────────────────────────────────────────────────────────


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def companions(request: OrganisationRequest) -> HttpResponse:
    """Every measure of a segment in a month, with interval, change and course."""
    client_of(request)
    now, asked = timezone.now(), asked_of(request)
    page = {"asked": asked, **_states(request, asked, now=now)}
    if asked.setting is not None and asked.month is not None:
        page |= _overview(request, asked, asked.month, now=now)
    return render(request, "companions/companions.html", page)


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def companions_short(request: OrganisationRequest) -> HttpResponse:
    """The block of a page that has no statement left for it: what is known up to a day (?until=), for one segment."""
    organisation, asked, now = client_of(request), asked_of(request), timezone.now()
    until = asked.form.until or now.date()
    beside = beside_block(organisation=organisation, segment_key=asked.key, as_of=until, now=now)
    return render(request, "companions/_beside.html", {"beside": beside})


def _overview(request: OrganisationRequest, asked: Asked, month: date, *, now: datetime) -> dict[str, Any]:
    organisation, currency = request.organisation, request.organisation.currency
    found = figures_of_segments(organisation=organisation, keys=[asked.key], months=asked.course)[asked.key]
    against = contradictions(organisation=organisation, now=now, segment_keys=[asked.key], month=month)
    return {
        "finding": overview_finding(found=list(found[month].values()), against=against),
        "rows": overview_rows(found, month=month, currency=currency),
        "against": [contradiction_text(one, currency=currency) for one in against],
        "month_name": period_name(month, by=By.MONTH),
        "choices": _months(request, asked),
        "query": _query(asked),
    }


def _months(request: OrganisationRequest, asked: Asked) -> tuple[Choice, ...]:
    at = asked.months.index(asked.month) if asked.month in asked.months else 0
    start = min(max(at - 1, 0), max(len(asked.months) - _OFFERED, 0))
    offered = sorted({*asked.months[:1], *asked.months[start : start + _OFFERED]})
    return tuple(
        Choice(
            label=period_name(month, by=By.MONTH), url=f"?segment={asked.key}&month={month:%Y-%m}",
            current=month == asked.month,
        )
        for month in offered
    )  # fmt: skip


def _query(asked: Asked) -> str:
    return f"segment={asked.key}" + (f"&month={asked.month:%Y-%m}" if asked.month else "")


def _states(request: OrganisationRequest, asked: Asked, *, now: datetime) -> dict[str, Any]:
    """What the page says of the settings, and of the work under way."""
    slug = request.organisation.slug
    job = latest_job(kind=FIGURES) if asked.setting else None
    progress = None
    if job is not None and job.state != Job.State.DONE:
        page_url = reverse("companions", args=[slug])
        progress = job_progress(
            job=job, title=_("Figures of the months"), url=reverse("companions-progress", args=[slug]),
            page_url=page_url, now=now,
        )  # fmt: skip
    return {
        "segment_name": asked.form.names[asked.key],
        "may_edit": request.reach.may(Permission.EDIT_ACTIONS),
        "may_import": request.reach.may(Permission.IMPORT_DATA),
        "may_view": request.reach.may(Permission.VIEW) and not request.reach.limit,
        "progress": progress,
    }


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def progress(request: OrganisationRequest) -> HttpResponse:
    """How far the work under way is, for the page to ask again."""
    organisation = client_of(request)
    job = latest_job(kind=FIGURES)
    if job is None:
        raise NotFoundError
    urls = {"url": reverse("companions-progress", args=[organisation.slug])}
    page_url = reverse("companions", args=[organisation.slug])
    shown = job_progress(job=job, title=_("Figures of the months"), page_url=page_url, now=timezone.now(), **urls)
    return render(request, "components/progress.html", {"progress": shown})


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def companions_csv(request: OrganisationRequest) -> HttpResponse:
    """Every measure of the segment and the months of its course, as a file."""
    organisation, asked = client_of(request), asked_of(request)
    with override("en"):
        months = asked.course
        found = figures_of_segments(organisation=organisation, keys=[asked.key], months=months)
        cells = [(asked.key, one) for month in months for one in found.get(asked.key, {}).get(month, {}).values()]
        table = table_of(cells, currency=organisation.currency)
    return file_of(organisation, table, name=f"{organisation.slug}-{asked.key}-companions", what="companions")


def file_of(organisation: Organisation, table: ChartTable, *, name: str, what: str) -> HttpResponse:
    """A file to save; that it was taken stands on the record."""
    audit_append(
        act="companions.exported", new={"table": what, "rows": len(table.rows)}, organisation_id=organisation.pk
    )
    return csv_response(table, name=name)


# ── one measure ──────────────────────────────────────────────────────────────────────────────────────────────


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def companion(request: OrganisationRequest) -> HttpResponse:
    """A measure (?of=) over the months, by segment in the month shown, and how it is calculated."""
    client_of(request)
    asked = asked_of(request)
    context = {"asked": asked, **_states(request, asked, now=timezone.now())}
    if asked.setting is None:
        return render(request, "companions/companions.html", context)
    return render(request, "companions/companion.html", context | _measure_page(request, asked, asked.setting))


def _measure_page(request: OrganisationRequest, asked: Asked, setting: SettingFacts) -> dict[str, Any]:
    measure, currency = _measure(request, asked), request.organisation.currency
    found, month = _of_segments(request.organisation, asked, measure.key), asked.month or date.min
    course = list(found.get(asked.key, []))
    latest = next((one for one in course if one.month == month), None)
    segments = [(key, asked.form.names[key], list(ones)[-1]) for key, ones in found.items() if ones]
    finding = measure_finding(figures=latest, name=str(measure.name), currency=currency)
    return {
        "page": measure_page(
            measure, course=course, segments=segments, month=month, currency=currency, finding=finding
        ),
        "measure": measure,
        "query": f"of={measure.key}&{_query(asked)}",
        "back": _query(asked),
        "calculation": calculation(measure.key, measuring=setting.measuring, names=action_names()),
    }


def _measure(request: OrganisationRequest, asked: Asked) -> Measure:
    """The measure of the address, the first one without; NotFoundError for what is not measured here."""
    known = measured(asked.setting.measuring) if asked.setting else ()
    wanted = request.GET.get("of") or (known[0].key if known else "")
    found = next((one for one in known if one.key == wanted), None)
    if found is None:
        raise NotFoundError(_("There is no such measure here, or nobody has said how it is measured."))
    return found


def _of_segments(organisation: Organisation, asked: Asked, measure: str) -> dict[str, Sequence[CompanionFigures]]:
    """The measure by segment: the shown one over its course, the others in the month shown."""
    if asked.month is None:
        return {}
    keys = list(asked.form.names)
    course = figures_of_segments(organisation=organisation, keys=[asked.key], months=asked.course)[asked.key]
    found: dict[str, Sequence[CompanionFigures]] = {
        asked.key: [course[month][measure] for month in asked.course if measure in course[month]]
    }
    others = figures_of_segments(organisation=organisation, keys=keys, months=[asked.month])
    return {key: found.get(key, [others[key][asked.month][measure]]) for key in keys}


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def companion_csv(request: OrganisationRequest) -> HttpResponse:
    """The measure over the months, and by segment, as a file."""
    organisation, asked = client_of(request), asked_of(request)
    key = _measure(request, asked).key if asked.setting else ""
    with override("en"):
        found = _of_segments(organisation, asked, key) if key else {}
        cells = [(of, one) for of, ones in found.items() for one in ones]
        table = table_of(cells, currency=organisation.currency)
    return file_of(organisation, table, name=f"{organisation.slug}-{asked.key}-{key}", what=key or "companions")
