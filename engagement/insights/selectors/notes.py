"""Reads of notes on days: the list, one of them, and those that a chart marks."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights.models import Note
from engagement.insights.note_types import EVERYBODY, EVERYBODY_NAME, NoteLine, Speaker

PER_PAGE = 25


def _seen_by(speaker: Speaker) -> QuerySet[Note]:
    """With a limit to segments those about them; what is said about everybody is not among them."""
    found = Note.objects.select_related("segment", "written_by")
    return found if speaker.keys is None else found.filter(segment__key__in=list(speaker.keys))


def _line(note: Note, speaker: Speaker) -> NoteLine:
    return NoteLine(
        id=note.pk,
        segment_key=note.segment.key if note.segment else EVERYBODY,
        segment_name=note.segment.name if note.segment else _(EVERYBODY_NAME),
        first_day=note.first_day,
        last_day=note.last_day,
        text=note.text,
        in_reports=note.in_reports,
        written_by=note.written_by.name if note.written_by else "",
        written_at=note.written_at,
        changed_at=note.changed_at,
        may_change=speaker.may_change(written_by=note.written_by_id),
    )


def notes(*, speaker: Speaker) -> tuple[NoteLine, ...]:
    """All notes that somebody may read, the latest day first."""
    return tuple(_line(note, speaker) for note in _seen_by(speaker).order_by("-first_day", "-written_at"))


def notes_page(*, speaker: Speaker, page: str) -> tuple[tuple[NoteLine, ...], Page[Note]]:
    """The same by pages; a page that there is not is the nearest one."""
    found = Paginator(_seen_by(speaker).order_by("-first_day", "-written_at"), PER_PAGE).get_page(page)
    return tuple(_line(note, speaker) for note in found), found


def note(*, speaker: Speaker, note_id: UUID) -> NoteLine:
    """One note; raises NotFoundError for one that the reader may not read."""
    found = _seen_by(speaker).filter(pk=note_id).first()
    if found is None:
        raise NotFoundError(_("There is no such note."))
    return _line(found, speaker)


def notes_between(
    *, speaker: Speaker, segment_key: str, first_day: date, last_day: date, in_reports: bool = False
) -> tuple[NoteLine, ...]:
    """What happened in a span of days and is said about a segment or about everybody, the earliest first.

    Whoever is limited to segments sees none about everybody. `in_reports` keeps to those that are marked for reports.
    """
    found = _seen_by(speaker).filter(first_day__lte=last_day, last_day__gte=first_day)
    about = Q(segment__isnull=True)
    found = found.filter(about if segment_key == EVERYBODY else about | Q(segment__key=segment_key))
    if in_reports:
        found = found.filter(in_reports=True)
    return tuple(_line(one, speaker) for one in found.order_by("first_day", "written_at"))
