"""How good the measuring is: what the checks found, and living with it or not."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.guidance.forms import AcceptForm
from engagement.guidance.pitfall_words import WORDS, Words
from engagement.guidance.present_quality import quality_page
from engagement.guidance.selectors.pitfalls import CHECK_TASK, quality
from engagement.guidance.services.pitfalls import accept_pitfall, ask_look, mind_pitfall
from engagement.insights.views import client_of
from engagement.look.components import Progress
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import sent
from tenants.jobs import job_progress, latest_job
from tenants.models import Job, Organisation
from tenants.permissions import Permission


@organisation_view(get=Permission.VIEW, post=Permission.RUN_SCORES)
def measurement_quality(request: OrganisationRequest) -> HttpResponse:
    """What the checks found; a POST has them look again."""
    organisation, now = client_of(request), timezone.now()
    if request.method == "POST":
        ask_look(organisation=organisation, user=request.user, now=now)
        return redirect("quality", organisation.slug)
    page = quality_page(slug=organisation.slug, quality=quality(organisation=organisation))
    return render(request, "guidance/quality.html", {"page": page, "progress": _progress(request)})


@organisation_view(get=Permission.VIEW)
def quality_progress(request: OrganisationRequest) -> HttpResponse:
    """The part of the page that changes while a worker looks."""
    client_of(request)
    job = latest_job(kind=CHECK_TASK)
    return render(request, "guidance/_looking.html", {"progress": _component(request, job) if job else None})


def _progress(request: OrganisationRequest) -> Progress | None:
    """While a worker looks, or is about to."""
    job = latest_job(kind=CHECK_TASK)
    return _component(request, job) if job is not None and job.state == Job.State.WAITING else None


def _component(request: OrganisationRequest, job: Job) -> Progress:
    slug, title = request.organisation.slug, _("The measuring is being looked at")
    url, page_url = reverse("quality-progress", args=[slug]), reverse("quality", args=[slug])
    return job_progress(job=job, title=title, url=url, page_url=page_url, now=timezone.now())


@organisation_view(get=Permission.EDIT_CASES, post=Permission.EDIT_CASES)
def quality_accept(request: OrganisationRequest, code: str) -> HttpResponse:
    """Live with a pitfall: asks why."""
    organisation, now = client_of(request), timezone.now()
    words = _found_words(organisation, code)
    form = AcceptForm(sent(request))
    if form.is_bound and form.succeeded(
        lambda: accept_pitfall(organisation=organisation, code=code, user=request.user, now=now, **form.cleaned_data)
    ):
        messages.success(request, _("Accepted. It stays on the page, with the reason, and counts no more."))
        return redirect("quality", organisation.slug)
    return render(request, "guidance/quality_accept.html", {"form": form, "words": words})


def _found_words(organisation: Organisation, code: str) -> Words:
    """What a pitfall is called that the last look has found; raises NotFoundError for any other."""
    found = quality(organisation=organisation)
    if found is None or code not in {trip.code for trip in found.trips}:
        raise NotFoundError(_("The last look has found no such pitfall."))
    return WORDS[code]


@organisation_view(post=Permission.EDIT_CASES)
def quality_mind(request: OrganisationRequest, code: str) -> HttpResponse:
    """Take an acceptance back."""
    organisation = client_of(request)
    mind_pitfall(organisation=organisation, code=code, user=request.user, now=timezone.now())
    messages.success(request, _("It counts again."))
    return redirect("quality", organisation.slug)
