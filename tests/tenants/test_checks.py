"""The system checks: each says what is wrong, and nothing when it is right."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from django.core.checks import CheckMessage
from django.db import connections
from django.db.utils import ConnectionHandler

from engagement import checks
from tests import database

ROOT = Path(__file__).resolve().parents[2]
Check = Callable[..., list[CheckMessage]]


def _ids(found: list[CheckMessage]) -> list[str]:
    assert all(message.hint for message in found)
    return [str(message.id) for message in found]


# ── environment ──────────────────────────────────────────────────────────────────────────────────────────────

LONG = "k" * 50


@pytest.mark.parametrize(
    ("check", "values", "expected"),
    [
        (checks.secret_key_is_set, {"SECRET_KEY": ""}, ["rapport.E006"]),
        (checks.secret_key_is_set, {"SECRET_KEY": "short"}, []),
        (checks.secret_key_is_long, {"SECRET_KEY": "k" * 49}, ["rapport.E011"]),
        (checks.secret_key_is_long, {"SECRET_KEY": LONG}, []),
        (checks.secret_key_is_long, {"SECRET_KEY": ""}, []),
        (checks.debug_stays_at_home, {"DEBUG": True, "ALLOWED_HOSTS": ["rapport.example"]}, ["rapport.E008"]),
        (checks.debug_stays_at_home, {"DEBUG": True, "ALLOWED_HOSTS": ["*"]}, ["rapport.E008"]),
        (checks.debug_stays_at_home, {"DEBUG": True, "ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"]}, []),
        (checks.debug_stays_at_home, {"DEBUG": False, "ALLOWED_HOSTS": ["rapport.example"]}, []),
        (checks.debug_stays_at_home, {"DEMO": True, "ALLOWED_HOSTS": ["rapport.example"]}, ["rapport.E009"]),
        (checks.debug_stays_at_home, {"DEMO": True, "ALLOWED_HOSTS": ["localhost"]}, []),
        (
            checks.debug_stays_at_home,
            {"DEBUG": True, "DEMO": True, "ALLOWED_HOSTS": [".example"]},
            ["rapport.E008", "rapport.E009"],
        ),
        (checks.broker_is_named, {"CELERY_BROKER_URL": ""}, ["rapport.W001"]),
        (checks.broker_is_named, {"CELERY_BROKER_URL": "redis://localhost"}, []),
    ],
)
def test_settings(settings: Any, check: Check, values: dict[str, object], expected: list[str]) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    assert _ids(check(None)) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ["rapport.E007"]),
        ({"DATABASE_URL": ""}, ["rapport.E007"]),
        ({"DATABASE_URL": "postgres://x"}, []),
        ({"DATABASE_URL_FILE": "/run/secrets/database"}, []),
    ],
)
def test_database_url(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], expected: list[str]) -> None:
    for name in ("DATABASE_URL", "DATABASE_URL_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert _ids(checks.database_is_named(None)) == expected


# ── database ─────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _connected_as(monkeypatch: pytest.MonkeyPatch, **changes: object) -> Iterator[None]:
    """The checks' connection as somebody else; outside of Django's own handler, which tests hold closed."""
    config = {**connections["default"].settings_dict, **changes}
    handler = ConnectionHandler({"default": config})
    monkeypatch.setattr(checks, "connections", handler)
    yield
    handler["default"].close()


def _superuser(statement: LiteralString) -> None:
    with psycopg.connect(database.admin_url(database.DATABASE), autocommit=True) as connection:
        connection.execute(statement)


def _as(role: str) -> dict[str, object]:
    return {"USER": role, "PASSWORD": database.SERVER.password(role)}


BOUND = (checks.runtime_role_is_bound, checks.server_is_new_enough)


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("check", BOUND)
def test_the_runtime_role_of_the_tests_is_right(monkeypatch: pytest.MonkeyPatch, check: Check) -> None:
    with _connected_as(monkeypatch):
        assert check(None, databases=["default"]) == []
        assert check(None, databases=["owner"]) == []


@pytest.mark.usefixtures("db")
def test_a_superuser_and_an_owner_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with _connected_as(monkeypatch, **_as("postgres")):
        assert {"rapport.E001", "rapport.E002"} <= set(_ids(checks.runtime_role_is_bound(None, databases=["default"])))
    with _connected_as(monkeypatch, **_as("rapport_owner")):
        found = checks.runtime_role_is_bound(None, databases=["default"])
    assert _ids(found) == ["rapport.E003", "rapport.E012"]
    assert "auth_group" in found[0].msg
    assert "rapport_maint" in found[1].msg


@pytest.mark.usefixtures("db")
def test_no_database_is_asked_when_none_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    with _connected_as(monkeypatch, **_as("postgres")):
        for check in (*BOUND, checks.server_keeps_what_it_took):
            assert check(None, databases=None) == []
            assert check(None, databases=["elsewhere"]) == []


@pytest.mark.usefixtures("db")
def test_a_database_that_does_not_answer_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with _connected_as(monkeypatch, PASSWORD="wrong"):
        [message] = checks.runtime_role_is_bound(None, databases=["default"])
        assert (message.id, "password authentication failed" in message.msg) == ("rapport.E010", True)
        assert checks.server_is_new_enough(None, databases=["default"]) == []
        assert checks.server_keeps_what_it_took(None, databases=["default"]) == []


@pytest.mark.parametrize(("version", "expected"), [(150_008, ["rapport.E004"]), (160_000, []), (180_006, [])])
def test_the_version_of_the_server(monkeypatch: pytest.MonkeyPatch, version: int, expected: list[str]) -> None:
    monkeypatch.setattr(checks, "_rows", lambda *_: [(version,)])
    assert _ids(checks.server_is_new_enough(None, databases=["default"])) == expected


@pytest.mark.usefixtures("db")
def test_a_server_that_forgets_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server of the tests has fsync off, which is the control; a role with lax commits is added to it."""
    with _connected_as(monkeypatch):
        [message] = checks.server_keeps_what_it_took(None, databases=["default"])
    assert (message.id, message.msg[:11]) == ("rapport.E005", "fsync is of")
    with _connected_as(monkeypatch, OPTIONS={"options": "-c synchronous_commit=off"}):
        found = checks.server_keeps_what_it_took(None, databases=["default"])
    assert [message.msg.split()[0] for message in found] == ["fsync", "synchronous_commit"]
    monkeypatch.setattr(checks, "_rows", lambda *_: [])
    assert checks.server_keeps_what_it_took(None, databases=["default"]) == []


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────

