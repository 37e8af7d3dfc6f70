"""Where it is going: the forecasts of a client, one of them whole, as a page and as a file."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from engagement.errors import NotFoundError
from engagement.forecast import selectors
from engagement.forecast.present import ForecastPage, forecast_page, forecast_table
from engagement.forecast.selectors.forecasts import Keys
from engagement.forecast.services import KIND, ask_forecast
from engagement.forecast.types import ForecastFigures
from engagement.insights.models import Target
from engagement.insights.selectors import limited
from engagement.insights.selectors import targets as targets_of
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from engagement.look.components import Progress
from engagement.scoring.models import Segment
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.audit import audit_append
from tenants.jobs import job_progress, latest_job
from tenants.models import Job, Organisation
from tenants.permissions import Permission


@organisation_view(limits=True, get=Permission.VIEW_REPORTS, post=Permission.RUN_SCORES)
def forecast(request: OrganisationRequest) -> HttpResponse:
    """All forecasts, and one of them whole; posting asks for new ones."""
    organisation, now, keys = client_of(request), timezone.now(), limited.keys_within(request.reach.limit)
    if request.method == "POST":
        ask_forecast(organisation=organisation, user=request.user, now=now)
        messages.success(
            request, _("Forecasts will be made. What was said from the same scoring stays as it was said.")
        )
        return redirect("forecast", organisation.slug)
    every = selectors.latest_forecasts(keys=keys)
    shown = _shown(request, every, keys)
    page = _page(organisation, every, shown, keys, now) if shown else None
    return render(request, "forecast/forecast.html", {"page": page, "progress": _progress(organisation, now)})


def _shown(request: OrganisationRequest, every: tuple[ForecastFigures, ...], keys: Keys) -> ForecastFigures | None:
    """The forecast asked for, else the first; NotFoundError for a segment or measure without one."""
    key, measure = request.GET.get("segment"), request.GET.get("measure", Target.Measure.SCORE.value)
    if key is None:
        return next(iter(every), None)
    limited.check_key(key, keys=keys)
    found = next((one for one in every if (one.segment_key, one.measure) == (key, measure)), None)
    if found is None:
        raise NotFoundError(_("There is no forecast of this segment and measure."))
    return found


def _page(
    organisation: Organisation, every: tuple[ForecastFigures, ...], shown: ForecastFigures, keys: Keys, now: datetime
) -> ForecastPage:
    history = selectors.forecast_history(segment_key=shown.segment_key, measure=shown.measure, keys=keys)
    in_force = targets_of(organisation=organisation, now=now)
    return forecast_page(
        every=every,
        shown=shown,
        targets={target.id: target for target in in_force},
        look=selectors.latest_look(keys=keys),
        said=selectors.said_and_came(organisation=organisation, earlier=history, today=organisation.today(now)),
        is_limited=keys is not None,
        terms=terms_of(organisation=organisation, run=None),
    )


def _progress(organisation: Organisation, now: datetime) -> Progress | None:
    """How far the job is that was asked for last, while it waits or where it failed."""
    job = latest_job(kind=KIND)
    if job is None or job.state == Job.State.DONE:
        return None
    here = reverse("forecast", args=[organisation.slug])
    return job_progress(
        job=job,
        title=_("Forecasts"),
        url=reverse("forecast-progress", args=[organisation.slug]),
        page_url=here,
        now=now,
    )


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def forecast_progress(request: OrganisationRequest) -> HttpResponse:
    """How far the forecasts are that were asked for last."""
    organisation = client_of(request)
    return render(request, "forecast/_progress.html", {"progress": _progress(organisation, timezone.now())})


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def forecast_csv(request: OrganisationRequest) -> HttpResponse:
    """One forecast with the series it was made from, as a file."""
    organisation, keys = client_of(request), limited.keys_within(request.reach.limit)
    shown = _shown(request, selectors.latest_forecasts(keys=keys), keys)
    if shown is None:
        raise NotFoundError(_("There is no forecast yet."))
    with override("en"):
        table = forecast_table(figures=shown)
    _record(organisation, shown, rows=len(table.rows))
    response = HttpResponse(table.csv(), content_type="text/csv; charset=utf-8")
    name = f"{organisation.slug}-{shown.segment_key}-forecast-{shown.as_of}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _record(organisation: Organisation, shown: ForecastFigures, *, rows: int) -> None:
    segment = Segment.objects.filter(key=shown.segment_key).values_list("pk", flat=True).first()
    new = {"table": "forecast", "rows": rows, "as_of": shown.as_of, "run": shown.run_number}
    audit_append(
        act="scores.exported", object_kind="segment", object_id=segment, new=new, organisation_id=organisation.pk
    )
