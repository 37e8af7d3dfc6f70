"""Members, settings and clients: what is written, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from tenants import selectors, services
from tenants.actor import reaches_of
from tenants.models import Membership, Organisation, User
from tenants.scope import ScopeError, organisation_scope, tenant
from tenants.signals import settings_changed
from tests.conftest import NOW, PASSWORD, World, make_client


def _roles(organisation: Organisation) -> dict[str, str]:
    with tenant(read=[organisation.id]):
        return {line.email.partition("@")[0].rstrip("0123456789"): line.role for line in selectors.members()}


def _member_id(organisation: Organisation, user: User) -> Any:
    with tenant(read=[organisation.id]):
        return Membership.objects.get(user=user).pk


# ── members ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_somebody_known_gets_a_role_and_keeps_name_and_password(world: World) -> None:
    with organisation_scope(world.ours.id):
        services.add_person(email=f"  {world.stranger.email.upper()} ", role="viewer")
        found = Membership.objects.get(user=world.stranger)
    assert (found.organisation_id, found.role) == (world.ours.id, "viewer")
    stranger = User.objects.get(pk=world.stranger.pk)
    assert (stranger.name, stranger.check_password(PASSWORD)) == (world.stranger.name, True)


def test_somebody_unknown_is_to_be_invited(world: World) -> None:
    with organisation_scope(world.ours.id), pytest.raises(InvalidInputError, match="cannot be used") as refused:
        services.add_person(email="new@example.com", role="viewer")
    assert refused.value.fields == {"email": ["Nobody signs in with this address yet: invite them."]}
    assert not User.objects.filter(email="new@example.com").exists()


def test_a_member_cannot_be_added_twice(world: World) -> None:
    with organisation_scope(world.ours.id), pytest.raises(ConflictError, match="member already"):
        services.add_person(email=world.viewer.email, role="admin")
    assert _roles(world.ours) == {"viewer": "viewer"}


def test_roles_change_in_the_organisation_in_scope_only(world: World) -> None:
    with organisation_scope(world.other.id):
        services.add_person(email=world.viewer.email, role="viewer")
    with organisation_scope(world.ours.id):
        services.change_role(membership_id=_member_id(world.ours, world.viewer), role="admin")
    assert {reach.slug: reach.role for reach in reaches_of(world.viewer)} == {
        world.ours.slug: "admin",
        world.other.slug: "viewer",
    }


@pytest.mark.parametrize("act", [lambda pk: services.change_role(membership_id=pk, role="admin"),
                                 lambda pk: services.remove_member(membership_id=pk)])  # fmt: skip
def test_a_foreign_member_and_an_unknown_one_are_not_found(world: World, act: Any) -> None:
    for pk in (_member_id(world.strangers_firm, world.stranger), _member_id(world.firm, world.admin), uuid4()):
        with organisation_scope(world.ours.id), pytest.raises(NotFoundError):
            act(pk)
    assert list(_roles(world.strangers_firm).values()) == ["admin"]


@pytest.mark.parametrize("role", ["viewer", "consultant"])
def test_the_last_admin_of_a_firm_cannot_be_demoted(world: World, role: str) -> None:
    with organisation_scope(world.firm.id), pytest.raises(ConflictError, match="the last one"):
        services.change_role(membership_id=_member_id(world.firm, world.admin), role=role)
    assert sorted(_roles(world.firm).values()) == ["admin", "consultant"]


def test_the_last_admin_of_a_firm_cannot_be_removed(world: World) -> None:
    with organisation_scope(world.firm.id), pytest.raises(ConflictError, match="the last one"):
        services.remove_member(membership_id=_member_id(world.firm, world.admin))
    assert sorted(_roles(world.firm).values()) == ["admin", "consultant"]


def test_an_admin_with_a_closed_account_does_not_count(world: World) -> None:
    with organisation_scope(world.firm.id):
        services.change_role(membership_id=_member_id(world.firm, world.consultant), role="admin")
        User.objects.filter(pk=world.consultant.pk).update(is_active=False)
        with pytest.raises(ConflictError):
            services.remove_member(membership_id=_member_id(world.firm, world.admin))


def test_one_of_two_admins_may_go_and_a_client_may_have_none(world: World) -> None:
    with organisation_scope(world.firm.id):
        services.change_role(membership_id=_member_id(world.firm, world.consultant), role="admin")
        services.remove_member(membership_id=_member_id(world.firm, world.admin))
        services.change_role(membership_id=_member_id(world.firm, world.consultant), role="admin")
    assert list(_roles(world.firm).values()) == ["admin"]
    with organisation_scope(world.ours.id):
        services.change_role(membership_id=_member_id(world.ours, world.viewer), role="admin")
        services.remove_member(membership_id=_member_id(world.ours, world.viewer))
    assert _roles(world.ours) == {}
    assert reaches_of(world.viewer) == ()
    assert User.objects.filter(pk=world.viewer.pk).exists()


def test_changing_members_needs_a_writing_scope(world: World) -> None:
    with tenant(read=[world.ours.id]), pytest.raises(ScopeError, match="may only read"):
        services.remove_member(membership_id=_member_id(world.ours, world.viewer))


# ── settings ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def heard() -> Iterator[list[tuple[int, frozenset[str]]]]:
    """What settings_changed said while the test ran."""
    told: list[tuple[int, frozenset[str]]] = []

    def listen(sender: object, organisation: Organisation, changed: frozenset[str], now: object, **_: object) -> None:
        assert now == NOW
        told.append((organisation.pk, changed))

    settings_changed.connect(listen)
    yield told
    settings_changed.disconnect(listen)


def _change(organisation: Organisation, **changes: object) -> frozenset[str]:
    with organisation_scope(organisation.id):
        return services.change_organisation(
            organisation=Organisation.objects.get(pk=organisation.id), changes=changes, now=NOW
        )


def _again(organisation: Organisation) -> Organisation:
    with tenant(read=[organisation.id]):
        return Organisation.objects.get()


def test_settings_are_changed_and_told(world: World, heard: list[tuple[int, frozenset[str]]]) -> None:
    changes = {
        "name": "  Ours Renamed ", "time_zone": "America/New_York", "minimum_n": 7, "band_good_thousandths": 69_950,
        "band_names": ["Low", "Fine", "Great"], "schedule": "weekly", "schedule_hour": 23, "currency": "EUR",
    }  # fmt: skip
    changed = _change(world.ours, **changes)
    assert changed == set(changes) - {"currency"}
    assert heard == [(world.ours.id, changed)]
    after = _again(world.ours)
    assert {name: getattr(after, name) for name in changes} == {**changes, "name": "Ours Renamed"}
    assert _again(world.other).name == world.other.name


def test_nothing_different_is_nothing_told(world: World, heard: list[tuple[int, frozenset[str]]]) -> None:
    assert _change(world.ours, name=world.ours.name) == frozenset()
    assert heard == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "   "}, "name"),
        ({"industry": "mining"}, "industry"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"currency": "eur"}, "currency"),
        ({"minimum_n": 0}, "minimum_n"),
        ({"minimum_n_band": 10_001}, "minimum_n_band"),
        ({"schedule": "hourly"}, "schedule"),
        ({"schedule_hour": 24}, "schedule_hour"),
        ({"keep_run_days": 6}, "keep_run_days"),
        ({"keep_weekly_run_days": 3661}, "keep_weekly_run_days"),
        ({"keep_run_days": 731}, "keep_weekly_run_days"),
        ({"band_good_thousandths": 0}, "band_good"),
        ({"band_excellent_thousandths": 100_001}, "band_excellent"),
        ({"band_good_thousandths": 80_001}, "band_excellent"),
        ({"band_names": ["a", "b"]}, "band_names"),
        ({"band_names": ["a", "A ", "b"]}, "band_names"),
        ({"band_names": ["a", "", "b"]}, "band_names"),
        ({"band_names": ["a", "b", "c" * 31]}, "band_names"),
        ({"band_names": "abc"}, "band_names"),
        ({"band_names": [1, 2, 3]}, "band_names"),
        ({"slug": "elsewhere"}, "slug"),
        ({"firm_id": 1}, "firm_id"),
        ({"sample_today": None}, "sample_today"),
    ],
)
def test_settings_that_cannot_be(
    world: World, heard: list[tuple[int, frozenset[str]]], changes: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        _change(world.ours, **changes)
    assert set(refused.value.fields) == {field}
    assert heard == []


@pytest.mark.parametrize("bounds", [(80_000, 80_000), (1, 100_000)])
def test_band_edges_that_are_allowed(world: World, bounds: tuple[int, int]) -> None:
    _change(world.ours, band_good_thousandths=bounds[0], band_excellent_thousandths=bounds[1])
    after = _again(world.ours)
    assert (after.band_good_thousandths, after.band_excellent_thousandths) == bounds


def test_a_firm_has_no_bands(world: World) -> None:
    with pytest.raises(InvalidInputError) as refused:
        _change(world.firm, minimum_n=9)
    assert refused.value.fields == {"minimum_n": ["A firm has no such setting."]}
    assert _change(world.firm, name="Northgate") == {"name"}


def test_another_organisation_than_the_one_in_scope_is_not_found(world: World) -> None:
    with organisation_scope(world.ours.id), pytest.raises(NotFoundError):
        services.change_organisation(organisation=world.other, changes={"name": "taken"}, now=NOW)


# ── clients ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_client_belongs_to_the_firm_in_scope(world: World) -> None:
    client = make_client(world.firm, "Brightwell Clinics & Co", industry="healthcare", currency="GBP")
    after = _again(client)
    assert (after.kind, after.firm_id, after.slug, after.industry, after.currency) == (
        "client", world.firm.id, "brightwell-clinics-co", "healthcare", "GBP",
    )  # fmt: skip
    assert client.slug in {reach.slug for reach in reaches_of(world.consultant)}
    assert client.slug not in {reach.slug for reach in reaches_of(world.stranger)}
    assert make_client(world.firm, "Brightwell Clinics & Co").slug == "brightwell-clinics-co-2"


def test_a_client_cannot_be_put_into_another_firm(world: World) -> None:
    with organisation_scope(world.firm.id), pytest.raises(NotFoundError):
        services.create_client(
            firm_id=world.strangers_firm.id, settings=services.OrganisationSettings(name="Taken"), now=NOW
        )


def test_an_address_that_is_taken_is_refused_even_by_a_foreign_organisation(world: World) -> None:
    with pytest.raises(ConflictError) as refused:
        make_client(world.firm, "New", slug=world.strange.slug)
    assert refused.value.fields == {"slug": ["Taken."]}
