"""Sessions and addresses: how long one lasts, what ends the others, and how a password or an address is replaced."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.core.management import call_command
from django.test import Client

from tenants import selectors_accounts, services, tasks
from tenants.accounts.links import reset_link
from tenants.accounts.mails import letter, send
from tenants.models import User
from tenants.sessions import cookie_of
from tests.conftest import PASSWORD, World
from tests.tenants.signing_in import as_user, give_app, sign_in

# What these undo would undo the wrapped transaction of a test, too.
commits = pytest.mark.django_db(transaction=True)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NEW = "a-new-long-password"


def _signed_out(client: Client, address: str = "/account/") -> bool:
    return client.get(address).headers.get("Location", "").startswith("/login/")


# ── how long ─────────────────────────────────────────────────────────────────────────────────────────────────


class _Clock:
    """django.utils.timezone, with a now() that is set."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    clock = _Clock()
    monkeypatch.setattr("tenants.accounts.middleware.timezone", clock)
    return clock


def test_a_session_left_alone_ends(world: World, watch: _Clock) -> None:
    client = as_user(world.viewer)
    assert client.get("/account/").status_code == 200
    watch.at += timedelta(seconds=settings.SESSION_IDLE_SECONDS)
    assert client.get("/account/").status_code == 200
    watch.at += timedelta(seconds=settings.SESSION_IDLE_SECONDS + 1)
    assert _signed_out(client)
    assert "this session had ended" in client.get("/login/").content.decode()
    assert SESSION_KEY not in client.session


def test_a_session_ends_however_busy_it_is(world: World, watch: _Clock) -> None:
    client = as_user(world.viewer)
    ends = START + timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS)
    while watch.at < ends:
        assert client.get("/account/").status_code == 200, watch.at
        watch.at += timedelta(hours=1)
    watch.at = ends + timedelta(seconds=1)
    assert _signed_out(client)


@commits
def test_the_api_says_that_a_session_has_ended(world: World, watch: _Clock) -> None:
    client = as_user(world.viewer)
    client.get("/api/v1/organisations/")
    watch.at += timedelta(seconds=settings.SESSION_IDLE_SECONDS + 1)
    assert client.get("/api/v1/organisations/").status_code == 401


def test_being_here_is_written_down_once_a_minute(world: World, watch: _Clock) -> None:
    client = Client()
    sign_in(client, world.viewer.email)
    watch.at += timedelta(seconds=59)
    client.get("/account/")
    first = UserSession.objects.get(user=world.viewer).last_seen_at
    watch.at += timedelta(seconds=1)
    client.get("/account/")
    assert (first < watch.at, UserSession.objects.get(user=world.viewer).last_seen_at) == (True, watch.at)


def test_signing_in_gives_a_new_session_id(world: World) -> None:
    client = Client()
    before = client.session  # the test client makes one, and its cookie
    before["mark"] = 1
    before.save()
    key = str(before.session_key)
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie_of(key)
    assert client.get("/login/").wsgi_request.session["mark"] == 1
    signed_in = sign_in(client, world.viewer.email).wsgi_request.session
    assert signed_in[SESSION_KEY] == str(world.viewer.pk)
    assert signed_in.session_key not in {None, key}
    assert not signed_in.exists(key)


# ── which ────────────────────────────────────────────────────────────────────────────────────────────────────

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@commits
def test_a_session_elsewhere_is_listed_and_ended(world: World) -> None:
    here, there = Client(), Client(headers={"user-agent": FIREFOX})
    for client in (here, there):
        sign_in(client, world.viewer.email)
    page = here.get("/account/sessions/").content.decode()
    assert "signed in in 2 places" in page
    assert "Firefox on Windows" in page
    [address] = re.findall(r'action="(/account/sessions/\d+/end/)"', page)
    assert as_user(world.stranger).post(address).status_code == 404
    assert here.get(address).status_code == 405
    assert there.get("/account/").status_code == 200
    assert here.post(address).headers["Location"] == "/account/sessions/"
    assert (_signed_out(there), here.get("/account/").status_code) == (True, 200)
    assert "signed in here only" in here.get("/account/sessions/").content.decode()


