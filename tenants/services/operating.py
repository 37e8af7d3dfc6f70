"""An operator of the platform acts for an organisation: begun with a reason, ended or expired, always on record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from tenants.acting import Kind, acting, current_acting
from tenants.actor import visits_of
from tenants.audit import audit_append
from tenants.models import LONGEST_VISIT, SHORTEST_REASON, OperatorGrant, Role, User
from tenants.scope import organisation_scope
from tenants.statements import Statements
from tenants.tenancy import new_id

SHORTEST_VISIT = timedelta(minutes=15)
_sql = Statements(Path(__file__).parents[1] / "sql")


@dataclass(frozen=True, slots=True)
class Errand:
    """What an operator says before they act for somebody."""

    slug: str
    reason: str
    ticket: str
    role: str
    minutes: int


def begin_operating(*, operator: User, errand: Errand, now: datetime) -> OperatorGrant:
    """Let an operator act for the organisation at an address; on its record, whatever comes of it.

    Raises NotFoundError for anybody else, InvalidInputError with fields, ConflictError during another visit.
    """
    if not operator.is_staff:
        raise NotFoundError
    reason, length = errand.reason.strip(), timedelta(minutes=errand.minutes)
    _check(errand, reason, length)
    if visits_of(operator):
        raise ConflictError(_("You are acting for somebody already. End that first."))
    [(organisation_id,)] = _sql.fetch("organisation_at", slug=errand.slug.strip())
    if organisation_id is None:
        raise InvalidInputError(fields={"slug": [_("There is no organisation at this address.")]})
    grant_id = new_id()
    who = replace(current_acting(), kind=Kind.OPERATOR, user_id=operator.pk, role=errand.role, grant_id=grant_id)
    with acting(who), organisation_scope(organisation_id):
        grant = OperatorGrant.objects.create(
            id=grant_id,
            organisation_id=organisation_id,
            user=operator,
            role=errand.role,
            reason=reason,
            ticket=errand.ticket.strip(),
            began_at=now,
            expires_at=now + length,
        )
        said = {"role": grant.role, "until": grant.expires_at, "ticket": grant.ticket}
        audit_append(
            act="operator.began", object_kind="operator_grant", object_id=grant.pk, new=said, reason=reason
        )  # fmt: skip
    return grant


def _check(errand: Errand, reason: str, length: timedelta) -> None:
    fields: dict[str, list[str]] = {}
    if not SHORTEST_REASON <= len(reason) <= 300 or "\n" in reason:  # noqa: PLR2004  what the column holds
        fields["reason"] = [
            _("Say why in one line of {shortest_reason} to 300 characters: the client reads it.").format(
                shortest_reason=SHORTEST_REASON
            )
        ]
    if errand.role not in Role.values:
        fields["role"] = [_("Choose viewer, consultant or admin.")]
    if not SHORTEST_VISIT <= length <= LONGEST_VISIT:
        fields["minutes"] = [_("Between 15 minutes and 4 hours.")]
    if len(errand.ticket.strip()) > 40:  # noqa: PLR2004  what the column holds
        fields["ticket"] = [_("At most 40 characters.")]
    if fields:
        raise InvalidInputError(fields=fields)


def end_operating(*, operator: User, grant_id: UUID, now: datetime) -> None:
    """End one's own visit at once; raises NotFoundError for somebody else's, and for one that is over."""
    visit = next((reach for reach in visits_of(operator) if reach.visit and reach.visit.id == grant_id), None)
    if visit is None:
        raise NotFoundError
    who = replace(current_acting(), kind=Kind.OPERATOR, user_id=operator.pk, role=visit.role, grant_id=grant_id)
    with acting(who), organisation_scope(visit.organisation_id):
        if OperatorGrant.objects.filter(pk=grant_id, ended_at=None).update(ended_at=now) != 1:
            raise NotFoundError
        _record_end(grant_id, how="by the operator")


def end_overdue(*, now: datetime) -> int:
    """Put on record that visits have expired; returns how many. Each organisation in a transaction of its own."""
    ended = 0
    for (organisation_id,) in _sql.fetch("overdue_grants", at_instant=now):
        with organisation_scope(organisation_id):
            overdue = OperatorGrant.objects.select_for_update().filter(ended_at=None, expires_at__lte=now)
            for grant in overdue.order_by("began_at"):
                grant.ended_at = grant.expires_at
                grant.save(update_fields=["ended_at"])
                _record_end(grant.pk, how="expired")
                ended += 1
    return ended


def _record_end(grant_id: UUID, *, how: str) -> None:
    audit_append(act="operator.ended", object_kind="operator_grant", object_id=grant_id, new={"how": how})
