"""People, tokens, and what is read about organisations."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal

import pytest

from engagement.errors import InvalidInputError, NotFoundError
from tenants import selectors, services
from tenants.actor import Actor, reaches_of, user_of_token
from tenants.models import ApiToken, Organisation, Role, User
from tenants.scope import organisation_scope, tenant
from tests.conftest import NOW, PASSWORD, World


def _again(organisation: Organisation) -> Organisation:
    with tenant(read=[organisation.id]):
        return Organisation.objects.get()


# ── people and tokens ────────────────────────────────────────────────────────────────────────────────────────


def test_name_and_password(world: World) -> None:
    services.change_name(user=world.viewer, name=" Vera ")
    services.change_password(user=world.viewer, old=PASSWORD, new="a-new-long-password")
    viewer = User.objects.get(pk=world.viewer.pk)
    assert (viewer.name, viewer.check_password("a-new-long-password")) == ("Vera", True)


@pytest.mark.parametrize(("old", "new", "field"), [("wrong", "a-new-long-password", "old"), (PASSWORD, "12345", "new")])
def test_a_password_that_stays(world: World, old: str, new: str, field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        services.change_password(user=world.viewer, old=old, new=new)
    assert set(refused.value.fields) == {field}
    assert User.objects.get(pk=world.viewer.pk).check_password(PASSWORD)


def test_no_name_is_refused(world: World) -> None:
    with pytest.raises(InvalidInputError) as refused:
        services.change_name(user=world.viewer, name="  ")
    assert set(refused.value.fields) == {"name"}


def test_a_token_opens_until_it_is_revoked_and_its_secret_is_not_kept(world: World) -> None:
    token, secret = services.create_token(user=world.viewer, name="nightly export")
    stored = ApiToken.objects.get(pk=token.pk)
    assert bytes(stored.digest) == hashlib.sha256(secret.encode()).digest()
    assert (secret[:4], secret[-4:], len(secret)) == ("rpt_", stored.hint, 47)
    assert user_of_token(secret) == world.viewer
    services.revoke_token(user=world.viewer, token_id=token.pk, now=NOW)
    services.revoke_token(user=world.viewer, token_id=token.pk, now=NOW + timedelta(days=1))
    assert [line.revoked_at for line in selectors.tokens(user=world.viewer)] == [NOW]
    with pytest.raises(Exception, match="unknown or has been revoked"):
        user_of_token(secret)


def test_a_token_of_somebody_else_is_not_found(world: World) -> None:
    token, secret = services.create_token(user=world.stranger, name="theirs")
    with pytest.raises(NotFoundError):
        services.revoke_token(user=world.viewer, token_id=token.pk, now=NOW)
    with pytest.raises(NotFoundError):
        selectors.token(user=world.viewer, token_id=token.pk)
    assert user_of_token(secret) == world.stranger
    assert selectors.tokens(user=world.viewer) == ()


def test_a_person_switched_off_opens_nothing_with_a_token(world: World) -> None:
    _, secret = services.create_token(user=world.viewer, name="export")
    User.objects.filter(pk=world.viewer.pk).update(is_active=False)
    with pytest.raises(Exception, match="unknown or has been revoked"):
        user_of_token(secret)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_organisations_are_listed_firms_first_with_the_readers_role(world: World) -> None:
    actor = Actor(user=world.consultant, reaches=reaches_of(world.consultant))
    with tenant(read=[reach.organisation_id for reach in actor.reaches]):
        lines = selectors.organisations(actor=actor)
    assert [(line.slug, line.kind, line.role, line.firm) for line in lines] == [
        (world.firm.slug, "firm", "consultant", None),
        (world.other.slug, "client", "consultant", world.firm.slug),
        (world.ours.slug, "client", "consultant", world.firm.slug),
    ]
    ours = asdict(lines[2])
    assert (ours["band_good"], ours["band_excellent"]) == (Decimal("70.000"), Decimal("80.000"))
    assert ours["band_names"] == {"poor": "Poor", "good": "Good", "excellent": "Excellent"}


def test_a_viewer_does_not_learn_the_firms_address(world: World) -> None:
    actor = Actor(user=world.viewer, reaches=reaches_of(world.viewer))
    with tenant(read=[world.ours.id]):
        assert selectors.organisation_line(organisation=_again(world.ours), actor=actor).firm is None
        with pytest.raises(NotFoundError):
            selectors.organisation_line(organisation=world.other, actor=actor)


def test_the_stronger_of_two_roles_counts(world: World) -> None:
    with organisation_scope(world.ours.id):
        services.add_person(email=world.consultant.email, role=Role.ADMIN)
    assert {reach.slug: reach.role for reach in reaches_of(world.consultant)} == {
        world.firm.slug: "consultant", world.ours.slug: "admin", world.other.slug: "consultant",
    }  # fmt: skip


def test_members_of_a_client_leave_the_firms_people_out(world: World) -> None:
    with tenant(read=[world.ours.id]):
        [line] = selectors.members()
    assert (line.user_id, line.email, line.role, line.role_name) == (
        world.viewer.pk, world.viewer.email, "viewer", "Viewer",
    )  # fmt: skip


def test_the_demos_people_have_a_password_that_is_accepted() -> None:
    from django.contrib.auth.password_validation import validate_password

    for login in selectors.DEMO_LOGINS:
        validate_password(selectors.DEMO_PASSWORD, User(email=login.email, name=login.name))
    assert {login.role for login in selectors.DEMO_LOGINS} == set(Role.values)
