"""What every test stands on: the runtime role on a migrated database, two organisations of a firm, a stranger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any

import psycopg
import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection, connections
from django.test import TransactionTestCase
from django.utils import timezone, translation
from hypothesis import HealthCheck, settings

from tenants.models import Organisation, Role, User
from tenants.scope import tenant
from tenants.services import OrganisationSettings, add_member, create_client, create_token
from tests import (
    database,
    signing_in,  # noqa: F401  teaches the test client
)
from tests.kept_world import KeptWorld, kept

# No test is about time: on a busy machine examples are slow to make, too.
settings.register_profile("rapport", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rapport")


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """The worker's clone instead of Django's own test database: real roles, real grants."""
    database.clone(database.DATABASE)
    with django_db_blocker.unblock():
        _kept_world()
    yield
    with django_db_blocker.unblock():
        for open_connection in connections.all(initialized_only=True):
            open_connection.close()
    if _superuser.cache_info().currsize:
        _superuser().close()


_KEPT = ("django_migrations", "django_content_type", "auth_permission")


@cache
def _superuser() -> psycopg.Connection:
    return psycopg.connect(database.admin_url(database.DATABASE), autocommit=True)


@cache
def _delete_everything() -> str:
    rows = _superuser().execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> ALL (%s)",
        [list(_KEPT)],
    )
    return "; ".join(f"DELETE FROM {name}" for (name,) in rows)


def empty_database() -> None:
    """What a transactional test leaves behind; a superuser who does not stop at foreign keys deletes it."""
    _superuser().execute("SET session_replication_role = replica")
    _superuser().execute(_delete_everything())
    _kept_world().is_there = False


def _teardown(self: TransactionTestCase) -> None:
    empty_database()


@pytest.fixture(autouse=True, scope="session")
def _owner_empties() -> None:
    # The runtime role may not TRUNCATE, which is what Django's flush would do.
    setattr(TransactionTestCase, "_fixture_teardown", _teardown)  # noqa: B010  a private name of Django's


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """A request leaves its language on in the thread; the next test starts in English."""
    yield
    translation.deactivate()


@dataclass(frozen=True, slots=True)
class World:
    """One firm with two clients and its three people, and a stranger with a firm and a client of their own."""

    firm: Organisation
    ours: Organisation
    other: Organisation
    admin: User
    consultant: User
    viewer: User  # of `ours` only
    stranger: User
    strangers_firm: Organisation
    strange: Organisation  # the stranger's client


# Files of these take minutes each: begun first, so that no core waits for another's last one.
_LONG = ("tests/browser/", "tests/isolation/test_matrix", "tests/operating/", "tests/hardening/", "tests/demo/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "correct-horse-battery-staple"


def make_user(name: str) -> User:
    """A person with the password of all tests and no role."""
    return User.objects.create(email=f"{name}@example.com", name=name.title(), password=_hashed())


@cache
def _hashed() -> str:
    return make_password(PASSWORD)


def make_firm(slug: str) -> Organisation:
    """A firm's row; over the owner's connection in the product, over the superuser's here (same transaction rules)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.next_organisation_id()")
        firm_id = cursor.fetchone()[0]
    _as_superuser_insert_firm(firm_id, slug)
    with tenant(read=[firm_id]):
        return Organisation.objects.get(pk=firm_id)


def _as_superuser_insert_firm(firm_id: int, slug: str) -> None:
    """Committed outside the test's transaction: it stays until the database is emptied."""
    _superuser().execute(
        "INSERT INTO tenants_organisation (id, kind, slug, name, industry, time_zone, language, currency, minimum_n,"
        " minimum_n_band, band_good_thousandths, band_excellent_thousandths, band_names, schedule, schedule_hour,"
        " created_at) VALUES (%s, 'firm', %s, %s, 'other', 'UTC', 'en', 'EUR', 5, 30, 70000, 80000, '[]', 'manual', 2,"
        " now())",
        [firm_id, slug, slug.replace("-", " ").title()],
    )


def make_client(firm: Organisation, name: str, **settings: Any) -> Organisation:
    with tenant(read=[firm.id], write=firm.id):
        return create_client(firm_id=firm.id, settings=OrganisationSettings(name=name, **settings), now=NOW)


@pytest.fixture
def world(db: None) -> World:
    """Two organisations, three people, a stranger: the base of every test that touches the database."""
    return _kept_world().again()


@cache
def _kept_world() -> KeptWorld[World]:
    """Built when the process begins, in its empty database, and taken away again until a test asks for it."""
    made = kept(_superuser(), build_world, apart=_KEPT)
    _superuser().execute("SET session_replication_role = replica")
    _superuser().execute(_delete_everything())
    made.is_there = False
    return made


def build_world() -> World:
    mark = next(_COUNT)
    firm, strangers_firm = make_firm(f"northgate-{mark}"), make_firm(f"strange-firm-{mark}")
    ours, other = make_client(firm, f"Ours {mark}"), make_client(firm, f"Other {mark}")
    strange = make_client(strangers_firm, f"Strange {mark}")
    people = [make_user(f"{name}{mark}") for name in ("admin", "consultant", "viewer", "stranger")]
    placed = (
        (firm, 0, Role.ADMIN),
        (firm, 1, Role.CONSULTANT),
        (ours, 2, Role.VIEWER),
        (strangers_firm, 3, Role.ADMIN),
    )
    for organisation, index, role in placed:
        with tenant(read=[organisation.id], write=organisation.id):
            add_member(user=people[index], role=role)
    admin, consultant, viewer, stranger = people
    return World(firm, ours, other, admin, consultant, viewer, stranger, strangers_firm, strange)


_COUNT = count(1)


def api_token(user: User, **limits: Any) -> str:
    """The secret of a new API token of a person, in force on the day the tests run: the doorways read the clock."""
    _, secret = create_token(user=user, name="test", now=timezone.now(), **limits)
    return secret