def test_all_others_are_ended_at_once(world: World) -> None:
    clients = [Client() for _ in range(3)]
    for client in clients:
        sign_in(client, world.viewer.email)
    assert clients[0].post("/account/sessions/").status_code == 302
    assert [_signed_out(client) for client in clients] == [False, True, True]
    assert len(selectors_accounts.sessions(user=world.viewer, session_key=clients[0].session.session_key)) == 1


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/18.0 Safari/605", "Safari on macOS"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("curl/8", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_browser_is_called_by_its_name(agent: str, name: str) -> None:
    assert selectors_accounts.browser_name(agent) == name


# ── a forgotten password ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    monkeypatch.setattr("tenants.accounts.forms.wake", lambda *what: found.append(what))
    return found


def test_asking_for_a_new_password_says_and_does_the_same_for_every_address(world: World, woken: list[Any]) -> None:
    User.objects.filter(pk=world.stranger.pk).update(is_active=False)
    pages = []
    for email in (world.viewer.email, "nobody@example.com", world.stranger.email):
        client = Client()
        answer = client.post("/password/forgotten/", {"email": f" {email.upper()} "})
        assert answer.headers["Location"] == "/password/forgotten/sent/"
        pages.append(client.get("/password/forgotten/sent/").content)
    assert len(set(pages)) == 1
    # The same message each time, with nobody in it where there is nobody.
    assert woken == [("tenants.reset_mail", who) for who in (world.viewer.pk, "", "")]
    assert mail.outbox == []


def test_a_worker_mails_the_link_that_chooses_a_new_password_once(world: World) -> None:
    tasks.reset_mail("")
    assert mail.outbox == []
    elsewhere, client = as_user(world.viewer), Client()
    tasks.reset_mail(str(world.viewer.pk))
    [message] = mail.outbox
    [link] = re.findall(rf"{settings.PUBLIC_URL}(/password/new/\S+)", str(message.body))
    page = client.get(link, follow=True)
    assert "Choose a new password" in page.content.decode()
    assert link.rstrip("/").rpartition("/")[2] not in page.request["PATH_INFO"]  # the key leaves the address
    address = page.request["PATH_INFO"]
    assert client.post(address, {"password1": "short", "password2": "short"}).status_code == 200
    assert client.post(address, {"password1": NEW, "password2": NEW}).headers["Location"] == "/login/"
    assert _signed_out(elsewhere)
    assert sign_in(Client(), world.viewer.email, PASSWORD).status_code == 200
    assert sign_in(Client(), world.viewer.email, NEW).headers["Location"] == "/"
    assert "has expired, or has been used" in Client().get(link, follow=True).content.decode()


def test_a_mailed_password_does_not_pass_the_second_factor(world: World) -> None:
    give_app(world.viewer)
    client = Client()
    address = client.get(reset_link(world.viewer).removeprefix(settings.PUBLIC_URL), follow=True).request["PATH_INFO"]
    client.post(address, {"password1": NEW, "password2": NEW})
    assert SESSION_KEY not in client.session
    assert sign_in(client, world.viewer.email, NEW).headers["Location"] == "/login/second-factor/"


def test_links_name_the_public_address_whatever_host_a_request_claims(world: World, woken: list[Any]) -> None:
    Client().post("/password/forgotten/", {"email": world.viewer.email}, headers={"host": "localhost"})
    tasks.reset_mail(str(woken[0][1]))
    assert re.findall(r"https?://[^/\s]+", str(mail.outbox[0].body)) == [settings.PUBLIC_URL]


# ── another address ──────────────────────────────────────────────────────────────────────────────────────────


def _person(email: str = "p@example.com") -> tuple[User, Client]:
    user, client = services.create_user(email=email, name="Pat", password=PASSWORD), Client()
    sign_in(client, email)
    return user, client


