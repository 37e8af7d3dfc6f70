"""API tokens: token ∩ role at the moment of each request, for people and for organisations; all on record."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from engagement.errors import InvalidInputError, NotFoundError, UnauthenticatedError
from tenants import selectors_tokens as selectors
from tenants import services
from tenants.acting import Acting, Kind, acting
from tenants.actor import Actor, Reach, actor_of_token, reaches_of
from tenants.models import ApiToken, AuditEntry, Membership, Organisation, OrganisationToken, Role, User
from tenants.permissions import ROLE_PERMISSIONS, Permission
from tenants.scope import organisation_scope, tenant
from tests import database
from tests.conftest import NOW, World, api_token, build_world

ADMIN_MAY = ROLE_PERMISSIONS[Role.ADMIN]
LATER = NOW + timedelta(days=1)


def reach_in(actor: Actor, organisation: Organisation) -> Reach:
    found = actor.reach(organisation.slug)
    assert found is not None
    return found


def made_for(organisation: Organisation, admin: User, *codes: str, **options: Any) -> tuple[OrganisationToken, str]:
    """A token of an organisation, made by its admin."""
    with organisation_scope(organisation.pk):
        return services.create_organisation_token(
            reach=reach_in(Actor(admin, reaches_of(admin)), organisation), user=admin,
            **{"name": "export", "permissions": codes, "now": NOW, **options},
        )  # fmt: skip


def acts(organisation: Organisation, *, beginning: str) -> list[tuple[str | None, str | None]]:
    """(act, object) of the record, in order."""
    with tenant(read=[organisation.pk]):
        found = AuditEntry.objects.filter(act__startswith=beginning).order_by("number")
        return list(found.values_list("act", "object_id"))


def remove(organisation: Organisation, user: User) -> None:
    with organisation_scope(organisation.pk):
        services.remove_member(membership_id=Membership.objects.get(user=user).pk)


# ── made, found, ended ───────────────────────────────────────────────────────────────────────────────────────


def test_a_secret_is_not_kept_and_says_what_it_is(world: World) -> None:
    token, secret = services.create_token(user=world.viewer, name=" nightly export ", now=NOW)
    own, others = ApiToken.objects.get(pk=token.pk), made_for(world.firm, world.admin, "view")[1]
    assert bytes(own.digest) == hashlib.sha256(secret.encode()).digest()
    assert (secret[:4], secret[-4:], len(secret), own.name) == ("rpt_", own.hint, 47, "nightly export")
    assert (others[:4], len(others)) == ("rpo_", 47)
    assert secret not in repr([getattr(own, field.attname) for field in ApiToken._meta.fields])


def test_a_token_opens_until_it_is_revoked(world: World) -> None:
    token, secret = services.create_token(user=world.viewer, name="export", now=NOW)
    assert actor_of_token(secret, now=NOW).user == world.viewer
    services.revoke_token(user=world.viewer, token_id=token.pk, now=LATER)
    services.revoke_token(user=world.viewer, token_id=token.pk, now=LATER + timedelta(days=1))
    assert [line.revoked_at for line in selectors.tokens(user=world.viewer, now=LATER)] == [LATER]
    with pytest.raises(UnauthenticatedError):
        actor_of_token(secret, now=NOW)


def test_a_token_runs_out_after_its_days(world: World) -> None:
    _, usual = services.create_token(user=world.viewer, name="usual", now=NOW)
    _, short = services.create_token(user=world.viewer, name="short", now=NOW, days=1)
    old, endless = services.create_token(user=world.viewer, name="old", now=NOW)
    ApiToken.objects.filter(pk=old.pk).update(expires_at=None)  # as those made before tokens ran out
    for secret, days in ((usual, 90), (short, 1)):
        assert actor_of_token(secret, now=NOW + timedelta(days=days, seconds=-1)).token
        with pytest.raises(UnauthenticatedError):
            actor_of_token(secret, now=NOW + timedelta(days=days))
    assert actor_of_token(endless, now=NOW + timedelta(days=10_000)).token
    lines = selectors.tokens(user=world.viewer, now=NOW + timedelta(days=1))
    assert [(line.name, line.is_over) for line in lines] == [("old", False), ("usual", False), ("short", True)]


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_span_is_a_day_to_a_year(world: World, days: int) -> None:
    with pytest.raises(InvalidInputError) as refused:
        services.create_token(user=world.viewer, name="long", now=NOW, days=days)
    assert set(refused.value.fields) == {"days"}
    with pytest.raises(InvalidInputError):
        made_for(world.firm, world.admin, "view", days=days)
    assert ApiToken.objects.count() == 0


@pytest.mark.parametrize("secret", ["", "rpt_", "rpt_" + "x" * 43, "rpo_" + "x" * 43, "x" * 10_000, "ключ"])
def test_what_is_no_token_opens_nothing(world: World, secret: str) -> None:
    with pytest.raises(UnauthenticatedError, match="unknown, has run out or has been revoked"):
        actor_of_token(secret, now=NOW)


def test_a_closed_account_opens_nothing(world: World) -> None:
    _, secret = services.create_token(user=world.viewer, name="export", now=NOW)
    User.objects.filter(pk=world.viewer.pk).update(is_active=False)
    with pytest.raises(UnauthenticatedError):
        actor_of_token(secret, now=NOW)


def test_somebody_elses_token_is_not_found(world: World) -> None:
    token, secret = services.create_token(user=world.stranger, name="theirs", now=NOW)
    for act in (services.revoke_token, selectors.token):
        with pytest.raises(NotFoundError):
            act(user=world.viewer, token_id=token.pk, now=NOW)
    assert actor_of_token(secret, now=NOW).user == world.stranger
    assert selectors.tokens(user=world.viewer, now=NOW) == ()


# ── token ∩ role ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_token_without_limits_may_what_the_person_may(world: World) -> None:
    _, secret = services.create_token(user=world.consultant, name="all", now=NOW)
    actor, person = actor_of_token(secret, now=NOW), Actor(world.consultant, reaches_of(world.consultant))
    assert actor.reaches == person.reaches
    assert [reach.may_write for reach in actor.reaches] == [True, True, True]


def test_a_token_may_less_than_its_person_and_never_more(world: World) -> None:
    codes = [Permission.VIEW.value, Permission.EDIT_TARGETS.value]
    _, secret = services.create_token(user=world.consultant, name="targets", now=NOW, permissions=codes)
    reach = reach_in(actor_of_token(secret, now=NOW), world.ours)
    assert {one for one in Permission if reach.may(one)} == {Permission.VIEW, Permission.EDIT_TARGETS}
    assert reach.may_write
    with pytest.raises(InvalidInputError) as refused:
        services.create_token(user=world.viewer, name="more", now=NOW, permissions=codes)
    assert set(refused.value.fields) == {"permissions"}


@pytest.mark.parametrize("codes", [[], ["view", "no_such_permission"], ["no_such_permission"]])
def test_permissions_are_some_and_known(world: World, codes: list[str]) -> None:
    with pytest.raises(InvalidInputError) as refused:
        services.create_token(user=world.admin, name="odd", now=NOW, permissions=codes)
    assert set(refused.value.fields) == {"permissions"}


def test_a_token_that_only_reads_has_a_scope_that_writes_nothing(world: World) -> None:
    _, secret = services.create_token(user=world.admin, name="read", now=NOW, permissions=["view"])
    reach = reach_in(actor_of_token(secret, now=NOW), world.ours)
    assert ({one for one in Permission if reach.may(one)}, reach.may_write) == ({Permission.VIEW}, False)


def test_a_stored_permission_that_the_product_forgot_gives_nothing(world: World) -> None:
    token, secret = services.create_token(user=world.admin, name="old", now=NOW, permissions=["view"])
    ApiToken.objects.filter(pk=token.pk).update(permissions=["forgotten"])
    reach = reach_in(actor_of_token(secret, now=NOW), world.ours)
    assert ([one for one in Permission if reach.may(one)], reach.may_write) == ([], False)


def test_a_token_goes_where_it_was_meant_for_and_a_firm_stands_for_its_clients(world: World) -> None:
    def slugs(*chosen: Organisation) -> set[str]:
        _, secret = services.create_token(
            user=world.consultant, name="here", now=NOW, organisations=[one.slug for one in chosen]
        )
        return {reach.slug for reach in actor_of_token(secret, now=NOW).reaches}

    assert slugs(world.ours) == {world.ours.slug}
    assert slugs(world.firm) == {world.firm.slug, world.ours.slug, world.other.slug}


@pytest.mark.parametrize("where", ["strange", "unknown", "none"])
def test_a_foreign_organisation_is_refused_like_an_unknown_one(world: World, where: str) -> None:
    slugs = {"strange": [world.strange.slug], "unknown": ["no-such"], "none": []}[where]
    with pytest.raises(InvalidInputError) as refused:
        services.create_token(user=world.consultant, name="here", now=NOW, organisations=slugs)
    assert refused.value.fields == {"organisations": ["Choose at least one of those that you reach."]}


def test_a_lost_role_is_lost_with_the_next_request(world: World) -> None:
    _, secret = services.create_token(user=world.consultant, name="all", now=NOW, organisations=[world.firm.slug])
    with organisation_scope(world.firm.pk):
        held = Membership.objects.get(user=world.consultant)
        services.change_role(membership_id=held.pk, role=Role.VIEWER)
    reach = reach_in(actor_of_token(secret, now=NOW), world.ours)
    assert (reach.may(Permission.EDIT_WEIGHTS), reach.may(Permission.VIEW), reach.may_write) == (False, True, False)
    remove(world.firm, world.consultant)
    assert actor_of_token(secret, now=NOW).reaches == ()


# ── of an organisation ───────────────────────────────────────────────────────────────────────────────────────


def test_a_firms_token_reaches_its_clients_and_a_clients_its_own(world: World) -> None:
    of_firm = actor_of_token(made_for(world.firm, world.admin, "view")[1], now=NOW)
    of_client = actor_of_token(made_for(world.ours, world.admin, "view")[1], now=NOW)
    assert [reach.slug for reach in of_firm.reaches] == [world.firm.slug, world.other.slug, world.ours.slug]
    assert [reach.slug for reach in of_client.reaches] == [world.ours.slug]
    assert (of_firm.user, of_client.user) == (None, None)


@pytest.mark.parametrize(
    ("codes", "role"),
    [(["view"], Role.VIEWER), (["view", "edit_weights"], Role.CONSULTANT), (["manage_members"], Role.ADMIN)],
)
def test_it_has_the_weakest_role_that_gives_what_it_may(world: World, codes: list[str], role: Role) -> None:
    reach = reach_in(actor_of_token(made_for(world.ours, world.admin, *codes)[1], now=NOW), world.ours)
    assert (reach.role, {one.value for one in Permission if reach.may(one)}) == (role, set(codes))


def test_it_stays_when_the_person_goes_who_made_it(world: World) -> None:
    token, secret = made_for(world.ours, world.admin, "view", "edit_targets")
    with organisation_scope(world.firm.pk):
        services.add_member(user=world.stranger, role=Role.ADMIN)
    remove(world.firm, world.admin)
    User.objects.filter(pk=world.admin.pk).update(is_active=False)
    assert reach_in(actor_of_token(secret, now=NOW), world.ours).may(Permission.EDIT_TARGETS)
    with organisation_scope(world.ours.pk):
        services.revoke_organisation_token(token_id=token.pk, now=LATER)
    with pytest.raises(UnauthenticatedError):
        actor_of_token(secret, now=NOW)


def test_it_never_has_more_than_its_maker_and_never_makes_others(world: World) -> None:
    for codes in (["manage_tokens"], ["view", "manage_tokens"], ["no_such"], []):
        with pytest.raises(InvalidInputError) as refused:
            made_for(world.ours, world.admin, *codes)
        assert set(refused.value.fields) == {"permissions"}
    with pytest.raises(InvalidInputError):
        made_for(world.ours, world.consultant, "manage_members")
    with tenant(read=[world.ours.pk]):
        assert OrganisationToken.objects.count() == 0


def test_another_organisations_token_is_not_found(world: World) -> None:
    token, secret = made_for(world.other, world.admin, "view")
    with organisation_scope(world.ours.pk):
        for token_id in (token.pk, uuid4()):
            with pytest.raises(NotFoundError):
                services.revoke_organisation_token(token_id=token_id, now=NOW)
        assert selectors.organisation_tokens(now=NOW) == ()
    assert actor_of_token(secret, now=NOW).token


# ── last used ────────────────────────────────────────────────────────────────────────────────────────────────


def last_used(token: ApiToken | OrganisationToken) -> Any:
    if isinstance(token, ApiToken):
        return ApiToken.objects.get(pk=token.pk).last_used_at
    with tenant(read=[token.organisation_id]):
        return OrganisationToken.objects.get(pk=token.pk).last_used_at


@pytest.mark.parametrize("kind", ["personal", "of an organisation"])
def test_use_is_noted_once_a_minute_with_one_statement_more(world: World, kind: str) -> None:
    token, secret = (
        services.create_token(user=world.viewer, name="export", now=NOW)
        if kind == "personal"
        else made_for(world.ours, world.admin, "view")
    )
    assert last_used(token) is None
    statements = []
    for seconds, expected in ((0, 0), (59, 0), (60, 60), (61, 60)):
        with CaptureQueriesContext(connection) as captured:
            actor_of_token(secret, now=NOW + timedelta(seconds=seconds))
        statements.append(sum("token_used" in query["sql"] for query in captured.captured_queries))
        assert last_used(token) == NOW + timedelta(seconds=expected)
    assert statements == [1, 0, 1, 0]


@pytest.mark.django_db(transaction=True)
def test_use_is_noted_although_the_request_is_undone() -> None:
    world = build_world()
    secret = api_token(world.viewer)
    client = Client(headers={"authorization": f"Bearer {secret}"})
    address = f"/api/v1/organisations/{world.ours.slug}/"
    assert client.patch(address, "{}", content_type="application/json").status_code == 403
    used = last_used(ApiToken.objects.get())
    assert timezone.now() - used < timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_a_token_that_somebody_else_holds() -> None:
    world = build_world()
    secret = api_token(world.viewer)
    with psycopg.connect(database.admin_url(database.DATABASE)) as other, connection.cursor() as cursor:
        other.execute("SELECT 1 FROM tenants_apitoken FOR UPDATE")
        cursor.execute("SET statement_timeout = '2s'")
        assert actor_of_token(secret, now=timezone.now()).user == world.viewer
        cursor.execute("RESET statement_timeout")
    assert last_used(ApiToken.objects.get()) is None


# ── on record ────────────────────────────────────────────────────────────────────────────────────────────────


def test_personal_tokens_stand_in_the_record_of_where_they_reach(world: World) -> None:
    with acting(Acting(Kind.PERSON, user_id=world.consultant.pk)):
        all_of_it, _ = services.create_token(user=world.consultant, name="all", now=NOW)
        here, _ = services.create_token(
            user=world.consultant, name="here", now=NOW, permissions=["view"], organisations=[world.ours.slug]
        )
        services.revoke_token(user=world.consultant, token_id=here.pk, now=NOW)
    assert acts(world.firm, beginning="token") == [("token.created", str(all_of_it.pk))]
    assert acts(world.ours, beginning="token") == [("token.created", str(here.pk)), ("token.revoked", str(here.pk))]
    assert acts(world.other, beginning="token") == []
    with tenant(read=[world.ours.pk]):
        first = AuditEntry.objects.filter(act="token.created").get()
    content = json.loads(first.content)
    assert (content["user"], content["new"]["permissions"]) == (str(world.consultant.pk), ["view"])
    assert here.hint not in first.content.replace(str(here.pk), "")
    assert "here" not in first.content


def test_tokens_of_an_organisation_stand_in_its_record(world: World) -> None:
    token, secret = made_for(world.ours, world.admin, "view", "edit_targets")
    with organisation_scope(world.ours.pk):
        for _ in range(2):
            services.revoke_organisation_token(token_id=token.pk, now=NOW)
    assert acts(world.ours, beginning="organisation_token") == [
        ("organisation_token.created", str(token.pk)), ("organisation_token.revoked", str(token.pk)),
    ]  # fmt: skip
    with tenant(read=[world.ours.pk]):
        entry = AuditEntry.objects.get(act="organisation_token.created")
    assert json.loads(entry.content)["new"]["permissions"] == ["view", "edit_targets"]
    assert secret[-4:] not in entry.content.replace(str(token.pk), "")
