"""People, and what is read about organisations."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal

import pytest

from engagement.errors import InvalidInputError, NotFoundError
from tenants import selectors, services
from tenants.actor import Actor, reaches_of
from tenants.models import Organisation, Role, User
from tenants.scope import organisation_scope, tenant
from tests.conftest import World


def _again(organisation: Organisation) -> Organisation:
    with tenant(read=[organisation.id]):
        return Organisation.objects.get()


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_name_is_changed(world: World) -> None:
    services.change_name(user=world.viewer, name=" Vera ")
    assert User.objects.get(pk=world.viewer.pk).name == "Vera"


def test_no_name_is_refused(world: World) -> None:
    with pytest.raises(InvalidInputError) as refused:
        services.change_name(user=world.viewer, name="  ")
    assert set(refused.value.fields) == {"name"}


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
