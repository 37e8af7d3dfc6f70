"""The list of customers with its filters, its file, and the file of a segment's members for other tools."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone

from engagement.insights import selectors
from engagement.insights.customer_filter import CustomerQuestion
from engagement.insights.selectors import limited
from engagement.insights.selectors.comparing import known_run
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from engagement.scorecards.exports import record_customers
from engagement.scorecards.files import csv_stream, in_english
from engagement.scorecards.forms import day_asked, emails_asked, run_asked
from engagement.scorecards.forms_customers import CustomerFilter
from engagement.scorecards.present.customers import (
    FILE_HEADER,
    customers_page,
    file_rows,
    member_header,
    member_rows,
)
from engagement.scorecards.within import among
from engagement.scorecards.words.customer_filter import sentence
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest, require
from tenants.permissions import Permission

PER_PAGE = 50


def _form(request: OrganisationRequest) -> CustomerFilter:
    keys = limited.keys_within(request.reach.limit)
    names = terms_of(organisation=client_of(request), run=None).bands.names
    return CustomerFilter(request.GET, keys=keys, bands=names)


def _among(request: OrganisationRequest) -> dict[str, Any]:
    return among(organisation=request.organisation, limit=request.reach.limit, now=timezone.now())


@organisation_view(limits=True, get=Permission.VIEW)
def customers(request: OrganisationRequest) -> HttpResponse:
    """Everybody with a score, by search, conditions and order."""
    organisation, form, keys = client_of(request), _form(request), limited.keys_within(request.reach.limit)
    asked = form.asked() | _among(request)
    found = selectors.customers(organisation=organisation, now=timezone.now(), per_page=PER_PAGE, **asked)
    terms, run = terms_of(organisation=organisation, run=found.run), asked["run_number"]
    known = limited.known_within(known_run(organisation=organisation, run_number=run), keys=keys)
    said = sentence(form=form, question=asked["question"], terms=terms)
    page = customers_page(found=found, asked=said, is_kept_run=run is not None, terms=terms, known=known)
    return render(request, "scorecards/customers.html", {"page": page, "form": form})


@organisation_view(limits=True, get=Permission.VIEW)
@in_english
def customers_csv(request: OrganisationRequest) -> StreamingHttpResponse:
    """Everybody who fits, as a file."""
    organisation = client_of(request)
    asked = {name: value for name, value in _form(request).asked().items() if name != "page"} | _among(request)
    found = selectors.customer_file(organisation=organisation, now=timezone.now(), **asked)
    key = asked["question"].segment_key
    record_customers(organisation=organisation, table="customers", rows=found.total, run=found.run, segment_key=key)
    return csv_stream(header=FILE_HEADER, rows=file_rows(found), name=f"{organisation.slug}-{found.run.as_of}")


@organisation_view(limits=True, get=Permission.VIEW)
@in_english
def members_csv(request: OrganisationRequest, key: str) -> StreamingHttpResponse:
    """Who belongs to a segment, for other tools: their own ids, and e-mail addresses where they are asked for."""
    organisation, emails = client_of(request), emails_asked(request.GET)
    if emails:
        require(request.reach, Permission.EXPORT_CUSTOMER)
    found = _members(request, key)
    record_customers(
        organisation=organisation, table="members", rows=found.total, run=found.run, segment_key=key, emails=emails
    )
    rows = member_rows(found=found, segment=key, emails=emails)
    return csv_stream(header=member_header(emails=emails), rows=rows, name=f"{organisation.slug}-{key}-members")


def _members(request: OrganisationRequest, key: str) -> selectors.CustomerFile:
    limited.check_key(key, keys=limited.keys_within(request.reach.limit))
    asked: dict[str, Any] = {"as_of": day_asked(request.GET), "run_number": run_asked(request.GET)}
    question = CustomerQuestion(segment_key=key)
    return selectors.customer_file(
        organisation=request.organisation, now=timezone.now(), question=question, order="number", **asked,
        **_among(request),
    )  # fmt: skip
