"""Pages about write keys."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from engagement.ingest import selectors, services
from engagement.ingest.forms import WriteKeyForm
from engagement.ingest.write_keys import get_write_key
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import ServiceForm, sent
from tenants.permissions import Permission

_SECRET = "new_write_key"  # noqa: S105  the name of a place in the session


@never_cache
@organisation_view(get=Permission.MANAGE_WRITE_KEYS, post=Permission.MANAGE_WRITE_KEYS)
def write_keys(request: OrganisationRequest) -> HttpResponse:
    """The keys, a form for a new one, and the secret of one just made, this once."""
    form = WriteKeyForm(sent(request))
    if form.is_bound and form.succeeded(lambda: _create(request, form)):
        return redirect("write-keys", request.organisation.slug)
    context = {
        "form": form,
        "keys": selectors.write_keys(organisation=request.organisation),
        "created": _take_secret(request),
        "address": settings.PUBLIC_URL,
    }
    return render(request, "ingest/write_keys.html", context)


def _create(request: OrganisationRequest, form: WriteKeyForm) -> None:
    key, secret = services.create_write_key(
        organisation=request.organisation, user=request.user, now=timezone.now(), **form.cleaned_data
    )
    request.session[_SECRET] = {"organisation_id": request.organisation.pk, "name": key.name, "secret": secret}


def _take_secret(request: OrganisationRequest) -> dict[str, str] | None:
    """The key made by the request before this one, in this organisation; forgotten as soon as it is shown."""
    created = request.session.get(_SECRET)
    if created is None or created["organisation_id"] != request.organisation.pk:
        return None
    del request.session[_SECRET]
    return {"name": created["name"], "secret": created["secret"]}


@organisation_view(get=Permission.MANAGE_WRITE_KEYS, post=Permission.MANAGE_WRITE_KEYS)
def write_key_revoke(request: OrganisationRequest, key_id: UUID) -> HttpResponse:
    """Asks first, then revokes the key at once."""
    key = get_write_key(organisation=request.organisation, key_id=key_id)
    form = ServiceForm(sent(request))
    if form.is_bound and form.succeeded(
        lambda: services.revoke_write_key(organisation=request.organisation, key_id=key_id, now=timezone.now())
    ):
        messages.success(request, f"“{key.name}” is revoked: nothing that uses it is taken any more.")
        return redirect("write-keys", request.organisation.slug)
    return render(request, "ingest/write_key_revoke.html", {"form": form, "key": key})
