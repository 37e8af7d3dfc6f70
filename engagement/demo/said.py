"""What the people of the samples noted and asked, told through the same services that people use."""

from __future__ import annotations

from typing import Any


def say_what_happened(organisation: Any, sample: Any) -> None:
    """The sample's notes, by the consultant, and its questions: asked by the viewer, answered by the consultant."""
    from django.utils import timezone  # noqa: PLC0415

    from engagement.insights.note_types import EVERYBODY, Speaker  # noqa: PLC0415
    from engagement.insights.services.notes import NoteWords, add_note  # noqa: PLC0415
    from engagement.insights.services.questions import answer_question, ask_question  # noqa: PLC0415
    from tenants.models import User  # noqa: PLC0415
    from tenants.selectors import DEMO_LOGINS  # noqa: PLC0415

    people = {login.role: User.objects.filter(email=login.email).first() for login in DEMO_LOGINS}
    consultant, viewer = Speaker(user=people["consultant"], may_answer=True), Speaker(user=people["viewer"])
    at = {"organisation": organisation, "now": timezone.now()}
    for note in sample.notes:
        words = NoteWords(
            first_day=note.first_day,
            last_day=note.last_day,
            text=note.text,
            segment_key=note.segment or EVERYBODY,
            in_reports=note.in_reports,
        )
        add_note(speaker=consultant, words=words, **at)
    for asked in sample.questions:
        question = ask_question(
            speaker=viewer, text=asked.text, segment_key=asked.segment or EVERYBODY, as_of=asked.as_of, **at
        )
        if asked.answer:
            answer_question(speaker=consultant, question_id=question.pk, text=asked.answer, **at)
