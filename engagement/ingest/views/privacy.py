"""Pages about what is kept of people: for how long, who is erased, and the question before it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.ingest import services
from engagement.ingest.forms import ContactForm, ErasureForm
from engagement.ingest.selectors import get_customer, person, privacy
from engagement.ingest.services.replaying import REPLAYED
from tenants.access import open_while_suspended, organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import press, sent
from tenants.permissions import Permission
from tenants.services import change_organisation


def _client_only(request: OrganisationRequest) -> None:
    if request.reach.is_firm:
        raise NotFoundError


@open_while_suspended
@organisation_view(get=Permission.EXPORT_CUSTOMER, post=Permission.EDIT_ORGANISATION)
def keeping(request: OrganisationRequest) -> HttpResponse:
    """How long things are kept, whom customers ask, and who was erased."""
    _client_only(request)
    organisation, now = request.organisation, timezone.now()
    form = ContactForm(sent(request), initial={"privacy_contact": organisation.privacy_contact})
    if form.is_bound and form.succeeded(
        lambda: change_organisation(organisation=organisation, changes=form.cleaned_data, now=now)
    ):
        messages.success(request, _("That is whom customers are told to ask."))
        return redirect("privacy", organisation.slug)
    rows = privacy.erasures_of(organisation=organisation)[: privacy.ERASURES_SHOWN]
    erasures = [_in_words(privacy.erasure_line(row=row)) for row in rows]
    context = {"form": form, "kept": privacy.kept(organisation=organisation, now=now), "erasures": erasures}
    return render(request, "ingest/privacy.html", context)


def _in_words(line: privacy.ErasureLine) -> privacy.ErasureLine:
    """What was taken away, named in the reader's language; the API's names stay, and so does a person's reason."""
    reason = _(REPLAYED) if line.reason == REPLAYED else line.reason
    return replace(line, reason=reason, counts=tuple((_(name), n) for name, n in line.counts))


@open_while_suspended
@organisation_view(get=Permission.ERASE_CUSTOMER, post=Permission.ERASE_CUSTOMER)
def customer_erase(request: OrganisationRequest, number: int) -> HttpResponse:
    """Asks first and says what goes and what stays, then has a worker erase."""
    organisation = request.organisation
    row = get_customer(organisation=organisation, number=number)
    form = ErasureForm(sent(request))
    said: dict[str, Any] = {"organisation": organisation, "user": request.user, "now": timezone.now()}
    if form.is_bound and form.succeeded(lambda: services.ask_erasure(number=number, **said, **form.cleaned_data)):
        messages.success(request, _("Customer {n} is being erased. How far it is stands here.").format(n=number))
        return redirect("privacy", organisation.slug)
    others = len(person.same_person(organisation=organisation, number=number).numbers) - 1
    return render(request, "ingest/erase.html", {"form": form, "row": row, "others": others})


@open_while_suspended
@organisation_view(post=Permission.ERASE_CUSTOMER)
def erasure_retry(request: OrganisationRequest, erasure_id: UUID) -> HttpResponse:
    """Go on with an erasure that failed."""
    organisation = request.organisation
    press(
        request,
        lambda: services.retry_erasure(organisation=organisation, erasure_id=erasure_id, now=timezone.now()),
        done=_("It goes on where it broke off."),
    )
    return redirect("privacy", organisation.slug)
