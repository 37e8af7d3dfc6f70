"""Who of a firm can mind a client: consultants and admins of the firm, for as long as they have that role there."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from tenants.actor import Actor
from tenants.models import Membership, Organisation
from tenants.permissions import WRITING_ROLES
from tenants.scope import tenant


@dataclass(frozen=True, slots=True)
class Minder:
    """Somebody of the firm who minds a client, or can."""

    user_id: UUID
    name: str
    email: str


def minders(*, firm_id: int) -> tuple[Minder, ...]:
    """Everybody who can mind a client of the firm, by name; needs a scope that reads the firm."""
    found = Membership.objects.filter(organisation_id=firm_id, role__in=WRITING_ROLES, user__is_active=True)
    rows = found.order_by("user__name", "user__email").values_list("user_id", "user__name", "user__email")
    return tuple(Minder(*row) for row in rows)


def minders_of(*, actor: Actor, client: Organisation) -> tuple[Minder, ...] | None:
    """The same for a client in scope, read in a scope of its firm alone; None for who does not reach the firm.

    People of the client alone do not learn who works for the firm.
    """
    firm = next((reach for reach in actor.firms() if reach.organisation_id == client.firm_id and not reach.limit), None)
    if firm is None:
        return None
    with tenant(read=[firm.organisation_id]):
        return minders(firm_id=firm.organisation_id)
