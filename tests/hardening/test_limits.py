"""Who is refused after how many tries, with what words and header, and who is not."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.db import DatabaseError
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from engagement.checks import limits_are_readable
from engagement.errors import TooManyError, UnavailableError
from tenants.rates import UnreadableLimitError, client_address, counting, give_back, read_limit, spend
from tenants.rates.counting import Leases
from tenants.services import create_token
from tests.conftest import NOW, PASSWORD, World
from tests.ingest.sending import post, track, write_key

transactional = pytest.mark.django_db(transaction=True)


@pytest.fixture
def limits(settings: Any) -> Any:
    """Every limit off; a test switches on what it is about."""
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "off")
    return settings.RATE_LIMITS


@pytest.fixture(autouse=True)
def _new_process_at_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No leases yet, and no window that ends in the middle of a test."""
    moment = timezone.now()
    monkeypatch.setattr(counting, "_leases", Leases())
    monkeypatch.setattr(timezone, "now", lambda: moment)


def _sign_in(client: Client, account: str, password: str = "wrong", **headers: Any) -> Any:
    return client.post(reverse("login"), {"login": account, "password": password}, **headers)


def _statuses(client: Client, times: int, account: str, **headers: Any) -> list[int]:
    return [_sign_in(client, account, **headers).status_code for _ in range(times)]


def _signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


# ── counting ─────────────────────────────────────────────────────────────────────────────────────────────────


@transactional
@pytest.mark.parametrize("name", ["account", "api"], ids=["one by one", "leased"])
def test_exactly_so_many_pass_in_a_window_and_the_wait_is_said(limits: Any, name: str) -> None:
    limits[name] = "450/1m"
    now = datetime(2026, 3, 2, 9, 0, 40, tzinfo=UTC)
    for _ in range(450):
        spend(name, "ada", now=now)
    with pytest.raises(TooManyError) as refused:
        spend(name, "ada", now=now)
    assert refused.value.retry_after_seconds == 20
    assert refused.value.message == "That was too many in a short time. Try again in 20 seconds."
    spend(name, "grace", now=now)
    spend(name, "ada", now=now + timedelta(seconds=20))


