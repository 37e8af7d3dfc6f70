"""Monthly rounds: when the firm has them, who gets a client's reports, and how. Nothing is approved, nothing mailed."""

from __future__ import annotations

from engagement.demo.samples.story_types import SamplePlan
from engagement.demo.told.teller import Teller
from engagement.rounds.models import Plan, Recipient
from engagement.rounds.services.planning import set_plan
from engagement.rounds.services.recipients import add_recipient
from tenants.models import Organisation
from tenants.scope import organisation_scope


def is_told() -> bool:
    return Plan.objects.exists() or Recipient.objects.exists()


def tell(teller: Teller) -> bool:
    """The firm's plan first, in a scope of its own: setting it again changes nothing."""
    rounds = teller.story.rounds
    if rounds is None:
        return False
    if rounds.firm is not None:
        _plan(teller, rounds.firm)
    with teller.writing() as organisation:
        way = {"attaches_pdf": rounds.attaches_pdf, "sends_link": True, "link_days": rounds.link_days}
        set_plan(organisation=organisation, changes=way)
        for email in rounds.recipients:
            add_recipient(
                organisation=organisation, email=email, confirmed=True, user=teller.consultant, now=teller.now
            )
    return True


def _plan(teller: Teller, plan: SamplePlan) -> None:
    with organisation_scope(teller.organisation_id, write=False):
        firm_id = Organisation.objects.get(pk=teller.organisation_id).firm_id
    if firm_id is None:
        return
    times = {"prepare_day": plan.prepare_day, "send_day": plan.send_day, "due_days": plan.due_days}
    with organisation_scope(firm_id):
        if not Plan.objects.exists():
            set_plan(organisation=Organisation.objects.get(pk=firm_id), changes=times)
