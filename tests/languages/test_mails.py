"""Each mail is written in the language of who gets it, whichever language is on where it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone, translation

from engagement.insights.models import WebhookEndpoint
from engagement.insights.services import alert_mails, question_mails
from engagement.insights.terms import terms_of
from engagement.scorecards.digest import mailing as digests
from tenants import services, tasks
from tenants.accounts import adapters, mails
from tenants.models import Organisation, Role, User
from tenants.scope import organisation_scope
from tenants.services import factors
from tenants.services.digests import waiting_digests
from tests.conftest import PASSWORD, World, make_user
from tests.insights import test_alerts, test_notes
from tests.insights.alerts_world import make_weekly
from tests.tenants.signing_in import sign_in

MONDAY = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
DE, EN = "de", "en-gb"
NEW = "another-long-secret"


def chooses(user: User, language: str) -> None:
    services.choose_language(user=user, language=language)


def speaks(organisation: Organisation, language: str) -> None:
    with organisation_scope(organisation.pk):
        Organisation.objects.filter(pk=organisation.pk).update(language=language)


def now_on(*_said: Any, **_more: Any) -> str:
    """In place of words that are worked out: the language they would have been said in."""
    return f"said in {translation.get_language()}."


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The language of each letter's own words."""
    found, write = [], mails.letter

    def written(name: str, **context: object) -> tuple[str, str]:
        found.append(translation.get_language())
        return write(name, **context)

    monkeypatch.setattr(mails, "letter", written)
    return found


@pytest.fixture(autouse=True)
def _of_nobody() -> Iterator[None]:
    """What is on where mails are sent does not matter."""
    with translation.override("fr"):
        yield


# ── of accounts ──────────────────────────────────────────────────────────────────────────────────────────────


def _invited(world: World, email: str) -> str:
    with organisation_scope(world.ours.id):
        made = services.invite(email=email, role="viewer", user=world.admin, now=timezone.now())
    tasks.invitation_mail(world.ours.id, str(made.pk))
    return str(mail.outbox[-1].body)


def test_an_invitation_speaks_as_the_organisation_does_to_somebody_new(
    world: World, letters: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Role, "noun", property(now_on))
    speaks(world.ours, DE)
    assert "als said in de" in _invited(world, "new@example.com")
    assert letters == [DE]


def test_an_invitation_speaks_the_language_that_somebody_known_has_chosen(world: World, letters: list[str]) -> None:
    speaks(world.ours, DE)
    known = make_user("known")
    _invited(world, known.email)
    chooses(known, EN)
    _invited(world, known.email)
    assert letters == [DE, EN]


def test_a_link_for_a_new_password_speaks_what_was_chosen_and_english_without(world: World, letters: list[str]) -> None:
    chooses(world.viewer, DE)
    for user in (world.viewer, world.admin):
        tasks.reset_mail(str(user.pk))
    assert letters == [DE, EN]


def test_a_notice_of_removed_factors_speaks_what_was_chosen(
    world: World, letters: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(factors, "notice", lambda name: (now_on(), name))
    chooses(world.viewer, DE)
    services.remove_second_factors(email=world.viewer.email)
    assert (letters, mail.outbox[0].subject) == ([DE], "said in de. · Rapport")


@pytest.fixture
def _notices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "notice", lambda name: (now_on(), name))


@pytest.mark.django_db(transaction=True)  # mails wait for the commit
@pytest.mark.parametrize(("chosen", "page", "spoken"), [(DE, "en", DE), ("", "de", DE), ("", "en", EN)])
@pytest.mark.usefixtures("_notices")
def test_a_notice_speaks_what_was_chosen_or_else_what_the_page_does(
    world: World, letters: list[str], chosen: str, page: str, spoken: str
) -> None:
    User.objects.filter(pk=world.viewer.pk).update(language=chosen)
    client = Client(headers={"Accept-Language": page})
    sign_in(client, world.viewer.email)
    words = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post("/account/password/", words).status_code == 302
    assert (letters, mail.outbox[0].subject) == ([spoken], f"said in {spoken}. · Rapport")


# ── of organisations ─────────────────────────────────────────────────────────────────────────────────────────


def test_alerts_are_said_to_each_in_their_language(
    world: World, letters: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert_mails, "alert_sentence", now_on)
    chooses(world.admin, EN)
    speaks(world.ours, DE)
    check = test_alerts.fallen(make_weekly(world.ours, range(1, 61)), roles=("admin",), people=(world.viewer.pk,))
    assert test_alerts.mailed(check) == 2
    said = {message.to[0]: "said in de." in message.body for message in mail.outbox}
    assert said == {world.admin.email: False, world.viewer.email: True}
    assert sorted(letters) == [DE, EN]


def test_the_numbers_of_an_alert_are_the_readers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    terms: list[str] = []

    def read(**said: Any) -> Any:
        terms.append(now_on())
        return terms_of(**said)

    monkeypatch.setattr(alert_mails, "terms_of", read)
    chooses(world.viewer, DE)
    check = test_alerts.fallen(make_weekly(world.ours, range(1, 61)), people=(world.viewer.pk,), roles=())
    assert test_alerts.mailed(check) == 1
    assert terms == ["said in de."]


def test_questions_are_told_to_each_in_their_language(
    world: World, letters: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {"organisation": "Ours", "link": "https://rapport.example/"}
    monkeypatch.setattr(question_mails._Errand, "said", lambda _errand: {**words, "somebody": now_on()})
    chooses(world.admin, EN)
    speaks(world.ours, DE)
    test_notes.asked(world, by=world.viewer)
    assert test_notes.mailed(test_notes.lines(world)[0]) == 2
    said = {message.to[0]: "said in de." in message.body for message in mail.outbox}
    assert said == {world.admin.email: False, world.consultant.email: True}
    assert sorted(letters) == [DE, EN]


def test_that_a_webhook_is_off_is_told_to_each_in_their_language(world: World, letters: list[str]) -> None:
    chooses(world.admin, DE)
    with organisation_scope(world.ours.id):
        gone = WebhookEndpoint.objects.create(
            organisation=world.ours,
            name="Desk",
            url="https://desk.example/",
            off_by_failure=True,
            off_at=MONDAY,
            created_at=MONDAY,
        )
    alert_mails.mail_webhook_off(organisation_id=world.ours.id, endpoint_id=gone.pk, now=MONDAY)
    assert letters == [DE]


def test_the_weekly_mail_is_made_in_the_language_chosen_or_else_of_the_firm(
    world: World, letters: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: dict[str, str] = {}
    letter = digests._letter

    def written(user: User, *said: Any) -> Any:
        made[user.email] = str(translation.get_language())
        return letter(user, *said)

    monkeypatch.setattr(digests, "_letter", written)
    chooses(world.admin, EN)
    speaks(world.firm, DE)
    speaks(world.ours, EN)
    digests.dispatch_digests(now=MONDAY)
    for digest_id in waiting_digests(now=MONDAY):
        digests.send_digest(digest_id=digest_id, now=MONDAY)
    assert {world.admin.email: EN, world.consultant.email: DE}.items() <= made.items()
    assert len(letters) == len(mail.outbox)
