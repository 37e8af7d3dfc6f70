"""Pages of connections. Credentials are typed here and shown nowhere."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from engagement.connections import selectors
from engagement.connections.forms import ConnectionForm
from engagement.connections.models import Connection
from engagement.connections.present import connection_row, sync_row
from engagement.connections.services import connecting
from engagement.connections.vendors import CONNECTORS, connector_of
from engagement.connections.vendors.base import Connector
from engagement.connections.views import client_of
from engagement.errors import NotFoundError
from engagement.look.components import Confirm
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import press, sent
from tenants.permissions import Permission

_MAY = Permission.MANAGE_CONNECTIONS


@organisation_view(get=_MAY)
def connection_list(request: OrganisationRequest) -> HttpResponse:
    """Every connection in plain words, and the vendors there are."""
    client_of(request)
    rows = [connection_row(one, sync, now=timezone.now()) for one, sync in selectors.connections()]
    context = {
        "connections": rows,
        "vendors": list(CONNECTORS.values()),
        "n_unwell": sum(not one.is_well for one in rows),
        "n_paused": sum(one.is_paused for one in rows),
        "n_untried": sum(one.is_untried for one in rows),
    }
    return render(request, "connections/connections.html", context)


@never_cache
@organisation_view(get=_MAY, post=_MAY)
def connection_new(request: OrganisationRequest, vendor: str) -> HttpResponse:
    """What one vendor asks for; a worker begins at once."""
    organisation, connector = client_of(request), _connector(vendor)
    form = ConnectionForm(sent(request), connector=connector)
    if form.is_bound and form.succeeded(lambda: _add(request, form)):
        messages.success(request, _("It is saved. Whether it works stands here once it was tried."))
        return redirect("connection", organisation.slug, form.outcome.pk)
    return render(request, "connections/form.html", {"form": form, "connector": connector})


def _add(request: OrganisationRequest, form: ConnectionForm) -> Connection:
    return connecting.add_connection(
        organisation=request.organisation, vendor=form.connector.key, user=request.user, now=timezone.now(),
        backfill_from=form.cleaned_data.get("backfill_from"), **form.said(),
    )  # fmt: skip


def _connector(vendor: str) -> Connector:
    connector = connector_of(vendor)
    if connector is None:
        raise NotFoundError
    return connector


@organisation_view(get=_MAY)
def connection(request: OrganisationRequest, connection_id: UUID) -> HttpResponse:
    """One connection: how it is, what to do about it, and what came of each time of fetching."""
    client_of(request)
    found, rows = selectors.one_connection(connection_id=connection_id), selectors.syncs(connection_id=connection_id)
    context = {
        "connection": connection_row(found, rows[0] if rows else None, now=timezone.now()),
        "syncs": [sync_row(one) for one in rows],
    }
    return render(request, "connections/connection.html", context)


@never_cache
@organisation_view(get=_MAY, post=_MAY)
def connection_change(request: OrganisationRequest, connection_id: UUID) -> HttpResponse:
    """Other settings or credentials; what is typed over is gone, what is left empty stays."""
    organisation, found = client_of(request), selectors.one_connection(connection_id=connection_id)
    form = ConnectionForm(sent(request), connector=_connector(found.vendor), connection=found)
    if form.is_bound and form.succeeded(lambda: _change(request, found, form)):
        messages.success(request, _("It is changed, and tried at once."))
        return redirect("connection", organisation.slug, connection_id)
    return render(request, "connections/form.html", {"form": form, "connector": form.connector, "connection": found})


def _change(request: OrganisationRequest, found: Connection, form: ConnectionForm) -> Connection:
    said: dict[str, Any] = {"organisation": request.organisation, "connection_id": found.pk, "now": timezone.now()}
    return connecting.change_connection(**said, **form.said())


@organisation_view(post=_MAY)
def connection_sync(request: OrganisationRequest, connection_id: UUID) -> HttpResponse:
    """Fetch now."""
    said: dict[str, Any] = {"organisation": client_of(request), "connection_id": connection_id}
    press(
        request, lambda: connecting.ask_sync(**said, now=timezone.now()),
        done=_("A worker begins. What comes of it shows here by itself."),
    )  # fmt: skip
    return redirect("connection", request.organisation.slug, connection_id)


@organisation_view(post=_MAY)
def connection_pause(request: OrganisationRequest, connection_id: UUID) -> HttpResponse:
    """Pause or resume it, as the button says."""
    on = request.POST.get("on") == "yes"
    said: dict[str, Any] = {"organisation": client_of(request), "connection_id": connection_id, "on": on}
    press(
        request, lambda: connecting.pause_connection(**said, now=timezone.now()),
        done=_("It is paused.") if on else _("It goes on where it stood."),
    )  # fmt: skip
    return redirect("connection", request.organisation.slug, connection_id)


@organisation_view(get=_MAY, post=_MAY)
def connection_remove(request: OrganisationRequest, connection_id: UUID) -> HttpResponse:
    """Asks first, then removes a connection."""
    organisation, found = client_of(request), selectors.one_connection(connection_id=connection_id)
    if request.method == "POST":
        connecting.remove_connection(organisation=organisation, connection_id=connection_id, now=timezone.now())
        messages.success(request, _("The connection is removed. Its events stay."))
        return redirect("connections", organisation.slug)
    back_url = reverse("connection", args=[organisation.slug, connection_id])
    return render(request, "components/confirm_page.html", {"confirm": _confirm_remove(found, back_url)})


def _confirm_remove(found: Connection, back_url: str) -> Confirm:
    return Confirm(
        question=_("Remove “{name}”?").format(name=found.name),
        consequence=_("Nothing is fetched any more, and its credentials are gone for good. What it brought stays."),
        button=_("Remove the connection"),
        back=_("Keep it"),
        back_url=back_url,
    )
