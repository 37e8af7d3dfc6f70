"""The API of notes on days and of questions about numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.insights import services
from engagement.insights.api import ClientAPI
from engagement.insights.note_types import NoteLine, QuestionThread, Speaker
from engagement.insights.selectors import notes as note_selectors
from engagement.insights.selectors import questions as question_selectors
from engagement.insights.serializers_notes import (
    ChangedNoteSerializer,
    NewNoteSerializer,
    NewQuestionSerializer,
    NoteSerializer,
    QuestionSerializer,
    QuestionsQuery,
    QuestionThreadSerializer,
    SaySerializer,
)
from engagement.insights.services.notes import NoteWords
from engagement.insights.speaking import speaker_of
from tenants.permissions import Permission


class SpokenAPI(ClientAPI):
    """What people say about numbers: a limited membership says and reads it about its own segments."""

    honours_limits = True

    @property
    def speaker(self) -> Speaker:
        """Whoever asks."""
        return speaker_of(self.inside)


class Notes(SpokenAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "POST": Permission.ASK}

    @extend_schema(operation_id="notes_list", responses=NoteSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """All notes on days, the latest day first."""
        self.client_only()
        return Response(NoteSerializer(note_selectors.notes(speaker=self.speaker), many=True).data)

    @extend_schema(operation_id="note_add", request=NewNoteSerializer, responses={201: NoteSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Note what happened on a day or over a span of days."""
        sent = NewNoteSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        words: dict[str, Any] = dict(sent.validated_data)
        note = services.add_note(
            organisation=self.client,
            speaker=self.speaker,
            words=NoteWords(segment_key=words.pop("segment"), **words),
            now=timezone.now(),
        )
        return Response(_note(self.speaker, note.pk), status=201)


def _note(speaker: Speaker, note_id: UUID) -> Any:
    return NoteSerializer(note_selectors.note(speaker=speaker, note_id=note_id)).data


class OneNote(SpokenAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.VIEW,
        "PATCH": Permission.ASK,
        "DELETE": Permission.ASK,
    }

    @extend_schema(operation_id="note", responses=NoteSerializer)
    def get(self, request: Request, slug: str, note_id: UUID) -> Response:
        """One note."""
        self.client_only()
        return Response(_note(self.speaker, note_id))

    @extend_schema(operation_id="note_change", request=ChangedNoteSerializer, responses=NoteSerializer)
    def patch(self, request: Request, slug: str, note_id: UUID) -> Response:
        """Say a note otherwise; yours, or anybody's for whoever answers questions."""
        organisation, speaker = self.client, self.speaker
        former = note_selectors.note(speaker=speaker, note_id=note_id)
        sent = ChangedNoteSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        words = _changed(former, dict(sent.validated_data))
        services.change_note(
            organisation=organisation, speaker=speaker, note_id=note_id, words=words, now=timezone.now()
        )
        return Response(_note(speaker, note_id))

    @extend_schema(operation_id="note_remove", responses={204: None})
    def delete(self, request: Request, slug: str, note_id: UUID) -> Response:
        """Remove a note; yours, or anybody's for whoever answers questions."""
        services.remove_note(organisation=self.client, speaker=self.speaker, note_id=note_id)
        return Response(status=204)


def _changed(former: NoteLine, changes: dict[str, Any]) -> NoteWords:
    return NoteWords(
        first_day=changes.get("first_day", former.first_day),
        last_day=changes.get("last_day", former.last_day),
        text=changes.get("text", former.text),
        segment_key=changes.get("segment", former.segment_key),
        in_reports=changes.get("in_reports", former.in_reports),
    )


class Questions(SpokenAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "POST": Permission.ASK}

    @extend_schema(operation_id="questions_list", parameters=[QuestionsQuery], responses=QuestionSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Questions about numbers, those that wait for an answer first; at most 100."""
        self.client_only()
        query = QuestionsQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        found = question_selectors.questions(speaker=self.speaker, only_open=query.validated_data["state"] == "open")
        return Response(QuestionSerializer(found, many=True).data)

    @extend_schema(
        operation_id="question_ask", request=NewQuestionSerializer, responses={201: QuestionThreadSerializer}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Ask about a number; a consultant or an admin is told by mail."""
        sent = NewQuestionSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        said: dict[str, Any] = dict(sent.validated_data)
        question = services.ask_question(
            organisation=self.client,
            speaker=self.speaker,
            segment_key=said["segment"],
            text=said["text"],
            as_of=said["as_of"],
            run_number=said["run"],
            now=timezone.now(),
        )
        return _thread(self, question.pk, status=201)


def _thread(action: SpokenAPI, question_id: UUID, *, status: int = 200) -> Response:
    found: QuestionThread = question_selectors.question(
        organisation=action.client, speaker=action.speaker, question_id=question_id
    )
    return Response(QuestionThreadSerializer(found).data, status=status)


class OneQuestion(SpokenAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "POST": Permission.ASK}

    @extend_schema(operation_id="question", responses=QuestionThreadSerializer)
    def get(self, request: Request, slug: str, question_id: UUID) -> Response:
        """A question with all that was said, in order."""
        return _thread(self, question_id)

    @extend_schema(
        operation_id="question_ask_further", request=SaySerializer, responses={201: QuestionThreadSerializer}
    )
    def post(self, request: Request, slug: str, question_id: UUID) -> Response:
        """Ask further; the question then waits for an answer again."""
        sent = SaySerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        services.ask_further(
            organisation=self.client, speaker=self.speaker, question_id=question_id, now=timezone.now(),
            **sent.validated_data,
        )  # fmt: skip
        return _thread(self, question_id, status=201)


class QuestionAnswers(SpokenAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": Permission.ANSWER}

    @extend_schema(operation_id="question_answer", request=SaySerializer, responses={201: QuestionThreadSerializer})
    def post(self, request: Request, slug: str, question_id: UUID) -> Response:
        """Answer a question; whoever asked is told by mail."""
        sent = SaySerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        services.answer_question(
            organisation=self.client, speaker=self.speaker, question_id=question_id, now=timezone.now(),
            **sent.validated_data,
        )  # fmt: skip
        return _thread(self, question_id, status=201)
