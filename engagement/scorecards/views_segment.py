"""The further pages of one segment, with their files: who moved, cohorts, beside another segment, who belongs to it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone

from engagement.insights.mover_types import Movers
from engagement.insights.selectors import limited
from engagement.insights.selectors import movers as moving
from engagement.insights.selectors.beside import Beside, segments_beside
from engagement.insights.selectors.cohorts import Cohorts
from engagement.insights.selectors.cohorts import cohorts as cohorts_of
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from engagement.scorecards.exports import record_customers, record_scores
from engagement.scorecards.files import csv_response, csv_stream, in_english
from engagement.scorecards.forms import day_asked, run_asked, view_asked
from engagement.scorecards.forms_segment import BesideForm
from engagement.scorecards.present.beside import beside_page, beside_table
from engagement.scorecards.present.cohorts import cohorts_page, cohorts_table
from engagement.scorecards.present.movers import FILE_HEADER, file_rows, movers_page
from engagement.scorecards.within import among, beside_within
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.permissions import Permission


def _among(request: OrganisationRequest) -> dict[str, Any]:
    return among(organisation=request.organisation, limit=request.reach.limit, now=timezone.now())


def _check(request: OrganisationRequest, *keys: str) -> None:
    """NotFoundError, as for segments that there are not, for segments outside a limit."""
    for key in keys:
        limited.check_key(key, keys=limited.keys_within(request.reach.limit))


def _movers(request: OrganisationRequest, key: str) -> Movers:
    _check(request, key)
    asked = view_asked(request.GET) | _among(request)
    return moving.movers(organisation=client_of(request), segment_key=key, now=timezone.now(), **asked)


@organisation_view(limits=True, get=Permission.VIEW)
def movers(request: OrganisationRequest, key: str) -> HttpResponse:
    """Who of the segment rose, fell, fell silent, came back, joined or left since the period before."""
    found = _movers(request, key)
    page = movers_page(found=found, terms=terms_of(organisation=request.organisation, run=found.shown))
    return render(request, "scorecards/movers.html", {"page": page})


@organisation_view(limits=True, get=Permission.VIEW)
@in_english
def movers_csv(request: OrganisationRequest, key: str) -> StreamingHttpResponse:
    """Everybody who was in the segment at either end, as a file."""
    organisation, found = client_of(request), _movers(request, key)
    n, rows = moving.mover_rows(found=found, **_among(request))
    run, before = found.comparison.run, found.comparison.before
    assert run is not None
    assert before is not None
    record_customers(organisation=organisation, table="movers", rows=n, run=run, segment_key=key)
    lines = file_rows(rows=rows, before=before.as_of.isoformat(), as_of=run.as_of.isoformat())
    return csv_stream(header=FILE_HEADER, rows=lines, name=f"{organisation.slug}-{key}-movers-{run.as_of}")


# ── beside another segment ───────────────────────────────────────────────────────────────────────────────────


def _beside(request: OrganisationRequest, key: str) -> tuple[Beside, BesideForm]:
    organisation, keys = client_of(request), limited.keys_within(request.reach.limit)
    _check(request, key)
    form = BesideForm(request.GET, key=key, keys=keys)
    asked: dict[str, Any] = {"as_of": day_asked(request.GET), "run_number": run_asked(request.GET)}
    found = segments_beside(
        organisation=organisation, segment_key=key, other_key=form.other, now=timezone.now(), **asked
    )
    return beside_within(found, keys=keys), form


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def beside(request: OrganisationRequest, key: str) -> HttpResponse:
    """The segment beside another one: what differs, by how much, and how sure that is."""
    found, form = _beside(request, key)
    terms, is_kept = terms_of(organisation=request.organisation, run=found.run), run_asked(request.GET) is not None
    page = beside_page(found=found, is_kept_run=is_kept, terms=terms)
    return render(request, "scorecards/beside.html", {"page": page, "form": form})


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
@in_english
def beside_csv(request: OrganisationRequest, key: str) -> HttpResponse:
    """The same as a file."""
    organisation, (found, _form) = client_of(request), _beside(request, key)
    table = beside_table(found=found)
    record_scores(organisation=organisation, table=table, name="beside", run=found.run, segment_key=key)
    return csv_response(table, name=f"{organisation.slug}-{key}-beside-{found.other.segment_key}-{found.run.as_of}")


# ── by first-seen month ──────────────────────────────────────────────────────────────────────────────────────


def _cohorts(request: OrganisationRequest, key: str) -> Cohorts:
    _check(request, key)
    asked: dict[str, Any] = {"as_of": day_asked(request.GET), "run_number": run_asked(request.GET)}
    return cohorts_of(organisation=client_of(request), segment_key=key, now=timezone.now(), **asked)


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def cohorts(request: OrganisationRequest, key: str) -> HttpResponse:
    """The segment's members by the month in which they were first seen."""
    found, is_kept = _cohorts(request, key), run_asked(request.GET) is not None
    terms = terms_of(organisation=request.organisation, run=found.run)
    page = cohorts_page(found=found, is_kept_run=is_kept, terms=terms)
    return render(request, "scorecards/cohorts.html", {"page": page})


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
@in_english
def cohorts_csv(request: OrganisationRequest, key: str) -> HttpResponse:
    """The same as a file."""
    organisation, found = client_of(request), _cohorts(request, key)
    table = cohorts_table(found=found)
    record_scores(organisation=organisation, table=table, name="cohorts", run=found.run, segment_key=key)
    return csv_response(table, name=f"{organisation.slug}-{key}-cohorts-{found.run.as_of}")
