"""Nobody learns here which addresses have an account: same words, same status, same work for each.

The work is counted, not timed: a hash takes a thousand times as long as all the rest, so equal hashes are equal times.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tenants.models import User
from tests.conftest import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often, and with how many rounds each, a password was hashed."""
    made: list[int] = []
    encode = PBKDF2PasswordHasher.encode

    def counted(self: Any, password: str, salt: str, iterations: int | None = None) -> str:
        made.append(iterations or self.iterations)
        return encode(self, password, salt, iterations)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", counted)
    return made


def _accounts(world: World) -> dict[str, str]:
    """An account of every kind that exists, and one that does not."""
    User.objects.filter(pk=world.consultant.pk).update(is_active=False)
    unusable = User(email="unusable@example.com", name="Unusable")
    unusable.set_unusable_password()
    unusable.save()
    return {
        "known": world.viewer.email,
        "unknown": "nobody@example.com",
        "closed": world.consultant.email,
        "without a password": unusable.email,
        "no address at all": "nobody",
        "endless": "a" * 300 + "@example.com",
    }


def _plain(answer: Any, typed: str) -> tuple[int, bytes]:
    """The answer without what was typed and without the form's token."""
    content = answer.content.replace(typed.encode(), b"")
    return answer.status_code, re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", content)


def _sign_in(email: str, password: str = "a wrong password") -> Any:
    return Client().post(reverse("login"), {"login": email, "password": password})


def test_signing_in_says_the_same_of_every_account(world: World) -> None:
    accounts = _accounts(world)
    del accounts["no address at all"], accounts["endless"]  # refused by the form itself, whoever has an account
    answers = {kind: _plain(_sign_in(email), email) for kind, email in accounts.items()}
    assert {status for status, _ in answers.values()} == {200}
    assert [kind for kind, answer in answers.items() if answer != answers["unknown"]] == []
    assert b"do not fit together" in answers["unknown"][1]


def test_a_closed_account_with_its_right_password_says_no_more(world: World) -> None:
    email = _accounts(world)["closed"]
    right, wrong = (_plain(_sign_in(email, word), email) for word in ("correct-horse-battery-staple", "wrong"))
    assert right == wrong


def test_signing_in_takes_the_same_work_for_every_account(world: World, hashes: list[int]) -> None:
    work: dict[str, tuple[list[int], int]] = {}
    for kind, email in _accounts(world).items():
        hashes.clear()
        with CaptureQueriesContext(connection) as queries:
            _sign_in(email)
        work[kind] = (list(hashes), len([query for query in queries if "tenants_user" in query["sql"]]))
    assert work["unknown"][0] == [PBKDF2PasswordHasher.iterations]
    assert {kind: done for kind, done in work.items() if done != work["unknown"]} == {}


def test_control_without_the_dummy_hash_an_unknown_account_shows(
    world: World, hashes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(User, "set_password", lambda _, __: None)
    _sign_in("nobody@example.com")
    assert hashes == []


def test_a_reset_says_the_same_of_every_account(world: World) -> None:
    address = reverse("account_reset_password")
    accounts = _accounts(world)
    del accounts["no address at all"], accounts["endless"]
    answers = {}
    for kind, email in accounts.items():
        answer = Client().post(address, {"email": email}, follow=True)
        answers[kind] = (answer.redirect_chain, *_plain(answer, email))
    assert [kind for kind, answer in answers.items() if answer != answers["unknown"]] == []
