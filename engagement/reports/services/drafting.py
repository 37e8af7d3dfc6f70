"""Drafts: making one, saving a text without losing another, hiding figures."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.insights.calendars import By, is_finished
from engagement.insights.note_types import EVERYBODY
from engagement.insights.selectors.periods import runs_in_force
from engagement.reports.assembly import LAYOUT
from engagement.reports.models import MAX_TEXT, Block, BlockText, Report
from engagement.reports.types import WORDS, Subject
from engagement.scoring.models import Segment
from tenants.audit import audit_append
from tenants.models import Organisation, User

KINDS: Final = (By.MONTH, By.QUARTER)


class OutdatedTextError(ConflictError):
    """Somebody saved another text in the meantime; `current` is that one, and nothing was saved."""

    def __init__(self, message: str, *, current: str, version: int) -> None:
        super().__init__(message)
        self.current, self.version = current, version


def draft_report(*, organisation: Organisation, user: User | None, subject: Subject, now: datetime) -> Report:
    """A draft with all its blocks. Raises InvalidInputError for an unfinished or unscored period or no such segment."""
    segment = _segment(subject.segment_key)
    if subject.by not in KINDS or not is_finished(subject.last_day, today=organisation.today(now), by=subject.by):
        raise InvalidInputError(fields={"period": [_("Choose a month or a quarter that is over.")]})
    if subject.last_day not in runs_in_force([subject.last_day]):
        raise InvalidInputError(
            fields={"period": [_("The last day of this period has not been scored. Score it first.")]}
        )
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # two drafts at once have two numbers
    last = Report.objects.aggregate(last=Max("number"))["last"] or 0
    report = Report.objects.create(
        organisation=organisation, number=last + 1, by=str(subject.by), last_day=subject.last_day, segment=segment,
        created_by=user, created_at=now,
    )  # fmt: skip
    Block.objects.bulk_create(
        Block(organisation=organisation, report=report, section=section, kind=kind, position=at)
        for at, (section, kind) in enumerate(LAYOUT)
    )
    said = {"number": report.number, "by": report.by, "last_day": report.last_day, "segment": report.segment_id}
    audit_append(
        act="report.drafted", object_kind="report", object_id=report.pk, new=said, organisation_id=organisation.pk
    )
    return report


def _segment(key: str) -> Segment | None:
    if key == EVERYBODY:
        return None
    found = Segment.objects.filter(key=key, archived_at__isnull=True).first()
    if found is None:
        raise InvalidInputError(fields={"segment": [_("There is no such segment.")]})
    return found


def save_text(*, block_id: UUID, report_id: UUID, text: str, version: int, user: User | None, now: datetime) -> Block:
    """Keep a text as the next version of its block, if `version` is still the one that was changed.

    Raises OutdatedTextError with the text of now otherwise, InvalidInputError for figures or a text that is too long.
    Saving what stands there already saves nothing.
    """
    block = _locked(block_id, report_id)
    if block.kind not in WORDS:
        raise InvalidInputError(_("This part is made from the figures: it can be hidden, not edited."))
    said = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if len(said) > MAX_TEXT:
        raise InvalidInputError(fields={"text": [_("Use at most {most} characters.").format(most=MAX_TEXT)]})
    if said == block.text:
        return block
    if version != block.version:
        words = _("Somebody has saved another text in the meantime. Both stand here: choose one, or join them.")
        raise OutdatedTextError(words, current=block.text, version=block.version)
    block.text, block.version = said, block.version + 1
    block.save(update_fields=["text", "version"])
    BlockText.objects.create(
        organisation_id=block.organisation_id, block=block, version=block.version, text=said, written_by=user,
        written_at=now,
    )  # fmt: skip
    return block


def show_block(*, block_id: UUID, report_id: UUID, is_hidden: bool) -> Block:
    """Leave figures out of the report, or put them back."""
    block = _locked(block_id, report_id)
    if block.kind in WORDS:
        raise InvalidInputError(_("A text is left out by emptying it."))
    block.is_hidden = is_hidden
    block.save(update_fields=["is_hidden"])
    return block


def _locked(block_id: UUID, report_id: UUID) -> Block:
    found = Block.objects.select_for_update().filter(pk=block_id, report_id=report_id).first()
    if found is None:
        raise NotFoundError(_("There is no such part of the report."))
    return found
