"""Pages and buttons that put segments and their sets in order: rename, move, archive, bring back."""

from __future__ import annotations

from typing import Literal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError
from engagement.look.components import Confirm
from engagement.scoring import services
from engagement.scoring.forms.segments import SegmentSetForm
from engagement.scoring.services.arranging import get_segment_set
from engagement.scoring.services.segments import get_segment
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import ServiceForm, press, sent
from tenants.permissions import Permission


@organisation_view(get=Permission.EDIT_SEGMENTS, post=Permission.EDIT_SEGMENTS)
def segment_set_change(request: OrganisationRequest, key: str) -> HttpResponse:
    """Another name for a set, or whether it adds up to the total."""
    organisation = request.organisation
    row = get_segment_set(organisation=organisation, key=key)
    form = SegmentSetForm(sent(request), initial={"name": row.name, "is_partition": row.is_partition})
    if form.is_bound and form.succeeded(
        lambda: services.change_segment_set(organisation=organisation, key=key, **form.cleaned_data)
    ):
        messages.success(request, _("“{name}” is saved.").format(name=form.cleaned_data["name"]))
        return redirect("segments", organisation.slug)
    return render(request, "scoring/segment_set_change.html", {"form": form, "set": row})


@organisation_view(get=Permission.EDIT_SEGMENTS, post=Permission.EDIT_SEGMENTS)
def segment_set_archive(request: OrganisationRequest, key: str) -> HttpResponse:
    """Asks first, then leaves every segment of the set out of later scorings."""
    organisation = request.organisation
    row = get_segment_set(organisation=organisation, key=key)
    form = ServiceForm(sent(request))
    if form.is_bound and form.succeeded(
        lambda: services.archive_segment_set(organisation=organisation, key=key, now=timezone.now())
    ):
        said = _("“{name}” is archived with its segments. They can be brought back below.")
        messages.success(request, said.format(name=row.name))
        return redirect("segments", organisation.slug)
    confirm = _archive_question(request, row.name, form)
    return render(request, "components/confirm_page.html", {"confirm": confirm})


@organisation_view(post=Permission.EDIT_SEGMENTS)
def segment_set_move(request: OrganisationRequest, key: str) -> HttpResponse:
    """One place up or down."""
    organisation = request.organisation
    get_segment_set(organisation=organisation, key=key)
    way = _way(request)
    press(
        request,
        lambda: services.move_segment_set(organisation=organisation, key=key, way=way),
        done=_("The order is saved."),
    )
    return redirect("segments", organisation.slug)


@organisation_view(post=Permission.EDIT_SEGMENTS)
def segment_move(request: OrganisationRequest, key: str) -> HttpResponse:
    """One place up or down in its set, whose list of places stays open."""
    organisation = request.organisation
    get_segment(organisation=organisation, key=key)
    way = _way(request)
    press(
        request,
        lambda: services.move_segment(organisation=organisation, key=key, way=way),
        done=_("The order is saved."),
    )
    return redirect(f"{reverse('segments', args=[organisation.slug])}?order={key}#place-{key}")


@organisation_view(post=Permission.EDIT_SEGMENTS)
def segment_return(request: OrganisationRequest, key: str) -> HttpResponse:
    """Out of the archive."""
    press(
        request,
        lambda: services.return_segment(organisation=request.organisation, key=key),
        done=_("The segment is back. It has numbers from the next scoring on."),
    )
    return redirect("segments", request.organisation.slug)


def _way(request: OrganisationRequest) -> Literal["up", "down"]:
    way = request.POST.get("way", "")
    if way == "up":
        return "up"
    if way == "down":
        return "down"
    raise InvalidInputError(fields={"way": [_("Say up or down.")]})


def _archive_question(request: OrganisationRequest, name: str, form: ServiceForm) -> Confirm:
    problems = [str(text) for text in form.non_field_errors()] if form.is_bound else []
    told = _("Later scorings leave all of its segments out. Their past stays, and each can be brought back.")
    return Confirm(
        question=_("Archive “{name}” with its segments?").format(name=name),
        consequence=" ".join([*problems, told]),
        button=_("Archive the set"),
        back_url=reverse("segments", args=[request.organisation.slug]),
        back=_("Keep it"),
    )
