"""Nobody is sent where a stranger wants them: redirects, links, and what a forged Host changes (nothing)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from tenants import tasks
from tests.conftest import PASSWORD, World
from tests.ingest.sending import post, send, track, write_key

pytestmark = pytest.mark.django_db(transaction=True)

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "https:evil.example",
    "https:///evil.example",
    "http:/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "//testserver:80@evil.example/",
    "\x08//evil.example/",
    " //evil.example/",
    "/\t/evil.example/",
    "https://evil.example\\@testserver/",
    "ftp://testserver/",
]


def _signs_in(client: Client, world: World, address: str, **more: str) -> Any:
    return client.post(address, {"login": world.viewer.email, "password": PASSWORD, **more})


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_and_out_leads_nowhere_else(world: World, target: str) -> None:
    """In the form, in the address, and for somebody who is signed in already; then on the way out."""
    login, logout = reverse("login"), reverse("logout")
    client = Client()
    answers = [
        _signs_in(Client(), world, login, next=target),
        _signs_in(client, world, f"{login}?next={quote(target)}"),
        client.get(login, {"next": target}),
        client.post(logout, {"next": target}),
        client.post(f"{logout}?next={quote(target)}"),
    ]
    assert [answer.status_code for answer in answers] == [302] * 5
    assert {answer["Location"] for answer in answers[:3]} == {reverse("home")}
    assert {answer["Location"].partition("?")[0] for answer in answers[3:]} <= {login, logout}


def test_control_a_page_of_ours_is_followed(world: World) -> None:
    own = f"/o/{world.ours.slug}/segments/"
    assert _signs_in(Client(), world, reverse("login"), next=own)["Location"] == own


@pytest.mark.parametrize("path", ["//evil.example/o/x/", "/\\evil.example/", "/o/x/..//evil.example"])
def test_an_address_like_a_host_is_not_taken_for_one(path: str) -> None:
    """What is asked for while signed out comes back in `next`, which leads to a page of ours or to none."""
    answer = Client().generic("GET", path)
    assert answer.status_code in {302, 404}
    assert answer.get("Location", "/").startswith(("/login/", "/"))
    assert not answer.get("Location", "/").startswith(("//", "/\\"))


# ── hosts ────────────────────────────────────────────────────────────────────────────────────────────────────

PATHS = ["/", "/login/", "/api/v1/organisations/", "/healthz", "/v1/batch", "/o/x/", "/nowhere", "/api/v1/schema/"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver:80@evil.example", "", "a b"])
def test_another_host_is_refused_everywhere(path: str, host: str) -> None:
    answer = Client().get(path, HTTP_HOST=host)
    assert answer.status_code == 400
    assert b"evil" not in answer.content


@pytest.mark.parametrize(
    "forged",
    [
        {"HTTP_X_FORWARDED_HOST": "evil.example"},
        {"HTTP_X_HOST": "evil.example"},
        {"HTTP_FORWARDED": "host=evil.example"},
        {"HTTP_X_ORIGINAL_URL": "https://evil.example/"},
        {"HTTP_HOST": "localhost:6666"},  # allowed, and still not the public address
    ],
)
def test_links_come_from_the_public_address_only(world: World, settings: Any, forged: dict[str, str]) -> None:
    settings.PUBLIC_URL = "https://rapport.example"
    send(world.ours, *(track(number) for number in range(3)))
    client = Client(**forged)  # type: ignore[arg-type]
    client.force_login(world.consultant)
    listed = client.get(reverse("api-customers", args=[world.ours.slug]), {"limit": 1, "offset": 1}).json()
    start = f"https://rapport.example/api/v1/organisations/{world.ours.slug}/customers/?"
    assert [listed[name].startswith(start) for name in ("next", "previous")] == [True, True]
    assert client.get("/v1/projects/k/settings").json()["integrations"]["Segment.io"]["apiHost"] == "rapport.example/v1"
    page = client.get(reverse("imports", args=[world.ours.slug])).content.decode()
    assert "https://rapport.example" in page
    assert "evil.example" not in page
    assert "localhost:6666" not in page


def test_a_mail_about_a_password_names_the_public_address(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link in it with a stranger's host would hand the stranger the account."""
    settings.PUBLIC_URL = "https://rapport.example"
    woken: list[Any] = []
    monkeypatch.setattr("tenants.accounts.forms.wake", lambda *what: woken.append(what))
    Client().post(
        reverse("account_reset_password"),
        {"email": world.viewer.email},
        HTTP_X_FORWARDED_HOST="evil.example",
        HTTP_HOST="localhost:6666",
    )
    [(_, user_id)] = woken
    tasks.reset_mail(str(user_id))
    [sent] = mail.outbox
    assert "https://rapport.example/" in sent.body
    assert not any(host in sent.body for host in ("evil.example", "localhost:6666"))


def test_a_write_key_is_taken_whatever_the_origin_and_no_cookie_is_asked_for(world: World) -> None:
    key = write_key(world.ours)
    answer = post(Client(), {"batch": [track(9)]}, key=key, HTTP_ORIGIN="https://shop.example")
    assert answer["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "Access-Control-Allow-Credentials" not in answer
    assert "Access-Control-Allow-Origin" not in Client().get("/api/v1/schema/", HTTP_ORIGIN="https://shop.example")
