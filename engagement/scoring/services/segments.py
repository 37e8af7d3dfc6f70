"""Writes about segments and their sets. A changed rule is a new definition; old ones stay."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.scoring.models import Segment, SegmentDefinition, SegmentSet, WeightOverride
from engagement.scoring.numerals import whole
from engagement.scoring.rules import Rule, parse_rule
from engagement.scoring.services.defaults import ALL_KEY
from engagement.scoring.services.numbering import checked_name, free_key, next_number
from engagement.scoring.services.on_record import segment_rule
from engagement.scoring.services.overridable import refuse_activity_rule, refuse_no_partition, refuse_other_set
from engagement.scoring.services.weights import later, lock_draft
from tenants.audit import audit_append, changed
from tenants.models import Organisation, User

MAX_SEGMENTS: Final = 200  # bitmaps that each chunk of a run carries


def create_segment_set(
    *, organisation: Organisation, name: str, is_partition: bool, key: str = "", position: int | None = None
) -> str:
    """A new, empty set; returns its key. Raises InvalidInputError, ConflictError for a taken key."""
    taken = set(SegmentSet.objects.values_list("key", flat=True))
    row = SegmentSet.objects.create(
        organisation=organisation,
        key=free_key(name=name, wanted=key, taken=taken, fallback="set"),
        name=checked_name(name),
        is_partition=is_partition,
        position=len(taken) if position is None else position,
    )
    new = {"is_partition": is_partition}
    audit_append(act="segment_set.created", object_kind="segment_set", object_id=row.pk, new=new)
    return row.key


def keep_segment_set(*, organisation: Organisation, key: str, name: str, is_partition: bool) -> None:
    """A set under this key that is called so, made where there is none.

    Raises ConflictError where it would not add up to the total any more and one of its segments has weights of its own.
    """
    row = SegmentSet.objects.filter(organisation=organisation, key=key).first()
    if row is None:
        create_segment_set(organisation=organisation, key=key, name=name, is_partition=is_partition)
        return
    if not is_partition:
        refuse_no_partition(row)
    SegmentSet.objects.filter(pk=row.pk).update(name=name, is_partition=is_partition)
    before, after = {"name": row.name, "is_partition": row.is_partition}, {"name": name, "is_partition": is_partition}
    old, new = changed(before, after, texts={"name"})
    if new:
        audit_append(act="segment_set.changed", object_kind="segment_set", object_id=row.pk, old=old, new=new)


def place_segment(*, organisation: Organisation, key: str, set_key: str) -> bool:
    """Move a segment into a set, out of the archive if need be; False where there is no such segment.

    Raises ConflictError for one that has weights of its own and stands in another set.
    """
    group = SegmentSet.objects.get(organisation=organisation, key=set_key)
    row = Segment.objects.filter(organisation=organisation, key=key).first()
    if row is None:
        return False
    refuse_other_set(segment=row, group=group)
    Segment.objects.filter(pk=row.pk).update(segment_set=group, archived_at=None)
    before = {"set": row.segment_set_id, "is_archived": row.archived_at is not None}
    old, new = changed(before, {"set": group.pk, "is_archived": False})
    if new:
        audit_append(act="segment.placed", object_kind="segment", object_id=row.pk, old=old, new=new)
    return True


def create_segment(
    *,
    organisation: Organisation,
    set_key: str,
    name: str,
    rule: Mapping[str, object],
    user: User | None,
    now: datetime,
    is_missing_data: bool = False,
    key: str = "",
    key_from: str = "",
) -> str:
    """A new segment with its first definition; returns its key. It has numbers from the next scoring on.

    The key is the one wished for, or made of `key_from`, or of the name. Raises InvalidInputError with fields (those of
    the rule by their path), ConflictError for a taken key.
    """
    group = SegmentSet.objects.filter(organisation=organisation, key=set_key).first()
    if group is None:
        raise InvalidInputError(fields={"set": [_("There is no such set of segments.")]})
    parsed = parse_rule(dict(rule))
    number = next_number(SegmentDefinition)
    taken = set(Segment.objects.values_list("key", flat=True))
    if Segment.objects.filter(archived_at__isnull=True).count() >= MAX_SEGMENTS:
        text = _("There are {n} segments, which is the limit. Archive some first.")
        raise ConflictError(text.format(n=whole(MAX_SEGMENTS)))
    row = Segment.objects.create(
        organisation=organisation,
        key=free_key(name=key_from or name, wanted=key, taken=taken, fallback="segment"),
        name=checked_name(name),
        segment_set=group,
        position=Segment.objects.filter(segment_set=group).count(),
        is_missing_data=is_missing_data,
    )
    _define(row, rule=parsed, number=number, user=user, now=now)
    new = {"set": group.pk, "is_missing_data": is_missing_data, **segment_rule(parsed, number=number)}
    audit_append(act="segment.created", object_kind="segment", object_id=row.pk, new=new)
    return row.key


def change_segment(
    *,
    organisation: Organisation,
    key: str,
    user: User | None,
    now: datetime,
    name: str | None = None,
    rule: Mapping[str, object] | None = None,
    is_missing_data: bool | None = None,
) -> bool:
    """Change what is given; True if the rule is another one, which holds from the next scoring on.

    Raises NotFoundError, InvalidInputError with fields, ConflictError for the rule of all customers and for a rule over
    activity where the segment has weights of its own.
    """
    row = get_segment(organisation=organisation, key=key)
    before = {"name": row.name, "is_missing_data": row.is_missing_data}
    row.name = row.name if name is None else checked_name(name)
    row.is_missing_data = row.is_missing_data if is_missing_data is None else is_missing_data
    row.save(update_fields=["name", "is_missing_data"])
    rules = None if rule is None else _redefine(row, rule=rule, user=user, now=now)
    was, is_now = rules or ({}, {})
    after = {"name": row.name, "is_missing_data": row.is_missing_data, **is_now}
    old, new = changed({**before, **was}, after, texts={"name"})
    if new:
        audit_append(act="segment.changed", object_kind="segment", object_id=row.pk, old=old, new=new)
    return rules is not None


def archive_segment(*, organisation: Organisation, key: str, now: datetime) -> None:
    """Leave a segment out of later scorings; its past stays. Raises NotFoundError, ConflictError for all customers.

    Weights of its own leave the draft. In a set that counts they stay as they are and have no effect: from the next
    scoring on its customers are scored with the set's own numbers.
    """
    row = get_segment(organisation=organisation, key=key)
    _refuse_all(row)
    Segment.objects.filter(pk=row.pk, archived_at__isnull=True).update(archived_at=now)
    draft = lock_draft(organisation)
    left_draft = bool(draft and WeightOverride.objects.filter(weight_set=draft, segment=row).delete()[0])
    if draft is not None and left_draft:
        draft.changed_at = later(now, than=draft.changed_at)
        draft.save(update_fields=["changed_at"])
    new = {"own_weights_left_draft": left_draft}
    audit_append(act="segment.archived", object_kind="segment", object_id=row.pk, new=new)


def get_segment(*, organisation: Organisation, key: str) -> Segment:
    """A segment in use; raises NotFoundError."""
    found = Segment.objects.filter(organisation=organisation, key=key, archived_at__isnull=True).first()
    if found is None:
        raise NotFoundError
    return found


def _refuse_all(row: Segment) -> None:
    if row.key == ALL_KEY:
        raise ConflictError(_("All customers are always all customers: this rule stays, and so does the segment."))


def _redefine(
    row: Segment, *, rule: Mapping[str, object], user: User | None, now: datetime
) -> tuple[dict[str, object], dict[str, object]] | None:
    """A new definition, and what the record says of the two; None where the rule is the one there is."""
    parsed = parse_rule(dict(rule))
    number = next_number(SegmentDefinition)
    newest = SegmentDefinition.objects.filter(segment=row).order_by("-number").first()
    before = None if newest is None else parse_rule(newest.rule)
    if before == parsed:
        return None
    _refuse_all(row)
    refuse_activity_rule(segment=row, rule=parsed)
    _define(row, rule=parsed, number=number, user=user, now=now)
    was = {} if newest is None or before is None else segment_rule(before, number=newest.number)
    return was, segment_rule(parsed, number=number)


def _define(row: Segment, *, rule: Rule, number: int, user: User | None, now: datetime) -> None:
    SegmentDefinition.objects.create(
        organisation_id=row.organisation_id,
        segment=row,
        number=number,
        rule=rule.to_json(),
        created_by=user,
        created_at=now,
    )
