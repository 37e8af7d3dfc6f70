"""An operator reaches an organisation by a grant alone: with a reason, for a time, on record, seen by its admins."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from engagement.errors import ConflictError, ForbiddenError
from tenants.acting import Kind
from tenants.actor import reaches_of
from tenants.models import AuditEntry, Membership, OperatorGrant, Role, User
from tenants.permissions import Outsider
from tenants.scope import organisation_scope
from tenants.services import add_member, create_token
from tenants.tasks import end_visits
from tests.conftest import World

ERRAND = {"reason": "Scores stopped on Friday", "ticket": "T-12", "role": "viewer", "minutes": "30"}


def _begin(operators: Client, world: World, **changes: str) -> Any:
    return operators.post("/operate/", ERRAND | {"slug": world.ours.slug} | changes)


def _entries(world: World) -> list[dict[str, Any]]:
    """What operators and workers did; the making of the world is on record too."""
    with organisation_scope(world.ours.id, write=False):
        found = [json.loads(entry.content) for entry in AuditEntry.objects.order_by("number")]
    return [entry for entry in found if entry["kind"] in {Kind.OPERATOR, Kind.WORKER}]


def _grant(world: World) -> OperatorGrant:
    with organisation_scope(world.ours.id, write=False):
        return OperatorGrant.objects.get()


def test_without_a_grant_an_operator_reaches_nothing(world: World, operators: Client, operator: User) -> None:
    assert reaches_of(operator) == ()
    for organisation in (world.firm, world.ours, world.strange):
        assert operators.get(f"/o/{organisation.slug}/").status_code == 404
        assert operators.get(f"/api/v1/organisations/{organisation.slug}/").status_code == 404
        assert operators.get(f"/portfolio/{organisation.slug}/").status_code == 404
    assert operators.get("/api/v1/organisations/").json() == []
    assert operators.get("/").headers["Location"] == "/operate/"


def test_a_membership_of_an_operator_counts_for_nothing_and_none_is_given(world: World, operator: User) -> None:
    with organisation_scope(world.ours.id):
        Membership.objects.create(organisation=world.ours, user=operator, role=Role.ADMIN)
    assert reaches_of(operator) == ()
    with pytest.raises(ConflictError, match="cannot be given a role"), organisation_scope(world.other.id):
        add_member(user=operator, role=Role.VIEWER)


def test_a_visiting_admin_makes_nothing_that_outlasts_the_visit(world: World, operators: Client) -> None:
    _begin(operators, world, role="admin")
    for address in ("tokens/", "members/", "data/keys/", "settings/leaving/"):
        found = operators.get(f"/o/{world.ours.slug}/{address}")
        assert (found.status_code, b"A visit ends" in found.content) == (403, True), address
    api = f"/api/v1/organisations/{world.ours.slug}/tokens/"
    assert operators.post(api, {"name": "Back door", "permissions": ["view"]}, "application/json").status_code == 403
    assert operators.get(f"/o/{world.ours.slug}/settings/").status_code == 200


def test_an_operator_has_no_tokens(operator: User, operators: Client) -> None:
    account = operators.get("/account/").content.decode()
    assert "An operator has none" in account
    assert reverse("token-new") not in account
    assert operators.get(reverse("token-new")).status_code == 403
    with pytest.raises(ForbiddenError, match="no tokens"):
        create_token(user=operator, name="Nightly", now=timezone.now())


def test_a_visit_opens_this_organisation_alone_and_says_so_on_every_page(world: World, operators: Client) -> None:
    answer = _begin(operators, world)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/o/{world.ours.slug}/")
    for address in (f"/o/{world.ours.slug}/", f"/o/{world.ours.slug}/weights/", "/account/", "/operate/",
                    f"/o/{world.ours.slug}/members/", "/o/nowhere/", "/operate/admin/"):  # fmt: skip
        page = operators.get(address).content.decode()
        assert "Operator acting for <b>Ours" in page, address
        assert "Scores stopped on Friday" in page, address
        assert f"until {_grant(world).expires_at:%H:%M} UTC" in page, address
        assert "End now</button>" in page, address
    for organisation in (world.firm, world.other, world.strange):
        assert operators.get(f"/o/{organisation.slug}/").status_code == 404


def test_the_role_of_the_visit_holds(world: World, operators: Client) -> None:
    _begin(operators, world)
    assert operators.get(f"/o/{world.ours.slug}/settings/").status_code == 403
    operators.post(f"/operate/{_grant(world).pk}/end/")
    _begin(operators, world, role="admin")
    assert operators.get(f"/o/{world.ours.slug}/settings/").status_code == 200


def test_a_visit_to_a_firm_does_not_open_its_clients(world: World, operators: Client) -> None:
    assert _begin(operators, world, slug=world.firm.slug, role="admin").status_code == 302
    assert operators.get(f"/o/{world.firm.slug}/settings/").status_code == 200
    assert operators.get(f"/o/{world.ours.slug}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_it_ends_on_demand_and_by_itself(world: World, operators: Client) -> None:
    _begin(operators, world)
    assert operators.post(f"/operate/{_grant(world).pk}/end/").headers["Location"] == "/operate/"
    assert operators.get(f"/o/{world.ours.slug}/").status_code == 404
    assert operators.post(f"/operate/{_grant(world).pk}/end/").status_code == 404
    _begin(operators, world)
    assert operators.get(f"/o/{world.ours.slug}/").status_code == 200
    _let_time_pass(world)
    assert operators.get(f"/o/{world.ours.slug}/").status_code == 404
    assert b"Operator acting" not in operators.get("/account/").content


def _let_time_pass(world: World) -> None:
    past = datetime.now(tz=UTC) - timedelta(minutes=31)
    with organisation_scope(world.ours.id):
        OperatorGrant.objects.filter(ended_at=None).update(began_at=past, expires_at=past + timedelta(minutes=30))


def test_it_is_in_the_record_with_the_reason_and_so_is_everything_done_meanwhile(
    world: World, operators: Client, operator: User
) -> None:
    _begin(operators, world, role="admin")
    grant = _grant(world)
    operators.post(f"/o/{world.ours.slug}/data/keys/", {"name": "shop"})
    operators.post(f"/operate/{grant.pk}/end/")
    entries = _entries(world)
    began, ended = entries[0], entries[-1]
    assert [began["act"], ended["act"]] == ["operator.began", "operator.ended"]
    assert (began["reason"], began["new"]["role"], began["new"]["ticket"]) == (ERRAND["reason"], "admin", "T-12")
    assert datetime.fromisoformat(began["new"]["until"]) == grant.expires_at
    assert {(entry["kind"], entry["user"], entry["grant"], entry["role"]) for entry in entries} == {
        (Kind.OPERATOR, str(operator.pk), str(grant.pk), "admin")
    }


def test_what_expired_is_put_on_record_by_the_worker_once(world: World, operators: Client) -> None:
    _begin(operators, world)
    end_visits()
    assert [entry["act"] for entry in _entries(world)] == ["operator.began"]
    _let_time_pass(world)
    for _ in range(2):
        end_visits()
    [_, ended] = _entries(world)
    assert (ended["act"], ended["kind"], ended["new"]) == ("operator.ended", Kind.WORKER, {"how": "expired"})
    assert _grant(world).ended_at == _grant(world).expires_at


def test_the_admins_of_the_organisation_see_every_visit(world: World, operators: Client) -> None:
    admin = Client()
    admin.force_login(world.admin)
    assert "No operator has acted here" in admin.get(f"/o/{world.ours.slug}/members/").content.decode()
    _begin(operators, world)
    page = admin.get(f"/o/{world.ours.slug}/members/").content.decode()
    for said in ("Olu Operator", "Scores stopped on Friday", "T-12", '<span class="tag">now</span>'):
        assert said in page
    operators.post(f"/operate/{_grant(world).pk}/end/")
    page = admin.get(f"/o/{world.ours.slug}/members/").content.decode()
    assert "Olu Operator" in page
    assert '<span class="tag">now</span>' not in page
    stranger = Client()
    stranger.force_login(world.stranger)
    assert b"Olu Operator" not in stranger.get(f"/o/{world.strange.slug}/members/").content


def test_one_organisation_at_a_time(world: World, operators: Client) -> None:
    _begin(operators, world)
    answer = _begin(operators, world, slug=world.other.slug)
    assert answer.status_code == 200
    assert operators.get(f"/o/{world.other.slug}/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": "too short"}, "at least 10 characters"),
        ({"reason": "         a        "}, "at least 10 characters"),
        ({"slug": "nowhere-at-all"}, "There is no organisation at this address"),
        ({"slug": ""}, "This field is required"),
        ({"role": "owner"}, "Select a valid choice"),
        ({"minutes": "5"}, "Select a valid choice"),
        ({"minutes": "600"}, "Select a valid choice"),
    ],
)
def test_what_is_missing_is_said_and_nothing_begins(
    world: World, operators: Client, changes: dict[str, str], said: str
) -> None:
    answer = _begin(operators, world, **changes)
    assert (answer.status_code, said in answer.content.decode()) == (200, True)
    assert operators.get(f"/o/{world.ours.slug}/").status_code == 404
    assert _entries(world) == []


@pytest.mark.parametrize(
    "changes",
    [{"reason": "short"}, {"role": "owner"}, {"expires_at": datetime(2026, 3, 2, 13, 1, tzinfo=UTC)},
     {"expires_at": datetime(2026, 3, 2, 9, 0, tzinfo=UTC)}],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_the_database_holds_reason_role_and_length_too(world: World, operator: User, changes: dict[str, Any]) -> None:
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    values = {"reason": "long enough", "role": "viewer", "began_at": at, "expires_at": at + timedelta(hours=4)}
    with organisation_scope(world.ours.id):
        OperatorGrant.objects.create(organisation=world.ours, user=operator, **values)
        with pytest.raises(IntegrityError), transaction.atomic():
            OperatorGrant.objects.create(organisation=world.ours, user=operator, **values | changes)


@pytest.mark.parametrize("address", ["/operate/", "/operate/0192f0c1-2345-7000-8000-000000000000/end/"])
def test_to_nobody_else_is_there_anything_at_these_addresses(world: World, address: str) -> None:
    for person in (world.admin, world.viewer):
        client = Client()
        client.force_login(person)
        assert {client.get(address).status_code, client.post(address).status_code} == {404}
    assert Client().get(address).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_another_operators_visit_is_not_ones_own_to_end(world: World, operators: Client) -> None:
    _begin(operators, world)
    other = Client()
    other.force_login(User.objects.create(email="ona@example.com", name="Ona", is_staff=True))
    assert other.post(f"/operate/{_grant(world).pk}/end/").status_code == 404
    assert other.get(f"/o/{world.ours.slug}/").status_code == 404
    assert operators.get(f"/o/{world.ours.slug}/").status_code == 200


def test_who_is_an_operator_no_more_loses_the_visit_at_once(world: World, operators: Client, operator: User) -> None:
    _begin(operators, world)
    User.objects.filter(pk=operator.pk).update(is_staff=False)
    assert operators.get(f"/o/{world.ours.slug}/").status_code == 404


def test_a_token_of_an_operator_reaches_nothing(world: World, operators: Client, operator: User) -> None:
    _begin(operators, world)
    User.objects.filter(pk=operator.pk).update(is_staff=False)  # they had it before they became one
    _, secret = create_token(user=User.objects.get(pk=operator.pk), name="script", now=timezone.now())
    User.objects.filter(pk=operator.pk).update(is_staff=True)
    bearer = {"headers": {"Authorization": f"Bearer {secret}"}}
    assert Client().get(f"/api/v1/organisations/{world.ours.slug}/", **bearer).status_code == 404  # type: ignore[arg-type]
    assert operators.get(f"/api/v1/organisations/{world.ours.slug}/").status_code == 200


def test_outsiders_are_no_roles_of_members(world: World, operators: Client) -> None:
    for outsider in Outsider:
        assert b"Select a valid choice" in _begin(operators, world, role=outsider).content
