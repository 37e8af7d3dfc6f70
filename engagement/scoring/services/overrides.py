"""Writes about weights of their own for segments: part of the draft, and as immutable as the rest once published."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.scoring.models import OverrideWeight, Segment, Weight, WeightOverride, WeightSet
from engagement.scoring.selectors.weights import weight_set_view
from engagement.scoring.services.bounds import CheckedOverride, check_whole, checked_override
from engagement.scoring.services.on_record import own_numbers_of
from engagement.scoring.services.overridable import newest_rules, problem_of
from engagement.scoring.services.preview_work import ask_for_preview
from engagement.scoring.services.steps import note_step, state_of
from engagement.scoring.services.weights import draft_row, later, lock_draft
from engagement.scoring.types import OverrideChange, WeightSetView
from tenants.audit import audit_append, changed
from tenants.models import Organisation, User


def keep_override(
    *, organisation: Organisation, segment_key: str, change: OverrideChange, user: User | None, now: datetime
) -> WeightSetView:
    """Keep own weights of a segment in the draft, which is made where there is none.

    What is new begins with the set's own numbers; actions that are not named keep what they have. Raises NotFoundError
    for a segment that is not in use, InvalidInputError with fields ("weights.<key>.weight", "full_points", "segment"
    where it cannot have any), and ConflictError if the draft has changed since `change.changed_at`.
    """
    checked = checked_override(change)
    segment = _locked_segment(organisation, segment_key)
    row = draft_row(organisation, user=user, now=now, must_exist=change.changed_at is not None)
    if change.changed_at not in {None, row.changed_at}:
        raise ConflictError
    check_segment(weight_set=row, segment=segment)
    before, was = own_numbers_of(row, segment_id=segment.pk), state_of(row)
    lines = _lines(row, segment, checked)
    check_whole(
        lines,
        window_days=row.window_days,
        half_life_days=row.half_life_days,
        full_points_thousandths=checked.full_points_thousandths,
    )
    note_step(row, before=was, user=user, now=now)
    seen = _changed(row, organisation=organisation, now=now)
    old, new = changed(before, own_numbers_of(row, segment_id=segment.pk))
    if new:
        old, new = {"segment": segment.pk, **old}, {"segment": segment.pk, **new}
        audit_append(act="weights.own_weights_kept", object_kind="weight_set", object_id=row.number, old=old, new=new)
    return seen


def remove_override(
    *,
    organisation: Organisation,
    segment_key: str,
    now: datetime,
    user: User | None = None,
    changed_at: datetime | None = None,
) -> WeightSetView:
    """Take own weights of a segment out of the draft: its customers are scored with the set's own numbers.

    Raises NotFoundError without them or without a draft, ConflictError if that has changed since `changed_at`.
    """
    row = lock_draft(organisation)
    found = WeightOverride.objects.filter(weight_set=row, segment__key=segment_key) if row else None
    if row is None or found is None or not found.exists():
        raise NotFoundError
    if changed_at not in {None, row.changed_at}:
        raise ConflictError
    segment_id = found.values_list("segment_id", flat=True)[0]
    old = {"segment": segment_id, **own_numbers_of(row, segment_id=segment_id)}
    was = state_of(row)
    found.delete()
    note_step(row, before=was, user=user, now=now)
    seen = _changed(row, organisation=organisation, now=now)
    audit_append(act="weights.own_weights_removed", object_kind="weight_set", object_id=row.number, old=old)
    return seen


def check_segment(*, weight_set: WeightSet, segment: Segment) -> None:
    """Raise InvalidInputError unless a weight set can hold own weights of this segment beside those it has."""
    problem = problem_of(segment, rule=newest_rules([segment.pk])[segment.pk]) or _set_problem(weight_set, segment)
    if problem:
        raise InvalidInputError(problem, fields={"segment": [problem]})


def check_overrides(row: WeightSet) -> None:
    """Raise InvalidInputError unless all own weights of a set can be used, as publishing asks; by segment.

    Those of a segment that has been archived since have no effect and are passed over.
    """
    found = WeightOverride.objects.filter(weight_set=row, segment__archived_at__isnull=True)
    overrides = list(found.select_related("segment__segment_set").prefetch_related("weights"))
    rules = newest_rules([override.segment_id for override in overrides])
    problems = {}
    for override in overrides:
        segment = override.segment
        problem = (
            problem_of(segment, rule=rules[segment.pk]) or _set_problem(row, segment) or _sum_problem(row, override)
        )
        if problem:
            problems[f"overrides.{segment.key}"] = [
                _("Own weights of “{segment}”: {problem}").format(segment=segment.name, problem=problem)
            ]
    if problems:
        raise InvalidInputError(_("This set cannot be published yet."), fields=problems)


def _set_problem(row: WeightSet, segment: Segment) -> str:
    """All own weights of a weight set are for segments of one partition."""
    others = WeightOverride.objects.filter(weight_set=row, segment__archived_at__isnull=True)
    elsewhere = others.exclude(segment__segment_set=segment.segment_set).select_related("segment__segment_set").first()
    if elsewhere is None:
        return ""
    here, there = segment.segment_set, elsewhere.segment.segment_set
    return _(
        "Set {number} holds own weights of “{other}”, which stands in “{there}”; "
        "“{segment}” stands in “{here}”. All own weights of a set are for segments of one set of "
        "segments, so that nobody has two: take the others away first, or choose a segment there."
    ).format(
        number=row.number,
        other=elsewhere.segment.name,
        there=there and there.name,
        segment=segment.name,
        here=here and here.name,
    )


def _sum_problem(row: WeightSet, override: WeightOverride) -> str:
    try:
        check_whole(
            override.weights.all(),
            window_days=row.window_days,
            half_life_days=row.half_life_days,
            full_points_thousandths=override.full_points_thousandths,
        )
    except InvalidInputError as error:
        return " ".join(text for texts in error.fields.values() for text in texts)
    return ""


def _locked_segment(organisation: Organisation, key: str) -> Segment:
    """A segment in use that nobody changes until the transaction ends; it is locked before the draft, as everywhere."""
    rows = Segment.objects.select_for_update(no_key=True, of=("self",)).select_related("segment_set")
    found = rows.filter(organisation=organisation, key=key, archived_at__isnull=True).first()
    if found is None:
        raise NotFoundError
    return found


def _lines(row: WeightSet, segment: Segment, checked: CheckedOverride) -> list[OverrideWeight]:
    """The lines as they are kept, one for each action of the draft."""
    override, is_new = WeightOverride.objects.update_or_create(
        organisation_id=row.organisation_id,
        weight_set=row,
        segment=segment,
        defaults={"full_points_thousandths": checked.full_points_thousandths},
    )
    of_set = {line.action.key: line for line in Weight.objects.filter(weight_set=row).select_related("action")}
    unknown = sorted(checked.weights.keys() - of_set.keys())
    if unknown:
        raise InvalidInputError(fields={f"weights.{key}": [_("There is no such action.")] for key in unknown})
    known = OverrideWeight.objects.filter(override=override).select_related("action")
    before = {line.action.key: (line.weight_thousandths, line.cap) for line in known}
    if is_new:
        before = {key: (line.weight_thousandths, line.cap) for key, line in of_set.items()}
    known.delete()
    said = {key: checked.weights.get(key, before.get(key, (0, None))) for key in of_set}
    return OverrideWeight.objects.bulk_create(
        OverrideWeight(
            organisation_id=row.organisation_id,
            override=override,
            action_id=of_set[key].action_id,
            weight_thousandths=weight,
            cap=cap,
        )
        for key, (weight, cap) in said.items()
    )


def _changed(row: WeightSet, *, organisation: Organisation, now: datetime) -> WeightSetView:
    row.changed_at = later(now, than=row.changed_at)
    row.save(update_fields=["changed_at"])
    ask_for_preview(organisation=organisation, draft=row, now=now)
    return weight_set_view(row)