PRODUCTION = {
    "SECRET_KEY": "made-for-this-test-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ-abcdefghij",
    "PUBLIC_URL": "https://rapport.example",
    "ALLOWED_HOSTS": "rapport.example",
    "CELERY_BROKER_URL": "redis://queue.example/0",
    "DEBUG": "false",
    "DEMO": "false",
    "MFA_REQUIRED": "true",
    "EMAIL_URL": "smtp+tls://user:word@mail.example:587",
}


def _check(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **PRODUCTION, **changes}
    command = [sys.executable, "manage.py", "check", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_production_like_environment_is_clean() -> None:
    done = _check("--deploy", "--fail-level", "WARNING")
    assert (done.returncode, done.stdout.strip()) == (0, "System check identified no issues (0 silenced)."), done.stderr


@pytest.mark.usefixtures("db")
def test_the_database_is_clean() -> None:
    done = _check("--database", "default", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_a_password_alone_and_mails_that_are_printed_are_reported() -> None:
    done = _check("--deploy", MFA_REQUIRED="false", EMAIL_URL="consolemail://")
    assert done.returncode == 1
    assert ("rapport.E014" in done.stderr, "rapport.W002" in done.stderr) == (True, True)


def test_control_a_careless_environment_is_not() -> None:
    done = _check("--deploy", SECRET_KEY="", DATABASE_URL="", DEBUG="true", DEMO="true", CELERY_BROKER_URL="")
    assert done.returncode == 1
    for code in ("rapport.E006", "rapport.E007", "rapport.E008", "rapport.E009", "rapport.W001"):
        assert code in done.stderr
