"""Planning a step, starting it (which fixes by what it is judged), changing it on record, ending or stopping it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.cases.models import (
    Finding,
    Initiative,
    InitiativeChange,
    InitiativeComparison,
    InitiativeFinding,
    Measure,
)
from engagement.cases.services.findings import segment_of
from engagement.cases.services.planning import Columns, planned
from engagement.cases.types import StepWords
from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.insights.note_types import EVERYBODY, Speaker
from engagement.insights.services import add_note
from engagement.insights.services.notes import NoteWords
from engagement.scoring.models import Action, Segment
from engagement.scoring.services.numbering import next_number
from tenants.audit import REWRITTEN, audit_append
from tenants.models import Organisation, User
from tenants.scope import require_write

MAX_REASON: Final = 500
_TEXTS: Final = frozenset({"title", "words", "money_note", "owner"})
_S = Initiative.State


def plan_initiative(*, organisation: Organisation, words: StepWords, user: User | None, now: datetime) -> Initiative:
    """Plan a step. Raises InvalidInputError with fields, NotFoundError for an unknown segment, action or finding."""
    columns = planned(words, organisation=organisation, now=now)
    links = _Links(words)
    made = Initiative.objects.create(
        organisation_id=require_write(), number=next_number(Initiative), created_by=user, created_at=now,
        segment=links.segment, action=links.action, **columns,
    )  # fmt: skip
    links.keep(made)
    audit_append(
        act="initiative.planned", object_kind="initiative", object_id=made.pk, new=_recorded(_said_of(made, links))
    )
    return made


def change_initiative(
    *, organisation: Organisation, initiative_id: UUID, words: StepWords, user: User | None, now: datetime
) -> Initiative:
    """Say a step otherwise; each thing that differs is kept, and after the start shown as changed after it.

    Raises InvalidInputError with fields, NotFoundError, ConflictError for one that was stopped.
    """
    step = locked_initiative(initiative_id)
    if step.state == _S.STOPPED:
        raise ConflictError(_("This step was stopped. Plan another one."))
    columns, links = planned(words, organisation=organisation, now=now), _Links(words)
    before = _said_of(step, _Links.of(step))
    for name, value in columns.items():
        setattr(step, name, value)
    step.segment, step.action = links.segment, links.action
    after = _said_of(step, links)
    changes = [name for name in after if before[name] != after[name]]
    if not changes:
        return step
    step.save()
    links.keep(step)
    _note_changes(step, changes, before=before, after=after, user=user, now=now)
    old, new = ({name: of[name] for name in changes} for of in (before, after))
    audit_append(
        act="initiative.changed", object_kind="initiative", object_id=step.pk, old=_recorded(old, texts=False),
        new=_recorded(new),
    )  # fmt: skip
    return step


def start_initiative(
    *, organisation: Organisation, initiative_id: UUID, user: User | None, now: datetime
) -> Initiative:
    """Let a planned step run: by what and when it is read out is fixed, and its first day noted on the charts.

    Raises NotFoundError, ConflictError for one that is not planned.
    """
    step = _in_state(initiative_id, (_S.PLANNED,), _("This step has started already, or was stopped."))
    said = _said_of(step, _Links.of(step))
    step.fixed = {name: said[name] for name in ("measure", "action", "read_out_on")}
    step.state, step.started_at = _S.RUNNING, now
    step.save(update_fields=["fixed", "state", "started_at"])
    text = _("Step {number} begins: {title}").format(number=step.number, title=step.title)
    key = step.segment.key if step.segment else EVERYBODY
    add_note(
        organisation=organisation, speaker=Speaker(user, may_answer=True), now=now,
        words=NoteWords(first_day=step.first_day, text=text[:280], segment_key=key, in_reports=True),
    )  # fmt: skip
    audit_append(act="initiative.started", object_kind="initiative", object_id=step.pk, new=dict(step.fixed))
    return step


def end_initiative(
    *, organisation: Organisation, initiative_id: UUID, last_day: date, user: User | None, now: datetime
) -> Initiative:
    """Say that a running step is over, and since when. Raises InvalidInputError, NotFoundError, ConflictError."""
    step = _in_state(initiative_id, (_S.RUNNING,), _("Only a step that runs can end."))
    if not step.first_day <= last_day <= organisation.today(now):
        said = _("Choose a day from {first} to {last}.").format(first=step.first_day, last=organisation.today(now))
        raise InvalidInputError(fields={"last_day": [said]})
    step.last_day, step.state, step.ended_at = last_day, _S.ENDED, now
    step.save(update_fields=["last_day", "state", "ended_at"])
    audit_append(act="initiative.ended", object_kind="initiative", object_id=step.pk, new={"last_day": last_day})
    return step


def stop_initiative(
    *, organisation: Organisation, initiative_id: UUID, because: str, user: User | None, now: datetime
) -> Initiative:
    """Give a step up, and say why: it answers its findings no more. InvalidInputError, NotFoundError, ConflictError."""
    over = _("Only a step that is planned or runs can be stopped.")
    step = _in_state(initiative_id, (_S.PLANNED, _S.RUNNING), over)
    reason = " ".join(because.split())
    if not reason or len(reason) > MAX_REASON:
        said = _("Say why, in at most {most} characters.").format(most=MAX_REASON)
        raise InvalidInputError(fields={"because": [said]})
    step.state, step.ended_at, step.stopped_because = _S.STOPPED, now, reason
    step.save(update_fields=["state", "ended_at", "stopped_because"])
    new: dict[str, object] = {"because": REWRITTEN}
    audit_append(act="initiative.stopped", object_kind="initiative", object_id=step.pk, new=new)
    return step


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────


def locked_initiative(initiative_id: UUID) -> Initiative:
    """A step that nobody else changes until the transaction ends; raises NotFoundError."""
    rows = Initiative.objects.select_for_update(of=("self",)).select_related("segment", "action")
    found = rows.filter(pk=initiative_id).first()
    if found is None:
        raise NotFoundError(_("There is no such step."))
    return found


def _in_state(initiative_id: UUID, states: Collection[str], otherwise: str) -> Initiative:
    step = locked_initiative(initiative_id)
    if step.state not in states:
        raise ConflictError(otherwise)
    return step


class _Links:
    """What a step points at: its segment and action, the findings it answers, the segments it is compared with."""

    def __init__(self, words: StepWords) -> None:
        self.segment = segment_of(words.segment_key)
        self.action = _action(words)
        self.findings = _findings(words.finding_ids)
        self.compared = _compared(words)

    @classmethod
    def of(cls, step: Initiative) -> _Links:
        """As they are kept."""
        found = cls.__new__(cls)
        found.segment, found.action = step.segment, step.action
        found.findings = [link.finding for link in step.answers.select_related("finding").order_by("finding__number")]
        found.compared = [link.segment for link in step.compared.select_related("segment").order_by("segment__key")]
        return found

    def keep(self, step: Initiative) -> None:
        """Put the rows in the place of those that there are."""
        named: dict[str, Any] = {"organisation_id": step.organisation_id, "initiative": step}
        step.answers.all().delete()
        InitiativeFinding.objects.bulk_create(InitiativeFinding(finding=one, **named) for one in self.findings)
        step.compared.all().delete()
        InitiativeComparison.objects.bulk_create(InitiativeComparison(segment=one, **named) for one in self.compared)


def _action(words: StepWords) -> Action | None:
    if words.measure != Measure.ACTION:
        return None
    found = Action.objects.filter(key=words.action_key, archived_at__isnull=True).first()
    if found is None:
        raise InvalidInputError(fields={"action": [_("Choose the action.")]})
    return found


def _findings(ids: Sequence[UUID]) -> list[Finding]:
    found = list(Finding.objects.filter(pk__in=list(ids)).order_by("number"))
    if len(found) != len(set(ids)):
        raise NotFoundError(_("There is no such finding."))
    return found


def _compared(words: StepWords) -> list[Segment]:
    if words.comparison != Initiative.Comparison.SEGMENTS:
        return []
    keys = set(words.compared_keys)
    found = list(Segment.objects.filter(key__in=keys, archived_at__isnull=True).order_by("key"))
    if len(found) != len(keys):
        raise NotFoundError(_("There is no such segment."))
    if not keys or {words.segment_key, EVERYBODY} & keys:
        said = _("Choose one segment or more, and none that takes part itself.")
        raise InvalidInputError(fields={"compared": [said]})
    return found


def _said_of(step: Initiative, links: _Links) -> Columns:
    """Everything of a step that can be changed, as plain codes, days and numbers."""
    names = (
        "title", "lever", "words", "first_day", "last_day", "baseline_first", "baseline_last", "expected_thousandths",
        "expected_by", "cost_minor", "return_minor", "money_note", "comparison", "measure", "read_out_on",
    )  # fmt: skip
    said: dict[str, Any] = {name: getattr(step, name) for name in names}
    said = {name: value.isoformat() if isinstance(value, date) else value for name, value in said.items()}
    said |= {
        "segment": links.segment.key if links.segment else EVERYBODY,
        "action": links.action.key if links.action else "",
        "owner": str(step.owner_id or ""),
        "findings": ", ".join(str(finding.number) for finding in links.findings),
        "compared": ", ".join(segment.key for segment in links.compared),
    }
    return said


def _recorded(said: Columns, *, texts: bool = True) -> dict[str, object]:
    """As the record keeps it: of texts only that there are others."""
    return {name: REWRITTEN if name in _TEXTS else value for name, value in said.items() if texts or name not in _TEXTS}


def _note_changes(
    step: Initiative, names: Sequence[str], *, before: Columns, after: Columns, user: User | None, now: datetime
) -> None:
    def told(name: str, value: object) -> str:
        return "" if name in _TEXTS or value is None else str(value)[:300]

    InitiativeChange.objects.bulk_create(
        InitiativeChange(
            organisation_id=step.organisation_id, initiative=step, field=name, before=told(name, before[name]),
            after=told(name, after[name]), is_after_start=step.started_at is not None, changed_by=user,
            changed_at=now,
        )
        for name in names
    )  # fmt: skip
