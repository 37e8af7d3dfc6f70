"""Pages of this step: signing in, one's account, and an organisation's settings, members and clients."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings as django_settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from engagement.errors import NotFoundError
from tenants import selectors, services
from tenants.access import organisation_view, public_view, signed_in_view
from tenants.actor import OrganisationRequest, SignedInRequest
from tenants.forms import (
    ClientForm,
    LoginForm,
    MemberForm,
    NameForm,
    PasswordForm,
    RoleForm,
    ServiceForm,
    TokenForm,
    sent,
    settings_form,
)
from tenants.models import Organisation
from tenants.permissions import Permission

_page = require_http_methods(["GET", "HEAD", "POST"])

# ── in and out ───────────────────────────────────────────────────────────────────────────────────────────────


class SignIn(LoginView):
    """Django's own: it follows `next` only to this host, and turns the session over."""

    form_class = LoginForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if django_settings.DEMO:
            context |= {"demo_logins": selectors.DEMO_LOGINS, "demo_password": selectors.DEMO_PASSWORD}
        return context


login = public_view(SignIn.as_view())
logout = public_view(LogoutView.as_view())


@signed_in_view
@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """On to the first firm's portfolio, or the first organisation's scorecard, or to whom to ask."""
    first = next(iter(request.actor.reaches), None)
    if first is None:
        return render(request, "tenants/nowhere.html")
    return redirect("portfolio" if first.is_firm else "scorecard", first.slug)


# ── one's account ────────────────────────────────────────────────────────────────────────────────────────────


def _account(request: SignedInRequest, **forms: ServiceForm) -> HttpResponse:
    context: dict[str, object] = {
        "name_form": NameForm(initial={"name": request.user.name}),
        "password_form": PasswordForm(),
        "token_form": TokenForm(),
        "tokens": selectors.tokens(user=request.user),
        **forms,
    }
    return render(request, "tenants/account.html", context)


@signed_in_view
@_page
def account(request: SignedInRequest) -> HttpResponse:
    """Name, password, API tokens; posting here changes the name."""
    form = NameForm(sent(request))
    if form.is_bound and form.succeeded(
        lambda: services.change_name(user=request.user, name=form.cleaned_data["name"])
    ):
        messages.success(request, "Your name is changed.")
        return redirect("account")
    return _account(request, **({"name_form": form} if form.is_bound else {}))


@signed_in_view
@require_POST
def account_password(request: SignedInRequest) -> HttpResponse:
    """A new password; this session stays, every other one ends."""
    form = PasswordForm(request.POST)
    if form.succeeded(
        lambda: services.change_password(user=request.user, old=form.cleaned_data["old"], new=form.cleaned_data["new"])
    ):
        update_session_auth_hash(request, request.user)
        messages.success(request, "Your password is changed. You are signed out everywhere else.")
        return redirect("account")
    return _account(request, password_form=form)


@signed_in_view
@never_cache
@require_POST
def token_new(request: SignedInRequest) -> HttpResponse:
    """A new token; its secret stands in this one answer and nowhere else, so there is no redirect."""
    form = TokenForm(request.POST)
    if not form.succeeded(lambda: services.create_token(user=request.user, name=form.cleaned_data["name"])):
        return _account(request, token_form=form)
    token, secret = form.outcome
    return render(request, "tenants/token_created.html", {"token": token, "secret": secret})


@signed_in_view
@_page
def token_revoke(request: SignedInRequest, token_id: UUID) -> HttpResponse:
    """Asks first, then ends a token of one's own."""
    token = selectors.token(user=request.user, token_id=token_id)
    if request.method != "POST":
        return render(request, "tenants/token_revoke.html", {"token": token})
    services.revoke_token(user=request.user, token_id=token_id, now=timezone.now())
    messages.success(request, f"The token “{token.name}” no longer opens anything.")
    return redirect("account")


# ── an organisation ──────────────────────────────────────────────────────────────────────────────────────────


@organisation_view(get=Permission.EDIT_ORGANISATION, post=Permission.EDIT_ORGANISATION)
def settings(request: OrganisationRequest) -> HttpResponse:
    """Name, days, bands, schedule: what this organisation has said about itself."""
    organisation = request.organisation
    form = settings_form(organisation, sent(request))
    if form.is_bound and form.succeeded(
        lambda: services.change_organisation(organisation=organisation, changes=form.changes(), now=timezone.now())
    ):
        messages.success(request, "The settings are saved." if form.outcome else "Nothing was different.")
        return redirect("settings", organisation.slug)
    return render(request, "tenants/settings.html", {"form": form})


@organisation_view(get=Permission.MANAGE_MEMBERS, post=Permission.MANAGE_MEMBERS)
def members(request: OrganisationRequest) -> HttpResponse:
    """Who has a role here, and the form that gives one to somebody."""
    form = MemberForm(sent(request))
    if form.is_bound and form.succeeded(lambda: services.add_person(**form.cleaned_data)):
        messages.success(request, f"{form.cleaned_data['email']} can open {request.organisation.name} now.")
        return redirect("members", request.organisation.slug)
    return render(request, "tenants/members.html", {"form": form, "members": selectors.members()})


@organisation_view(get=Permission.MANAGE_MEMBERS, post=Permission.MANAGE_MEMBERS)
def member_role(request: OrganisationRequest, member_id: UUID) -> HttpResponse:
    """Another role for a member."""
    member = selectors.member(member_id=member_id)
    form = RoleForm(sent(request), initial={"role": member.role})
    if form.is_bound and form.succeeded(lambda: services.change_role(membership_id=member_id, **form.cleaned_data)):
        messages.success(request, f"The role of {member.name} is changed.")
        return _back_to_members(request, member)
    return render(request, "tenants/member_role.html", {"form": form, "member": member})


@organisation_view(get=Permission.MANAGE_MEMBERS, post=Permission.MANAGE_MEMBERS)
def member_remove(request: OrganisationRequest, member_id: UUID) -> HttpResponse:
    """Asks first, then takes a member's role away."""
    member = selectors.member(member_id=member_id)
    form = ServiceForm(sent(request))
    if form.is_bound and form.succeeded(lambda: services.remove_member(membership_id=member_id)):
        messages.success(request, f"{member.name} has no role here any more.")
        return _back_to_members(request, member)
    return render(request, "tenants/member_remove.html", {"form": form, "member": member})


def _back_to_members(request: OrganisationRequest, member: selectors.MemberLine) -> HttpResponse:
    """Home for those who have just changed their own role: they may not see this page any more."""
    if member.user_id == request.user.pk:
        return redirect("home")
    return redirect("members", request.organisation.slug)


def _firm(request: OrganisationRequest) -> Organisation:
    """The firm of the address; raises NotFoundError in a client, which has no clients of its own."""
    if not request.reach.is_firm:
        raise NotFoundError
    return request.organisation


@organisation_view(get=Permission.CREATE_CLIENT, post=Permission.CREATE_CLIENT)
def client_new(request: OrganisationRequest) -> HttpResponse:
    """A new client of this firm; there is no such page in a client."""
    firm = _firm(request)
    form = ClientForm(sent(request), initial={"time_zone": firm.time_zone, "currency": firm.currency})
    if form.is_bound and form.succeeded(
        lambda: services.create_client(
            firm_id=firm.pk, settings=services.OrganisationSettings(**form.changes()), now=timezone.now()
        )
    ):
        messages.success(request, f"{form.outcome.name} is ready.")
        return redirect("scorecard", form.outcome.slug)
    return render(request, "tenants/client_new.html", {"form": form})
