"""Saying what has become of a decision, in its review or long after."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError, NotFoundError
from engagement.reviews.models import Decision, DecisionState
from engagement.reviews.services.agenda import reason_of
from tenants.audit import audit_append
from tenants.models import Organisation, User


def settle_decision(
    *, organisation: Organisation, decision_id: UUID, code: str, because: str, user: User | None, now: datetime
) -> DecisionState:
    """Add what has become of a decision: done, not done, dropped, or open again; all but done with a reason.

    The former states stay. Raises InvalidInputError with fields, NotFoundError.
    """
    found = Decision.objects.select_for_update().filter(pk=decision_id).first()
    if found is None:
        raise NotFoundError(_("There is no such decision."))
    if code not in DecisionState.Code.values:
        raise InvalidInputError(fields={"state": [_("Choose what has become of it.")]})
    needs_reason = code != DecisionState.Code.DONE or because.strip()
    reason = reason_of(because) if needs_reason else ""
    last = found.states.order_by("-number").first()
    made = DecisionState.objects.create(
        organisation=organisation, decision=found, number=last.number + 1 if last else 1, code=code, because=reason,
        said_by=user, said_at=now,
    )  # fmt: skip
    audit_append(
        act="decision.settled", object_kind="decision", object_id=found.pk,
        old={"state": last.code if last else DecisionState.Code.OPEN.value}, new={"state": code},
        organisation_id=organisation.pk,
    )  # fmt: skip
    return made
