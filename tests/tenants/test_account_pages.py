"""Signing in, home and the account, as each kind of person meets them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from tenants import selectors, services
from tenants.models import Membership, Organisation, User
from tenants.scope import organisation_scope, tenant
from tests.conftest import PASSWORD, World


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _again(organisation: Organisation) -> Organisation:
    with tenant(read=[organisation.id]):
        return Organisation.objects.get()


def _held(organisation: Organisation, user: User) -> Membership:
    """Somebody's membership; raises DoesNotExist when there is none."""
    with tenant(read=[organisation.id]):
        return Membership.objects.get(user=user)


def _errors(content: bytes) -> list[str]:
    """What stands beside fields and above the form, as plain text."""
    found = re.findall(r'class="field-error"[^>]*>(.*?)</div>', content.decode(), re.DOTALL)
    return [re.sub(r"<[^>]+>|\s+", " ", text).strip() for text in found]


# ── in and out ───────────────────────────────────────────────────────────────────────────────────────────────


def _sign_in(client: Client, email: str, password: str, **more: str) -> Any:
    return client.post("/login/", {"login": email, "password": password, **more})


def test_signing_in_leads_home_and_home_to_the_firm(world: World) -> None:
    client = Client()
    answer = _sign_in(client, f" {world.consultant.email.upper()} ", PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.session[SESSION_KEY] == str(world.consultant.pk)
    assert client.get("/").headers["Location"] == f"/portfolio/{world.firm.slug}/"


def test_home_of_a_viewer_is_the_scorecard(world: World) -> None:
    assert _as(world.viewer).get("/").headers["Location"] == f"/o/{world.ours.slug}/"


def test_home_of_somebody_without_a_role_says_whom_to_ask(world: World) -> None:
    with organisation_scope(world.ours.id):
        services.remove_member(membership_id=_held(world.ours, world.viewer).pk)
    page = _as(world.viewer).get("/")
    assert page.status_code == 200
    assert "Ask an admin" in page.content.decode()
    assert world.viewer.email in page.content.decode()


def test_wrong_address_wrong_password_and_closed_account_are_answered_alike(world: World) -> None:
    User.objects.filter(pk=world.stranger.pk).update(is_active=False)
    pages = []
    for email, password in (
        ("nobody@example.com", PASSWORD), (world.viewer.email, "wrong"), (world.stranger.email, PASSWORD),
    ):  # fmt: skip
        client = Client()
        answer = _sign_in(client, email, password)
        assert (answer.status_code, SESSION_KEY in client.session) == (200, False)
        page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
        pages.append(page.replace(email, "…"))
    assert len(set(pages)) == 1
    assert "do not fit together" in pages[0]


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/account/", "/account/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_next_is_followed_on_this_site_only(world: World, wanted: str, leads_to: str) -> None:
    assert _sign_in(Client(), world.viewer.email, PASSWORD, next=wanted).headers["Location"] == leads_to


@pytest.mark.parametrize("address", ["/", "/account/", "/o/x/settings/", "/o/x/members/", "/portfolio/x/"])
def test_nobody_is_sent_to_sign_in_and_back(db: None, address: str) -> None:
    answer = Client().get(address)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/login/?next={address}")


def test_signing_out_is_a_post(world: World) -> None:
    client = _as(world.viewer)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert SESSION_KEY not in client.session


def test_the_demos_people_are_listed_in_the_demo_only(db: None, settings: Any) -> None:
    assert selectors.DEMO_PASSWORD not in Client().get("/login/").content.decode()
    settings.DEMO = True
    page = Client().get("/login/").content.decode()
    assert selectors.DEMO_PASSWORD in page
    assert all(login.email in page for login in selectors.DEMO_LOGINS)


def test_somebody_signed_in_does_not_sign_in_again(world: World) -> None:
    assert _as(world.viewer).get("/login/").headers["Location"] == "/"


# ── account ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_name_is_changed_and_an_empty_one_refused(world: World) -> None:
    client = _as(world.viewer)
    assert client.post("/account/", {"name": "Vera"}).headers["Location"] == "/account/"
    assert "Your name is changed." in client.get("/account/").content.decode()
    answer = client.post("/account/", {"name": " "})
    assert (answer.status_code, len(_errors(answer.content))) == (200, 2)
    assert User.objects.get(pk=world.viewer.pk).name == "Vera"


def test_a_changed_password_keeps_this_session_and_ends_the_others(world: World) -> None:
    here, elsewhere = _as(world.viewer), _as(world.viewer)
    new = {"oldpassword": PASSWORD, "password1": "a-new-long-password", "password2": "a-new-long-password"}
    assert here.post("/account/password/", new).headers["Location"] == "/account/"
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").headers["Location"] == "/login/?next=/account/"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"oldpassword": "wrong", "password1": "a-new-long-password", "password2": "a-new-long-password"},
            "not your present password",
        ),
        ({"oldpassword": PASSWORD, "password1": "short", "password2": "short"}, "too short"),
        (
            {"oldpassword": PASSWORD, "password1": "a-new-long-password", "password2": "another"},
            "same password",
        ),
        ({}, "required"),
    ],
)
def test_a_password_that_cannot_be_changed(world: World, given: dict[str, str], said: str) -> None:
    answer = _as(world.viewer).post("/account/password/", given)
    assert answer.status_code == 200
    assert any(said in text for text in _errors(answer.content))
    assert User.objects.get(pk=world.viewer.pk).check_password(PASSWORD)
