"""Leaving: all of an organisation as a file, a rest, and the end, each asked first."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import ForbiddenError, NotFoundError
from engagement.look.dates import day_text
from engagement.look.locales import spoken
from tenants.access import open_while_suspended, organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import press, sent
from tenants.forms_closing import DeletionForm, ReasonForm
from tenants.models import DeletionProof, Role, Takeout
from tenants.permissions import Permission
from tenants.services import closing, takeouts

TAKEOUTS_SHOWN = 10


def may_close(request: OrganisationRequest) -> bool:
    """A client is suspended and deleted by an admin of its firm: who looks after it, not who works in it."""
    firm = next((one for one in request.actor.firms() if one.organisation_id == request.reach.firm_id), None)
    return firm is not None and firm.role == Role.ADMIN


def _day(day: date) -> str:
    return day_text(day, locale=spoken())


def _closer(request: OrganisationRequest) -> None:
    if not may_close(request):
        raise ForbiddenError(_("Only an admin of the firm suspends or deletes a client. Ask one."))


@open_while_suspended
@organisation_view(get=Permission.CLOSE_ORGANISATION)
def leaving(request: OrganisationRequest) -> HttpResponse:
    """What can be taken along, whether it rests, and when it is deleted."""
    found = Takeout.objects.order_by("-requested_at")[:TAKEOUTS_SHOWN]
    proofs = DeletionProof.objects.order_by("-deleted_at") if request.reach.is_firm else ()
    context = {
        "takeouts": found,
        "is_writing": any(one.state == Takeout.State.WAITING for one in found),
        "proofs": proofs,
        "may_close": may_close(request),
        "grace_days": settings.DELETION_GRACE_DAYS,
        "keep_days": settings.TAKEOUT_KEEP_DAYS,
        "backup_days": settings.BACKUP_KEEP_DAYS,
    }
    return render(request, "tenants/leaving.html", context)


@open_while_suspended
@organisation_view(post=Permission.CLOSE_ORGANISATION)
def takeout_new(request: OrganisationRequest) -> HttpResponse:
    """Have all of the organisation written to a file."""
    press(
        request,
        lambda: takeouts.ask_takeout(organisation=request.organisation, user=request.user, now=timezone.now()),
        done=_("A worker writes the file now. It stands on this page when it is ready."),
    )
    return redirect("leaving", request.organisation.slug)


@open_while_suspended
@organisation_view(get=Permission.CLOSE_ORGANISATION)
def takeout(request: OrganisationRequest, takeout_id: UUID) -> FileResponse:
    """The file; that it was taken is on record."""
    found = takeouts.get_takeout(organisation=request.organisation, takeout_id=takeout_id)
    name = f"{request.organisation.slug}-{found.requested_at:%Y-%m-%d}.zip"
    return FileResponse(takeouts.open_takeout(takeout=found), as_attachment=True, filename=name)


@open_while_suspended
@organisation_view(get=Permission.CLOSE_ORGANISATION, post=Permission.CLOSE_ORGANISATION)
def suspend(request: OrganisationRequest) -> HttpResponse:
    """Asks first, then lets the organisation rest."""
    _closer(request)
    form = ReasonForm(sent(request))
    said: dict[str, Any] = {"organisation": request.organisation, "now": timezone.now()}
    if form.is_bound and form.succeeded(lambda: closing.suspend(**said, **form.cleaned_data)):
        messages.success(
            request, _("{name} is suspended. Everything of it is kept.").format(name=request.organisation.name)
        )
        return redirect("leaving", request.organisation.slug)
    return render(request, "tenants/suspend.html", {"form": form})


@open_while_suspended
@organisation_view(post=Permission.CLOSE_ORGANISATION)
def resume(request: OrganisationRequest) -> HttpResponse:
    """Everything goes on where it stood."""
    _closer(request)
    organisation = request.organisation
    press(
        request,
        lambda: closing.resume(organisation=organisation),
        done=_("{name} is resumed.").format(name=organisation.name),
    )
    return redirect("leaving", request.organisation.slug)


@open_while_suspended
@organisation_view(get=Permission.CLOSE_ORGANISATION, post=Permission.CLOSE_ORGANISATION)
def delete(request: OrganisationRequest) -> HttpResponse:
    """Asks for the address typed in, then has everything deleted after the days of grace."""
    _closer(request)
    form = DeletionForm(sent(request))
    said: dict[str, Any] = {"organisation": request.organisation, "user_id": request.user.pk, "now": timezone.now()}
    if form.is_bound and form.succeeded(lambda: closing.ask_deletion(**said, **form.cleaned_data)):
        messages.success(
            request,
            _("{name} is deleted on {day}.").format(name=request.organisation.name, day=_day(form.outcome)),
        )
        return redirect("leaving", request.organisation.slug)
    context = {"form": form, "grace_days": settings.DELETION_GRACE_DAYS, "backup_days": settings.BACKUP_KEEP_DAYS}
    return render(request, "tenants/delete.html", context)


@open_while_suspended
@organisation_view(post=Permission.CLOSE_ORGANISATION)
def call_back(request: OrganisationRequest) -> HttpResponse:
    """It is not deleted after all."""
    _closer(request)
    press(
        request,
        lambda: closing.call_back(organisation=request.organisation, now=timezone.now()),
        done=_("{name} stays. It is suspended until you resume it.").format(name=request.organisation.name),
    )
    return redirect("leaving", request.organisation.slug)


@organisation_view(get=Permission.CLOSE_ORGANISATION)
def deletion_proof(request: OrganisationRequest, proof_id: UUID) -> HttpResponse:
    """The proof that a client was deleted, to be handed over."""
    found = DeletionProof.objects.filter(pk=proof_id).first()
    if found is None:
        raise NotFoundError
    response = HttpResponse(found.text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="deleted-{found.slug}.txt"'
    return response