def test_a_new_address_counts_when_its_link_is_followed(db: None) -> None:
    user, client = _person()
    elsewhere = as_user(user)
    client.post("/account/address/", {"email": "New@example.com", "action_add": ""})
    [message] = mail.outbox
    assert (message.to, User.objects.get(pk=user.pk).email) == (["new@example.com"], "p@example.com")
    [link] = re.findall(rf"{settings.PUBLIC_URL}(/account/address/\S+)", str(message.body))
    assert "Is new@example.com your address?" in client.get(link).content.decode()
    assert User.objects.get(pk=user.pk).email == "p@example.com"  # looking confirms nothing: mail scanners look
    assert client.post(link).headers["Location"] == "/account/"
    assert User.objects.get(pk=user.pk).email == "new@example.com"
    assert [(a.email, a.verified, a.primary) for a in EmailAddress.objects.filter(user=user)] == [
        ("new@example.com", True, True)
    ]
    assert (mail.outbox[1].to, mail.outbox[1].subject) == (["p@example.com"], "Your address was changed · Rapport")
    assert (client.get("/account/").status_code, _signed_out(elsewhere)) == (200, True)
    assert sign_in(Client(), "new@example.com").headers["Location"] == "/"
    assert sign_in(Client(), "p@example.com").status_code == 200


@pytest.mark.parametrize("is_listed", [True, False])
def test_an_address_of_somebody_else_is_answered_alike_and_never_taken(db: None, is_listed: bool) -> None:
    taken = services.create_user(email="taken@example.com", name="T", password=PASSWORD)
    if not is_listed:  # allauth looks at its own list, ours at who signs in
        EmailAddress.objects.filter(user=taken).delete()
    user, client = _person()
    pages = []
    for email in ("free@example.com", "taken@example.com"):
        client.post("/account/address/", {"email": email, "action_add": ""})
        pages.append(client.get("/account/address/").content.decode().replace(email, "…"))
    strip = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    assert strip.sub("", pages[0]) == strip.sub("", pages[1])
    assert [message.to for message in mail.outbox] == [["free@example.com"], ["taken@example.com"]]
    [link] = re.findall(r"(/account/address/\S+)", str(mail.outbox[-1].body))
    client.post(link)
    assert User.objects.get(pk=user.pk).email == "p@example.com"


def test_an_older_session_proves_again_who_it_is_before_the_address_changes(world: World) -> None:
    client = as_user(world.viewer)
    answer = client.post("/account/address/", {"email": "new@example.com", "action_add": ""})
    assert answer.headers["Location"] == "/account/again/?next=%2Faccount%2Faddress%2F"
    assert mail.outbox == []


# ── mails ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_test_mail(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("send_test_mail", "you@example.com")
    [message] = mail.outbox
    assert (message.to, message.subject, message.from_email) == (
        ["you@example.com"], "A test · Rapport", settings.DEFAULT_FROM_EMAIL,
    )  # fmt: skip
    assert message.extra_headers == {"Auto-Submitted": "auto-generated"}
    assert "Handed over to" in capsys.readouterr().out


def test_a_letter_is_plain_text_and_its_subject_one_line() -> None:
    subject, body = letter("invitation", organisation="A & B\r\nBcc: x@y.example", inviter="<Ada>", role="viewer",
                           expires=START, link="https://x/?a=1&b=2")  # fmt: skip
    assert "\n" not in subject
    assert "\r" not in subject
    assert "<Ada> invites you" in body
    assert "https://x/?a=1&b=2" in body


def test_mails_are_printed_or_filed_or_sent_by_url(settings: Any, tmp_path: Any) -> None:
    import environ

    env = environ.Env()
    for url, backend in (
        ("consolemail://", "console"), (f"filemail:///{tmp_path}", "filebased"), ("smtp+tls://u:p@h:587", "smtp"),
    ):  # fmt: skip
        assert env.email_url_config(url)["EMAIL_BACKEND"] == f"django.core.mail.backends.{backend}.EmailBackend"
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    send("test", to="you@example.com")
    [filed] = list(tmp_path.iterdir())
    assert "Subject: A test" in filed.read_text() or "Subject: =?utf-8?" in filed.read_text()
