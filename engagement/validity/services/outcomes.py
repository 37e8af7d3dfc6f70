"""The outcome: set by people, in numbered versions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError
from engagement.scoring.models import Action
from engagement.scoring.services.numbering import next_number
from engagement.validity.models import Outcome
from engagement.validity.selectors.outcomes import outcome_row
from engagement.validity.types import LEAST_DAYS, MOST_DAYS
from tenants.audit import audit_append, changed
from tenants.models import Organisation, User


def set_outcome(
    *,
    organisation: Organisation,
    kind: str,
    action_keys: Sequence[str],
    days: int,
    is_monthly: bool,
    user: User | None,
    now: datetime,
) -> Outcome:
    """Put another outcome in force; the former stays with its checks. The one in force where it says the same.

    Raises InvalidInputError with fields kind, actions, days.
    """
    keys = sorted(set(action_keys))
    _check(kind=kind, keys=keys, days=days)
    number = next_number(Outcome)
    former = outcome_row()
    said = {"kind": kind, "actions": keys, "days": days, "monthly": is_monthly}
    before = _said(former)
    if former is not None and said == before:
        return former
    made = Outcome.objects.create(
        organisation=organisation, number=number, kind=kind, action_keys=keys, days=days, is_monthly=is_monthly,
        created_by=user, created_at=now,
    )  # fmt: skip
    old, new = changed(before, said)
    audit_append(act="validity.outcome_set", object_kind="validity_outcome", object_id=made.pk, old=old, new=new)
    return made


def _said(row: Outcome | None) -> dict[str, object]:
    if row is None:
        return {}
    return {"kind": row.kind, "actions": list(row.action_keys), "days": row.days, "monthly": row.is_monthly}


def _check(*, kind: str, keys: Sequence[str], days: int) -> None:
    problems: dict[str, list[str]] = {}
    if kind not in Outcome.Kind.values:
        problems["kind"] = [_("Choose churn or no repeat.")]
    known = set(Action.objects.filter(key__in=keys).values_list("key", flat=True))
    if set(keys) - known:
        problems["actions"] = [_("There is no such action.")]
    elif kind == Outcome.Kind.NO_REPEAT and not keys:
        problems["actions"] = [_("Choose the action that is to come again; a purchase, say.")]
    if not LEAST_DAYS <= days <= MOST_DAYS:
        text = _("Give a whole number of days from {least} to {most}.")
        problems["days"] = [text.format(least=LEAST_DAYS, most=MOST_DAYS)]
    if problems:
        raise InvalidInputError(fields=problems)
