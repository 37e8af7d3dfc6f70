"""Notes on days and questions: who may say what, what stands there afterwards, who is told and told again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import DatabaseError, transaction
from django.test import Client

from engagement.errors import ForbiddenError, InvalidInputError, NotFoundError
from engagement.insights import services
from engagement.insights.models import Note, Question, QuestionLine
from engagement.insights.note_types import Speaker
from engagement.insights.selectors import notes as note_selectors
from engagement.insights.selectors import questions as question_selectors
from engagement.insights.services.notes import NoteWords
from engagement.insights.services.question_mails import mail_question_line, wake_unmailed_lines
from engagement.scoring.models import Segment
from tenants.models import Membership, Organisation, User
from tenants.scope import organisation_scope, tenant
from tenants.services import add_member
from tests.conftest import NOW, World, api_token, make_user

DAY = date(2026, 2, 20)


def asking(organisation: Organisation) -> Any:
    """The scope of a reader who notes or asks."""
    return tenant(read=[organisation.pk], ask=organisation.pk)


def noted(world: World, *, by: User, **words: Any) -> Note:
    with asking(world.ours):
        return services.add_note(
            organisation=world.ours, speaker=Speaker(by), now=NOW,
            words=NoteWords(**{"first_day": DAY, "text": "Spring campaign", **words}),
        )  # fmt: skip


def asked(world: World, *, by: User | None, text: str = "Why?", **said: Any) -> Question:
    with asking(world.ours):
        return services.ask_question(organisation=world.ours, speaker=Speaker(by), text=text, now=NOW, **said)


def lines(world: World) -> list[QuestionLine]:
    with organisation_scope(world.ours.pk, write=False):
        return list(QuestionLine.objects.order_by("written_at", "pk"))


def answered(world: World, question: Question, *, by: User, text: str = "The weather") -> QuestionLine:
    with organisation_scope(world.ours.pk):
        return services.answer_question(
            organisation=world.ours, speaker=Speaker(by, may_answer=True), question_id=question.pk, text=text,
            now=NOW + timedelta(hours=1),
        )  # fmt: skip


def mailed(line: QuestionLine, *, now: Any = NOW) -> int:
    return mail_question_line(organisation_id=line.organisation_id, line_id=line.pk, now=now)


# ── the scope ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_viewer_notes_a_day_and_the_database_refuses_the_same_without_asking(world: World) -> None:
    note = noted(world, by=world.viewer, last_day=DAY + timedelta(days=3), in_reports=True)
    with organisation_scope(world.ours.pk, write=False):
        kept = Note.objects.get()
        assert (kept.pk, kept.first_day, kept.last_day, kept.text, kept.in_reports, kept.written_by_id) == (
            note.pk, DAY, date(2026, 2, 23), "Spring campaign", True, world.viewer.pk,
        )  # fmt: skip
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            services.add_note(
                organisation=world.ours, speaker=Speaker(world.viewer), now=NOW,
                words=NoteWords(first_day=DAY, text="Once more"),
            )  # fmt: skip


def test_asking_here_writes_nothing_elsewhere_and_nothing_else(world: World) -> None:
    with asking(world.ours):
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Note.objects.create(organisation=world.other, first_day=DAY, last_day=DAY, text="x", written_at=NOW)
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Segment.objects.create(organisation=world.ours, key="mine", name="Mine")
        assert Membership.objects.update(role="admin") == 0


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"text": "  "}, "text"),
        ({"text": "x" * 281}, "text"),
        ({"first_day": date(1999, 12, 31)}, "first_day"),
        ({"first_day": date(2030, 1, 1)}, "first_day"),
        ({"last_day": DAY - timedelta(days=1)}, "last_day"),
    ],
)
def test_what_cannot_be_noted_says_which_part(world: World, words: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        noted(world, by=world.viewer, **words)
    assert set(refused.value.fields) == {field}


def test_a_note_is_changed_by_whoever_wrote_it_or_answers_here_and_by_nobody_else(world: World) -> None:
    note, other = noted(world, by=world.viewer), make_user("another-viewer")
    said: dict[str, Any] = {"organisation": world.ours, "note_id": note.pk, "now": NOW}
    words = NoteWords(first_day=DAY, text="Summer campaign")
    for speaker in (Speaker(other), Speaker(None)):
        with asking(world.ours), pytest.raises(ForbiddenError):
            services.change_note(**said, speaker=speaker, words=words)
        with asking(world.ours), pytest.raises(ForbiddenError):
            services.remove_note(organisation=world.ours, speaker=speaker, note_id=note.pk)
    for speaker, text in ((Speaker(world.viewer), "Mine"), (Speaker(other, may_answer=True), "Minded")):
        with asking(world.ours):
            services.change_note(**said, speaker=speaker, words=NoteWords(first_day=DAY, text=text))
            assert Note.objects.get().text == text
    with asking(world.ours):
        assert Note.objects.get().written_by_id == world.viewer.pk
        services.remove_note(organisation=world.ours, speaker=Speaker(world.viewer), note_id=note.pk)
        assert not Note.objects.exists()


def test_a_foreign_note_is_not_there(world: World) -> None:
    note = noted(world, by=world.viewer)
    with organisation_scope(world.strange.pk), pytest.raises(NotFoundError):
        services.remove_note(
            organisation=world.strange, speaker=Speaker(world.stranger, may_answer=True), note_id=note.pk
        )


# ── whoever is limited ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def gold(world: World) -> Segment:
    with organisation_scope(world.ours.pk):
        Segment.objects.create(organisation=world.ours, key="silver", name="Silver")
        return Segment.objects.create(organisation=world.ours, key="gold", name="Gold")


def test_limited_to_segments_one_speaks_and_hears_of_these_alone(world: World, gold: Segment) -> None:
    mine = Speaker(world.viewer, keys=("gold",))
    for key in ("all", "silver", "gold"):
        noted(world, by=world.consultant, segment_key=key, text=key)
        asked(world, by=world.consultant, segment_key=key, text=key)
    span: dict[str, Any] = {"segment_key": "gold", "first_day": DAY, "last_day": DAY}
    with asking(world.ours):
        for key in ("all", "silver", "nothing"):
            with pytest.raises(NotFoundError, match="no such segment"):
                services.add_note(
                    organisation=world.ours, speaker=mine, now=NOW,
                    words=NoteWords(first_day=DAY, text="x", segment_key=key),
                )  # fmt: skip
            with pytest.raises(NotFoundError, match="no such segment"):
                services.ask_question(organisation=world.ours, speaker=mine, text="?", segment_key=key, now=NOW)
        assert [note.text for note in note_selectors.notes(speaker=mine)] == ["gold"]
        assert [note.text for note in note_selectors.notes_between(speaker=mine, **span)] == ["gold"]
        assert [one.text for one in question_selectors.questions(speaker=mine, only_open=True)] == ["gold"]
        waiting = question_selectors.waiting_questions(speaker=mine)
        assert waiting is not None
        assert waiting.count == 1
        everybody = Speaker(world.viewer)
        assert {note.text for note in note_selectors.notes_between(speaker=everybody, **span)} == {"all", "gold"}
        foreign = Question.objects.filter(segment__isnull=True).first()
        assert foreign is not None
        for act in (services.ask_further, services.answer_question):
            with pytest.raises(NotFoundError, match="no such question"):
                act(organisation=world.ours, speaker=mine, question_id=foreign.pk, text="?", now=NOW)


def test_reports_show_what_is_marked_for_them(world: World) -> None:
    noted(world, by=world.viewer, text="inside")
    noted(world, by=world.viewer, text="for reports", in_reports=True)
    span: dict[str, Any] = {"segment_key": "all", "first_day": DAY, "last_day": DAY, "in_reports": True}
    with organisation_scope(world.ours.pk, write=False):
        found = note_selectors.notes_between(speaker=Speaker(None), **span)
    assert [note.text for note in found] == ["for reports"]


@pytest.mark.parametrize("limit", [{"limited_to": "reports"}])
def test_a_reader_of_reports_neither_notes_nor_asks(world: World, limit: dict[str, Any], client: Client) -> None:
    with organisation_scope(world.ours.pk):
        Membership.objects.filter(user=world.viewer).update(**limit)
    client.force_login(world.viewer)
    base = f"/o/{world.ours.slug}/notes/"
    assert client.get(base).status_code == 403
    assert client.post(base, {"first_day": "2026-02-20", "text": "x", "segment": "all"}).status_code == 403
    assert client.get(f"{base}questions/new/").status_code == 403


# ── questions ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_question_waits_is_answered_and_waits_again(world: World) -> None:
    question = asked(world, by=world.viewer, text="Why did it fall?")
    assert question.waiting_since == NOW
    answered(world, question, by=world.consultant)
    with asking(world.ours):
        assert question_selectors.waiting_questions(speaker=Speaker(None)) is None
        services.ask_further(
            organisation=world.ours, speaker=Speaker(world.viewer), question_id=question.pk, text="Which weather?",
            now=NOW + timedelta(hours=2),
        )  # fmt: skip
        thread = question_selectors.question(
            organisation=world.ours, speaker=Speaker(world.viewer), question_id=question.pk
        )
    assert thread.head.waiting_since == NOW + timedelta(hours=2)
    assert [(line.is_answer, line.text, line.written_by) for line in thread.lines] == [
        (False, "Why did it fall?", world.viewer.name),
        (True, "The weather", world.consultant.name),
        (False, "Which weather?", world.viewer.name),
    ]


@pytest.mark.parametrize("text", ["", " \n ", "x" * 1001])
def test_an_empty_or_endless_text_is_refused(world: World, text: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        asked(world, by=world.viewer, text=text)
    assert set(refused.value.fields) == {"text"}


def test_a_day_that_was_not_scored_is_not_asked_about(world: World) -> None:
    with pytest.raises(NotFoundError):
        asked(world, by=world.viewer, as_of=DAY)
    with organisation_scope(world.ours.pk, write=False):
        assert not Question.objects.exists()


# ── mails ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_clients_own_consultants_are_told_else_the_firms(world: World) -> None:
    asked(world, by=world.viewer)
    (line,) = lines(world)
    assert mailed(line) == 2
    assert sorted(message.to[0] for message in mail.outbox) == sorted([world.admin.email, world.consultant.email])
    text = f"{mail.outbox[0].subject} {mail.outbox[0].body}"
    assert f"/o/{world.ours.slug}/notes/questions/{line.question_id}/" in text
    assert "Why?" not in text
    mail.outbox.clear()
    own = make_user("own-consultant")
    with organisation_scope(world.ours.pk):
        add_member(user=own, role="consultant")
    asked(world, by=world.viewer, text="And now?")
    assert mailed(lines(world)[-1]) == 1
    assert [message.to for message in mail.outbox] == [[own.email]]


def test_whoever_asked_is_told_of_the_answer_while_they_may_read_it(world: World) -> None:
    question = asked(world, by=world.viewer)
    answer = answered(world, question, by=world.consultant)
    assert mailed(answer) == 1
    assert [message.to for message in mail.outbox] == [[world.viewer.email]]
    assert "The weather" not in mail.outbox[0].body
    again = answered(world, question, by=world.consultant, text="And the prices")
    with organisation_scope(world.ours.pk):
        Membership.objects.filter(user=world.viewer).delete()
    assert mailed(again) == 0
    assert len(mail.outbox) == 1


def test_a_mail_goes_once(world: World) -> None:
    asked(world, by=world.viewer)
    (line,) = lines(world)
    assert (mailed(line), mailed(line)) == (2, 0)
    (line,) = lines(world)
    assert (line.mailed_at, len(line.mailed_to)) == (NOW, 2)


def test_what_no_mail_server_takes_is_tried_again_and_nobody_is_mailed_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(world, by=world.viewer)
    (line,) = lines(world)
    takes = EmailBackend.send_messages

    def refuse(backend: Any, messages: Any) -> int:
        if messages[0].to == [world.admin.email]:
            raise ConnectionRefusedError
        return int(takes(backend, messages) or 0)

    with monkeypatch.context() as down:
        down.setattr(EmailBackend, "send_messages", refuse)
        assert mailed(line) == 1
    (line,) = lines(world)
    assert (line.mailed_at, line.mailed_to) == (None, [str(world.consultant.pk)])
    woken: list[tuple[Any, ...]] = []
    monkeypatch.setattr("tenants.wake.wake", lambda *said: woken.append(said))
    assert [wake_unmailed_lines(now=NOW + after) for after in (timedelta(minutes=4), timedelta(days=8))] == [0, 0]
    assert wake_unmailed_lines(now=NOW + timedelta(minutes=6)) == 1
    assert woken == [("insights.question_mail", world.ours.pk, line.pk)]
    assert mailed(line) == 1
    assert [message.to for message in mail.outbox] == [[world.consultant.email], [world.admin.email]]
    assert wake_unmailed_lines(now=NOW + timedelta(minutes=7)) == 0


def test_of_an_organisation_that_rests_nothing_is_mailed(world: World) -> None:
    asked(world, by=world.viewer)
    with organisation_scope(world.ours.pk):
        Organisation.objects.filter(pk=world.ours.pk).update(suspended_at=NOW)
    assert mailed(lines(world)[0]) == 0
    assert lines(world)[0].mailed_at is None


def test_there_is_nothing_to_mail_about_what_there_is_not(world: World) -> None:
    assert mail_question_line(organisation_id=world.ours.pk, line_id=uuid4(), now=NOW) == 0


# ── the API ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_token_that_only_asks_asks_and_writes_nothing_else(world: World) -> None:
    secret = api_token(world.consultant, permissions=["view", "ask"])
    client, base = Client(headers={"authorization": f"Bearer {secret}"}), f"/api/v1/organisations/{world.ours.slug}"
    made = client.post(f"{base}/notes/", {"first_day": "2026-02-20", "text": "Sale"}, "application/json")
    assert (made.status_code, made.json()["text"], made.json()["segment"]) == (201, "Sale", "all")
    question = client.post(f"{base}/questions/", {"text": "Why?"}, "application/json")
    assert question.status_code == 201
    address = f"{base}/questions/{question.json()['question']['id']}/answers/"
    assert client.post(address, {"text": "So"}, "application/json").status_code == 403
    assert client.get(f"{base}/questions/").json()[0]["text"] == "Why?"
    assert client.patch(f"{base}/", {"name": "Mine"}, "application/json").status_code == 403


def test_a_page_that_asks_refuses_even_an_admin_everything_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the narrow scope: what the view does by mistake is refused by the database."""
    client = Client(raise_request_exception=False)
    client.force_login(world.admin)

    def mistaken(**_: Any) -> None:
        Segment.objects.create(organisation=world.ours, key="slip", name="Slip")

    monkeypatch.setattr(services, "add_note", mistaken)
    sent = {"first_day": "2026-02-20", "text": "x", "segment": "all"}
    assert client.post(f"/o/{world.ours.slug}/notes/", sent).status_code == 403
    with organisation_scope(world.ours.pk, write=False):
        assert not Segment.objects.filter(key="slip").exists()
