"""Notes and questions as they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from engagement.insights.note_types import NoteLine, QuestionHead, QuestionThread, SaidLine, WaitingQuestions
from engagement.insights.terms import Terms
from engagement.look.dates import day_text, instant_text, short_date_text, span_text
from engagement.look.numbers import score_text

NOBODY = "a program, or somebody whose account is gone"
_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")


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
    return NoteRow(
        id=note.id,
        days=span_text(note.first_day, note.last_day, locale=terms.locale),
        text=note.text,
        about=note.segment_name,
        said=f"{note.written_by or NOBODY}, {'changed ' if note.changed_at else ''}{when}",
        in_reports=note.in_reports,
        may_change=note.may_change,
    )


def question_row(question: QuestionHead, *, terms: Terms) -> QuestionRow:
    return QuestionRow(
        id=question.id,
        text=question.text,
        about=_about(question, terms),
        by=question.asked_by or NOBODY,
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
        return "No question waits for an answer"
    number = _NUMBERS[waiting] if waiting < len(_NUMBERS) else str(waiting)
    return "One question waits for an answer" if waiting == 1 else f"{number} questions wait for an answer"


def waiting_words(waiting: WaitingQuestions, *, terms: Terms) -> str:
    """Example: "Two questions wait for an answer, the first since 3 Mar 2026."."""
    since = _day_of(waiting.since, terms)
    return f"{_waiting(waiting.count)}, {'the first ' if waiting.count > 1 else ''}since {since}."


def question_page(thread: QuestionThread, *, terms: Terms) -> QuestionPage:
    head = thread.head
    state = "waits for an answer" if head.is_open else "is answered"
    return QuestionPage(
        id=head.id,
        heading=f"A question about {_subject(head)} {state}",
        shown=_shown(thread, terms),
        segment_key=head.segment_key,
        query=f"run={head.run_number}" if head.run_number is not None else "",
        is_open=head.is_open,
        lines=tuple(_said_row(line, terms) for line in thread.lines),
    )


def _subject(head: QuestionHead) -> str:
    return "all customers" if head.segment_key == "all" else head.segment_name


def _shown(thread: QuestionThread, terms: Terms) -> str:
    """What the page showed when it was asked: day, score, run."""
    head, figures = thread.head, thread.figures
    if head.as_of is None:
        return "Nothing had been scored when it was asked."
    day = day_text(head.as_of, locale=terms.locale)
    if figures is None:
        return f"Asked about {day}, run {head.run_number}."
    if figures.score is None:
        return f"Asked about {day}, run {head.run_number}: {figures.reason or 'no score'}."
    score = score_text(figures.score, places=2, bands=terms.bands, locale=terms.locale)
    return f"The score was {score} on {day}, run {head.run_number}, when it was asked."


def _said_row(line: SaidLine, terms: Terms) -> SaidRow:
    return SaidRow(
        who=line.written_by or NOBODY.capitalize(),
        when=instant_text(line.written_at, zone=terms.zone, locale=terms.locale),
        text=line.text,
        is_answer=line.is_answer,
    )
