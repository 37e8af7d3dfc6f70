"""Reads of questions about numbers: those that wait, all of them, and one with what was said."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Count, Min, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights.models import Question, QuestionLine
from engagement.insights.note_types import (
    EVERYBODY,
    EVERYBODY_NAME,
    QuestionHead,
    QuestionThread,
    SaidLine,
    Speaker,
    WaitingQuestions,
)
from engagement.insights.selectors.figures import Minimum, figures_of_run
from engagement.insights.types import Figures
from engagement.scoring.models import ScoreRun
from tenants.models import Organisation

LISTED = 100


def _seen_by(speaker: Speaker) -> QuerySet[Question]:
    """With a limit to segments those about them; what is asked about everybody is not among them."""
    found = Question.objects.select_related("segment", "asked_by")
    return found if speaker.keys is None else found.filter(segment__key__in=list(speaker.keys))


def _with_first_line(found: QuerySet[Question]) -> QuerySet[Question]:
    first = QuestionLine.objects.filter(question=OuterRef("pk")).order_by("written_at", "pk").values("text")[:1]
    return found.annotate(first_text=Subquery(first))


def _head(question: Question) -> QuestionHead:
    return QuestionHead(
        id=question.pk,
        segment_key=question.segment.key if question.segment else EVERYBODY,
        segment_name=question.segment.name if question.segment else _(EVERYBODY_NAME),
        as_of=question.as_of,
        run_number=question.run_number,
        text=getattr(question, "first_text", "") or "",
        asked_by=question.asked_by.name if question.asked_by else "",
        asked_at=question.asked_at,
        waiting_since=question.waiting_since,
    )


def questions(*, speaker: Speaker, only_open: bool) -> tuple[QuestionHead, ...]:
    """The latest questions that somebody may read, at most LISTED: those that wait, the longest first, then others."""
    found = _with_first_line(_seen_by(speaker))
    waiting = found.filter(waiting_since__isnull=False).order_by("waiting_since")[:LISTED]
    answered = found.filter(waiting_since__isnull=True).order_by("-asked_at")[:LISTED]
    rows = [*waiting] if only_open else [*waiting, *answered]
    return tuple(_head(question) for question in rows[:LISTED])


def question(*, organisation: Organisation, speaker: Speaker, question_id: UUID) -> QuestionThread:
    """One question with all that was said; raises NotFoundError for one that the reader may not read."""
    found = _with_first_line(_seen_by(speaker)).filter(pk=question_id).first()
    if found is None:
        raise NotFoundError(_("There is no such question."))
    lines = QuestionLine.objects.filter(question=found).select_related("written_by").order_by("written_at", "pk")
    head = _head(found)
    return QuestionThread(
        head=head,
        lines=tuple(
            SaidLine(
                id=line.pk,
                is_answer=line.is_answer,
                text=line.text,
                written_by=line.written_by.name if line.written_by else "",
                written_at=line.written_at,
            )
            for line in lines
        ),
        figures=_figures(organisation, head),
    )


def _figures(organisation: Organisation, head: QuestionHead) -> Figures | None:
    """The number that the page showed when it was asked about."""
    run = ScoreRun.objects.filter(number=head.run_number).first() if head.run_number is not None else None
    if run is None:
        return None
    found = figures_of_run(run=run, minimum=Minimum.of(organisation), segment_keys=[head.segment_key])
    return found.get(head.segment_key)


def waiting_questions(*, speaker: Speaker) -> WaitingQuestions | None:
    """What waits for an answer in the organisation in scope; None when nothing does."""
    said = (
        _seen_by(speaker).filter(waiting_since__isnull=False).aggregate(count=Count("pk"), since=Min("waiting_since"))
    )
    return WaitingQuestions(said["count"], said["since"]) if said["count"] else None


def waiting_by_organisation(*, organisations: Sequence[int]) -> dict[int, WaitingQuestions]:
    """The same for several, by id; needs a scope that reads them."""
    found = Question.objects.filter(organisation_id__in=list(organisations), waiting_since__isnull=False)
    rows = found.values("organisation_id").annotate(count=Count("pk"), since=Min("waiting_since"))
    return {row["organisation_id"]: WaitingQuestions(row["count"], row["since"]) for row in rows}
