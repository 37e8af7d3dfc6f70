"""No database answers: every address says so, with the time to come again, and none says that it failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from tenants.postgres.failures import is_away
from tests.conftest import World, api_token, build_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return build_world()


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on nobody listens where the database was."""

    def leave() -> None:
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "PORT", "1")

    return leave


def _signed_in(world: World) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(world.admin)
    return client


@pytest.mark.parametrize(
    "address", ["/", "/o/{slug}/", "/o/{slug}/settings/", "/portfolio/", "/account/", "/find/?q=x"]
)
def test_a_page_says_when_to_come_again(world: World, away: Callable[[], None], address: str) -> None:
    client = _signed_in(world)
    away()
    answer = client.get(address.format(slug=world.ours.slug))
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert "Nothing that was saved is lost" in answer.content.decode()
    assert "default-src" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store"


def test_a_form_says_so_too(world: World, away: Callable[[], None]) -> None:
    client = _signed_in(world)
    away()
    tried = {"login": world.admin.email, "password": "x"}
    nobody = Client(raise_request_exception=False)
    answers = [client.post(f"/o/{world.ours.slug}/settings/", {"name": "x"}), nobody.post("/login/", tried)]
    assert [(answer.status_code, answer["Retry-After"]) for answer in answers] == [(503, "2")] * 2


@pytest.mark.parametrize("address", ["/api/v1/organisations/", "/api/v1/organisations/{slug}/"])
def test_the_api_says_so_in_its_own_shape(world: World, away: Callable[[], None], address: str) -> None:
    client = Client(headers={"authorization": f"Bearer {api_token(world.admin)}"}, raise_request_exception=False)
    away()
    answer = client.get(address.format(slug=world.ours.slug))
    assert (answer.status_code, answer["Retry-After"], answer.json()["code"]) == (503, "2", "unavailable")


def test_it_is_over_when_the_database_is_back(
    world: World, away: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, address = _signed_in(world), f"/o/{world.ours.slug}/"
    away()
    assert client.get(address).status_code == 503
    monkeypatch.undo()
    assert client.get(address).status_code == 200


def test_a_failure_in_the_midst_of_a_page_is_told_alike(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server goes while a page reads: the transaction it was in cannot be undone any more, either."""
    client = _signed_in(world)

    def gone(*args: Any, **kwargs: Any) -> Any:
        connection.connection.close()
        connection.cursor().execute("SELECT 1")

    monkeypatch.setattr("tenants.middleware.Organisation.objects.get", gone)
    assert client.get(f"/o/{world.ours.slug}/").status_code == 503


def test_other_failures_are_ours(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = _signed_in(world)

    def slow(*args: Any, **kwargs: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)")

    monkeypatch.setattr("tenants.middleware.Organisation.objects.get", slow)
    assert client.get(f"/o/{world.ours.slug}/").status_code == 500


@pytest.mark.parametrize(
    ("error", "cause", "expected"),
    [
        (OperationalError, psycopg.OperationalError, True), (InterfaceError, psycopg.InterfaceError, True),
        (OperationalError, psycopg.errors.AdminShutdown, True),
        (OperationalError, psycopg.errors.CannotConnectNow, True),
        (OperationalError, psycopg.errors.TooManyConnections, True),
        (OperationalError, psycopg.errors.ConnectionFailure, True),
        (OperationalError, psycopg.errors.QueryCanceled, False), (OperationalError, psycopg.errors.DiskFull, False),
        (OperationalError, psycopg.errors.DeadlockDetected, False), (ValueError, psycopg.OperationalError, False),
    ],
)  # fmt: skip
def test_what_counts_as_away(error: type[Exception], cause: type[Exception], expected: bool) -> None:
    failure = error()
    failure.__cause__ = cause()
    assert is_away(failure) is expected
