"""Two layers, each sufficient alone: one is switched off and nothing leaks; with both off the leak is seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection

from tenants.models import Membership, Organisation
from tenants.scope import ScopeError, tenant
from tests.conftest import World, build_world
from tests.isolation.sabotage import managers_off, policies_off
from tests.isolation.seed import leaks, sow, tenant_models

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    """Committed rows of both organisations in every tenant table."""
    world = build_world()
    sow(world.ours.id)
    sow(world.strange.id)
    return world


@pytest.fixture
def without_managers() -> Iterator[None]:
    with managers_off():
        yield


@pytest.fixture
def without_policies() -> Iterator[None]:
    with policies_off():
        yield


def _labels() -> list[str]:
    return sorted(model._meta.label for model in tenant_models())


def test_every_table_has_rows_to_leak(world: World) -> None:
    with tenant(read=[world.strange.id]):
        assert leaks(set()) == _labels()


def test_both_layers_on(world: World) -> None:
    with tenant(read=[world.ours.id]):
        assert leaks({world.ours.id}) == []


@pytest.mark.usefixtures("without_managers")
def test_policies_alone_hold(world: World) -> None:
    with tenant(read=[world.ours.id]):
        assert leaks({world.ours.id}) == []
        assert Membership.objects.count() == 1
    assert leaks(set()) == []  # and with no scope at all nothing is seen


@pytest.mark.usefixtures("without_policies")
def test_managers_alone_hold(world: World) -> None:
    with tenant(read=[world.ours.id]):
        assert leaks({world.ours.id}) == []
    for model in tenant_models():
        with pytest.raises(ScopeError):
            model._default_manager.count()


@pytest.mark.usefixtures("without_managers", "without_policies")
def test_with_both_layers_off_the_leak_is_reported(world: World) -> None:
    with tenant(read=[world.ours.id]):
        assert leaks({world.ours.id}) == _labels()


@pytest.mark.usefixtures("without_managers")
def test_policies_alone_refuse_foreign_writes(world: World) -> None:
    with tenant(read=[world.ours.id], write=world.ours.id):
        assert Organisation.objects.filter(pk=world.strange.id).update(name="taken") == 0
        assert Membership.objects.filter(organisation_id=world.strange.id).delete()[0] == 0
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        tenant(read=[world.ours.id, world.strange.id], write=world.ours.id),
    ):
        Membership.objects.create(organisation_id=world.strange.id, user=world.viewer, role="admin")


@pytest.mark.usefixtures("without_managers")
def test_a_row_cannot_be_moved_to_another_organisation(world: World) -> None:
    """A consultant reads both; with one array for reading and writing this update would go through."""
    both = [world.ours.id, world.other.id]
    with pytest.raises(DatabaseError, match="row-level security"), tenant(read=both, write=world.ours.id):
        Membership.objects.filter(organisation_id=world.ours.id).update(organisation_id=world.other.id)


def test_the_control_switches_everything_back_on(world: World) -> None:
    with policies_off():
        pass
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relname = ANY (%s) AND NOT (relrowsecurity AND relforcerowsecurity)",
            [[model._meta.db_table for model in tenant_models()]],
        )
        assert cursor.fetchone() == (0,)
