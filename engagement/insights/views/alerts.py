"""Pages of alerts: what was found, the rules that find it, and what became of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights.alert_types import RuleLine
from engagement.insights.forms_alerts import AlertForm, MuteForm, RuleForm
from engagement.insights.models import AlertRule
from engagement.insights.note_types import segment_name
from engagement.insights.present_alerts import RuleRow, alert_row, alerts_heading, check_words, passed_rows, rule_row
from engagement.insights.selectors import alerts as reads
from engagement.insights.services import alert_rules, alerts
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from engagement.look.components import Choice, Confirm
from engagement.scoring.models import Segment
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import press, sent
from tenants.models import Organisation
from tenants.permissions import Permission


@organisation_view(get=Permission.VIEW)
def alert_list(request: OrganisationRequest) -> HttpResponse:
    """Alerts that are not done with, or all of them; without a rule, the usual ones in one press."""
    organisation, only_open = client_of(request), request.GET.get("show") != "all"
    found, n_rules = reads.alerts(only_open=only_open), len(reads.rules())
    terms = terms_of(organisation=organisation, run=None)
    context = {
        "alerts": [alert_row(one, terms=terms) for one in found],
        "heading": alerts_heading(found, has_rules=n_rules > 0),
        "n_rules": n_rules,
        "checked": check_words(reads.last_check(), terms=terms),
        "choices": _choices(only_open=only_open),
        "only_open": only_open,
    }
    return render(request, "insights/alerts.html", context)


def _choices(*, only_open: bool) -> tuple[Choice, Choice]:
    return (
        Choice(label=_("To do"), url="?show=open", current=only_open),
        Choice(label=_("All"), url="?show=all", current=not only_open),
    )


@organisation_view(get=Permission.VIEW, post=Permission.EDIT_ALERTS)
def alert(request: OrganisationRequest, alert_id: UUID) -> HttpResponse:
    """One alert as it was found, and the form that says what became of it."""
    organisation, now, line = client_of(request), timezone.now(), reads.alert(alert_id=alert_id)
    form = AlertForm(sent(request), alert=line)
    if form.is_bound and form.succeeded(lambda: _handle(request, alert_id, form, now)):
        messages.success(request, _("Noted."))
        return redirect("alerts", organisation.slug)
    row = alert_row(line, terms=terms_of(organisation=organisation, run=None))
    return render(request, "insights/alert.html", {"alert": row, "form": form})


def _handle(request: OrganisationRequest, alert_id: UUID, form: AlertForm, now: datetime) -> None:
    alerts.handle_alert(
        organisation=request.organisation, alert_id=alert_id, user=request.user, now=now, **form.cleaned_data
    )


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────────


@organisation_view(get=Permission.VIEW)
def rules(request: OrganisationRequest) -> HttpResponse:
    """The rules in force, each in a sentence, and what could not be compared the last time."""
    organisation, check = client_of(request), reads.last_check()
    now = timezone.now()
    context = {
        "rules": [_row(organisation, one, now) for one in reads.rules()],
        "checked": check_words(check, terms=terms_of(organisation=organisation, run=None)),
        "passed": passed_rows(check, names=_segment_names()),
        "kinds": AlertRule.Kind.choices,
    }
    return render(request, "insights/alert_rules.html", context)


def _segment_names() -> dict[str, str]:
    return {key: segment_name(key=key, name=name) for key, name in Segment.objects.values_list("key", "name")}


@organisation_view(post=Permission.EDIT_ALERTS)
def rules_usual(request: OrganisationRequest) -> HttpResponse:
    """The usual rules, in one press."""
    organisation, now = client_of(request), timezone.now()
    press(
        request,
        lambda: alert_rules.set_usual_rules(organisation=organisation, user=request.user, now=now),
        done=_("The usual rules are in force. The next run is held against them."),
    )
    return redirect("alert-rules", organisation.slug)


@organisation_view(get=Permission.EDIT_ALERTS, post=Permission.EDIT_ALERTS)
def rule_new(request: OrganisationRequest) -> HttpResponse:
    """Set a rule of the kind that the address names; a fall without one."""
    organisation, kind = client_of(request), request.GET.get("kind", AlertRule.Kind.DROP.value)
    if kind not in AlertRule.Kind.values:
        raise NotFoundError(_("There is no such kind of rule."))
    form = RuleForm(sent(request), kind=kind, user=request.user)
    if form.is_bound and form.succeeded(lambda: _add(request, form)):
        messages.success(request, _("The rule is in force. The next run is held against it."))
        return redirect("alert-rules", organisation.slug)
    choices = [Choice(label=str(name), url=f"?kind={key}", current=key == kind) for key, name in AlertRule.Kind.choices]
    return render(request, "insights/alert_rule.html", {"form": form, "choices": choices})


def _add(request: OrganisationRequest, form: RuleForm) -> None:
    alert_rules.add_rule(organisation=request.organisation, words=form.words(), user=request.user, now=timezone.now())


@organisation_view(get=Permission.EDIT_ALERTS, post=Permission.EDIT_ALERTS)
def rule(request: OrganisationRequest, rule_id: UUID) -> HttpResponse:
    """Say a rule otherwise."""
    organisation, now, line = client_of(request), timezone.now(), reads.rule(rule_id=rule_id)
    form = RuleForm(sent(request), kind=line.words.kind, user=request.user, rule=line)
    if form.is_bound and form.succeeded(lambda: _change(request, rule_id, form)):
        messages.success(request, _("The rule has changed."))
        return redirect("alert-rules", organisation.slug)
    context = {"form": form, "rule": _row(organisation, line, now), "mute": MuteForm(None, rule=line)}
    return render(request, "insights/alert_rule.html", context)


def _change(request: OrganisationRequest, rule_id: UUID, form: RuleForm) -> None:
    alert_rules.change_rule(
        organisation=request.organisation, rule_id=rule_id, words=form.words(), user=request.user, now=timezone.now()
    )


@organisation_view(post=Permission.EDIT_ALERTS)
def rule_mute(request: OrganisationRequest, rule_id: UUID) -> HttpResponse:
    """Mute a rule until a day, or let it find again."""
    organisation, now, line = client_of(request), timezone.now(), reads.rule(rule_id=rule_id)
    form = MuteForm(sent(request), rule=line)
    said: dict[str, Any] = {"organisation": organisation, "rule_id": rule_id, "now": now}
    if form.succeeded(lambda: alert_rules.mute_rule(until=form.cleaned_data["muted_until"], **said)):
        messages.success(request, _muted_words(form.cleaned_data["muted_until"]))
        return redirect("alert-rules", organisation.slug)
    rule_form = RuleForm(None, kind=line.words.kind, user=request.user, rule=line)
    context = {"form": rule_form, "rule": _row(organisation, line, now), "mute": form}
    return render(request, "insights/alert_rule.html", context)


def _muted_words(until: date | None) -> str:
    return _("The rule is muted.") if until else _("The rule finds again.")


@organisation_view(get=Permission.EDIT_ALERTS, post=Permission.EDIT_ALERTS)
def rule_end(request: OrganisationRequest, rule_id: UUID) -> HttpResponse:
    """Asks first, then ends a rule."""
    organisation, now, line = client_of(request), timezone.now(), reads.rule(rule_id=rule_id)
    if request.method != "POST":
        return render(request, "components/confirm_page.html", {"confirm": _confirm_end(_row(organisation, line, now))})
    alert_rules.retire_rule(organisation=organisation, rule_id=rule_id, now=now)
    messages.success(request, _("The rule has ended."))
    return redirect("alert-rules", organisation.slug)


def _row(organisation: Organisation, line: RuleLine, now: datetime) -> RuleRow:
    terms = terms_of(organisation=organisation, run=None)
    return rule_row(line, terms=terms, slug=organisation.slug, today=organisation.today(now))


def _confirm_end(row: RuleRow) -> Confirm:
    return Confirm(
        question=_("End rule {number}?").format(number=row.number),
        consequence=_("“{rule}” is not looked for any more. Alerts it found stay.").format(rule=row.sentence),
        button=_("End the rule"),
        back=_("Keep it"),
        back_url=row.list_url,
    )
