"""Alerts, their rules and webhooks as they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.urls import reverse

from engagement.insights.alert_types import AlertLine, OpenAlerts, RuleLine
from engagement.insights.alert_words import NAMES, alert_sentence, rule_sentence, told_sentence
from engagement.insights.models import Alert, AlertCheck, AlertRule, WebhookDelivery, WebhookEndpoint
from engagement.insights.services.webhooks import host_of
from engagement.insights.terms import Terms
from engagement.look.dates import instant_text, short_date_text

_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")


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
        kind=NAMES[AlertRule.Kind(alert.kind)],
        sentence=alert_sentence(alert, terms=terms),
        day=short_date_text(alert.as_of, locale=terms.locale),
        state=state.label.lower(),
        is_open=state == Alert.State.OPEN,
        is_done=state == Alert.State.DONE,
        note=alert.note,
        handled=f"{alert.handled_by or 'a program, or somebody whose account is gone'}, {when}" if when else "",
        over=short_date_text(alert.over_on, locale=terms.locale) if lasted else "",
        rule_number=alert.rule_number,
        segment_key=alert.segment_key,
        run_number=alert.run_number,
    )


def alerts_heading(found: Sequence[AlertLine], *, has_rules: bool) -> str:
    """Example: "Two alerts are open"."""
    count = sum(alert.state == Alert.State.OPEN for alert in found)
    if not has_rules and not found:
        return "Nobody is told yet when something moves"
    if not count:
        return "No alert is open"
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    return "One alert is open" if count == 1 else f"{number} alerts are open"


def open_words(found: OpenAlerts, *, terms: Terms) -> str:
    """Example: "Two alerts are open, the first of 3 Mar 2026."."""
    number = _NUMBERS[found.count] if found.count < len(_NUMBERS) else str(found.count)
    day = short_date_text(found.since, locale=terms.locale)
    return f"One alert is open, of {day}." if found.count == 1 else f"{number} alerts are open, the first of {day}."


def rule_row(rule: RuleLine, *, terms: Terms, slug: str, today: date) -> RuleRow:
    when = short_date_text(rule.set_at.astimezone(terms.zone).date(), locale=terms.locale)
    by = f" by {rule.set_by}" if rule.set_by else ""
    muted = rule.muted_until is not None and today < rule.muted_until
    return RuleRow(
        id=rule.id,
        number=rule.number,
        kind=NAMES[AlertRule.Kind(rule.words.kind)],
        sentence=rule_sentence(rule, terms=terms),
        told=told_sentence(rule),
        set=f"Set {when}{by}{f', version {rule.version}' if rule.version > 1 else ''}",
        list_url=reverse("alert-rules", args=[slug]),
        muted=short_date_text(rule.muted_until, locale=terms.locale) if muted else "",
    )


def check_words(check: AlertCheck | None, *, terms: Terms) -> str:
    """When the rules were last held against a run, and what could not be compared."""
    if check is None:
        return "No run has been looked at yet: the next one is, as soon as it is published."
    day = short_date_text(check.run.as_of, locale=terms.locale)
    said = f"Last looked at: the run of {day}."
    if check.compared == 1:
        said += " One comparison was made."
    elif check.compared:
        said += f" {check.compared} comparisons were made together."
    return said


def passed_rows(check: AlertCheck | None, *, names: dict[str, str]) -> list[tuple[int, str, str]]:
    """What could not be compared in the last run that was looked at: rule, segment, why."""
    return [(number, names.get(key, key), reason) for number, key, reason in (check.passed_over if check else [])]


def endpoint_row(endpoint: WebhookEndpoint) -> EndpointRow:
    is_on = endpoint.off_at is None
    state = "on" if is_on else "off, because nothing got through" if endpoint.off_by_failure else "off"
    if is_on and endpoint.failing_since:
        state = "on, failing"
    return EndpointRow(
        id=endpoint.pk,
        name=endpoint.name,
        host=host_of(endpoint.url),
        state=state,
        is_on=is_on,
        takes="alerts" if endpoint.takes_alerts else "nothing by itself",
    )


def delivery_row(delivery: WebhookDelivery, *, terms: Terms) -> DeliveryRow:
    state = WebhookDelivery.State(delivery.state)
    said = f"answered {delivery.answered}" if delivery.answered is not None else delivery.error
    if state == WebhookDelivery.State.WAITING and delivery.attempts:
        said = f"{said or 'no answer'}; again {_at(delivery.due_at, terms)}"
    return DeliveryRow(
        id=delivery.pk,
        what=WebhookDelivery.Kind(delivery.kind).label,
        made=_at(delivery.made_at, terms),
        state=state.label.lower(),
        tries=delivery.attempts,
        said=said,
        may_repeat=state != WebhookDelivery.State.WAITING,
    )


def _at(instant: datetime, terms: Terms) -> str:
    return instant_text(instant, zone=terms.zone, locale=terms.locale)
