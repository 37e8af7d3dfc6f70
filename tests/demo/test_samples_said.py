"""What the samples' people noted and asked: within the past, about segments there are, and taken by the services."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from engagement.demo.load import days_to_score, make_segments
from engagement.demo.said import say_what_happened
from engagement.demo.samples import SAMPLE_CLIENTS
from engagement.demo.samples.types import SampleClient
from engagement.insights.models import Note, Question, QuestionLine
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import World

CLIENTS = pytest.mark.parametrize("client", SAMPLE_CLIENTS, ids=lambda client: client.slug)


@CLIENTS
def test_notes_and_questions_lie_in_the_samples_past_and_name_its_segments(client: SampleClient) -> None:
    keys = {segment.key for group in client.segment_sets for segment in group.segments}
    first = (client.whole_from or client.history_from) + timedelta(days=client.window_days - 1)
    scored = days_to_score(first=first, today=client.today)
    assert client.notes
    for note in client.notes:
        assert client.history_from <= note.first_day <= (note.last_day or note.first_day) <= client.today
        assert note.segment is None or note.segment in keys
    for question in client.questions:
        assert question.as_of in scored
        assert question.segment is None or question.segment in keys


@CLIENTS
def test_the_services_take_them(world: World, client: SampleClient) -> None:
    with organisation_scope(world.ours.id):
        Organisation.objects.filter(pk=world.ours.id).update(sample_today=client.today)
        ours = Organisation.objects.get(pk=world.ours.id)
        make_segments(ours, client)
        # nothing is scored here: the questions are asked about the latest number
        asked = tuple(
            SimpleNamespace(text=q.text, segment=q.segment, answer=q.answer, as_of=None) for q in client.questions
        )
        say_what_happened(ours, SimpleNamespace(notes=client.notes, questions=asked))
        assert Note.objects.count() == len(client.notes)
        assert Question.objects.count() == len(client.questions)
        answered = sum(bool(said.answer) for said in client.questions)
        assert Question.objects.filter(waiting_since__isnull=True).count() == answered
        assert QuestionLine.objects.filter(is_answer=True).count() == answered
