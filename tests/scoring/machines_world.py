"""What the tests of machine-like activity share: events with chosen instants, rules in force, and a plain reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from engagement.ingest.signals import StoredEvent
from engagement.scoring.models import MachineLabel, MachineRuleSet
from engagement.scoring.services.labelling import ask_labels, label
from engagement.scoring.services.machines import add_machine_rule, publish_machine_rules
from tenants.jobs import run_job
from tenants.models import Job, Organisation
from tenants.scope import organisation_scope

START = datetime(2026, 3, 1, 23, 59, 40, tzinfo=UTC)  # near midnight: a rule looks across it
SENT, OPENED = "Sent", "Opened"
SOON: dict[str, Any] = {"kind": "soon_after", "first": SENT, "then": OPENED, "seconds": 5, "same": "campaign.id"}
BURST: dict[str, Any] = {"kind": "burst", "name": "Viewed", "more_than": 3, "seconds": 10}
BOT: dict[str, Any] = {"kind": "property", "property": "agent", "op": "contains", "values": ["bot"]}


def in_force(organisation: Organisation, *rules: Mapping[str, object]) -> MachineRuleSet:
    """Publish exactly these rules and label what is stored."""
    with organisation_scope(organisation.pk):
        for rule in rules:
            add_machine_rule(organisation=organisation, rule=rule, user=None, now=timezone.now())
        made = publish_machine_rules(organisation=organisation, note="As agreed", user=None, now=timezone.now())
    label_now(organisation)
    return made


def label_now(organisation: Organisation) -> None:
    """Do the labelling that is asked for, or one more."""
    with organisation_scope(organisation.pk):
        job = ask_labels(organisation=organisation, user=None, now=timezone.now())
    assert run_job(organisation_id=organisation.pk, job_id=UUID(str(job.pk)), do=label, clock=timezone.now)
    with organisation_scope(organisation.pk, write=False):
        assert Job.objects.get(pk=job.pk).state == Job.State.DONE


def labels(organisation: Organisation, number: int) -> dict[str, set[int]]:
    """By message id, the places of the rules that label the event."""
    with organisation_scope(organisation.pk, write=False):
        found: dict[str, set[int]] = {}
        for message_id, rule in MachineLabel.objects.filter(rule_set=number).values_list("message_id", "rule"):
            found.setdefault(message_id, set()).add(rule)
        return found


def expected(
    events: Iterable[StoredEvent], rules: Sequence[Mapping[str, Any]], merged: Mapping[int, int] | None = None
) -> dict[str, set[int]]:
    """The same by looking at every pair of events: slow, and plain to read. `merged` says who is whom."""
    events = list(events)
    found: dict[str, set[int]] = {}
    for place, rule in enumerate(rules):
        for event in events:
            if _holds(rule, event, events, merged or {}):
                found.setdefault(event.message_id, set()).add(place)
    return found


def _holds(
    rule: Mapping[str, Any], event: StoredEvent, events: Sequence[StoredEvent], merged: Mapping[int, int]
) -> bool:
    def who(one: StoredEvent) -> int:
        return merged.get(one.customer_number, one.customer_number)

    theirs = [other for other in events if who(other) == who(event)]
    theirs = [other for other in theirs if abs(other.day - event.day) <= timedelta(days=1)]
    if rule["kind"] == "property":
        return any(value in str(event.properties.get("agent") or "").lower() for value in rule["values"])
    within = timedelta(seconds=rule["seconds"])
    if rule["kind"] == "burst":
        if event.name.strip() != rule["name"]:
            return False
        times = sorted(other.occurred_at for other in theirs if other.name.strip() == rule["name"])
        windows = [[at for at in times if start <= at <= start + within] for start in times]
        return any(event.occurred_at in window for window in windows if len(window) > rule["more_than"])
    return event.name.strip() == rule["then"] and any(
        other.name.strip() == rule["first"]
        and timedelta(0) <= event.occurred_at - other.occurred_at <= within
        and (not rule.get("same") or (_campaign(event) is not None and _campaign(event) == _campaign(other)))
        for other in theirs
    )


def _campaign(event: StoredEvent) -> str | None:
    given = event.properties.get("campaign")
    text = str(given.get("id", "") if isinstance(given, dict) else "").strip()
    return text or None
