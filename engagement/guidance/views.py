"""Pages of this step that are read: cards, entries, which measure suits which objective."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.guidance.evidence.subject import Subject, subject_of
from engagement.guidance.forms import SearchForm
from engagement.guidance.measures import BY_KEY
from engagement.guidance.present import card_page, entry_page, objective_rows, overview
from engagement.guidance.selectors import entry_named
from engagement.guidance.texts import files
from engagement.insights.views import client_of
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.permissions import Permission

_LONGEST_KEY = 80


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def guidance(request: OrganisationRequest) -> HttpResponse:
    """All cards and entries, and what fits a question."""
    organisation, form = client_of(request), SearchForm(request.GET)
    page = overview(organisation=organisation, text=form.text)
    return render(request, "guidance/overview.html", {"page": page, "form": form})


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def objectives(request: OrganisationRequest) -> HttpResponse:
    """Which measure suits which objective."""
    rows = objective_rows(slug=client_of(request).slug)
    return render(request, "guidance/objectives.html", {"rows": rows})


def _segment(request: OrganisationRequest) -> str:
    return request.GET.get("segment", "")[:_LONGEST_KEY]


def _subject(request: OrganisationRequest) -> Subject | None:
    """What evidence may be about, for this reader."""
    return subject_of(
        organisation=client_of(request), limit=request.reach.limit, key=_segment(request), now=timezone.now()
    )


def _query(request: OrganisationRequest) -> str:
    segment = _segment(request)
    return f"?{urlencode({'segment': segment})}" if segment else ""


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def measure(request: OrganisationRequest, key: str) -> HttpResponse:
    """A measure's card, with the client's own figures."""
    organisation = client_of(request)
    if key not in BY_KEY:
        raise NotFoundError(_("There is no such measure."))
    page = card_page(organisation=organisation, key=key, subject=_subject(request), query=_query(request))
    return render(request, "guidance/measure.html", {"page": page})


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def entry(request: OrganisationRequest, key: str) -> HttpResponse:
    """A question with its answer, and what the client's data says to it."""
    organisation = client_of(request)
    found = entry_named(organisation=organisation, key=key, language=files.language_read())
    page = entry_page(organisation=organisation, entry=found, subject=_subject(request), query=_query(request))
    return render(request, "guidance/entry.html", {"page": page})
