"""Rules for what looks machine-like, labelled by; and the events counted by name, which the data's pages show."""

from __future__ import annotations

from engagement.demo.told.teller import Teller
from engagement.scoring.models import EventLook, MachineRuleSet
from engagement.scoring.services.event_names import ask_look, keep_look
from engagement.scoring.services.labelling import label
from engagement.scoring.services.machines import add_machine_rule, publish_machine_rules
from tenants.jobs import latest_job


def are_rules_told() -> bool:
    return MachineRuleSet.objects.exists()


def tell_rules(teller: Teller) -> bool:
    """Publishing asks for the labelling, which is done at once."""
    if teller.story.intake is None:
        return False
    machines = teller.story.intake.machines
    with teller.writing() as organisation:
        for rule in machines.rules:
            add_machine_rule(organisation=organisation, rule=rule, user=teller.consultant, now=teller.now)
        publish_machine_rules(organisation=organisation, note=machines.why, user=teller.consultant, now=teller.now)
        job = latest_job(kind="scoring.label")
    if job is not None:
        teller.work_off(job.pk, label)
    return True


def are_events_looked_at() -> bool:
    return EventLook.objects.exists()


def look_at_events(teller: Teller) -> bool:
    with teller.writing() as organisation:
        job = ask_look(organisation=organisation, user=teller.consultant, now=teller.now)
    teller.work_off(job.pk, keep_look)
    return True
