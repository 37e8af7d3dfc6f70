"""Pages about API tokens: one's own, and an organisation's. A secret stands in one answer and nowhere else."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tenants import selectors_tokens as selectors
from tenants import services
from tenants.access import organisation_view, signed_in_view
from tenants.actor import OrganisationRequest, SignedInRequest
from tenants.forms import ServiceForm, sent
from tenants.forms_tokens import OrganisationTokenForm, TokenForm
from tenants.permissions import NOT_FOR_TOKENS, Permission

_page = require_http_methods(["GET", "HEAD", "POST"])


@signed_in_view
@never_cache
@_page
def token_new(request: SignedInRequest) -> HttpResponse:
    """A new token of one's own; its secret stands in this one answer, so there is no redirect."""
    services.check_may_have_tokens(user=request.user)
    offered = selectors.offered_permissions(actor=request.actor)
    form = TokenForm(sent(request), offered=offered, reaches=request.actor.reaches)
    if not (form.is_bound and form.succeeded(lambda: _create(request, form))):
        return render(request, "tenants/token_new.html", {"form": form})
    token, secret = form.outcome
    return render(request, "tenants/token_created.html", {"token": token, "secret": secret})


def _create(request: SignedInRequest, form: TokenForm) -> object:
    return services.create_token(
        user=request.user,
        name=form.cleaned_data["name"],
        days=form.cleaned_data["days"],
        permissions=form.permission_codes(),
        organisations=form.slugs(),
        now=timezone.now(),
    )


@signed_in_view
@_page
def token_revoke(request: SignedInRequest, token_id: UUID) -> HttpResponse:
    """Asks first, then ends a token of one's own."""
    token = selectors.token(user=request.user, token_id=token_id, now=timezone.now())
    if request.method != "POST":
        return render(request, "tenants/token_revoke.html", {"token": token})
    services.revoke_token(user=request.user, token_id=token_id, now=timezone.now())
    messages.success(request, _("The token “{name}” no longer opens anything.").format(name=token.name))
    return redirect("account")


@never_cache
@organisation_view(get=Permission.MANAGE_TOKENS, post=Permission.MANAGE_TOKENS)
def tokens(request: OrganisationRequest) -> HttpResponse:
    """The organisation's tokens and a form for another; the answer to it shows the secret, this once."""
    form = OrganisationTokenForm(sent(request), offered=_offered(request))
    made = form.outcome if form.is_bound and form.succeeded(lambda: _create_here(request, form)) else None
    context = {
        "form": OrganisationTokenForm(None, offered=_offered(request)) if made else form,
        "created": {"token": made[0], "secret": made[1]} if made else None,
        "tokens": selectors.organisation_tokens(now=timezone.now()),
    }
    return render(request, "tenants/tokens.html", context)


def _offered(request: OrganisationRequest) -> list[Permission]:
    return [one for one in Permission if request.reach.may(one) and one not in NOT_FOR_TOKENS]


def _create_here(request: OrganisationRequest, form: OrganisationTokenForm) -> object:
    codes = form.permission_codes()
    return services.create_organisation_token(
        reach=request.reach,
        user=request.user,
        name=form.cleaned_data["name"],
        days=form.cleaned_data["days"],
        permissions=[one.value for one in form.offered] if codes is None else codes,
        now=timezone.now(),
    )


@organisation_view(get=Permission.MANAGE_TOKENS, post=Permission.MANAGE_TOKENS)
def organisation_token_revoke(request: OrganisationRequest, token_id: UUID) -> HttpResponse:
    """Asks first, then ends a token of the organisation."""
    token = selectors.organisation_token(token_id=token_id, now=timezone.now())
    form = ServiceForm(sent(request))
    if form.is_bound and form.succeeded(
        lambda: services.revoke_organisation_token(token_id=token_id, now=timezone.now())
    ):
        messages.success(request, _("The token “{name}” no longer opens anything.").format(name=token.name))
        return redirect("tokens", request.organisation.slug)
    return render(request, "tenants/organisation_token_revoke.html", {"form": form, "token": token})
