"""Pages about actions."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.look.components import Confirm
from engagement.scoring import services
from engagement.scoring.forms.actions import ActionForm, NameAndChannelForm, fits_rows
from engagement.scoring.selectors.actions import action as get_action
from engagement.scoring.selectors.actions import actions as all_actions
from engagement.scoring.selectors.actions import event_names
from engagement.scoring.services.numbering import MAX_NAME
from engagement.scoring.starting.guessing import guess
from engagement.scoring.types import ActionLine
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import ServiceForm, sent
from tenants.permissions import Permission


@organisation_view(get=Permission.VIEW)
def actions(request: OrganisationRequest) -> HttpResponse:
    """What counts: every action, what it matches, how often it did."""
    found = all_actions(organisation=request.organisation, now=timezone.now())
    waiting = [line.name for line in found if not line.is_counted]
    return render(request, "scoring/actions.html", {"actions": found, "waiting": waiting})


@organisation_view(get=Permission.EDIT_ACTIONS, post=Permission.EDIT_ACTIONS)
def action_new(request: OrganisationRequest) -> HttpResponse:
    """A new action."""
    form = ActionForm(sent(request), initial=_meant(request))
    if form.is_bound and form.succeeded(lambda: _create(request, form)):
        said = _("“{name}” is added. Its past is being counted; give it a weight in the draft.")
        messages.success(request, said.format(name=form.cleaned_data["name"]))
        return redirect("actions", request.organisation.slug)
    return _form_page(request, form, line=None)


@organisation_view(get=Permission.EDIT_ACTIONS, post=Permission.EDIT_ACTIONS)
def action(request: OrganisationRequest, key: str) -> HttpResponse:
    """Change an action: its name and channel in place, its rule by a new version."""
    line = get_action(organisation=request.organisation, key=key, now=timezone.now())
    form = _form_of(request, line)
    _add_name(form, request.GET.get("event", ""))
    if form.is_bound and form.succeeded(lambda: _change(request, form, key=key)):
        said = [_("“{name}” is saved.").format(name=form.cleaned_data["name"])]
        said += [_("Events are being counted anew; until then the former rule holds.")] if form.outcome else []
        messages.success(request, " ".join(said))
        return redirect("actions", request.organisation.slug)
    return _form_page(request, form, line=line)


@organisation_view(get=Permission.EDIT_ACTIONS, post=Permission.EDIT_ACTIONS)
def action_archive(request: OrganisationRequest, key: str) -> HttpResponse:
    """Asks first, then takes the action out of the draft and of later ones."""
    line = get_action(organisation=request.organisation, key=key, now=timezone.now())
    form = ServiceForm(sent(request))
    if form.is_bound and form.succeeded(
        lambda: services.archive_action(organisation=request.organisation, key=key, now=timezone.now())
    ):
        messages.success(request, _("“{name}” is archived.").format(name=line.name))
        return redirect("actions", request.organisation.slug)
    return render(request, "components/confirm_page.html", {"confirm": _archive_question(request, line)})


def _meant(request: OrganisationRequest) -> dict[str, str]:
    """What a link with the name of an event proposes for a new action."""
    name = request.GET.get("event", "").strip()
    if not name or request.method == "POST":
        return {}
    guessed = guess(name)
    kind = {"name": guessed.name, "channel": guessed.channel} if guessed else {"name": name[:MAX_NAME]}
    return {"event_names": name, **kind}


def _add_name(form: ActionForm | NameAndChannelForm, name: str) -> None:
    """Write the name of an event that a link brings below those of the rule; it counts once the form is saved."""
    shown = str(form.initial.get("event_names", ""))
    if not form.is_bound and name.strip() and isinstance(form, ActionForm) and name.strip() not in shown.splitlines():
        form.fields["event_names"].initial = form.initial["event_names"] = f"{shown}\n{name.strip()}".lstrip()


def _create(request: OrganisationRequest, form: ActionForm) -> str:
    data = form.cleaned_data
    return services.create_action(
        organisation=request.organisation,
        name=data["name"],
        channel=data["channel"],
        rule=form.rule() or {},
        user=request.user,
        now=timezone.now(),
    )


def _change(request: OrganisationRequest, form: ActionForm | NameAndChannelForm, *, key: str) -> bool:
    data = form.cleaned_data
    return services.change_action(
        organisation=request.organisation,
        key=key,
        name=data["name"],
        channel=data["channel"],
        rule=form.rule(),
        user=request.user,
        now=timezone.now(),
    )


def _form_of(request: OrganisationRequest, line: ActionLine) -> ActionForm | NameAndChannelForm:
    initial = {"name": line.name, "channel": line.channel}
    if not fits_rows(line.rule):
        return NameAndChannelForm(sent(request), initial=initial)
    return ActionForm(sent(request), initial=initial, rule=line.rule)


def _form_page(
    request: OrganisationRequest, form: ActionForm | NameAndChannelForm, *, line: ActionLine | None
) -> HttpResponse:
    names = event_names(organisation=request.organisation)
    return render(request, "scoring/action_form.html", {"form": form, "line": line, "event_names": names})


def _archive_question(request: OrganisationRequest, line: ActionLine) -> Confirm:
    return Confirm(
        question=_("Archive “{name}”?").format(name=line.name),
        consequence=_(
            "It leaves the draft of weights and every later one. The published set goes on counting it until another "
            "set is published, and the past stays as it was."
        ),
        button=_("Archive"),
        back_url=reverse("actions", args=[request.organisation.slug]),
        back=_("Keep it"),
    )
