"""Alerts, their rules and webhooks as they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext, pgettext

from engagement.insights.alert_types import AlertLine, OpenAlerts, RuleLine
from engagement.insights.alert_words import alert_sentence, kind_name, rule_sentence, told_sentence
from engagement.insights.counted import number_word
from engagement.insights.models import Alert, AlertCheck, WebhookDelivery, WebhookEndpoint
from engagement.insights.services.webhooks import host_of
from engagement.insights.speaking import nobody
from engagement.insights.stored import said
from engagement.insights.terms import Terms
from engagement.look.dates import instant_text, short_date_text

_STATES = {
    Alert.State.OPEN: _lazy("open"),
    Alert.State.SEEN: _lazy("seen"),
    Alert.State.DONE: _lazy("done"),
}
_DELIVERED = {
    WebhookDelivery.State.WAITING: _lazy("waiting"),
    WebhookDelivery.State.DONE: _lazy("delivered"),
    WebhookDelivery.State.FAILED: _lazy("given up"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """One alert in a list, or on its page."""

    id: UUID
    kind: str
    sentence: str
    day: str
    state: str
    is_open: bool
    is_done: bool
    note: str
    handled: str  # by whom and when; "" while nobody has
    over: str  # since when it does not hold any more; "" where it does, or where it was an event of a day
    rule_number: int
    segment_key: str
    run_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One rule in the list."""

    id: UUID
    number: int
    kind: str
    sentence: str
    told: str
    set: str
    muted: str
    list_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRow:
    """One webhook in the list."""

    id: UUID
    name: str
    host: str
    state: str
    is_on: bool
    takes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """One message and what became of it."""

    id: UUID
    what: str
    made: str
    state: str
    tries: int
    said: str
    may_repeat: bool


def alert_row(alert: AlertLine, *, terms: Terms) -> AlertRow:
    state = Alert.State(alert.state)
    when = instant_text(alert.handled_at, zone=terms.zone, locale=terms.locale) if alert.handled_at else ""
    lasted = alert.over_on is not None and alert.over_on != alert.as_of
    return AlertRow(
        id=alert.id,
        kind=kind_name(alert.kind),
        sentence=alert_sentence(alert, terms=terms),
        day=short_date_text(alert.as_of, locale=terms.locale),
        state=str(_STATES[state]),
        is_open=state == Alert.State.OPEN,
        is_done=state == Alert.State.DONE,
        note=alert.note,
        handled=f"{alert.handled_by or nobody()}, {when}" if when else "",
        over=short_date_text(alert.over_on, locale=terms.locale) if lasted else "",
        rule_number=alert.rule_number,
        segment_key=alert.segment_key,
        run_number=alert.run_number,
    )


def alerts_heading(found: Sequence[AlertLine], *, has_rules: bool) -> str:
    """Example: "Two alerts are open"."""
    count = sum(alert.state == Alert.State.OPEN for alert in found)
    if not has_rules and not found:
        return _("Nobody is told yet when something moves")
    if not count:
        return _("No alert is open")
    return ngettext("One alert is open", "{number} alerts are open", count).format(number=number_word(count))


def open_words(found: OpenAlerts, *, terms: Terms) -> str:
    """Example: "Two alerts are open, the first of 3 Mar 2026."."""
    return ngettext(
        "One alert is open, of {day}.", "{number} alerts are open, the first of {day}.", found.count
    ).format(number=number_word(found.count), day=short_date_text(found.since, locale=terms.locale))


def rule_row(rule: RuleLine, *, terms: Terms, slug: str, today: date) -> RuleRow:
    muted = rule.muted_until is not None and today < rule.muted_until
    return RuleRow(
        id=rule.id,
        number=rule.number,
        kind=kind_name(rule.words.kind),
        sentence=rule_sentence(rule, terms=terms),
        told=told_sentence(rule),
        set=_set_words(rule, terms),
        list_url=reverse("alert-rules", args=[slug]),
        muted=short_date_text(rule.muted_until, locale=terms.locale) if muted else "",
    )


def _set_words(rule: RuleLine, terms: Terms) -> str:
    """Example: "Set 3 Mar 2026 by Cora, version 2"."""
    if rule.version > 1:
        words = _("Set {day} by {person}, version {version}") if rule.set_by else _("Set {day}, version {version}")
    else:
        words = _("Set {day} by {person}") if rule.set_by else _("Set {day}")
    day = short_date_text(rule.set_at.astimezone(terms.zone).date(), locale=terms.locale)
    return words.format(day=day, person=rule.set_by, version=rule.version)


def check_words(check: AlertCheck | None, *, terms: Terms) -> str:
    """When the rules were last held against a run, and what could not be compared."""
    if check is None:
        return _("No run has been looked at yet: the next one is, as soon as it is published.")
    day = short_date_text(check.run.as_of, locale=terms.locale)
    looked = _("Last looked at: the run of {day}.").format(day=day)
    if not check.compared:
        return looked
    made = ngettext("One comparison was made.", "{count} comparisons were made together.", check.compared)
    return f"{looked} {made.format(count=check.compared)}"


def passed_rows(check: AlertCheck | None, *, names: dict[str, str]) -> list[tuple[int, str, str]]:
    """What could not be compared in the last run that was looked at: rule, segment, why."""
    return [(number, names.get(key, key), said(reason)) for number, key, reason in (check.passed_over if check else [])]


def endpoint_row(endpoint: WebhookEndpoint) -> EndpointRow:
    is_on = endpoint.off_at is None
    return EndpointRow(
        id=endpoint.pk,
        name=endpoint.name,
        host=host_of(endpoint.url),
        state=_endpoint_state(endpoint),
        is_on=is_on,
        takes=_("alerts") if endpoint.takes_alerts else _("nothing by itself"),
    )


def _endpoint_state(endpoint: WebhookEndpoint) -> str:
    if endpoint.off_at is None:
        return _("on, failing") if endpoint.failing_since else pgettext("webhook", "on")
    return _("off, because nothing got through") if endpoint.off_by_failure else pgettext("webhook", "off")


def delivery_row(delivery: WebhookDelivery, *, terms: Terms) -> DeliveryRow:
    state = WebhookDelivery.State(delivery.state)
    became = said(delivery.error)
    if delivery.answered is not None:
        became = _("answered {status}").format(status=delivery.answered)
    if state == WebhookDelivery.State.WAITING and delivery.attempts:
        due = _at(delivery.due_at, terms)
        became = _("{what}; again {instant}").format(what=became or _("no answer"), instant=due)
    return DeliveryRow(
        id=delivery.pk,
        what=str(WebhookDelivery.Kind(delivery.kind).label),
        made=_at(delivery.made_at, terms),
        state=str(_DELIVERED[state]),
        tries=delivery.attempts,
        said=became,
        may_repeat=state != WebhookDelivery.State.WAITING,
    )


def _at(instant: datetime, terms: Terms) -> str:
    return instant_text(instant, zone=terms.zone, locale=terms.locale)
