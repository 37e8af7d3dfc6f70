"""Writes about the draft of weights. There is at most one draft; what has been published is never touched again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.scoring.formula import WEIGHT_SCALE
from engagement.scoring.models import Weight, WeightSet
from engagement.scoring.selectors.previews import suggestion
from engagement.scoring.selectors.weights import weight_set_view
from engagement.scoring.services.bounds import CheckedDraft, check_whole, checked_draft
from engagement.scoring.services.copies import copy_set
from engagement.scoring.services.numbering import next_number
from engagement.scoring.services.on_record import TEXTS, numbers_of
from engagement.scoring.services.preview_work import ask_for_preview
from engagement.scoring.services.steps import Step, note_step, state_of, take_step
from engagement.scoring.types import DraftChange, WeightSetView
from tenants.audit import audit_append, changed
from tenants.models import Organisation, User

_DRAFT, _PUBLISHED = WeightSet.State.DRAFT, WeightSet.State.PUBLISHED


def draft(*, organisation: Organisation, user: User | None, now: datetime) -> WeightSetView:
    """The draft; where there is none, a new one with the numbers of the published set, for the actions in use now."""
    return weight_set_view(draft_row(organisation, user=user, now=now))


def change_draft(*, organisation: Organisation, change: DraftChange, user: User | None, now: datetime) -> WeightSetView:
    """Keep the change in the draft, which is made where there is none.

    Full points taken from the data are computed from the weights as they are now, for the window that ends yesterday;
    they stay open where nobody is active. Raises InvalidInputError with fields ("weights.<key>.weight", …), and
    ConflictError if somebody has changed, published or discarded the draft since `change.changed_at`.
    """
    checked = checked_draft(change)
    row = draft_row(organisation, user=user, now=now, must_exist=change.changed_at is not None)
    if change.changed_at not in {None, row.changed_at}:
        raise ConflictError
    before, was = numbers_of(row), state_of(row)
    _write_weights(row, checked)
    row.window_days, row.half_life_days, row.note = checked.window_days, checked.half_life_days, checked.note
    row.full_points_thousandths = checked.full_points_thousandths
    row.full_points_from = checked.full_points_from
    row.changed_at = later(now, than=row.changed_at)
    row.save()
    if checked.full_points_from != "own":
        found = suggestion(organisation=organisation, weight_set=row, as_of=organisation.last_finished_day(now))
        value = found.of(checked.full_points_from) if found else None
        row.full_points_thousandths = None if value is None else int(value * WEIGHT_SCALE)
        row.save(update_fields=["full_points_thousandths"])
    note_step(row, before=was, user=user, now=now)
    ask_for_preview(organisation=organisation, draft=row, now=now)
    old, new = changed(before, numbers_of(row), texts=TEXTS)
    if new:
        audit_append(act="weights.draft_changed", object_kind="weight_set", object_id=row.number, old=old, new=new)
    return weight_set_view(row)


def step_draft(
    *, organisation: Organisation, step: Step, changed_at: datetime | None, user: User | None, now: datetime
) -> WeightSetView:
    """Undo or redo a step of the draft, or put it back to the set in force; whose step it was does not matter.

    Raises NotFoundError without a draft, ConflictError if it has changed since `changed_at`, or where there is nothing
    to undo, to redo or in force.
    """
    row = lock_draft(organisation)
    if row is not None and changed_at not in {None, row.changed_at}:
        raise ConflictError
    row = take_step(organisation=organisation, row=row, step=step, user=user, now=now)
    row.changed_at = later(now, than=row.changed_at)
    row.save(update_fields=["changed_at"])
    ask_for_preview(organisation=organisation, draft=row, now=now)
    return weight_set_view(row)


def discard_draft(*, organisation: Organisation, changed_at: datetime | None = None) -> None:
    """Throw the draft away; nothing that counts changes.

    Raises NotFoundError without a draft, ConflictError if it has changed since `changed_at`.
    """
    row = lock_draft(organisation)
    if row is None:
        raise NotFoundError
    if changed_at not in {None, row.changed_at}:
        raise ConflictError
    number = row.number
    Weight.objects.filter(weight_set=row).delete()
    row.delete()
    audit_append(act="weights.draft_discarded", object_kind="weight_set", object_id=number)


def return_to(*, organisation: Organisation, number: int, user: User | None, now: datetime) -> WeightSetView:
    """A new draft with the numbers of an old set; archived actions and own weights of archived segments are left out.

    Raises NotFoundError for an unknown number or that of a draft, ConflictError while there is a draft or a proposal.
    """
    open_ones = (_DRAFT, WeightSet.State.PROPOSED)
    source = WeightSet.objects.filter(organisation=organisation, number=number).exclude(state__in=open_ones).first()
    if source is None:
        raise NotFoundError
    if lock_draft(organisation) is not None:
        raise ConflictError(_("There is a draft already. Publish or discard it first, then return to the old set."))
    return weight_set_view(_copy(organisation, source=source, user=user, now=now))


def lock_draft(organisation: Organisation) -> WeightSet | None:
    """The draft, which nobody else changes until the transaction ends; None without one."""
    return WeightSet.objects.select_for_update().filter(organisation=organisation, state=_DRAFT).first()


def draft_row(organisation: Organisation, *, user: User | None, now: datetime, must_exist: bool = False) -> WeightSet:
    """The draft to be changed, made where there is none; with `must_exist` ConflictError then."""
    row = lock_draft(organisation)
    if row is None and must_exist:
        raise ConflictError(
            _("The draft has been published or discarded since you opened it. Look at the weights again.")
        )
    if row is None:
        published = WeightSet.objects.filter(organisation=organisation, state=_PUBLISHED).first()
        return _copy(organisation, source=published, user=user, now=now)
    return row


def _copy(organisation: Organisation, *, source: WeightSet | None, user: User | None, now: datetime) -> WeightSet:
    number = next_number(WeightSet)
    row = lock_draft(organisation)
    if row is not None:  # somebody else made it while we waited for the number
        return row
    refuse_while_proposed(organisation)
    made = copy_set(organisation=organisation, source=source, number=number, state=_DRAFT, user=user, now=now)
    new = {"based_on": made.based_on}
    audit_append(act="weights.drafted", object_kind="weight_set", object_id=number, new=new)
    return made


def refuse_while_proposed(organisation: Organisation) -> None:
    """Raise ConflictError while a set waits for approval: it is sent back or approved before the next is written."""
    waiting = WeightSet.objects.filter(organisation=organisation, state=WeightSet.State.PROPOSED).first()
    if waiting is not None:
        text = _("Set {number} waits for approval. Approve it or send it back first.")
        raise ConflictError(text.format(number=waiting.number))


def _write_weights(row: WeightSet, checked: CheckedDraft) -> None:
    lines = {line.action.key: line for line in Weight.objects.filter(weight_set=row).select_related("action")}
    unknown = sorted(checked.weights.keys() - lines.keys())
    if unknown:
        raise InvalidInputError(fields={f"weights.{key}": [_("There is no such action.")] for key in unknown})
    for key, (weight, cap) in checked.weights.items():
        lines[key].weight_thousandths, lines[key].cap = weight, cap
        lines[key].save(update_fields=["weight_thousandths", "cap"])
    check_whole(
        lines.values(),
        window_days=checked.window_days,
        half_life_days=checked.half_life_days,
        full_points_thousandths=checked.full_points_thousandths,
    )


def later(now: datetime, *, than: datetime) -> datetime:
    """Two changes never bear the same instant: it is what tells them apart."""
    return max(now, than + timedelta(microseconds=1))
