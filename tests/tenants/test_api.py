"""The API of organisations, clients and members, with a session and with a token."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tenants import services
from tenants.actor import reaches_of
from tenants.models import Membership, Organisation, User
from tenants.scope import tenant
from tests.conftest import PASSWORD, World, api_token, build_world

ROOT = "/api/v1/organisations/"


def _with_token(user: User) -> Client:
    secret = api_token(user)
    return Client(headers={"authorization": f"Bearer {secret}"}, enforce_csrf_checks=True)


def _send(client: Client, method: str, address: str, body: Any = None) -> Any:
    return client.generic(method, address, b"" if body is None else json.dumps(body), "application/json")


def _member_id(organisation: Organisation, user: User) -> str:
    with tenant(read=[organisation.id]):
        return str(Membership.objects.get(user=user).pk)


def test_the_list_is_what_one_reaches(world: World) -> None:
    found = {line["slug"]: (line["kind"], line["role"]) for line in _with_token(world.consultant).get(ROOT).json()}
    assert found == {
        world.firm.slug: ("firm", "consultant"), world.ours.slug: ("client", "consultant"),
        world.other.slug: ("client", "consultant"),
    }  # fmt: skip
    assert [line["slug"] for line in _with_token(world.viewer).get(ROOT).json()] == [world.ours.slug]


def test_one_organisation_whole(world: World) -> None:
    assert _with_token(world.viewer).get(f"{ROOT}{world.ours.slug}/").json() == {
        "slug": world.ours.slug, "name": world.ours.name, "kind": "client", "role": "viewer", "firm": None,
        "industry": "other", "time_zone": "UTC", "language": "en", "currency": "EUR",
        "minimum_n": 5, "minimum_n_band": 30, "band_good": "70.000", "band_excellent": "80.000",
        "band_names": {"poor": "Poor", "good": "Good", "excellent": "Excellent"},
        "schedule": "nightly", "schedule_hour": 2, "intraday_hours": 0, "second_approver": False, "require_mfa": False,
        "keep_run_days": 90, "keep_weekly_run_days": 730, "late_days": 3, "keep_event_days": None, "sample_today": None,
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_nobody_and_a_wrong_token_are_401_and_a_stranger_404() -> None:
    world = build_world()
    wrong = Client(headers={"authorization": "Bearer rpt_wrong"})
    for client in (Client(), wrong):
        for address in (ROOT, f"{ROOT}{world.ours.slug}/"):
            answer = client.get(address)
            assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="rapport"'
    answer = _with_token(world.stranger).get(f"{ROOT}{world.ours.slug}/")
    assert (answer.status_code, answer.json()) == (
        404, {"code": "not_found", "message": "There is nothing at this address."},
    )  # fmt: skip


def test_a_session_needs_the_csrf_token_to_write(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.admin)
    answer = _send(client, "PATCH", f"{ROOT}{world.ours.slug}/", {"name": "forged"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    with tenant(read=[world.ours.id]):
        assert Organisation.objects.get().name == world.ours.name


def test_settings_are_changed_field_by_field(world: World) -> None:
    changes = {
        "name": "Renamed",
        "band_good": "69.950",
        "band_names": {"poor": "Low", "good": "Fine", "excellent": "Top"},
    }
    answer = _send(_with_token(world.admin), "PATCH", f"{ROOT}{world.ours.slug}/", changes)
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in changes} == changes
    with tenant(read=[world.ours.id]):
        after = Organisation.objects.get()
    assert (after.name, after.band_good_thousandths, after.band_names, after.time_zone) == (
        "Renamed", 69_950, ["Low", "Fine", "Top"], "UTC",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"band_good": "70.0001"}, "band_good"),
        ({"band_good": "NaN"}, "band_good"),
        ({"band_names": {"poor": "Low"}}, "band_names.good"),
        ({"minimum_n": "many"}, "minimum_n"),
        ({"currency": "eur"}, "currency"),
        ({"band_good": "90"}, "band_excellent"),
        ({"band_names": {"poor": "a", "good": "a", "excellent": "b"}}, "band_names"),
    ],
)
def test_settings_that_cannot_be(world: World, changes: dict[str, Any], field: str) -> None:
    answer = _send(_with_token(world.admin), "PATCH", f"{ROOT}{world.ours.slug}/", changes)
    body = answer.json()
    assert (answer.status_code, body["code"]) == (400, "invalid")
    assert field in body["fields"]


def test_a_firm_has_no_bands(world: World) -> None:
    answer = _send(_with_token(world.admin), "PATCH", f"{ROOT}{world.firm.slug}/", {"minimum_n": 9})
    assert (answer.status_code, answer.json()["fields"]) == (400, {"minimum_n": ["A firm has no such setting."]})


def test_a_client_is_created(world: World) -> None:
    answer = _send(_with_token(world.admin), "POST", f"{ROOT}{world.firm.slug}/clients/", {"name": "Brightwell"})
    assert (answer.status_code, answer.json()) == (
        201,
        {"slug": "brightwell", "name": "Brightwell", "kind": "client", "industry": "other", "time_zone": "UTC",
         "language": "en", "currency": "EUR"},
    )  # fmt: skip
    assert "brightwell" in {reach.slug for reach in reaches_of(world.consultant)}


def test_who_may_not_create_a_client(world: World) -> None:
    for user, organisation, status in (
        (world.viewer, world.ours, 403), (world.admin, world.ours, 404), (world.stranger, world.firm, 404),
    ):  # fmt: skip
        answer = _send(_with_token(user), "POST", f"{ROOT}{organisation.slug}/clients/", {"name": "Brightwell"})
        assert answer.status_code == status
    assert "brightwell" not in {reach.slug for reach in reaches_of(world.admin)}


def test_members_come_change_and_go(world: World) -> None:
    client, members = _with_token(world.admin), f"{ROOT}{world.ours.slug}/members/"
    services.create_user(email="nia@example.com", name="Nia", password=PASSWORD)
    given = {"email": "Nia@example.com", "role": "viewer"}
    added = _send(client, "POST", members, given)
    assert (added.status_code, added.json()["email"]) == (201, "nia@example.com")
    one = f"{members}{added.json()['id']}/"
    assert _send(client, "PATCH", one, {"role": "admin"}).json()["role"] == "admin"
    assert client.get(one).json() == _send(client, "PATCH", one, {"role": "admin"}).json()
    assert {line["email"] for line in client.get(members).json()} == {"nia@example.com", world.viewer.email}
    assert client.delete(one).status_code == 204
    assert client.get(one).status_code == 404
    assert User.objects.filter(email="nia@example.com").exists()


def test_a_member_known_already_is_a_conflict(world: World) -> None:
    given = {"email": world.viewer.email, "role": "viewer"}
    answer = _send(_with_token(world.admin), "POST", f"{ROOT}{world.ours.slug}/members/", given)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_whom_nobody_knows_is_invited_and_the_invitation_withdrawn(world: World) -> None:
    client, invitations = _with_token(world.admin), f"{ROOT}{world.ours.slug}/invitations/"
    given = {"email": "Nia@example.com", "role": "viewer"}
    refused = _send(client, "POST", f"{ROOT}{world.ours.slug}/members/", given)
    assert (refused.status_code, refused.json()["fields"]["email"]) == (
        400, ["Nobody signs in with this address yet: invite them."],
    )  # fmt: skip
    made = _send(client, "POST", invitations, given)
    assert (made.status_code, made.json()["email"], made.json()["role"]) == (201, "nia@example.com", "viewer")
    assert client.get(invitations).json() == [made.json()]
    one = f"{invitations}{made.json()['id']}/"
    assert _send(_with_token(world.stranger), "DELETE", one).status_code == 404
    assert (client.delete(one).status_code, client.delete(one).status_code) == (204, 404)
    assert client.get(invitations).json() == []


def test_the_last_admin_of_a_firm_stays(world: World) -> None:
    client, one = _with_token(world.admin), f"{ROOT}{world.firm.slug}/members/{_member_id(world.firm, world.admin)}/"
    for answer in (client.delete(one), _send(client, "PATCH", one, {"role": "viewer"})):
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert client.get(one).json()["role"] == "admin"


def test_a_foreign_member_is_answered_like_an_unknown_one(world: World) -> None:
    client = _with_token(world.admin)
    foreign = _member_id(world.strangers_firm, world.stranger)
    for method in ("GET", "PATCH", "DELETE"):
        answers = [
            _send(client, method, f"{ROOT}{world.firm.slug}/members/{pk}/", {"role": "viewer"})
            for pk in (foreign, uuid4())
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1
    assert _member_id(world.strangers_firm, world.stranger) == foreign


def test_members_are_for_admins(world: World) -> None:
    for user in (world.viewer, world.consultant):
        assert _with_token(user).get(f"{ROOT}{world.ours.slug}/members/").status_code == 403
