"""Commands of this step: what they make, and one clear line when they cannot."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.core.management import CommandError, call_command
from psycopg import sql

from tenants.actor import reaches_of
from tenants.models import Organisation, User
from tenants.scope import tenant
from tests import database
from tests.conftest import PASSWORD, build_world


def _run(command: str, /, *arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(command, *arguments, **options, stdout=out)
    return out.getvalue().strip()


@pytest.fixture
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST_PASSWORD", PASSWORD)


commits = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


# ── create_organisation ──────────────────────────────────────────────────────────────────────────────────────


@commits
def test_a_firm_and_a_client_of_it() -> None:
    assert _run("create_organisation", "Northgate Advisory", kind="firm", currency="GBP") == "northgate-advisory"
    made = _run(
        "create_organisation", "Fennel Grocers", kind="client", firm="northgate-advisory", slug="fennel",
        industry="retail", time_zone="Europe/London",
    )  # fmt: skip
    assert made == "fennel"
    _run("create_user", "a@example.com", name="Ada", organisation="northgate-advisory", role="admin",
         password_env="PATH")  # fmt: skip
    reaches = reaches_of(User.objects.get(email="a@example.com"))
    assert [(reach.slug, reach.kind) for reach in reaches] == [("northgate-advisory", "firm"), ("fennel", "client")]
    with tenant(read=[reach.organisation_id for reach in reaches]):
        firm, client = Organisation.objects.order_by("pk")
    assert (firm.currency, client.firm_id, client.industry, client.time_zone) == (
        "GBP",
        firm.pk,
        "retail",
        "Europe/London",
    )


@commits
@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"kind": "client"}, "A client needs --firm SLUG, and a firm has none."),
        ({"kind": "firm", "firm": "x"}, "A client needs --firm SLUG, and a firm has none."),
        ({"kind": "client", "firm": "nowhere"}, "There is no organisation “nowhere”."),
        ({"kind": "firm", "time_zone": "Mars/Olympus"}, "time_zone: “Mars/Olympus” is not a time zone."),
        ({"kind": "firm", "slug": "Not a slug"}, "slug: Use small letters, digits and hyphens"),
    ],
)
def test_an_organisation_that_cannot_be_made(options: dict[str, str], line: str) -> None:
    with pytest.raises(CommandError) as refused:
        _run("create_organisation", "Name", **options)
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


@commits
def test_a_client_is_no_firm_and_an_address_is_taken_once() -> None:
    world = build_world()
    with pytest.raises(CommandError, match="is a client, not a firm"):
        _run("create_organisation", "Name", kind="client", firm=world.ours.slug)
    with pytest.raises(CommandError, match="is taken"):
        _run("create_organisation", "Name", kind="firm", slug=world.ours.slug)


# ── create_user ──────────────────────────────────────────────────────────────────────────────────────────────


@commits
@pytest.mark.usefixtures("_password")
def test_a_person_with_a_role() -> None:
    world = build_world()
    made = _run("create_user", "Nia@Example.com", name="Nia", organisation=world.ours.slug, role="viewer",
                password_env="FIRST_PASSWORD")  # fmt: skip
    assert made == "nia@example.com"
    nia = User.objects.get(email="nia@example.com")
    assert (nia.name, nia.is_staff, nia.is_superuser, nia.check_password(PASSWORD)) == ("Nia", False, False, True)
    assert [(reach.slug, reach.role) for reach in reaches_of(nia)] == [(world.ours.slug, "viewer")]


@commits
def test_an_operator_is_asked_for_a_password_and_reaches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenants.management.commands.create_user.getpass", lambda _: PASSWORD)
    _run("create_user", "op@example.com", name="Olu", operator=True)
    operator = User.objects.get(email="op@example.com")
    assert (operator.is_staff, operator.is_superuser, operator.check_password(PASSWORD)) == (True, False, True)
    assert reaches_of(operator) == ()


@commits
@pytest.mark.usefixtures("_password")
@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"role": "viewer", "operator": True}, "--organisation and --role go together."),
        ({}, "Say --organisation and --role, or --operator."),
        ({"organisation": "nowhere", "role": "viewer"}, "There is no organisation “nowhere”."),
        ({"operator": True, "password_env": "NOT_SET_ANYWHERE"}, "NOT_SET_ANYWHERE is empty or not set"),
        ({"operator": True, "email": "no address"}, "email: Enter a valid email address."),
    ],
)
def test_a_person_who_cannot_be_made(options: dict[str, Any], line: str) -> None:
    options = {"email": "nia@example.com", "password_env": "FIRST_PASSWORD", **options}
    with pytest.raises(CommandError) as refused:
        _run("create_user", options.pop("email"), name="Nia", **options)
    assert line in str(refused.value)
    assert User.objects.count() == 0


@commits
@pytest.mark.usefixtures("_password")
def test_a_known_address_is_refused_and_changes_nothing() -> None:
    world = build_world()
    with pytest.raises(CommandError, match="signs in with this address already"):
        _run("create_user", world.stranger.email, name="Other", organisation=world.ours.slug, role="admin",
             password_env="FIRST_PASSWORD")  # fmt: skip
    assert world.ours.slug not in {reach.slug for reach in reaches_of(world.stranger)}


# ── create_roles ─────────────────────────────────────────────────────────────────────────────────────────────

_NEW = f"test_roles_{database.DATABASE}"


@pytest.fixture
def new_database(monkeypatch: pytest.MonkeyPatch) -> Any:
    """URLs that name a database which is not there yet, with the passwords in force, so that nobody is locked out."""
    monkeypatch.setenv("DATABASE_URL", database.SERVER.url("rapport_app", _NEW))
    monkeypatch.setenv("DATABASE_OWNER_URL", database.SERVER.url("rapport_owner", _NEW))
    yield _NEW
    database.drop(_NEW)


def test_roles_and_database_are_made_and_again_changes_nothing(new_database: str) -> None:
    for _ in range(2):
        assert new_database in _run("create_roles", admin_url=database.admin_url())
    with psycopg.connect(database.SERVER.url("rapport_app", new_database)) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT set_config('app.org_read', '{1}', false)")
        connection.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE stray (note text)")
    with psycopg.connect(database.SERVER.url("rapport_owner", new_database)) as connection:
        connection.execute("CREATE TABLE mine (note text)")
        row = connection.execute(sql.SQL("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = {}").format(
            sql.Literal(new_database))).fetchone()  # fmt: skip
    assert row == ("rapport_owner",)


@pytest.mark.parametrize(
    ("urls", "line"),
    [
        ({"DATABASE_URL": ""}, "DATABASE_URL: Its user must be rapport_app"),
        ({"DATABASE_OWNER_URL": "postgres://rapport_owner:x@h/elsewhere"}, "It must name the same database"),
    ],
)
def test_urls_that_do_not_fit(
    monkeypatch: pytest.MonkeyPatch, new_database: str, urls: dict[str, str], line: str
) -> None:
    for name, value in urls.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CommandError) as refused:
        _run("create_roles", admin_url=database.admin_url())
    assert line in str(refused.value)


def test_an_admin_who_is_not_let_in_is_one_line(new_database: str) -> None:
    wrong = database.admin_url().replace(quote(database.SERVER.password("postgres")), "wrong")
    with pytest.raises(CommandError) as refused:
        _run("create_roles", admin_url=wrong)
    assert "The database refused" in str(refused.value)
    assert "\n" not in str(refused.value)
