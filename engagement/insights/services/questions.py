"""Asking about a number, asking again, and answering. What was said is never changed; question_mails.py tells whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError, NotFoundError
from engagement.insights.models import Question, QuestionLine
from engagement.insights.note_types import EVERYBODY, Speaker
from engagement.insights.selectors.comparing import run_for
from engagement.insights.services.notes import segment_spoken_of
from tenants.audit import audit_append
from tenants.models import Organisation
from tenants.wake import wake

MAX_TEXT: Final = 1000


def ask_question(
    *,
    organisation: Organisation,
    speaker: Speaker,
    text: str,
    segment_key: str = EVERYBODY,
    as_of: date | None = None,
    run_number: int | None = None,
    now: datetime,
) -> Question:
    """Ask about the number of a segment, or of everybody, as a page showed it: on a day, in a run, or on the latest.

    Whoever answers here is told by a worker. Raises InvalidInputError with fields, NotFoundError for an unknown
    segment, and for a day or run that nothing was scored in.
    """
    said = _checked(text)
    segment = segment_spoken_of(key=segment_key, speaker=speaker)
    run = run_for(organisation=organisation, now=now, as_of=as_of, run_number=run_number)
    question = Question.objects.create(
        organisation_id=organisation.pk,
        segment=segment,
        as_of=run.as_of if run else None,
        run_number=run.number if run else None,
        asked_by=speaker.user,
        asked_at=now,
        waiting_since=now,
    )
    _say(question, said, speaker=speaker, now=now)
    new = {"segment": question.segment_id, "as_of": question.as_of, "run": question.run_number}
    audit_append(
        act="question.asked", object_kind="question", object_id=question.pk, new=new, organisation_id=organisation.pk
    )
    return question


def ask_further(
    *, organisation: Organisation, speaker: Speaker, question_id: UUID, text: str, now: datetime
) -> QuestionLine:
    """Ask again in a question, which then waits for an answer again; a colleague who reads it may, too."""
    said = _checked(text)
    question = _known(question_id, speaker)
    if question.waiting_since is None:
        question.waiting_since = now
        question.save(update_fields=["waiting_since"])
    line = _say(question, said, speaker=speaker, now=now)
    audit_append(
        act="question.asked_further", object_kind="question", object_id=question.pk, new={"line": line.pk},
        organisation_id=organisation.pk,
    )  # fmt: skip
    return line


def answer_question(
    *, organisation: Organisation, speaker: Speaker, question_id: UUID, text: str, now: datetime
) -> QuestionLine:
    """Answer a question; whoever asked is told by a worker."""
    said = _checked(text)
    question = _known(question_id, speaker)
    question.waiting_since = None
    question.save(update_fields=["waiting_since"])
    line = _say(question, said, speaker=speaker, now=now, is_answer=True)
    audit_append(
        act="question.answered", object_kind="question", object_id=question.pk, new={"line": line.pk},
        organisation_id=organisation.pk,
    )  # fmt: skip
    return line


def _known(question_id: UUID, speaker: Speaker) -> Question:
    """A question that the speaker can read, locked, so that what is said has an order."""
    found = Question.objects.select_for_update(of=("self",)).select_related("segment").filter(pk=question_id).first()
    is_within = found is not None and (
        speaker.keys is None or (found.segment is not None and found.segment.key in speaker.keys)
    )
    if found is None or not is_within:
        raise NotFoundError(_("There is no such question."))
    return found


def _say(question: Question, text: str, *, speaker: Speaker, now: datetime, is_answer: bool = False) -> QuestionLine:
    line = QuestionLine.objects.create(
        organisation_id=question.organisation_id,
        question=question,
        is_answer=is_answer,
        text=text,
        written_by=speaker.user,
        written_at=now,
    )
    wake("insights.question_mail", question.organisation_id, line.pk)
    return line


def _checked(text: str) -> str:
    said = text.strip()
    if not said:
        raise InvalidInputError(fields={"text": [_("Write something.")]})
    if len(said) > MAX_TEXT:
        raise InvalidInputError(fields={"text": [_("Use at most {most} characters.").format(most=MAX_TEXT)]})
    return said
