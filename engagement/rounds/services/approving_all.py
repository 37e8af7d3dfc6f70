"""Approving the ready reports of several clients, each in a scope of its own: one that is refused stops none."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from engagement.errors import ConflictError, InvalidInputError
from engagement.rounds.calendars import latest_round
from engagement.rounds.models import Plan
from engagement.rounds.selectors.plans import times_of
from engagement.rounds.services.approving import When, approve
from engagement.rounds.services.preparing import writing_reaches
from tenants.actor import Actor
from tenants.audit import audit_append
from tenants.models import Organisation
from tenants.scope import organisation_scope


@dataclass(frozen=True, slots=True)
class AllApproved:
    """What came of it: names of clients, and why those that were not approved were not."""

    approved: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


def approve_all(
    *, actor: Actor, firm: Organisation, last_day: date, slugs: Collection[str], when: When, now: datetime
) -> AllApproved:
    """Approve these clients as far as they are ready at this moment; called in a scope that writes the firm."""
    plan, latest = Plan.objects.first(), latest_round(firm.today(now))
    approved, refused = [], []
    for reach in writing_reaches(actor=actor, firm_id=firm.pk):
        if reach.slug not in slugs:
            continue
        try:
            with organisation_scope(reach.organisation_id):
                client = Organisation.objects.get(pk=reach.organisation_id)
                plans = {one.organisation_id: one for one in (plan, Plan.objects.first()) if one}
                is_latest_of_sample = client.sample_today is not None and last_day == latest
                approve(
                    organisation=client, user=actor.user, goes_on=False, when=when, now=now,
                    last_day=latest_round(client.today(now)) if is_latest_of_sample else last_day,
                    times=times_of(organisation=client, plans=plans),
                )  # fmt: skip
        except (ConflictError, InvalidInputError) as error:
            refused.append((reach.name, error.message))
        else:
            approved.append(reach.name)
    said = {"last_day": last_day, "clients": len(approved)}
    audit_append(act="round.approved", object_kind="organisation", object_id=firm.pk, new=said)
    return AllApproved(tuple(approved), tuple(refused))
