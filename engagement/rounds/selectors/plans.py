"""When rounds happen and how reports go out: a client's own plan, else its firm's, else what everybody begins with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engagement.rounds.models import Plan
from engagement.rounds.types import Times, Way
from tenants.actor import Actor
from tenants.models import Organisation
from tenants.scope import tenant


def plans_of(organisations: Iterable[int]) -> dict[int, Plan]:
    """The plans that there are, by organisation; needs a scope that reads them."""
    return {row.organisation_id: row for row in Plan.objects.filter(organisation_id__in=list(organisations))}


def firm_plan(*, actor: Actor, client: Organisation) -> Plan | None:
    """The plan of a client's firm, read in a scope of the firm alone; None for who does not reach the firm."""
    firm = next((one for one in actor.firms() if one.organisation_id == client.firm_id and not one.limit), None)
    if firm is None:
        return None
    with tenant(read=[firm.organisation_id]):
        return Plan.objects.first()


def times_of(*, organisation: Organisation, plans: Mapping[int, Plan]) -> Times:
    """A client's own times, else those of its firm."""
    own, firms = plans.get(organisation.pk), plans.get(organisation.firm_id or 0)
    found = own if own is not None and own.has_own_times else firms
    return times_in(found)


def times_in(plan: Plan | None) -> Times:
    """What a plan says of days and hours; without one nothing happens by itself."""
    if plan is None:
        return Times()
    return Times(plan.prepare_day, plan.prepare_hour, plan.send_day, plan.send_hour, plan.due_days)


def way_in(plan: Plan | None) -> Way:
    """How a report goes out; without a plan by link alone."""
    return Way() if plan is None else Way(plan.attaches_pdf, plan.sends_link, plan.link_days)
