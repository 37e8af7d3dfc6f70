"""Rules for machine-like activity: drafted, published as numbered versions, and labelled events left out, or not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError
from engagement.scoring.machines.rules import MOST_RULES, MachineRule, parse_rule, parse_rules, to_json
from engagement.scoring.models import MachineRuleSet, RunPointer
from engagement.scoring.services.actions import define_again, left_out_now
from engagement.scoring.services.labelling import ask_labels
from engagement.scoring.services.numbering import lock_versions, next_number
from engagement.scoring.services.on_record import of_machine_rules
from engagement.scoring.services.scorings import ask_for_scoring
from tenants.audit import audit_append
from tenants.models import Organisation, User

MAX_NOTE: Final = 500
MOST_DAYS: Final = 400  # that are scored again at once
_State = MachineRuleSet.State


def add_machine_rule(
    *, organisation: Organisation, rule: Mapping[str, object], user: User | None, now: datetime
) -> MachineRuleSet:
    """Add a rule to the draft, which begins as a copy of those in force. Raises InvalidInputError, ConflictError."""
    parsed = parse_rule(dict(rule))
    draft = _draft(organisation=organisation, user=user, now=now)
    rules = parse_rules(draft.rules)
    if parsed in rules:
        raise ConflictError(_("The draft has this very rule already."))
    if len(rules) >= MOST_RULES:
        raise ConflictError(_("There are {n} rules, which is the limit. Remove one first.").format(n=MOST_RULES))
    return _kept(draft, (*rules, parsed))


def remove_machine_rule(
    *, organisation: Organisation, rule: Mapping[str, object], user: User | None, now: datetime
) -> MachineRuleSet:
    """Take a rule out of the draft; raises ConflictError where it is not in it (any more)."""
    parsed = parse_rule(dict(rule))
    draft = _draft(organisation=organisation, user=user, now=now)
    rules = parse_rules(draft.rules)
    if parsed not in rules:
        raise ConflictError(_("This rule is not in the draft any more. Look at the page again."))
    return _kept(draft, tuple(one for one in rules if one != parsed))


def discard_machine_draft(*, organisation: Organisation) -> bool:
    """Let the draft go; what is published stays. False without one."""
    gone, _each = MachineRuleSet.objects.filter(organisation=organisation, state=_State.DRAFT).delete()
    return bool(gone)


def publish_machine_rules(*, organisation: Organisation, note: str, user: User | None, now: datetime) -> MachineRuleSet:
    """Put the draft in force: from now on a worker labels by it. It changes no score.

    Raises ConflictError without a draft that differs from the rules in force, InvalidInputError without a reason.
    """
    text = note.strip()
    if not text or len(text) > MAX_NOTE:
        said = _("Say why, in at most {most} characters.").format(most=MAX_NOTE)
        raise InvalidInputError(fields={"note": [said]})
    lock_versions()
    draft = MachineRuleSet.objects.filter(organisation=organisation, state=_State.DRAFT).first()
    current = published_rules()
    if draft is None or draft.rules == (current.rules if current else []):
        raise ConflictError(_("There is no draft that differs from the rules in force. Add or remove a rule first."))
    if current is not None:
        MachineRuleSet.objects.filter(pk=current.pk).update(state=_State.RETIRED)
    draft.state, draft.note, draft.published_by, draft.published_at = _State.PUBLISHED, text, user, now
    draft.save(update_fields=["state", "note", "published_by", "published_at"])
    new = of_machine_rules(draft.rules, number=draft.number)
    audit_append(act="machine_rules.published", object_kind="machine_rules", object_id=draft.pk, new=new, reason=text)
    ask_labels(organisation=organisation, user=user, now=now)
    return draft


def leave_machines_out(
    *,
    organisation: Organisation,
    number: int | None,
    note: str,
    user: User | None,
    now: datetime,
    score_from: date | None = None,
) -> int:
    """Count every action less what a rule set labels, from the next scoring on; None counts every event again.

    Each action gets a new definition, which is counted from the stored events in the background: until then the former
    ones hold. Returns how many. Days that are scored already keep their scores; those from `score_from` on are scored
    again, each with the weights it had, once the counting is done. Raises ConflictError for a set that is not in force
    or has not labelled everything yet, InvalidInputError without a reason, or for too many days.
    """
    text = note.strip()
    if not text or len(text) > MAX_NOTE:
        said = _("Say why, in at most {most} characters.").format(most=MAX_NOTE)
        raise InvalidInputError(fields={"note": [said]})
    lock_versions()
    before = left_out_now()
    if number == before:
        raise ConflictError(_("That is how it is counted already."))
    if number is not None:
        _check_ready(number)
    days = _days_from(score_from)
    made = define_again(organisation=organisation, left_out=number, user=user, now=now)
    audit_append(
        act="machine_rules.switched",
        object_kind="organisation",
        object_id=organisation.pk,
        old={"left_out": before},
        new={"left_out": number, "actions": made, "days": len(days)},
        reason=text,
    )
    ask_for_scoring(organisation=organisation, days=days, user=user, now=now)
    return made


def _days_from(first: date | None) -> list[date]:
    """The scored days from a day on."""
    if first is None:
        return []
    days = list(RunPointer.objects.filter(as_of__gte=first).order_by("as_of").values_list("as_of", flat=True))
    if not 1 <= len(days) <= MOST_DAYS:
        said = _("From {day} on {n} days are scored. Choose a day from which on there are 1 to {most}.")
        said = said.format(day=first, n=len(days), most=MOST_DAYS)
        raise InvalidInputError(fields={"score_from": [said]})
    return days


def _check_ready(number: int) -> None:
    found = published_rules()
    if found is None or found.number != number:
        raise ConflictError(_("These rules are not in force any more. Look at the page again."))
    if found.labelled_at is None:
        raise ConflictError(_("Events are still being labelled under these rules. Wait until that is done."))


def published_rules() -> MachineRuleSet | None:
    """The set in force."""
    return MachineRuleSet.objects.filter(state=_State.PUBLISHED).first()


def _draft(*, organisation: Organisation, user: User | None, now: datetime) -> MachineRuleSet:
    """The draft, locked; made from the rules in force where there is none."""
    lock_versions()
    draft = MachineRuleSet.objects.filter(organisation=organisation, state=_State.DRAFT).first()
    if draft is not None:
        return draft
    current = published_rules()
    return MachineRuleSet.objects.create(
        organisation=organisation,
        number=next_number(MachineRuleSet),
        rules=current.rules if current else [],
        created_by=user,
        created_at=now,
    )


def _kept(draft: MachineRuleSet, rules: tuple[MachineRule, ...]) -> MachineRuleSet:
    draft.rules = to_json(rules)
    draft.save(update_fields=["rules"])
    return draft


def is_known(number: int) -> bool:
    """Whether there is a published set of this number, now or before."""
    return MachineRuleSet.objects.filter(number=number).exclude(state=_State.DRAFT).exists()
