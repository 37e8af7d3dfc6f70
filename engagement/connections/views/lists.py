"""Pages of segments that are sent to lists at a vendor."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.connections import selectors
from engagement.connections.forms_lists import ListForm, ListSegmentForm
from engagement.connections.models import Connection, ListPush
from engagement.connections.present_lists import list_row, preview_facts
from engagement.connections.selectors import lists as reads
from engagement.connections.services import lists as acts
from engagement.connections.vendors import connector_of
from engagement.connections.views import client_of
from engagement.look.components import Confirm
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest, require
from tenants.forms import press, sent
from tenants.permissions import Permission

_MAY = Permission.MANAGE_CONNECTIONS


@organisation_view(get=Permission.VIEW)
def connection_lists(request: OrganisationRequest, connection_id: UUID) -> HttpResponse:
    """What is sent to this vendor's lists, and how far it is; whoever reads customers may know."""
    found = _with_lists(request, connection_id)
    rows = [list_row(one) for one in reads.lists(connection=found)]
    return render(request, "connections/lists.html", {**_names(found), "lists": rows})


@organisation_view(get=_MAY, post=_MAY)
def connection_list_new(request: OrganisationRequest, connection_id: UUID) -> HttpResponse:
    """A segment is chosen and looked at first, then it is said which list it is sent to."""
    found = _with_lists(request, connection_id)
    chosen = request.POST.get("segment") or request.GET.get("segment", "")
    form = ListForm(sent(request), segment=chosen)
    if form.is_bound and form.succeeded(lambda: _add(request, found, form)):
        messages.success(request, _("It begins with everybody: look at this page again in a moment."))
        return redirect("connection-lists", request.organisation.slug, connection_id)
    context = {**_names(found), **_looked_at(request, found, chosen), "form": form}
    return render(request, "connections/list_new.html", context)


def _looked_at(request: OrganisationRequest, found: Connection, chosen: str) -> dict[str, Any]:
    said: dict[str, Any] = {"organisation": request.organisation, "connection": found, "now": timezone.now()}
    preview = reads.preview(**said, segment_key=chosen)
    return {"choice": ListSegmentForm(request.GET), "preview": preview_facts(preview) if preview else None}


def _add(request: OrganisationRequest, found: Connection, form: ListForm) -> ListPush:
    require(request.reach, Permission.VIEW)  # what a file of the members asks for
    data = form.cleaned_data
    said: dict[str, Any] = {"organisation": request.organisation, "user": request.user}
    return acts.add_list(
        **said, connection_id=found.pk, segment_key=data["segment"], list_name=data["list_name"],
        list_id=data["list_id"], now=timezone.now(),
    )  # fmt: skip


@organisation_view(post=_MAY)
def connection_list_all(request: OrganisationRequest, push_id: UUID) -> HttpResponse:
    """Send everybody."""
    organisation, push = client_of(request), reads.one_list(push_id=push_id)
    require(request.reach, Permission.VIEW)
    press(
        request, lambda: acts.send_whole_list(organisation=organisation, push_id=push_id, now=timezone.now()),
        done=_("Everybody is on the way: look at this page again in a moment."),
    )  # fmt: skip
    return redirect("connection-lists", organisation.slug, push.connection_id)


@organisation_view(get=_MAY, post=_MAY)
def connection_list_end(request: OrganisationRequest, push_id: UUID) -> HttpResponse:
    """Asks first, then ends it."""
    organisation, push = client_of(request), reads.one_list(push_id=push_id)
    if request.method == "POST":
        acts.remove_list(organisation=organisation, push_id=push_id, now=timezone.now())
        messages.success(request, _("Nothing more of it is sent."))
        return redirect("connection-lists", organisation.slug, push.connection_id)
    back_url = reverse("connection-lists", args=[organisation.slug, push.connection_id])
    return render(request, "components/confirm_page.html", {"confirm": _confirm_end(push, back_url)})


def _confirm_end(push: ListPush, back_url: str) -> Confirm:
    row = list_row(push)
    return Confirm(
        question=_("Send “{segment}” to “{list}” no more?").format(segment=row.segment, list=row.list_name),
        consequence=_("The list stays as it is there, with the contacts it has, and nobody is put in or taken out."),
        button=_("Stop sending"),
        back=_("Keep it"),
        back_url=back_url,
    )


def _with_lists(request: OrganisationRequest, connection_id: UUID) -> Connection:
    client_of(request)
    found = selectors.one_connection(connection_id=connection_id)
    acts.lists_of(found)
    return found


def _names(found: Connection) -> dict[str, object]:
    connector = connector_of(found.vendor)
    return {"connection": found, "vendor": connector.title if connector else found.vendor}
