"""An organisation's settings, members and clients."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from tenants import selectors, selectors_accounts, selectors_tokens, services
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import ClientForm, InvitationForm, RoleForm, ServiceForm, sent, settings_form
from tenants.models import Organisation
from tenants.permissions import ROLES, TABLE, Permission


@organisation_view(get=Permission.EDIT_ORGANISATION, post=Permission.EDIT_ORGANISATION)
def settings(request: OrganisationRequest) -> HttpResponse:
    """Name, days, bands, schedule. `look` shows what was typed with what it would do, and saves nothing."""
    organisation, is_look = request.organisation, "look" in request.POST
    form = settings_form(organisation, sent(request))
    change = partial(services.change_organisation, organisation=organisation, now=timezone.now())
    if form.is_bound and not is_look and form.succeeded(lambda: change(changes=form.changes())):
        messages.success(request, _("The settings are saved.") if form.outcome else _("Nothing was different."))
        return redirect("settings", organisation.slug)
    of_the_firm = any(firm.organisation_id == organisation.firm_id for firm in request.actor.firms())
    return render(request, "tenants/settings.html", {"form": form, "of_the_firm": of_the_firm})


@organisation_view(get=Permission.MANAGE_MEMBERS, post=Permission.MANAGE_MEMBERS)
def members(request: OrganisationRequest) -> HttpResponse:
    """Who has a role here, who is asked to, and the form that asks somebody."""
    form, now = InvitationForm(sent(request), is_firm=request.reach.is_firm), timezone.now()
    if form.is_bound and form.succeeded(lambda: services.invite(**form.cleaned_data, user=request.user, now=now)):
        messages.success(request, _("An invitation is on its way to {email}.").format(email=form.cleaned_data["email"]))
        return redirect("members", request.organisation.slug)
    context = {
        "form": form,
        "members": selectors.members(),
        "invitations": selectors_accounts.invitations(now=now),
        "member_tokens": selectors_tokens.member_tokens(organisation=request.organisation, now=now),
        "operator_visits": selectors.operator_visits(now=now),
    }
    return render(request, "tenants/members.html", context)


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def roles(request: OrganisationRequest) -> HttpResponse:
    """The table of permissions; it says nothing of the organisation."""
    lines = [{"words": line.words, "marks": [role in line.who for role in ROLES]} for line in TABLE]
    return render(request, "tenants/roles.html", {"roles": ROLES, "lines": lines})


@organisation_view(get=Permission.MANAGE_MEMBERS, post=Permission.MANAGE_MEMBERS)
def member_role(request: OrganisationRequest, member_id: UUID) -> HttpResponse:
    """Another role for a member."""
    member = selectors.member(member_id=member_id)
    form = RoleForm(sent(request), is_firm=request.reach.is_firm, initial=_as_it_is(member))
    if form.is_bound and form.succeeded(lambda: services.change_role(membership_id=member_id, **form.cleaned_data)):
        messages.success(request, _("The role of {name} is changed.").format(name=member.name))
        return _back_to_members(request, member)
    return render(request, "tenants/member_role.html", {"form": form, "member": member})


@organisation_view(get=Permission.MANAGE_MEMBERS, post=Permission.MANAGE_MEMBERS)
def member_remove(request: OrganisationRequest, member_id: UUID) -> HttpResponse:
    """Asks first, then takes a member's role away."""
    member = selectors.member(member_id=member_id)
    form = ServiceForm(sent(request))
    if form.is_bound and form.succeeded(lambda: services.remove_member(membership_id=member_id)):
        messages.success(request, _("{name} has no role here any more.").format(name=member.name))
        return _back_to_members(request, member)
    return render(request, "tenants/member_remove.html", {"form": form, "member": member})


def _as_it_is(member: selectors.MemberLine) -> dict[str, object]:
    segments = [segment.key for segment in member.segments]
    return {"role": member.role, "limited_to": member.limited_to, "segments": segments}


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
        messages.success(request, _("{name} is ready.").format(name=form.outcome.name))
        return redirect("scorecard", form.outcome.slug)
    return render(request, "tenants/client_new.html", {"form": form})
