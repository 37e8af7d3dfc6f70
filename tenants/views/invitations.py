"""Asking somebody in, and what the mailed link opens."""

from __future__ import annotations

from uuid import UUID

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tenants import selectors_accounts, services
from tenants.access import organisation_view, public_view
from tenants.actor import OrganisationRequest
from tenants.forms import JoinForm, ServiceForm, sent
from tenants.models import User
from tenants.permissions import Permission
from tenants.selectors_accounts import Invited


@organisation_view(post=Permission.MANAGE_MEMBERS)
def invitation_send(request: OrganisationRequest, invitation_id: UUID) -> HttpResponse:
    """A new link; the old one opens nothing any more."""
    made = services.send_again(invitation_id=invitation_id, user=request.user, now=timezone.now())
    messages.success(request, _("A new link is on its way to {email}.").format(email=made.email))
    return redirect("members", request.organisation.slug)


@organisation_view(get=Permission.MANAGE_MEMBERS, post=Permission.MANAGE_MEMBERS)
def invitation_withdraw(request: OrganisationRequest, invitation_id: UUID) -> HttpResponse:
    """Asks first, then lets a link open nothing any more."""
    line = selectors_accounts.invitation(invitation_id=invitation_id, now=timezone.now())
    form = ServiceForm(sent(request))
    if form.is_bound and form.succeeded(lambda: services.withdraw(invitation_id=invitation_id, now=timezone.now())):
        messages.success(request, _("The invitation of {email} is withdrawn.").format(email=line.email))
        return redirect("members", request.organisation.slug)
    return render(request, "tenants/invitation_withdraw.html", {"form": form, "invitation": line})


@public_view
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What the link opens: a name and a password for somebody new, a question for somebody known."""
    invited = selectors_accounts.invited(token=token, now=timezone.now())
    if invited is None:
        return render(request, "account/invitation_over.html", status=404)
    if request.user.is_authenticated:
        return _as_known(request, invited, request.user)
    if invited.is_known:
        return render(request, "account/invitation_known.html", {"invited": invited})
    return _as_new(request, invited)


def _as_known(request: HttpRequest, invited: Invited, user: User) -> HttpResponse:
    if user.email != invited.email:
        return render(request, "account/invitation_other.html", {"invited": invited}, status=403)
    form = ServiceForm(sent(request))
    if form.is_bound and form.succeeded(
        lambda: services.accept(
            organisation_id=invited.organisation_id, invitation_id=invited.id, user=user, now=timezone.now()
        )
    ):
        messages.success(request, _("You can open {organisation} now.").format(organisation=invited.organisation))
        return redirect("home")
    return render(request, "account/invitation_accept.html", {"invited": invited, "form": form})


def _as_new(request: HttpRequest, invited: Invited) -> HttpResponse:
    form = JoinForm(sent(request))
    if not form.is_bound or not form.succeeded(
        lambda: services.accept_as_new(
            organisation_id=invited.organisation_id,
            invitation_id=invited.id,
            name=form.cleaned_data["name"],
            password=form.cleaned_data["password"],
            now=timezone.now(),
        )
    ):
        return render(request, "account/invitation_join.html", {"invited": invited, "form": form})
    record_authentication(request, form.outcome, method="password")
    return perform_login(request, Login(user=form.outcome, redirect_url="/"))
