"""Noting what happened on a day or over a span of days, for all customers or one segment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.errors import ForbiddenError, InvalidInputError, NotFoundError
from engagement.insights.models import Note
from engagement.insights.note_types import EVERYBODY, Speaker
from engagement.scoring.models import Segment
from tenants.audit import audit_append, changed
from tenants.models import Organisation

MAX_TEXT: Final = 280
EARLIEST: Final = date(2000, 1, 1)  # events begin here too
_AHEAD: Final = timedelta(days=366)  # what is planned can be noted


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWords:
    """What a note says: the last day may be left out, the segment is a key."""

    first_day: date
    last_day: date | None = None
    text: str
    segment_key: str = EVERYBODY
    in_reports: bool = False


def segment_spoken_of(*, key: str, speaker: Speaker) -> Segment | None:
    """The segment that is spoken of, None for everybody; NotFoundError for one that is not there or not theirs."""
    if speaker.keys is not None and key not in speaker.keys:
        raise NotFoundError(_("There is no such segment."))
    if key == EVERYBODY:
        return None
    found = Segment.objects.filter(key=key, archived_at__isnull=True).first()
    if found is None:
        raise NotFoundError(_("There is no such segment."))
    return found


def add_note(*, organisation: Organisation, speaker: Speaker, words: NoteWords, now: datetime) -> Note:
    """Note a day or a span of days. Raises InvalidInputError with fields, NotFoundError for an unknown segment."""
    said = _checked(words, today=organisation.today(now))
    segment = segment_spoken_of(key=words.segment_key, speaker=speaker)
    note = Note.objects.create(
        organisation_id=organisation.pk, segment=segment, written_by=speaker.user, written_at=now, **said
    )
    audit_append(
        act="note.added", object_kind="note", object_id=note.pk, new=_recorded(note), organisation_id=organisation.pk
    )
    return note


def change_note(
    *, organisation: Organisation, speaker: Speaker, note_id: UUID, words: NoteWords, now: datetime
) -> Note:
    """Say it otherwise. Only whoever wrote the note may, or who answers questions; who wrote it stays.

    Raises InvalidInputError with fields, NotFoundError for an unknown note or segment, ForbiddenError.
    """
    note = _own(note_id, speaker)
    said = _checked(words, today=organisation.today(now))
    before, text = _recorded(note), note.text
    note.segment = segment_spoken_of(key=words.segment_key, speaker=speaker)
    for name, value in said.items():
        setattr(note, name, value)
    old, new = changed(before, _recorded(note))
    if not new and note.text == text:
        return note
    note.changed_at = now
    note.save()
    rewritten = {} if note.text == text else {"text": "rewritten"}
    audit_append(
        act="note.changed", object_kind="note", object_id=note.pk, old=old, new={**new, **rewritten},
        organisation_id=organisation.pk,
    )  # fmt: skip
    return note


def remove_note(*, organisation: Organisation, speaker: Speaker, note_id: UUID) -> None:
    """Take a note away; the record keeps that there was one. Who may, as for changing."""
    note = _own(note_id, speaker)
    old = _recorded(note)
    note.delete()
    audit_append(act="note.removed", object_kind="note", object_id=note_id, old=old, organisation_id=organisation.pk)


def _own(note_id: UUID, speaker: Speaker) -> Note:
    """A note that the speaker may change, locked."""
    note = Note.objects.select_for_update(of=("self",)).select_related("segment").filter(pk=note_id).first()
    if note is None or (speaker.keys is not None and (note.segment is None or note.segment.key not in speaker.keys)):
        raise NotFoundError(_("There is no such note."))
    if not speaker.may_change(written_by=note.written_by_id):
        raise ForbiddenError(_("Only whoever wrote this note can change it, or a consultant or an admin."))
    return note


def _checked(words: NoteWords, *, today: date) -> dict[str, object]:
    """The columns of a note; raises InvalidInputError with every field that cannot be used."""
    text, last_day = " ".join(words.text.split()), words.last_day or words.first_day
    problems: dict[str, list[str]] = {}
    if not text:
        problems["text"] = [_("Say what happened.")]
    elif len(text) > MAX_TEXT:
        problems["text"] = [_("Use at most {most} characters.").format(most=MAX_TEXT)]
    if not EARLIEST <= words.first_day <= today + _AHEAD:
        said = _("Choose a day from {first} to {last}.")
        problems["first_day"] = [said.format(first=EARLIEST, last=today + _AHEAD)]
    elif not words.first_day <= last_day <= today + _AHEAD:
        said = _("Choose a day from {first} to {last}, or leave it empty.")
        problems["last_day"] = [said.format(first=words.first_day, last=today + _AHEAD)]
    if problems:
        raise InvalidInputError(fields=problems)
    return {"first_day": words.first_day, "last_day": last_day, "text": text, "in_reports": words.in_reports}


def _recorded(note: Note) -> dict[str, object]:
    """A note as the record keeps it: never the text."""
    return {
        "segment": note.segment_id,
        "first_day": note.first_day,
        "last_day": note.last_day,
        "in_reports": note.in_reports,
    }
