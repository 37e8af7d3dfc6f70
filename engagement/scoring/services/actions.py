"""Writes about actions. A changed rule is a new definition: activity counted under the old one stays what it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.scoring.matching import ActionRule, parse_action_rule
from engagement.scoring.models import Action, ActionDefinition, Channel, Weight, WeightSet
from engagement.scoring.numerals import whole
from engagement.scoring.services.copies import fit_overrides
from engagement.scoring.services.numbering import checked_name, free_key, next_number
from engagement.scoring.services.on_record import action_rule
from tenants.audit import audit_append, changed
from tenants.models import Organisation, User
from tenants.wake import wake

MAX_ACTIONS: Final = 100  # columns of the matrix a run works on
# Counts definitions that nobody has counted; the sweeper would find them too, a minute later.
_COUNTING_TASK: Final = "insights.definitions"


def create_action(
    *,
    organisation: Organisation,
    name: str,
    channel: str,
    rule: Mapping[str, object],
    user: User | None,
    now: datetime,
    key: str = "",
) -> str:
    """A new action with its first definition; returns its key. Events stored already are counted in the background.

    It is worth 0 in the draft and its own weights for segments, if there is one, and counts in no set published before.

    Raises InvalidInputError with fields (those of the rule by their path), ConflictError for a taken key.
    """
    parsed = parse_action_rule(dict(rule))
    number = next_number(ActionDefinition)
    taken = set(Action.objects.values_list("key", flat=True))
    n_active = Action.objects.filter(archived_at__isnull=True).count()
    if n_active >= MAX_ACTIONS:
        text = _("There are {n} actions, which is the limit. Archive one first.")
        raise ConflictError(text.format(n=whole(MAX_ACTIONS)))
    action = Action.objects.create(
        organisation=organisation,
        key=free_key(name=name, wanted=key, taken=taken, fallback="action"),
        name=_free_name(name, besides=None),
        channel=_checked_channel(channel),
        position=len(taken),
    )
    _define(action, rule=parsed, number=number, user=user, now=now)
    for draft in WeightSet.objects.filter(state=WeightSet.State.DRAFT):
        Weight.objects.create(organisation=organisation, weight_set=draft, action=action)
        fit_overrides(draft)
    new = {"key": action.key, "channel": action.channel, **action_rule(parsed, number=number)}
    audit_append(act="action.created", object_kind="action", object_id=action.pk, new=new)
    return action.key


def change_action(
    *,
    organisation: Organisation,
    key: str,
    user: User | None,
    now: datetime,
    name: str | None = None,
    channel: str | None = None,
    rule: Mapping[str, object] | None = None,
) -> bool:
    """Change what is given; True if the rule is another one and is being counted now.

    Until that is done, runs go on with the definition before. Raises NotFoundError, InvalidInputError with fields.
    """
    action = get_action(organisation=organisation, key=key)
    before = {"name": action.name, "channel": action.channel}
    if name is not None:
        action.name = _free_name(name, besides=action.key)
    if channel is not None:
        action.channel = _checked_channel(channel)
    action.save(update_fields=["name", "channel"])
    rules = None if rule is None else _redefine(action, rule=rule, user=user, now=now)
    was, is_now = rules or ({}, {})
    record_change(action, old={**before, **was}, new={"name": action.name, "channel": action.channel, **is_now})
    return rules is not None


def record_change(action: Action, *, old: Mapping[str, object], new: Mapping[str, object]) -> None:
    """Put on record what is different about an action, if anything is."""
    was, is_now = changed(old, new, texts={"name"})
    if is_now:
        audit_append(act="action.changed", object_kind="action", object_id=action.pk, old=was, new=is_now)


def archive_action(*, organisation: Organisation, key: str, now: datetime) -> None:
    """Take an action out of the draft and of later ones; a published set goes on counting it. Raises NotFoundError."""
    action = get_action(organisation=organisation, key=key)
    for draft in WeightSet.objects.filter(state=WeightSet.State.DRAFT):
        Weight.objects.filter(action=action, weight_set=draft).delete()
        fit_overrides(draft)
    Action.objects.filter(pk=action.pk, archived_at__isnull=True).update(archived_at=now)
    audit_append(act="action.archived", object_kind="action", object_id=action.pk)


def get_action(*, organisation: Organisation, key: str) -> Action:
    """An action that is not archived; raises NotFoundError."""
    found = Action.objects.filter(organisation=organisation, key=key, archived_at__isnull=True).first()
    if found is None:
        raise NotFoundError
    return found


def newest_rule(action: Action) -> ActionRule:
    """The rule of its newest version: every action has one."""
    return parse_action_rule(ActionDefinition.objects.filter(action=action).latest("number").rule)


def _redefine(
    action: Action, *, rule: Mapping[str, object], user: User | None, now: datetime
) -> tuple[dict[str, object], dict[str, object]] | None:
    """A new definition, and what the record says of the two; None where the rule is the one there is."""
    parsed = parse_action_rule(dict(rule))
    number = next_number(ActionDefinition)
    newest = ActionDefinition.objects.filter(action=action).order_by("-number").first()
    before = None if newest is None else parse_action_rule(newest.rule)
    if before == parsed:
        return None
    _define(action, rule=parsed, number=number, user=user, now=now)
    was = {} if newest is None or before is None else action_rule(before, number=newest.number)
    return was, action_rule(parsed, number=number)


def _define(action: Action, *, rule: ActionRule, number: int, user: User | None, now: datetime) -> None:
    ActionDefinition.objects.create(
        organisation_id=action.organisation_id,
        action=action,
        number=number,
        rule=rule.to_json(),
        left_out=left_out_now(),
        created_by=user,
        created_at=now,
    )
    wake(_COUNTING_TASK, action.organisation_id)


def left_out_now() -> int | None:
    """The machine rules whose labelled events the newest definition leaves out: a new one goes on with them."""
    newest = ActionDefinition.objects.order_by("-number").first()
    return None if newest is None else newest.left_out


def define_again(*, organisation: Organisation, left_out: int | None, user: User | None, now: datetime) -> int:
    """A new version of every action's newest rule that leaves out what these machine rules label; returns how many.

    Of archived ones too, which a published set goes on counting. What counts so already stays the version it is.
    """
    number = next_number(ActionDefinition)
    newest = {row.action_id: row for row in ActionDefinition.objects.order_by("number")}
    changed_ones = [row for row in newest.values() if row.left_out != left_out]
    ActionDefinition.objects.bulk_create(
        ActionDefinition(
            organisation=organisation,
            action_id=row.action_id,
            number=number + place,
            rule=row.rule,
            left_out=left_out,
            created_by=user,
            created_at=now,
        )
        for place, row in enumerate(changed_ones)
    )
    wake(_COUNTING_TASK, organisation.pk)
    return len(changed_ones)


def _free_name(name: str, *, besides: str | None) -> str:
    text = checked_name(name)
    others = Action.objects.filter(archived_at__isnull=True, name__iexact=text).exclude(key=besides or "")
    if others.exists():
        text = _("Another action has this name. Choose one that tells them apart.")
        raise InvalidInputError(fields={"name": [text]})
    return text


def _checked_channel(channel: str) -> str:
    if channel not in Channel.values:
        text = _("Choose one of: {choices}.").format(choices=", ".join(Channel.values))
        raise InvalidInputError(fields={"channel": [text]})
    return channel
