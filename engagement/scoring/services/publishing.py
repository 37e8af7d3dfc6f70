"""From a draft to the set that counts: at once or on a later day, alone or with a second person's approval."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext as _

from engagement.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from engagement.scoring.models import PublishingStep, Weight, WeightSet
from engagement.scoring.numerals import whole
from engagement.scoring.selectors.weights import weight_set_view
from engagement.scoring.services.bounds import MAX_NOTE, check_whole
from engagement.scoring.services.copies import copy_set, fit_to_actions
from engagement.scoring.services.effective import check_days, days_problems, is_first_set
from engagement.scoring.services.in_force import begin_due, put_in_force
from engagement.scoring.services.numbering import lock_versions, next_number
from engagement.scoring.services.on_record import record
from engagement.scoring.services.overrides import check_overrides
from engagement.scoring.services.retention import window_problem
from engagement.scoring.services.weights import later, refuse_while_proposed
from engagement.scoring.types import WeightSetView
from tenants.models import Organisation, User

_STATES, _WHAT = WeightSet.State, PublishingStep.What


def publish(
    *,
    organisation: Organisation,
    user: User | None,
    note: str,
    changed_at: datetime,
    now: datetime,
    effective_from: date | None = None,
    restate_from: date | None = None,
) -> WeightSetView:
    """Make the draft the set that counts, from yesterday on; from a later local day with `effective_from`.

    A day after today makes it scheduled, the client's wish for a second approver makes it proposed; else the present
    set is retired and a scoring asked for. With `restate_from`, past days from then on are scored again once it counts.
    All or nothing. Raises InvalidInputError without a note or full points or for days that do not fit, ConflictError
    without a draft or if it has changed since `changed_at`, which is what the person who publishes has read.
    """
    row = _locked(organisation, state=_STATES.DRAFT)
    if row is None or row.changed_at != changed_at:
        raise ConflictError(_("The draft is not the one you opened. Look at it again, then publish."))
    begin_due(organisation=organisation, now=now)
    row.note, row.effective_from, row.restate_from = note.strip(), effective_from, restate_from
    _check(row, organisation=organisation, now=now)
    return _go_on(row, organisation=organisation, user=user, now=now)


def return_at_once(
    *,
    organisation: Organisation,
    number: int,
    in_force: int,
    note: str,
    user: User | None,
    now: datetime,
    restate_from: date | None = None,
) -> WeightSetView:
    """Publish the numbers of an earlier set as a new one, by the same rules as a draft; a draft stays as it is.

    `in_force` is the number of the set that the person saw in force. What is archived is left out. Raises
    NotFoundError for a set that never counted, ConflictError if another set counts by now, if it is the one in force,
    or, where a second person approves, while there is a draft.
    """
    lock_versions()
    begin_due(organisation=organisation, now=now)
    source = WeightSet.objects.filter(organisation=organisation, number=number, state=_STATES.RETIRED).first()
    current = WeightSet.objects.filter(organisation=organisation, state=_STATES.PUBLISHED).first()
    if source is None and (current is None or current.number != number):
        raise NotFoundError
    if source is None or current is None or current.number != in_force:
        raise ConflictError(_("Another set has been put in force since you opened this. Look at the weights again."))
    if _needs_approval(organisation):
        refuse_while_proposed(organisation)
        if WeightSet.objects.filter(organisation=organisation, state=_STATES.DRAFT).exists():
            raise ConflictError(
                _("There is a draft. Publish or discard it first: one set at a time waits for approval.")
            )
    # Nobody sees it in this state: it is proposed or put in force before the transaction ends.
    row = copy_set(
        organisation=organisation,
        source=source,
        number=next_number(WeightSet),
        state=_STATES.WITHDRAWN,
        user=user,
        now=now,
    )
    row.note, row.restate_from = note.strip(), restate_from
    _check(row, organisation=organisation, now=now)
    return _go_on(row, organisation=organisation, user=user, now=now)


def approve(
    *, organisation: Organisation, number: int, user: User | None, changed_at: datetime, now: datetime
) -> WeightSetView:
    """A second person puts a proposed set in force, or schedules it for the day it was proposed for.

    A day that has passed meanwhile is taken as at once. Raises NotFoundError, ConflictError if it does not wait any
    more or is not the one that was read, ForbiddenError for the person who proposed it.
    """
    row = _proposed(organisation, number=number, changed_at=changed_at)
    if user is None or user.pk == row.proposed_by_id:
        raise ForbiddenError(_("You proposed this set. Another person who may publish approves it."))
    begin_due(organisation=organisation, now=now)
    if row.effective_from is not None and row.effective_from < organisation.today(now):
        row.effective_from = None
    _check(row, organisation=organisation, now=now)
    row.approved_by, row.approved_at = user, now
    record(row, what=_WHAT.APPROVED, by=user, now=now)
    return _decide(row, organisation=organisation, user=row.proposed_by, now=now)


def send_back(
    *, organisation: Organisation, number: int, user: User | None, reason: str, changed_at: datetime, now: datetime
) -> WeightSetView:
    """A proposed set becomes the draft again, for the actions in use now; the reason stays on record.

    Who proposed it may take it back without a reason. Raises NotFoundError, ConflictError if it does not wait any more,
    InvalidInputError without a reason.
    """
    row = _proposed(organisation, number=number, changed_at=changed_at)
    is_own = user is not None and user.pk == row.proposed_by_id
    if len(reason) > MAX_NOTE or not (is_own or reason.strip()):
        text = _("Say what should change, in 1 to {most} characters.").format(most=whole(MAX_NOTE))
        raise InvalidInputError(fields={"reason": [text]})
    row.state, row.changed_at = _STATES.DRAFT, later(now, than=row.changed_at)
    row.effective_from = row.restate_from = row.proposed_by = row.proposed_at = None
    row.save()
    fit_to_actions(row)
    record(row, what=_WHAT.TAKEN_BACK if is_own else _WHAT.SENT_BACK, by=user, now=now, note=reason.strip())
    return weight_set_view(row)


def withdraw(*, organisation: Organisation, number: int, user: User | None, now: datetime) -> WeightSetView:
    """A scheduled set does not come in force; it stays on record, and a draft can begin with its numbers.

    Raises NotFoundError for an unknown number, ConflictError if it is not scheduled or its day has begun.
    """
    lock_versions()
    begin_due(organisation=organisation, now=now)
    row = _known(organisation, number)
    if row.state != _STATES.SCHEDULED:
        text = _("Set {number} is not scheduled (any more). Look at the weights again.")
        raise ConflictError(text.format(number=number))
    row.state = _STATES.WITHDRAWN
    row.save(update_fields=["state"])
    record(row, what=_WHAT.WITHDRAWN, by=user, now=now)
    return weight_set_view(row)


def _go_on(row: WeightSet, *, organisation: Organisation, user: User | None, now: datetime) -> WeightSetView:
    """Propose it where the client wants two people, else decide."""
    if not _needs_approval(organisation):
        return _decide(row, organisation=organisation, user=user, now=now)
    if user is None:  # whoever made an organisation's token could propose with it and approve as themselves
        raise ForbiddenError(_("Two people decide here, and an organisation’s token is nobody. Publish as a person."))
    row.state, row.changed_at = _STATES.PROPOSED, later(now, than=row.changed_at)
    row.proposed_by, row.proposed_at = user, now
    row.save()
    record(row, what=_WHAT.PROPOSED, by=user, now=now, note=row.note)
    return weight_set_view(row)


def _decide(row: WeightSet, *, organisation: Organisation, user: User | None, now: datetime) -> WeightSetView:
    """In force now, or scheduled for a day that has not begun."""
    row.published_by, row.published_at, row.draft_steps = user, now, []
    if row.effective_from is not None and row.effective_from > organisation.today(now):
        row.state = _STATES.SCHEDULED
        row.save()
        record(row, what=_WHAT.SCHEDULED, by=user, now=now, note=row.note)
    else:
        put_in_force(row, organisation=organisation, by=user, now=now)
    return weight_set_view(row)


def _needs_approval(organisation: Organisation) -> bool:
    """As the setting is now, not as it was when the page was opened."""
    return bool(Organisation.objects.filter(pk=organisation.pk).values_list("second_approver", flat=True).first())


def _locked(organisation: Organisation, *, state: str, number: int | None = None) -> WeightSet | None:
    lock_versions()
    rows = WeightSet.objects.select_for_update().filter(organisation=organisation, state=state)
    return (rows if number is None else rows.filter(number=number)).first()


def _known(organisation: Organisation, number: int) -> WeightSet:
    row = WeightSet.objects.select_for_update().filter(organisation=organisation, number=number).first()
    if row is None:
        raise NotFoundError
    return row


def _proposed(organisation: Organisation, *, number: int, changed_at: datetime) -> WeightSet:
    row = _locked(organisation, state=_STATES.PROPOSED, number=number)
    if row is None:
        _known(organisation, number)
        text = _("Set {number} does not wait for approval any more. Look at the weights again.")
        raise ConflictError(text.format(number=number))
    if row.changed_at != changed_at:
        raise ConflictError(_("This set was sent back and proposed again since you opened it. Look at it again."))
    return row


def _check(row: WeightSet, *, organisation: Organisation, now: datetime) -> None:
    """All that publishing asks of a set, the approver's and the proposer's alike."""
    problems = days_problems(
        organisation=organisation,
        effective_from=row.effective_from,
        restate_from=row.restate_from,
        is_first=is_first_set(),
        now=now,
    )
    if not row.note or len(row.note) > MAX_NOTE:
        say = _("Say why, in 1 to {most} characters: it stands in the history and on charts.")
        problems["note"] = [say.format(most=whole(MAX_NOTE))]
    if row.full_points_thousandths is None:
        problems["full_points"] = [_("Decide full points first: open the draft and keep it once there is data.")]
    if text := window_problem(organisation=organisation, window_days=row.window_days):
        problems["window_days"] = [text]
    if problems:
        raise InvalidInputError(_("This set cannot be published yet."), fields=problems)
    check_days(row, organisation=organisation, now=now)
    check_whole(
        Weight.objects.filter(weight_set=row),
        window_days=row.window_days,
        half_life_days=row.half_life_days,
        full_points_thousandths=row.full_points_thousandths,
    )
    check_overrides(row)
