"""Tokens over HTTP: made and revoked on pages and in the API, used, refused; what a program without a person writes."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from engagement.insights.models import Target
from engagement.scoring.models import Action, WeightSet
from tenants import services
from tenants.actor import Actor, reaches_of
from tenants.models import ApiToken, AuditEntry, Membership, Organisation, OrganisationToken, Role, User
from tenants.permissions import NOT_FOR_TOKENS, ROLE_PERMISSIONS, Permission
from tenants.scope import organisation_scope, tenant
from tests.conftest import World, api_token, build_world

ADMIN_MAY = sorted(ROLE_PERMISSIONS[Role.ADMIN] - NOT_FOR_TOKENS)
ACTION = {"key": "pick_up", "name": "Pick up", "channel": "website", "rule": {"event_names": ["Visit"]}}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def program(secret: str) -> Client:
    return Client(headers={"authorization": f"Bearer {secret}"}, enforce_csrf_checks=True)


def page(name: str, *arguments: Any) -> str:
    return reverse(name, args=arguments)


def send(client: Client, method: str, address: str, body: Any = None) -> Any:
    return client.generic(method, address, b"" if body is None else json.dumps(body), "application/json")


def token_of(organisation: Organisation, admin: User, *codes: str, **options: Any) -> str:
    reach = Actor(admin, reaches_of(admin)).reach(organisation.slug)
    assert reach is not None
    with organisation_scope(organisation.pk):
        return services.create_organisation_token(
            reach=reach, user=admin, **{"name": "export", "permissions": codes, "now": timezone.now(), **options}
        )[1]


# ── one's own ────────────────────────────────────────────────────────────────────────────────────────────────

NEW = {"name": "export", "days": "30", "scope": "read", "where": "all"}


def test_a_token_is_shown_once_and_revoked_after_a_question(world: World) -> None:
    client = signed_in(world.viewer)
    assert "Create the token" in client.get(page("token-new")).content.decode()
    answer = client.post(page("token-new"), NEW)
    [secret] = re.findall(r"<code>(rpt_[\w-]+)</code>", answer.content.decode())
    assert "no-store" in answer["Cache-Control"]
    assert send(program(secret), "GET", page("api-organisation", world.ours.slug)).status_code == 200
    account = client.get(page("account")).content.decode()
    assert secret not in account
    assert "read only" in account
    token = ApiToken.objects.get()
    address = page("token-revoke", token.pk)
    assert "Revoke “export”?" in client.get(address).content.decode()
    assert ApiToken.objects.get().revoked_at is None
    assert client.post(address)["Location"] == page("account")
    assert send(program(secret), "GET", page("api-organisation", world.ours.slug)).status_code == 401
    assert "revoked" in client.get(page("account")).content.decode()


def test_what_the_form_says_is_what_the_token_may(world: World) -> None:
    client = signed_in(world.consultant)
    for changes in (
        {"name": "all", "scope": "everything"},
        {"name": "some", "scope": "chosen", "permissions": ["edit_targets", "view"]},
        {"name": "here", "where": "chosen", "organisations": [world.ours.slug]},
    ):
        assert client.post(page("token-new"), {**NEW, **changes}).status_code == 200
    found = {token.name: (token.permissions, token.organisations) for token in ApiToken.objects.all()}
    assert found == {
        "all": (None, None), "some": (["view", "edit_targets"], None),
        "here": (["view_reports", "view", "view_audit"], [world.ours.pk]),
    }  # fmt: skip
    spans = {token.expires_at - timezone.now() for token in ApiToken.objects.all() if token.expires_at}
    assert all(timedelta(days=29, hours=23) < span <= timedelta(days=30) for span in spans)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "required"),
        ({"days": "367"}, "less than or equal to 366"),
        ({"scope": "chosen"}, "Choose at least one."),
        ({"permissions": ["view"]}, "or untick these"),
        ({"scope": "chosen", "permissions": ["edit_targets"]}, "not one of the available choices"),
        ({"where": "chosen"}, "Choose at least one of those that you reach."),
        ({"where": "chosen", "organisations": ["no-such"]}, "not one of the available choices"),
        ({"organisations": "OURS"}, "or untick these"),
    ],
)
def test_what_cannot_be_made_is_said_beside_the_field(world: World, changes: dict[str, Any], said: str) -> None:
    sent = {**NEW, **changes}
    if sent.get("organisations") == "OURS":
        sent["organisations"] = [world.ours.slug]
    answer = signed_in(world.viewer).post(page("token-new"), sent)
    assert (answer.status_code, ApiToken.objects.count()) == (200, 0)
    assert any(said in text for text in re.findall(r'class="field-error".*?</div>', answer.content.decode(), re.DOTALL))


@pytest.mark.django_db(transaction=True)
def test_somebody_elses_token_is_not_there() -> None:
    world = build_world()
    token, _ = services.create_token(user=world.stranger, name="theirs", now=timezone.now())
    client = signed_in(world.viewer)
    assert client.get(page("token-revoke", token.pk)).status_code == 404
    assert ApiToken.objects.get().revoked_at is None


# ── the organisation's, on its page ──────────────────────────────────────────────────────────────────────────


def test_an_admin_makes_and_revokes_a_token_of_the_organisation(world: World) -> None:
    admin, address = signed_in(world.admin), page("tokens", world.ours.slug)
    assert "There is no token." in admin.get(address).content.decode()
    answer = admin.post(address, {"name": "warehouse", "days": "90", "scope": "everything"})
    [secret] = re.findall(r"<code>(rpo_[\w-]+)</code>", answer.content.decode())
    assert "no-store" in answer["Cache-Control"]
    assert send(program(secret), "GET", page("api-members", world.ours.slug)).status_code == 200
    listed = admin.get(address).content.decode()
    assert (secret in listed, "warehouse" in listed) == (False, True)
    with tenant(read=[world.ours.pk]):
        token = OrganisationToken.objects.get()
    assert (sorted(token.permissions), token.created_by) == (ADMIN_MAY, world.admin)
    revoke = page("organisation-token-revoke", world.ours.slug, token.pk)
    assert "Revoke “warehouse”?" in admin.get(revoke).content.decode()
    assert admin.post(revoke)["Location"] == address
    assert send(program(secret), "GET", page("api-members", world.ours.slug)).status_code == 401


@pytest.mark.parametrize("person", ["consultant", "viewer"])
def test_only_admins_manage_them(world: World, person: str) -> None:
    client = signed_in(getattr(world, person))
    assert client.get(page("tokens", world.ours.slug)).status_code == 403
    assert client.post(page("tokens", world.ours.slug), {"name": "x", "scope": "read"}).status_code == 403
    assert send(client, "GET", page("api-tokens", world.ours.slug)).status_code == 403


def test_members_tokens_are_counted_where_they_reach(world: World) -> None:
    now = timezone.now()
    for organisations in (None, [world.ours.slug]):
        services.create_token(user=world.viewer, name="export", now=now, organisations=organisations)
    ended, _ = services.create_token(user=world.viewer, name="ended", now=now)
    services.revoke_token(user=world.viewer, token_id=ended.pk, now=now)
    services.create_token(user=world.viewer, name="over", now=now - timedelta(days=2), days=1)
    services.create_token(user=world.consultant, name="elsewhere", now=now, organisations=[world.other.slug])
    text = signed_in(world.admin).get(page("members", world.ours.slug)).content.decode()
    assert re.search(rf'<th scope="row">{world.viewer.name}</th><td class="n">2</td><td>never</td>', text)
    firm = signed_in(world.admin).get(page("members", world.firm.slug)).content.decode()
    assert "No member has an API token" in firm


# ── the API ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_api_makes_lists_and_revokes(world: World) -> None:
    admin, address = signed_in(world.admin), page("api-tokens", world.ours.slug)
    made = send(admin, "POST", address, {"name": "sync", "permissions": ["view"], "days": 7})
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    secret, token_id = made.json()["secret"], made.json()["id"]
    [listed] = send(admin, "GET", address).json()
    assert (listed["id"], listed["permissions"], "secret" in listed) == (token_id, ["view"], False)
    one = page("api-token", world.ours.slug, token_id)
    assert send(admin, "GET", one).json() == listed
    assert send(program(secret), "GET", page("api-scorecard", world.ours.slug)).status_code != 401
    assert send(admin, "DELETE", one).status_code == 204
    assert send(admin, "GET", one).json()["is_over"] is True
    assert send(program(secret), "GET", page("api-scorecard", world.ours.slug)).status_code == 401
    assert send(admin, "DELETE", page("api-token", world.ours.slug, uuid4())).status_code == 404


def test_a_token_makes_no_tokens(world: World) -> None:
    client, address = program(api_token(world.admin)), page("api-tokens", world.ours.slug)
    assert send(client, "GET", address).status_code == 200
    answer = send(client, "POST", address, {"name": "more", "permissions": ["view"]})
    assert (answer.status_code, answer.json()["message"]) == (
        403, "A token cannot make tokens. Sign in and make it on the page.",
    )  # fmt: skip
    with tenant(read=[world.ours.pk]):
        assert OrganisationToken.objects.count() == 0


def test_a_token_is_for_the_api_alone(world: World) -> None:
    answer = program(api_token(world.admin)).get(page("scorecard", world.ours.slug))
    assert answer.status_code == 302
    assert answer["Location"].startswith(page("login"))


# ── what requests may ────────────────────────────────────────────────────────────────────────────────────────


def test_the_limits_of_a_token_are_403_and_404(world: World) -> None:
    client = program(api_token(world.admin, permissions=["view"], organisations=[world.ours.slug]))
    assert send(client, "GET", page("api-actions", world.ours.slug)).status_code == 200
    refused = send(client, "POST", page("api-actions", world.ours.slug), ACTION)
    assert (refused.status_code, "This token does not allow this." in refused.json()["message"]) == (403, True)
    foreign, unknown = (send(client, "GET", page("api-actions", slug)) for slug in (world.other.slug, "no-such"))
    assert (foreign.status_code, foreign.content) == (404, unknown.content)
    listed = send(client, "GET", page("api-organisations")).json()
    assert [line["slug"] for line in listed] == [world.ours.slug]


def test_a_role_that_ends_ends_the_token_with_the_next_request(world: World) -> None:
    client, address = program(api_token(world.viewer)), page("api-organisation", world.ours.slug)
    assert send(client, "GET", address).status_code == 200
    with organisation_scope(world.ours.pk):
        services.remove_member(membership_id=Membership.objects.get(user=world.viewer).pk)
    assert send(client, "GET", address).status_code == 404


def test_a_session_beside_a_token_counts_for_nothing(world: World) -> None:
    client = signed_in(world.admin)
    headers = {"authorization": f"Bearer {token_of(world.ours, world.admin, 'view')}"}
    assert client.get(page("api-members", world.ours.slug)).status_code == 200
    assert client.get(page("api-members", world.ours.slug), headers=headers).status_code == 403


def drafted(client: Client, slug: str) -> dict[str, Any]:
    """An action and a draft that weighs it, written through the API; what publishing them takes."""
    created = send(client, "POST", page("api-actions", slug), ACTION)
    assert created.status_code == 201, created.content
    draft = {"weights": [{"key": "pick_up", "weight": "2"}], "full_points": "20", "full_points_from": "own"}
    changed = send(client, "PUT", page("api-weights-draft", slug), draft)
    assert changed.status_code == 200, changed.content
    return {"note": "By night", "changed_at": changed.json()["changed_at"]}


def test_a_program_without_a_person_writes_as_nobody(world: World) -> None:
    client, slug = program(token_of(world.ours, world.admin, *ADMIN_MAY)), world.ours.slug
    published = send(client, "POST", page("api-weights-publish", slug), drafted(client, slug))
    assert (published.status_code, published.json()["published_by"]) == (200, "")
    assert send(client, "POST", page("api-runs", slug), {}).status_code == 202
    assert send(client, "PATCH", page("api-organisation", slug), {"name": "Renamed"}).json()["name"] == "Renamed"
    with tenant(read=[world.ours.pk]):
        rows = WeightSet.objects.filter(state="published").values_list("published_by", flat=True)
        assert (list(rows), Action.objects.filter(key="pick_up").exists()) == ([None], True)


def test_the_record_names_the_token(world: World) -> None:
    secret = token_of(world.ours, world.admin, *ADMIN_MAY)
    other = token_of(world.ours, world.admin, "view")
    with tenant(read=[world.ours.pk]):
        own, doomed = (
            OrganisationToken.objects.get(hint=secret[-4:], permissions=ADMIN_MAY_STORED),
            OrganisationToken.objects.get(permissions=["view"]),
        )
    assert other[-4:] == doomed.hint
    personal = api_token(world.admin)
    answer = send(program(personal), "DELETE", page("api-token", world.ours.slug, doomed.pk))
    assert answer.status_code == 204
    with tenant(read=[world.ours.pk]):
        entry = json.loads(AuditEntry.objects.get(act="organisation_token.revoked").content)
    assert (entry["kind"], entry["user"], entry["token"], entry["role"]) == (
        "token", str(world.admin.pk), str(ApiToken.objects.get().pk), "admin",
    )  # fmt: skip
    assert own.revoked_at is None


ADMIN_MAY_STORED = [one.value for one in Permission if one in ADMIN_MAY]


def test_two_people_decide_and_a_token_is_nobody(world: World) -> None:
    """Whoever made an organisation's token could propose with it and then approve as themselves."""
    client, slug = program(token_of(world.ours, world.admin, *ADMIN_MAY)), world.ours.slug
    assert send(client, "PATCH", page("api-organisation", slug), {"second_approver": True}).status_code == 200
    body, address = drafted(client, slug), page("api-weights-publish", slug)
    refused = send(client, "POST", address, body)
    assert (refused.status_code, "is nobody" in refused.json()["message"]) == (403, True)
    as_person = send(program(api_token(world.admin)), "POST", address, body)
    assert (as_person.status_code, as_person.json()["state"]) == (200, "proposed")


def test_a_target_of_nobody_needs_an_owner_of_the_organisation(world: World) -> None:
    secret = token_of(world.ours, world.admin, "view", "edit_targets")
    body = {"value": "75", "due_on": "2027-12-31", "owner": world.viewer.email}
    answer = send(program(secret), "POST", page("api-targets", world.ours.slug), body)
    assert answer.status_code == 201, answer.content
    refused = send(program(secret), "POST", page("api-targets", world.ours.slug), {**body, "owner": world.admin.email})
    assert (refused.status_code, set(refused.json()["fields"])) == (400, {"owner"})
    with tenant(read=[world.ours.pk]):
        assert [target.created_by for target in Target.objects.all()] == [None]
