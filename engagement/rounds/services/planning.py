"""When rounds are prepared and sent, and how reports go out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError
from engagement.rounds.models import Plan
from tenants.audit import audit_append, changed
from tenants.models import Organisation

FIELDS: Final = (
    "has_own_times", "prepare_day", "prepare_hour", "send_day", "send_hour", "due_days", "attaches_pdf", "sends_link",
    "link_days",
)  # fmt: skip
_LIMITS: Final = {
    "prepare_day": (1, 28), "send_day": (1, 28), "prepare_hour": (0, 23), "send_hour": (0, 23), "due_days": (1, 60),
    "link_days": (1, 366),
}  # fmt: skip


def set_plan(*, organisation: Organisation, changes: Mapping[str, Any]) -> Plan:
    """Change the plan of the firm or client in scope, made if there is none. Raises InvalidInputError."""
    plan = Plan.objects.select_for_update(of=("self",)).first() or Plan(organisation=organisation)
    old = {} if plan._state.adding else {name: getattr(plan, name) for name in FIELDS}  # noqa: SLF001  Django's own
    for name in FIELDS:
        setattr(plan, name, changes.get(name, getattr(plan, name)))
    _check(plan)
    plan.save()
    new = {name: getattr(plan, name) for name in FIELDS}
    if old != new:
        before, after = changed(old, new)
        audit_append(
            act="round.planned", object_kind="round_plan", object_id=plan.pk, old=before, new=after,
            organisation_id=organisation.pk,
        )  # fmt: skip
    return plan


def _check(plan: Plan) -> None:
    problems: dict[str, list[str]] = {}
    for name, (least, most) in _LIMITS.items():
        value = getattr(plan, name)
        if value is not None and not least <= value <= most:
            problems[name] = [_("Choose {least} to {most}.").format(least=least, most=most)]
    if not plan.attaches_pdf and not plan.sends_link:
        problems["sends_link"] = [_("A mail brings a link, the PDF, or both.")]
    if problems:
        raise InvalidInputError(fields=problems)
