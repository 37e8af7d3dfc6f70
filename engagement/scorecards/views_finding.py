"""What "Find" asks: places by name, as a page, and as JSON for the dialog (?format=json)."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from engagement.scorecards.finding.places import Hit, found
from engagement.scorecards.forms import FindForm
from tenants.access import organisation_view, signed_in_view
from tenants.actor import OrganisationRequest, SignedInRequest
from tenants.permissions import Permission


@signed_in_view
@require_safe
def find(request: SignedInRequest) -> HttpResponse:
    """From outside any organisation: organisations, their pages once they are named, one's account."""
    form, reaches = FindForm(request.GET), request.actor.reaches
    here = reaches[0] if len(reaches) == 1 else None
    hits = found(actor=request.actor, here=here, organisation=None, text=form.text, now=timezone.now())
    return _answer(request, form, hits)


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def find_here(request: OrganisationRequest) -> HttpResponse:
    """The same with the pages, segments and customers of the organisation one is in."""
    form, now = FindForm(request.GET), timezone.now()
    hits = found(
        actor=request.actor, here=request.reach, organisation=request.organisation, text=form.text, now=now
    )  # fmt: skip
    return _answer(request, form, hits)


def _answer(request: HttpRequest, form: FindForm, hits: tuple[Hit, ...]) -> HttpResponse:
    if request.GET.get("format") == "json":
        return JsonResponse({"hits": [asdict(hit) for hit in hits]})
    return render(request, "scorecards/find.html", {"form": form, "hits": hits})
