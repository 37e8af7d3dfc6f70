"""Notes and questions as they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.insights.counted import number_word
from engagement.insights.note_types import EVERYBODY, NoteLine, QuestionHead, QuestionThread, SaidLine, WaitingQuestions
from engagement.insights.speaking import nobody
from engagement.insights.terms import Terms
from engagement.look.dates import day_text, instant_text, short_date_text, span_text
from engagement.look.numbers import score_text


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow:
    """One note in the list."""

    id: UUID
    days: str
    text: str
    about: str
    said: str  # by whom and when
    in_reports: bool
    may_change: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRow:
    """One question in the list."""

    id: UUID
    text: str
    about: str
    by: str
    since: str
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidRow:
    """One thing said about a question."""

    who: str
    when: str
    text: str
    is_answer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionPage:
    """A question with all that was said."""

    id: UUID
    heading: str
    shown: str  # the number as it was, in words
    segment_key: str
    query: str  # leads to the page as it was
    is_open: bool
    lines: tuple[SaidRow, ...]


def note_row(note: NoteLine, *, terms: Terms) -> NoteRow:
    when = instant_text(note.changed_at or note.written_at, zone=terms.zone, locale=terms.locale)
    by = note.written_by or nobody()
    return NoteRow(
        id=note.id,
        days=span_text(note.first_day, note.last_day, locale=terms.locale),
        text=note.text,
        about=note.segment_name,
        said=_("{person}, changed {instant}").format(person=by, instant=when) if note.changed_at else f"{by}, {when}",
        in_reports=note.in_reports,
        may_change=note.may_change,
    )


def question_row(question: QuestionHead, *, terms: Terms) -> QuestionRow:
    return QuestionRow(
        id=question.id,
        text=question.text,
        about=_about(question, terms),
        by=question.asked_by or nobody(),
        since=_day_of(question.waiting_since or question.asked_at, terms),
        is_open=question.is_open,
    )


def _about(question: QuestionHead, terms: Terms) -> str:
    day = f", {short_date_text(question.as_of, locale=terms.locale)}" if question.as_of else ""
    return f"{question.segment_name}{day}"


def _day_of(instant: datetime, terms: Terms) -> str:
    return short_date_text(instant.astimezone(terms.zone).date(), locale=terms.locale)


def heading(*, questions: Sequence[QuestionHead]) -> str:
    """Example: "Two questions wait for an answer"."""
    return _waiting(sum(question.is_open for question in questions))


def _waiting(waiting: int) -> str:
    if not waiting:
        return _("No question waits for an answer")
    return ngettext("One question waits for an answer", "{number} questions wait for an answer", waiting).format(
        number=number_word(waiting)
    )


def waiting_words(waiting: WaitingQuestions, *, terms: Terms) -> str:
    """Example: "Two questions wait for an answer, the first since 3 Mar 2026."."""
    said = ngettext(
        "One question waits for an answer, since {day}.",
        "{number} questions wait for an answer, the first since {day}.",
        waiting.count,
    )
    return said.format(number=number_word(waiting.count), day=_day_of(waiting.since, terms))


def question_page(thread: QuestionThread, *, terms: Terms) -> QuestionPage:
    head = thread.head
    return QuestionPage(
        id=head.id,
        heading=_question_heading(head),
        shown=_shown(thread, terms),
        segment_key=head.segment_key,
        query=f"run={head.run_number}" if head.run_number is not None else "",
        is_open=head.is_open,
        lines=tuple(_said_row(line, terms) for line in thread.lines),
    )


def _question_heading(head: QuestionHead) -> str:
    if head.segment_key == EVERYBODY:
        if head.is_open:
            return _("A question about all customers waits for an answer")
        return _("A question about all customers is answered")
    words = _("A question about {segment} is answered")
    if head.is_open:
        words = _("A question about {segment} waits for an answer")
    return words.format(segment=head.segment_name)


def _shown(thread: QuestionThread, terms: Terms) -> str:
    """What the page showed when it was asked: day, score, run."""
    head, figures = thread.head, thread.figures
    if head.as_of is None:
        return _("Nothing had been scored when it was asked.")
    day = day_text(head.as_of, locale=terms.locale)
    if figures is None:
        return _("Asked about {day}, run {number}.").format(day=day, number=head.run_number)
    if figures.score is None:
        reason = figures.reason or _("no score")
        return _("Asked about {day}, run {number}: {reason}.").format(day=day, number=head.run_number, reason=reason)
    score = score_text(figures.score, places=2, bands=terms.bands, locale=terms.locale)
    said = _("The score was {score} on {day}, run {number}, when it was asked.")
    return said.format(score=score, day=day, number=head.run_number)


def _said_row(line: SaidLine, terms: Terms) -> SaidRow:
    return SaidRow(
        who=line.written_by or capfirst(nobody()),
        when=instant_text(line.written_at, zone=terms.zone, locale=terms.locale),
        text=line.text,
        is_answer=line.is_answer,
    )
