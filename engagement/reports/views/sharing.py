"""Links to a published version, how reports look, and what a link opens."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from engagement.errors import RapportError
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from engagement.reports import services
from engagement.reports.document import in_language
from engagement.reports.forms import BrandingForm, ShareForm
from engagement.reports.models import Branding
from engagement.reports.present import link_rows
from engagement.reports.selectors import published
from engagement.reports.selectors.published import Published
from engagement.reports.views import file_response
from tenants.access import organisation_view, public_view
from tenants.actor import OrganisationRequest
from tenants.forms import press, sent
from tenants.links import public_url
from tenants.models import Organisation
from tenants.pages import error_page
from tenants.permissions import Permission
from tenants.rates import spend
from tenants.rates.addresses import client_address
from tenants.rates.rules import SHARED
from tenants.scope import organisation_scope

_WRITE = Permission.WRITE_REPORTS


@organisation_view(get=_WRITE, post=_WRITE)
def report_share(request: OrganisationRequest, report_id: UUID, number: int) -> HttpResponse:
    """The links to a report, and the form that makes one; a new link is shown this once."""
    organisation, now = client_of(request), timezone.now()
    found = published.version(report_id=report_id, number=number)
    form = ShareForm(sent(request))
    link = ""
    if form.is_bound and form.succeeded(lambda: _share(request, report_id, number, form)):
        link = public_url(reverse("shared-report", args=[form.outcome[1]]))
    rows = link_rows(published.links(report_id=report_id), now=now, terms=terms_of(organisation=organisation, run=None))
    return render(request, "reports/share.html", {"form": form, "found": found, "rows": rows, "link": link})


def _share(request: OrganisationRequest, report_id: UUID, number: int, form: ShareForm) -> object:
    return services.share_version(
        organisation=request.organisation, report_id=report_id, number=number, user=request.actor.user,
        now=timezone.now(), **form.cleaned_data,
    )  # fmt: skip


@organisation_view(post=_WRITE)
def report_revoke(request: OrganisationRequest, report_id: UUID, link_id: UUID) -> HttpResponse:
    """Ends a link at once."""
    organisation, link = client_of(request), published.link(report_id=report_id, link_id=link_id)
    said = {"organisation": organisation, "report_id": report_id, "link_id": link_id, "now": timezone.now()}
    press(request, lambda: services.revoke_link(**said), done=_("The link opens nothing any more."))  # type: ignore[arg-type]
    return redirect("report-share", organisation.slug, report_id, link.version.number)


@organisation_view(get=_WRITE, post=_WRITE)
def report_branding(request: OrganisationRequest) -> HttpResponse:
    """Who makes the reports, a colour and a logo, for reports that are published from now on."""
    organisation, look = client_of(request), Branding.objects.first()
    form = BrandingForm(
        sent(request),
        request.FILES if request.method == "POST" else None,
        initial={"made_by": look.made_by, "colour": look.colour} if look else None,
    )
    if form.is_bound and form.succeeded(lambda: _brand(organisation, form)):
        messages.success(request, _("Reports that are published from now on look like this."))
        return redirect("report-branding", organisation.slug)
    return render(request, "reports/branding.html", {"form": form, "has_logo": bool(look and look.logo)})


def _brand(organisation: Organisation, form: BrandingForm) -> object:
    said = form.cleaned_data
    return services.set_branding(
        organisation=organisation, made_by=said["made_by"], colour=said["colour"], logo=form.content(),
        without_logo=said["no_logo"], now=timezone.now(),
    )  # fmt: skip


# ── for whoever has a link ───────────────────────────────────────────────────────────────────────────────────


@public_view
@require_safe
def shared_report(request: HttpRequest, token: str) -> HttpResponse:
    """The version that a link opens, and nothing else of the organisation."""
    return _private(_opened(request, token, as_file=False))


@public_view
@require_safe
def shared_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """The same as PDF."""
    return _private(_opened(request, token, as_file=True))


def _opened(request: HttpRequest, token: str, *, as_file: bool) -> HttpResponse:
    """Unknown, revoked and old links are answered alike."""
    now = timezone.now()
    try:
        spend(SHARED, client_address(request), now=now)
        link = services.open_link(token=token, counted=not as_file and request.method == "GET", now=now)
        if link is None:
            return _over(request)
        with organisation_scope(link.organisation_id, write=False):
            return _content(request, link, token, as_file=as_file)
    except RapportError as error:
        return error_page(request, error)


def _content(request: HttpRequest, link: services.Opened, token: str, *, as_file: bool) -> HttpResponse:
    organisation = Organisation.objects.get(pk=link.organisation_id)
    if organisation.suspended_at is not None:
        return _over(request)
    found: Published = published.version_by_id(version_id=link.version_id)
    with in_language(organisation.language):
        if as_file:
            return file_response(organisation, found, "pdf")
        notes = published.restated(organisation=organisation, document=found.document)
        context = {"found": found, "document": found.document, "notes": notes, "token": token}
        return render(request, "reports/shared.html", context)


def _over(request: HttpRequest) -> HttpResponse:
    return render(request, "reports/shared_over.html", status=404)


def _private(response: HttpResponse) -> HttpResponse:
    """Found by no search engine, and the address goes to no other site."""
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    return response