@transactional
def test_processes_share_a_limit_whoever_draws_first(limits: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes with leases of their own let through no more than the limit together."""
    limits["api"] = "1000/1m"
    processes, passed = [Leases(), Leases()], 0
    for turn in range(1_300):
        monkeypatch.setattr(counting, "_leases", processes[turn % 2])
        try:
            spend("api", "ada", now=NOW)
        except TooManyError:
            continue
        passed += 1
    assert passed == 1_000


@transactional
def test_leases_cost_a_statement_per_block(
    limits: Any, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenants.postgres.cache._sweep_sometimes", lambda: None)  # one more, by chance
    limits["ingest"] = "120000/1m"
    with django_assert_num_queries(10):
        for _ in range(1_000):
            spend("ingest", "key", now=NOW)


@transactional
def test_what_is_given_back_does_not_count(limits: Any) -> None:
    limits["account"] = "2/1m"
    for _ in range(5):
        spend("account", "ada", now=NOW)
        give_back("account", "ada", now=NOW)


@transactional
def test_a_cache_without_counting_at_once_is_counted_too(limits: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Redis is: add, then increase, both atomic."""
    monkeypatch.setattr(counting, "cache", LocMemCache("limits", {}))
    limits["account"] = "2/1m"
    for _ in range(2):
        spend("account", "ada", now=NOW)
    with pytest.raises(TooManyError):
        spend("account", "ada", now=NOW)


@transactional
def test_where_nobody_can_count_passwords_are_refused_and_programs_pass(
    limits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> int:
        raise DatabaseError

    monkeypatch.setattr(type(caches["default"]), "count", fail)
    limits |= {"account": "2/1m", "ingest": "2/1m"}
    spend("ingest", "key", now=NOW)
    with pytest.raises(UnavailableError):
        spend("account", "ada", now=NOW)
    give_back("account", "ada", now=NOW)


def test_a_process_forgets_the_leases_it_used_least() -> None:
    leases = Leases(remembered=2)
    for key in ("a", "b"):
        leases.grant(key, 1, left=1, spent=False)
    assert leases.take("a", 1) is True
    leases.grant("c", 1, left=1, spent=True)
    assert [leases.take(key, 1) for key in ("b", "c", "c", "a")] == [None, True, False, None]
    assert leases.take("c", 2) is None


@pytest.mark.parametrize(
    ("written", "count", "seconds"), [("20/5m", 20, 300), ("1/s", 1, 1), (" 7 / 2h ", 7, 7_200), ("3/1d", 3, 86_400)]
)
def test_limits_as_they_are_written(written: str, count: int, seconds: int) -> None:
    found = read_limit("account", written)
    assert found is not None
    assert (found.count, found.seconds) == (count, seconds)


@pytest.mark.parametrize("written", ["", "20", "0/1m", "5/0s", "-1/m", "5/1w", "five/1m"])
def test_a_limit_that_cannot_be_read_is_refused_by_a_check(limits: Any, written: str) -> None:
    with pytest.raises(UnreadableLimitError):
        read_limit("account", written)
    assert limits_are_readable(None) == []
    limits["account"] = written
    [message] = limits_are_readable(None)
    assert (message.id, "account" in message.msg) == ("rapport.E013", True)


# ── where a request comes from ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("proxies", "request_of", "expected"),
    [
        (0, ("203.0.113.7", "198.51.100.1"), "203.0.113.7"),
        (1, ("10.0.0.1", "198.51.100.1"), "198.51.100.1"),
        (1, ("10.0.0.1", "6.6.6.6, 198.51.100.1"), "198.51.100.1"),  # what the client wrote itself stands before
        (2, ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2"), "198.51.100.1"),
        (2, ("10.0.0.1", "198.51.100.1"), "10.0.0.1"),  # fewer than ours would have written
        (0, ("2001:db8:1:2:3:4:5:6", ""), "2001:db8:1:2::"),
        (0, ("::ffff:203.0.113.7", ""), "203.0.113.7"),
        (0, ("", ""), "unknown"),
        (1, ("10.0.0.1", "nonsense"), "unknown"),
    ],
)
def test_the_address_that_is_counted(settings: Any, proxies: int, request_of: tuple[str, str], expected: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    peer, forwarded = request_of
    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == expected


# ── signing in ───────────────────────────────────────────────────────────────────────────────────────────────


@transactional
def test_a_pair_of_account_and_address_is_refused_before_the_password_is_looked_at(limits: Any, world: World) -> None:
    limits["login-pair"] = "3/15m"
    client = Client()
    assert _statuses(client, 4, world.viewer.email) == [200, 200, 200, 429]
    refused = _sign_in(client, world.viewer.email.upper(), PASSWORD)
    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 900
    assert "That was too many in a short time" in refused.content.decode()
    assert not _signed_in(client)
    assert _sign_in(client, world.admin.email, PASSWORD).status_code == 302


@transactional
def test_the_same_account_from_elsewhere_is_not_refused(limits: Any, world: World) -> None:
    """A neighbour's guesses lock nobody out."""
    limits["login-pair"] = "3/15m"
    assert _statuses(Client(), 4, world.viewer.email, REMOTE_ADDR="203.0.113.7")[-1] == 429
    client = Client(REMOTE_ADDR="198.51.100.1")
    assert _sign_in(client, world.viewer.email, PASSWORD).status_code == 302
    assert _signed_in(client)


@transactional
def test_an_account_guessed_at_from_everywhere_is_refused_to_strangers_only(limits: Any, world: World) -> None:
    limits["login-account"] = "5/1h"
    home, email = Client(), world.viewer.email
    assert _sign_in(home, email, PASSWORD).status_code == 302
    home.post(reverse("logout"))
    guesses = [_statuses(Client(REMOTE_ADDR=f"203.0.113.{n}"), 1, email)[0] for n in range(7)]
    assert guesses == [200] * 5 + [429] * 2
    assert _sign_in(Client(REMOTE_ADDR="198.51.100.1"), email, PASSWORD).status_code == 429
    assert _sign_in(home, email, PASSWORD).status_code == 302


@transactional
def test_a_known_browser_is_counted_too(limits: Any, world: World) -> None:
    """The cookie opens no door of its own: a thief of it guesses as slowly as anybody."""
    limits["login-device"] = "3/15m"
    home = Client()
    _sign_in(home, world.viewer.email, PASSWORD)
    home.post(reverse("logout"))
    assert _statuses(home, 4, world.viewer.email) == [200, 200, 200, 429]
    limits["login-account"] = "1/1h"
    assert _statuses(home, 2, world.admin.email) == [200, 429]  # of another account it knows nothing


@transactional
def test_nobody_makes_a_known_browser_by_asking(limits: Any, world: World) -> None:
    """Who is signed in is sent on without a look at the password; that must not vouch for the address typed."""
    limits["login-account"] = "2/1h"
    thief = Client()
    _sign_in(thief, world.stranger.email, PASSWORD)
    assert _sign_in(thief, world.viewer.email, "wrong").status_code == 302
    thief.post(reverse("logout"))
    assert _statuses(thief, 3, world.viewer.email) == [200, 200, 429]


@transactional
@pytest.mark.parametrize("cookie", ["", "nonsense", "e30:1abcde:forged"])
def test_a_forged_cookie_is_no_known_browser(limits: Any, world: World, cookie: str) -> None:
    limits["login-account"] = "1/1h"
    client = Client()
    client.cookies["known"] = cookie
    assert _statuses(client, 2, world.viewer.email) == [200, 429]


@transactional
def test_spraying_one_password_over_many_accounts_is_refused(limits: Any, world: World) -> None:
    limits["login-address"] = "4/15m"
    client = Client(REMOTE_ADDR="2001:db8::1")
    assert [_statuses(client, 1, f"{n}@example.com")[0] for n in range(5)] == [200] * 4 + [429]
    # Another address of the same network is the same somebody; another network is not.
    assert _statuses(Client(REMOTE_ADDR="2001:db8::2"), 1, "x@example.com") == [429]
    assert _statuses(Client(REMOTE_ADDR="2001:db8:0:1::1"), 1, "x@example.com") == [200]


@transactional
def test_signing_in_rightly_is_never_counted(limits: Any, world: World) -> None:
    limits |= {"login-pair": "2/15m", "login-address": "2/15m", "login-account": "2/1h", "login-device": "2/15m"}
    for _ in range(6):
        assert _sign_in(Client(), world.viewer.email, PASSWORD).status_code == 302


@transactional
def test_unknown_and_known_accounts_are_refused_alike(limits: Any, world: World) -> None:
    limits["login-pair"] = "2/15m"
    answers = []
    for email in (world.viewer.email, "nobody@example.com"):
        client = Client()
        _statuses(client, 2, email)
        answers.append(_sign_in(client, email))
    assert [answer.status_code for answer in answers] == [429, 429]
    [known, unknown] = [re.sub(rb"in \d+ (seconds|minutes)", b"", answer.content) for answer in answers]
    assert known == unknown


# ── the rest of an account ───────────────────────────────────────────────────────────────────────────────────


@transactional
def test_posts_about_an_account_are_counted_by_person(limits: Any, world: World) -> None:
    limits["account"] = "3/5m"
    client, other = Client(), Client()
    client.force_login(world.viewer)
    other.force_login(world.admin)
    wrong = {"oldpassword": "wrong", "password1": PASSWORD + "!", "password2": PASSWORD + "!"}
    answers = [client.post(reverse("account_change_password"), wrong) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1]["Retry-After"].isdecimal()
    assert other.post(reverse("account_change_password"), wrong).status_code == 200
    assert client.get(reverse("account")).status_code == 200
    assert client.post(reverse("logout")).status_code == 302


# ── programs ─────────────────────────────────────────────────────────────────────────────────────────────────

ORGANISATIONS = "/api/v1/organisations/"


@transactional
def test_the_api_is_counted_by_token_and_by_person(limits: Any, world: World) -> None:
    limits["api"] = "3/1m"
    tokens = [create_token(user=world.viewer, name=name, now=timezone.now())[1] for name in ("one", "two")]
    first, second = (Client(HTTP_AUTHORIZATION=f"Bearer {token}") for token in tokens)
    answers = [first.get(ORGANISATIONS) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    body = json.loads(answers[-1].content)
    assert (body["code"], sorted(body)) == ("too_many", ["code", "message"])
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert second.get(ORGANISATIONS).status_code == 200
    person = Client()
    person.force_login(world.viewer)
    assert [person.get(ORGANISATIONS).status_code for _ in range(4)] == [200, 200, 200, 429]


@transactional
def test_wrong_tokens_are_counted_by_address_and_right_ones_pass(limits: Any, world: World) -> None:
    limits["wrong-token"] = "2/1m"
    wrong = Client(HTTP_AUTHORIZATION="Bearer rpt_wrong")
    assert [wrong.get(ORGANISATIONS).status_code for _ in range(3)] == [401, 401, 429]
    right = Client(HTTP_AUTHORIZATION=f"Bearer {create_token(user=world.viewer, name='one', now=timezone.now())[1]}")
    assert right.get(ORGANISATIONS).status_code == 200


@transactional
def test_ingest_is_counted_by_organisation(limits: Any, world: World) -> None:
    limits["ingest"] = "2/1m"
    key, second, other = write_key(world.ours), write_key(world.ours), write_key(world.strange)
    body = {"batch": [track(1)]}
    answers = [post(Client(), body, key=one) for one in (key, second, key)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert json.loads(answers[-1].content)["code"] == "too_many"
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert post(Client(), body, key=other).status_code == 200


@transactional
def test_wrong_write_keys_are_counted_by_address_and_right_ones_pass(limits: Any, world: World) -> None:
    limits["wrong-key"] = "2/1m"
    body = {"batch": [track(1)]}
    answers = [post(Client(), body, key="rpw_wrong") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert answers[-1]["Retry-After"].isdecimal()
    assert post(Client(), body, key=write_key(world.ours)).status_code == 200
    assert post(Client(REMOTE_ADDR="198.51.100.1"), body, key="rpw_wrong").status_code == 401
