"""Pages of segments whose members are sent to webhooks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.insights.forms_alerts import PushForm
from engagement.insights.models import SegmentPush
from engagement.insights.note_types import segment_name
from engagement.insights.present_pushes import push_row
from engagement.insights.selectors import pushes as reads
from engagement.insights.selectors.webhooks import endpoints
from engagement.insights.services import segment_pushes
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from engagement.look.components import Confirm
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest, require
from tenants.forms import press, sent
from tenants.permissions import Permission

_MAY = Permission.MANAGE_WEBHOOKS


@organisation_view(get=_MAY, post=_MAY)
def push_list(request: OrganisationRequest) -> HttpResponse:
    """What is sent where, and a form for one more."""
    form = _form(request)
    if form.is_bound and form.succeeded(lambda: _subscribe(request, form)):
        messages.success(request, _("It begins with everybody: look at this page again in a moment."))
        return redirect("segment-pushes", request.organisation.slug)
    terms = terms_of(organisation=request.organisation, run=None)
    rows = [push_row(one, terms=terms) for one in reads.pushes()]
    return render(request, "insights/segment_pushes.html", {"form": form, "pushes": rows, "webhooks": endpoints()})


def _form(request: OrganisationRequest) -> PushForm:
    client_of(request)
    named = [(str(one.pk), one.name) for one in endpoints() if one.off_at is None]
    return PushForm(sent(request), endpoints=named, segment=request.GET.get("segment", ""))


def _subscribe(request: OrganisationRequest, form: PushForm) -> SegmentPush:
    require(request.reach, Permission.VIEW)  # what a file of the members asks for
    said: dict[str, Any] = {"organisation": request.organisation, "user": request.user, "now": timezone.now()}
    chosen = form.cleaned_data
    return segment_pushes.subscribe(
        **said, endpoint_id=UUID(chosen["endpoint"]), segment_key=chosen["segment"]
    )  # fmt: skip


@organisation_view(post=_MAY)
def push_all(request: OrganisationRequest, push_id: UUID) -> HttpResponse:
    """Send everybody."""
    organisation = client_of(request)
    require(request.reach, Permission.VIEW)
    press(
        request, lambda: segment_pushes.send_all(organisation=organisation, push_id=push_id, now=timezone.now()),
        done=_("Everybody is on the way: look at this page again in a moment."),
    )  # fmt: skip
    return redirect("segment-pushes", organisation.slug)


@organisation_view(get=_MAY, post=_MAY)
def push_end(request: OrganisationRequest, push_id: UUID) -> HttpResponse:
    """Asks first, then ends it."""
    organisation, push = client_of(request), reads.push(push_id=push_id)
    if request.method == "POST":
        segment_pushes.unsubscribe(organisation=organisation, push_id=push_id, now=timezone.now())
        messages.success(request, _("Nothing more of it is sent."))
        return redirect("segment-pushes", organisation.slug)
    confirm = _confirm_end(push, reverse("segment-pushes", args=[organisation.slug]))
    return render(request, "components/confirm_page.html", {"confirm": confirm})


def _confirm_end(push: SegmentPush, back_url: str) -> Confirm:
    return Confirm(
        question=_("Send “{segment}” to “{webhook}” no more?").format(
            segment=segment_name(key=push.segment.key, name=push.segment.name), webhook=push.endpoint.name
        ),
        consequence=_("The other program keeps the ids it has and hears of no change. What waits is not sent."),
        button=_("Stop sending"),
        back=_("Keep it"),
        back_url=back_url,
    )
