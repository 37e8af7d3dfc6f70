"""Pages about write keys. A key stands in the answer that makes it and nowhere else: no redirect, no session."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from engagement.ingest import selectors, services, snippets
from engagement.ingest.forms import RotateKeyForm, WriteKeyForm
from engagement.ingest.models import WriteKey
from engagement.ingest.write_keys import get_write_key
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import ServiceForm, sent
from tenants.permissions import Permission


@never_cache
@organisation_view(get=Permission.MANAGE_WRITE_KEYS, post=Permission.MANAGE_WRITE_KEYS)
def write_keys(request: OrganisationRequest) -> HttpResponse:
    """The keys and a form for a new one; the answer to it shows the key, this once."""
    form, now = WriteKeyForm(sent(request)), timezone.now()
    if form.is_bound and form.succeeded(lambda: _create(request, form, now)):
        return _page(request, now, created=form.outcome)
    return _page(request, now, form=form)


def _create(request: OrganisationRequest, form: WriteKeyForm, now: datetime) -> object:
    return services.create_write_key(organisation=request.organisation, user=request.user, now=now, **form.cleaned_data)


def _page(
    request: OrganisationRequest,
    now: datetime,
    *,
    form: WriteKeyForm | None = None,
    created: tuple[WriteKey, str] | None = None,
) -> HttpResponse:
    context = {
        "form": form or WriteKeyForm(),
        "keys": selectors.write_keys(organisation=request.organisation, now=now),
        "created": {"name": created[0].name, "secret": created[1]} if created else None,
        "address": settings.PUBLIC_URL,
        "families": snippets.families(address=settings.PUBLIC_URL),
        "placeholder": snippets.KEY,
    }
    return render(request, "ingest/write_keys.html", context)


@never_cache
@organisation_view(get=Permission.MANAGE_WRITE_KEYS, post=Permission.MANAGE_WRITE_KEYS)
def write_key_rotate(request: OrganisationRequest, key_id: UUID) -> HttpResponse:
    """Asks until when the old key is taken, then shows its successor, this once."""
    key, now = get_write_key(organisation=request.organisation, key_id=key_id), timezone.now()
    form = RotateKeyForm(sent(request))
    if form.is_bound and form.succeeded(lambda: _rotate(request, form, key_id, now)):
        return _page(request, now, created=form.outcome)
    return render(request, "ingest/write_key_rotate.html", {"form": form, "key": key})


def _rotate(request: OrganisationRequest, form: RotateKeyForm, key_id: UUID, now: datetime) -> object:
    return services.rotate_write_key(
        organisation=request.organisation, key_id=key_id, ends_at=form.ends_at(now), user=request.user, now=now
    )


@organisation_view(get=Permission.MANAGE_WRITE_KEYS, post=Permission.MANAGE_WRITE_KEYS)
def write_key_revoke(request: OrganisationRequest, key_id: UUID) -> HttpResponse:
    """Asks first, then revokes the key at once."""
    key = get_write_key(organisation=request.organisation, key_id=key_id)
    form = ServiceForm(sent(request))
    if form.is_bound and form.succeeded(
        lambda: services.revoke_write_key(organisation=request.organisation, key_id=key_id, now=timezone.now())
    ):
        said = _("“{name}” is revoked: nothing that uses it is taken any more.")
        messages.success(request, said.format(name=key.name))
        return redirect("write-keys", request.organisation.slug)
    return render(request, "ingest/write_key_revoke.html", {"form": form, "key": key})
