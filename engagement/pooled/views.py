"""Pages: what moved what across a firm's clients, and a client that agrees to be part of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights.views import client_of
from engagement.look.components import Confirm
from engagement.pooled import consent_words, selectors, services
from engagement.pooled.forms import ConsentForm
from engagement.pooled.present import evidence_page, given_rows, share_rows
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import press, sent
from tenants.models import Organisation
from tenants.permissions import Permission


@organisation_view(get=Permission.VIEW_REPORTS)
def evidence(request: OrganisationRequest) -> HttpResponse:
    """What moved what across the firm's clients."""
    if not request.reach.is_firm:
        raise NotFoundError
    page = evidence_page(selectors.evidence(firm=request.organisation, now=timezone.now()))
    return render(request, "pooled/evidence.html", {"page": page})


@organisation_view(get=Permission.AGREE_TO_POOLING, post=Permission.AGREE_TO_POOLING)
def consent(request: OrganisationRequest) -> HttpResponse:
    """What is shared and what never is; a POST agrees."""
    organisation, user, now = client_of(request), request.actor.user, timezone.now()
    form = ConsentForm(sent(request), initial={"text_version": consent_words.TEXT_VERSION})
    if form.is_bound and form.succeeded(
        lambda: services.agree(
            organisation=organisation, text_version=form.cleaned_data["text_version"], user=user, now=now
        )
    ):
        messages.success(request, _("Agreed. What you give is in the figures of this quarter, when it is over."))
        return redirect("evidence-consent", organisation.slug)
    return render(request, "pooled/consent.html", {"form": form, **_told(organisation, request)})


def _told(organisation: Organisation, request: OrganisationRequest) -> dict[str, object]:
    found = selectors.consents(organisation=organisation)
    return {
        "words": consent_words,
        "in_force": selectors.consent_in_force(organisation=organisation),
        "is_open": any(one.withdrawn_at is None for one in found),
        "may_agree": selectors.may_agree(organisation=organisation, user=request.actor.user),
        "given": given_rows(found, organisation=organisation),
        "shares": share_rows(selectors.shares(before=timezone.now())),
    }


@organisation_view(get=Permission.AGREE_TO_POOLING, post=Permission.AGREE_TO_POOLING)
def consent_withdraw(request: OrganisationRequest) -> HttpResponse:
    """Asks first, then takes the consent back and deletes what was given."""
    organisation, user, now = client_of(request), request.actor.user, timezone.now()
    back = reverse("evidence-consent", args=[organisation.slug])
    if request.method != "POST":
        return render(request, "components/confirm_page.html", {"confirm": _confirm(back)})
    done = _("Withdrawn. What you gave is deleted.")
    press(request, lambda: services.withdraw(organisation=organisation, user=user, now=now), done=done)
    return redirect(back)


def _confirm(back: str) -> Confirm:
    return Confirm(
        question=_("Withdraw the consent?"),
        consequence=_(
            "What you gave is deleted at once and is in no later figure. You can agree again; that counts from the "
            "quarter in which you do."
        ),
        button=_("Withdraw"),
        back=_("Keep it"),
        back_url=back,
    )
