"""Pages about machine-like activity: the rules, what they label, and whether it is left out of scores."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError, NotFoundError
from engagement.scoring.forms.machines import RULE_FORMS, ReasonForm, RuleForm, SwitchForm
from engagement.scoring.selectors.machines import Machines, machines
from engagement.scoring.services import machines as services
from engagement.scoring.services.labelling import ask_labels
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import press, sent
from tenants.permissions import Permission


@organisation_view(get=Permission.EDIT_ACTIONS, post=Permission.EDIT_ACTIONS)
def machine_rules(request: OrganisationRequest) -> HttpResponse:
    """The rules in force with what they label, and the draft, to which rules are added and from which they go."""
    forms: dict[str, RuleForm] = {kind: form(None, prefix=kind) for kind, form in RULE_FORMS.items()}
    if request.method == "POST":
        wrong = _act(request)
        if wrong is None:
            return redirect("machine-rules", request.organisation.slug)
        forms[request.POST["act"]] = wrong
    found = machines(organisation=request.organisation, now=timezone.now())
    return render(request, "scoring/machine_rules.html", {"found": found, "forms": forms, **_rows(found)})


def _rows(found: Machines) -> dict[str, object]:
    """The draft's rules, each with what a button sends to name it."""
    rules = found.draft.rules if found.draft else ()
    return {"draft_rules": [(one.words, msgspec.json.encode(asdict(one.rule)).decode()) for one in rules]}


def _act(request: OrganisationRequest) -> RuleForm | None:
    """Do what a button asks for; the form of a rule that could not be added."""
    act = request.POST.get("act", "")
    said: dict[str, Any] = {"organisation": request.organisation, "user": request.user, "now": timezone.now()}
    if act in RULE_FORMS:
        form: RuleForm = RULE_FORMS[act](request.POST, prefix=act)
        if not form.succeeded(lambda: services.add_machine_rule(**said, rule=form.rule())):
            return form
        messages.success(request, _("The rule is in the draft. Nothing is labelled by it before it is published."))
    elif act == "remove":
        done = _("The rule is out of the draft.")
        press(request, lambda: services.remove_machine_rule(**said, rule=_named(request)), done=done)
    elif act == "discard":
        done = _("The draft is gone; the rules in force stay.")
        press(request, lambda: services.discard_machine_draft(organisation=request.organisation), done=done)
    elif act == "label":
        press(request, lambda: ask_labels(**said), done=_("Events are being labelled; the counts follow."))
    else:
        messages.error(request, _("Choose what to do with the rules: use a button of the page."))
    return None


def _named(request: OrganisationRequest) -> dict[str, object]:
    """The rule that a button names."""
    try:
        given = msgspec.json.decode(request.POST.get("rule", ""))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise InvalidInputError(_("Say which rule: use a button of the page."))
    return given


@organisation_view(get=Permission.PUBLISH_WEIGHTS, post=Permission.PUBLISH_WEIGHTS)
def machine_rules_publish(request: OrganisationRequest) -> HttpResponse:
    """Asks why, then puts the draft in force: a worker labels by it, and no score changes."""
    form = ReasonForm(sent(request))
    said: dict[str, Any] = {"organisation": request.organisation, "user": request.user, "now": timezone.now()}
    if form.is_bound and form.succeeded(lambda: services.publish_machine_rules(**said, note=form.cleaned_data["note"])):
        messages.success(request, _("The rules are in force. Events are being labelled; no score has changed."))
        return redirect("machine-rules", request.organisation.slug)
    found = machines(organisation=request.organisation, now=timezone.now())
    return render(request, "scoring/machine_rules_ask.html", {"form": form, "found": found, "asks": "publish"})


@organisation_view(get=Permission.PUBLISH_WEIGHTS, post=Permission.PUBLISH_WEIGHTS)
def machine_rules_switch(request: OrganisationRequest, number: int) -> HttpResponse:
    """Asks why, then leaves out of the scores what a rule set labels; with 0 every event counts again."""
    if number and not services.is_known(number):
        raise NotFoundError
    form = SwitchForm(sent(request))
    said: dict[str, Any] = {"organisation": request.organisation, "user": request.user, "now": timezone.now()}
    if form.is_bound and form.succeeded(
        lambda: services.leave_machines_out(**said, number=number or None, **form.cleaned_data)
    ):
        messages.success(request, _("Every action is being counted anew; scores follow with the scoring after that."))
        return redirect("machine-rules", request.organisation.slug)
    found = machines(organisation=request.organisation, now=timezone.now())
    context = {"form": form, "found": found, "asks": "leave_out" if number else "take_in", "number": number}
    return render(request, "scoring/machine_rules_ask.html", context)
