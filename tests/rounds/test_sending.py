"""Each client its own report, each recipient one mail: when workers die, meet, or come late."""

from __future__ import annotations

import re
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, connection, transaction

from engagement.errors import ConflictError
from engagement.reports.models import ReportVersion
from engagement.reports.services import open_link
from engagement.rounds.models import Entry, Recipient, ReportMail
from engagement.rounds.selectors.standing import UNKNOWN
from engagement.rounds.services import mailing
from engagement.rounds.services.approving import send_again, take_back
from engagement.rounds.services.mailing import LEASE, MAX_ATTEMPTS, send_report_mail
from engagement.rounds.services.planning import set_plan
from engagement.rounds.services.recipients import remove_recipient
from engagement.rounds.types import State
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import World, build_world, make_client
from tests.rounds.rounds_world import NOW, addressed, approved, deliver, listed, mails, ready, stands

_Mail = ReportMail.State
LATER = NOW + LEASE + timedelta(seconds=1)


def swap(found: ReportMail, version_id: Any) -> None:
    """Another version in the place of the approved one; keys are looked at at once."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        ReportMail.objects.filter(pk=found.pk).update(version_id=version_id)


class KilledError(BaseException):
    """A worker that is gone: nothing of ours catches it."""


def the_mail(organisation: Organisation) -> ReportMail:
    (found,) = mails(organisation)
    return found


@pytest.fixture
def waiting(world: World) -> ReportMail:
    """One mail of ours that is due."""
    ready(world.ours, "board@ours.example")
    approved(world.ours, world.consultant)
    return the_mail(world.ours)


def opened(message: Any) -> tuple[int, Any] | None:
    """What the link in a mail opens."""
    (token,) = re.findall(r"http://\S+/r/([\w-]+)/", message.body)
    found = open_link(token=token, counted=False, now=LATER)
    return (found.organisation_id, found.version_id) if found else None


def send(found: ReportMail, now: Any = NOW) -> bool:
    return send_report_mail(organisation_id=found.organisation_id, mail_id=found.pk, now=now)


def test_twenty_clients_get_each_exactly_its_own_and_once(world: World) -> None:
    clients = [make_client(world.firm, f"Client {n}") for n in range(20)]
    for one in clients:
        ready(one, f"board@{one.slug}.example", f"desk@{one.slug}.example")
        approved(one, world.consultant)
    sent = deliver()
    assert addressed(sent) == sorted(f"{who}@{one.slug}.example" for one in clients for who in ("board", "desk"))
    for one in sent:
        slug = one.to[0].partition("@")[2].removesuffix(".example")
        client = next(client for client in clients if client.slug == slug)
        assert one.subject == f"{client.name}: engagement report, February 2026"
        assert opened(one) == (client.pk, mails(client)[0].version_id)
    assert deliver(LATER) == []
    assert {stands(one).state for one in clients} == {State.SENT}


# ── workers that die ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_worker_that_dies_before_it_hands_over_leaves_it_to_another(
    waiting: ReportMail, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(mailing, "_handed_over", lambda *_all: (_ for _ in ()).throw(KilledError()))
        with pytest.raises(KilledError):
            send(waiting)
    assert the_mail(world.ours).state == _Mail.WAITING
    assert deliver() == [], "its lease holds"
    assert addressed(deliver(LATER)) == ["board@ours.example"]
    assert deliver(LATER + LEASE) == []
    assert stands(world.ours).state is State.SENT


@pytest.mark.parametrize("reached", [True, False])
def test_one_that_dies_after_it_handed_over_is_never_followed_by_a_second_mail(
    waiting: ReportMail, monkeypatch: pytest.MonkeyPatch, world: World, *, reached: bool
) -> None:
    """Whether the mail server had it or not: nobody knows, so that a person decides."""
    real = EmailBackend.send_messages

    def dies(self: EmailBackend, messages: Any) -> int:
        if reached:
            real(self, messages)
        raise KilledError

    with monkeypatch.context() as dying:
        dying.setattr(EmailBackend, "send_messages", dies)
        with pytest.raises(KilledError):
            send(waiting)
    for late in (NOW, LATER, LATER + timedelta(days=3)):
        assert deliver(late) == []
    assert len(mail.outbox) == int(reached)
    found = stands(world.ours, now=LATER)
    assert (found.state, found.mails) == (State.NOT_SENT, {UNKNOWN: 1})
    assert stands(world.ours).state is State.SENDING, "until its lease is over"
    with organisation_scope(world.ours.pk):
        with pytest.raises(ConflictError):
            send_again(organisation=world.ours, mail_id=waiting.pk, now=NOW)
        send_again(organisation=world.ours, mail_id=waiting.pk, now=LATER)
    assert addressed(deliver(LATER)) == ["board@ours.example"]
    assert the_mail(world.ours).times_handed_over == 2


def test_a_worker_that_comes_back_late_sends_nothing(
    waiting: ReportMail, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    """It made the mail for longer than its lease; by then another has sent it."""
    real = mailing._made

    def slow(*said: Any) -> Any:
        found = real(*said)
        monkeypatch.setattr(mailing, "_made", real)
        assert len(deliver(LATER)) == 1
        return found

    monkeypatch.setattr(mailing, "_made", slow)
    assert not send(waiting)
    assert addressed(mail.outbox) == ["board@ours.example"]
    assert stands(world.ours).state is State.SENT


def test_a_mail_server_that_refuses_is_asked_again_and_given_up_in_the_end(
    waiting: ReportMail, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    with monkeypatch.context() as down:
        down.setattr(EmailBackend, "send_messages", lambda *_all: (_ for _ in ()).throw(OSError("down")))
        at = NOW
        for _try in range(MAX_ATTEMPTS + 2):
            assert deliver(at) == []
            at += timedelta(days=1)
    found = the_mail(world.ours)
    assert (found.state, found.attempts, found.reason) == (
        _Mail.FAILED, MAX_ATTEMPTS, "The mail server did not take it.",
    )  # fmt: skip
    assert stands(world.ours, now=at).state is State.NOT_SENT
    with organisation_scope(world.ours.pk):
        send_again(organisation=world.ours, mail_id=found.pk, now=at)
    (sent,) = deliver(at)
    assert opened(sent) == (world.ours.pk, found.version_id)
    with organisation_scope(world.ours.pk, write=False):
        open_links = ReportMail.objects.get(pk=found.pk).version.links.filter(revoked_at__isnull=True).count()
    assert open_links == 1, "links of tries that did not go open nothing"


# ── what may not go ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_taken_back_is_not_sent_even_by_a_worker_that_has_it_in_hand(
    waiting: ReportMail, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    real = mailing._made

    def overtaken(*said: Any) -> Any:
        found = real(*said)
        with organisation_scope(world.ours.pk):
            assert take_back(organisation=world.ours, last_day=stands(world.ours).last_day, now=NOW) == 1
        return found

    monkeypatch.setattr(mailing, "_made", overtaken)
    assert not send(waiting)
    monkeypatch.setattr(mailing, "_made", real)
    assert deliver(LATER) == []
    assert the_mail(world.ours).state == _Mail.WITHDRAWN
    assert stands(world.ours).state is State.READY
    approved(world.ours, world.consultant)
    assert addressed(deliver(LATER)) == ["board@ours.example"]


def test_what_has_gone_is_not_taken_back_or_approved_twice(waiting: ReportMail, world: World) -> None:
    with pytest.raises(ConflictError):
        approved(world.ours, world.consultant)
    deliver()
    with organisation_scope(world.ours.pk), pytest.raises(ConflictError):
        take_back(organisation=world.ours, last_day=stands(world.ours).last_day, now=NOW)


def test_an_address_that_is_off_the_list_gets_nothing(waiting: ReportMail, world: World) -> None:
    listed(world.ours, "desk@ours.example")
    with organisation_scope(world.ours.pk):
        remove_recipient(organisation=world.ours, recipient_id=Recipient.objects.get(email="board@ours.example").pk)
    assert deliver() == []
    assert the_mail(world.ours).reason == "The address is not on the list any more."


def test_a_client_that_rests_sends_nothing_until_it_is_resumed(waiting: ReportMail, world: World) -> None:
    with organisation_scope(world.ours.pk):
        Organisation.objects.filter(pk=world.ours.pk).update(suspended_at=NOW)
    assert not send(waiting)
    assert deliver() == []
    with organisation_scope(world.ours.pk):
        Organisation.objects.filter(pk=world.ours.pk).update(suspended_at=None)
    assert len(deliver()) == 1


def test_a_version_of_another_client_or_report_cannot_be_sent(waiting: ReportMail, world: World) -> None:
    """The database refuses another client's version; of another approval's version the worker sends nothing."""
    ready(world.other)
    approved(world.other, world.consultant)
    foreign = the_mail(world.other)
    with pytest.raises(IntegrityError), organisation_scope(world.ours.pk):
        swap(waiting, foreign.version_id)
    with organisation_scope(world.ours.pk):
        found = ReportVersion.objects.get(pk=waiting.version_id)
        other = ReportVersion.objects.create(
            organisation=world.ours, report_id=found.report_id, number=9, document=found.document,
            sha256=found.sha256, published_at=NOW,
        )  # fmt: skip
        ReportMail.objects.filter(pk=waiting.pk).update(version=other)
    assert not send(waiting)
    assert the_mail(world.ours).reason == "The approval was taken back."
    assert mail.outbox == []


def test_a_recipient_has_one_row_a_version(waiting: ReportMail, world: World) -> None:
    twin = ReportMail(
        organisation=world.ours, entry_id=waiting.entry_id, version_id=waiting.version_id, email=waiting.email,
        made_at=NOW, due_at=NOW,
    )  # fmt: skip
    with pytest.raises(IntegrityError), organisation_scope(world.ours.pk), transaction.atomic():
        twin.save(force_insert=True)


# ── how it goes ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_mail_speaks_the_clients_language_and_brings_what_was_chosen(world: World) -> None:
    with organisation_scope(world.ours.pk):
        Organisation.objects.filter(pk=world.ours.pk).update(language="de")
        world.ours.refresh_from_db()
        set_plan(organisation=world.ours, changes={"attaches_pdf": True, "sends_link": False})
    ready(world.ours, "board@ours.example")
    approved(world.ours, world.consultant)
    (sent,) = deliver()
    assert "Februar 2026" in sent.subject
    assert "/r/" not in sent.body
    ((name, content, kind),) = sent.attachments
    assert (name, kind, content[:4]) == ("report-1-1-2026-02-28.pdf", "application/pdf", b"%PDF")
    with organisation_scope(world.ours.pk, write=False):
        assert Entry.objects.get().version is not None


@pytest.fixture
def real_world(transactional_db: None) -> World:
    return build_world()


def test_two_workers_at_once_send_one_mail(real_world: World) -> None:
    ready(real_world.ours, "board@ours.example")
    approved(real_world.ours, real_world.consultant)
    found, gate, outcomes = the_mail(real_world.ours), Barrier(4), []

    def worker() -> None:
        gate.wait()
        try:
            outcomes.append(send(found))
        finally:
            connection.close()

    threads = [Thread(target=worker) for _n in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == [False, False, False, True]
    assert addressed(mail.outbox) == ["board@ours.example"]
