"""System checks: what cannot be right is said before it does harm, with an id and what to do.

`manage.py check` asks about the environment, `check --database default` about the server and the runtime role as well,
`check --deploy` also about what only matters where real data lives. README lists the ids.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  Django's own name
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

from tenants.rates import UnreadableLimitError, read_limit

_LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1", "[::1]", ".localhost", "testserver"}
_SECRET_LENGTH = 50
_OLDEST_POSTGRES = 16
_CREATE_ROLES = "Run `manage.py create_roles --admin-url URL`, and let DATABASE_URL name the role rapport_app."

# ── environment ──────────────────────────────────────────────────────────────────────────────────────────────


def _secret_key() -> str:
    try:
        return str(settings.SECRET_KEY)
    except ImproperlyConfigured:  # Django refuses to hand out an empty one
        return ""


def _real_hosts() -> list[str]:
    return sorted(set(settings.ALLOWED_HOSTS) - _LOCAL_HOSTS)


@register(Tags.security)
def secret_key_is_set(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """rapport.E006: without a secret nobody can sign in."""
    if _secret_key():
        return []
    return [
        Error(
            "SECRET_KEY is not set, and there is no default.",
            hint="Set SECRET_KEY, or SECRET_KEY_FILE to a file that holds it: 50 random characters or more.",
            id="rapport.E006",
        )
    ]


@register(Tags.security, deploy=True)
def secret_key_is_long(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """rapport.E011: a short secret can be guessed, and sessions forged with it."""
    if not 0 < len(_secret_key()) < _SECRET_LENGTH:
        return []
    return [
        Error(
            f"SECRET_KEY is shorter than {_SECRET_LENGTH} characters.",
            hint="Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'",
            id="rapport.E011",
        )
    ]


@register(Tags.security)
def database_is_named(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """rapport.E007: no default database, so that nothing is ever written to the wrong one."""
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
        return []
    return [
        Error(
            "DATABASE_URL is not set.",
            hint="Set it to postgres://rapport_app:PASSWORD@HOST:5432/NAME, or run `make demo`, which makes its own.",
            id="rapport.E007",
        )
    ]


@register(Tags.security)
def debug_stays_at_home(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """rapport.E008, rapport.E009: DEBUG shows secrets, DEMO shows passwords; neither may be reachable."""
    hosts = _real_hosts()
    found: list[CheckMessage] = []
    if settings.DEBUG and hosts:
        found.append(
            Error(
                f"DEBUG is on while ALLOWED_HOSTS has {', '.join(hosts)}.",
                hint="Turn DEBUG off, or allow localhost only: an error page with DEBUG shows settings and data.",
                id="rapport.E008",
            )
        )
    if settings.DEMO and hosts:
        found.append(
            Error(
                f"DEMO is on while ALLOWED_HOSTS has {', '.join(hosts)}.",
                hint="Turn DEMO off, or allow localhost only: the demo prints its passwords on the sign-in page.",
                id="rapport.E009",
            )
        )
    return found


@register(Tags.security, deploy=True)
def second_factors_are_asked_for(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """rapport.E014: whoever may change things needs more than a password."""
    if settings.MFA_REQUIRED:
        return []
    return [
        Error(
            "MFA_REQUIRED is off: a password alone opens the accounts of admins and consultants.",
            hint="Leave MFA_REQUIRED out.",
            id="rapport.E014",
        )
    ]


@register("mail", deploy=True)
def mail_leaves_the_machine(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """rapport.W002: people come by mailed invitations."""
    if not settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        return []
    return [
        Warning(
            "EMAIL_URL is not set: invitations and links to choose a password are printed, not mailed.",
            hint="Set EMAIL_URL to smtp+tls://…, and try it with `manage.py send_test_mail ADDRESS`.",
            id="rapport.W002",
        )
    ]


@register(Tags.security)
def limits_are_readable(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """rapport.E013: a limit with a slip of the pen would fail with the first sign-in."""
    found: list[CheckMessage] = []
    for name, written in settings.RATE_LIMITS.items():
        try:
            read_limit(name, written)
        except UnreadableLimitError as error:
            found.append(
                Error(f"The limit {name}: {error}", hint="README lists the variables that set it.", id="rapport.E013")
            )
    return found


@register("work")
def broker_is_named(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """rapport.W001: without a broker nothing is lost, but nothing wakes a worker either."""
    if settings.CELERY_BROKER_URL:
        return []
    return [
        Warning(
            "CELERY_BROKER_URL is not set: accepted events wait, and no score is computed by itself.",
            hint="Set it to pgmq://…, redis://… or amqp://…; `make demo` makes its own.",
            id="rapport.W001",
        )
    ]


# ── database ─────────────────────────────────────────────────────────────────────────────────────────────────

_ROLE = """
    SELECT r.rolname, r.rolsuper, r.rolbypassrls,
           ARRAY(SELECT c.relname::text FROM pg_class c WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p', 'v', 'm')
                 AND c.relpersistence <> 't' ORDER BY c.relname LIMIT 3),
           ARRAY(SELECT o.rolname::text FROM pg_roles o
                 WHERE o.oid <> r.oid AND NOT r.rolsuper AND pg_has_role(r.oid, o.oid, 'MEMBER')
                   AND (o.rolsuper OR o.rolbypassrls OR EXISTS (SELECT 1 FROM pg_class t WHERE t.relowner = o.oid))
                 ORDER BY o.rolname)
    FROM pg_roles r WHERE r.rolname = current_user
"""
_DURABILITY = "SELECT name FROM pg_settings WHERE name = ANY (%s) AND setting = 'off' ORDER BY name"


def _rows(sql: str, parameters: Sequence[list[str]] = ()) -> list[tuple[Any, ...]]:
    with connections["default"].cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return list(cursor.fetchall())


def _concerns_us(databases: Iterable[str] | None) -> bool:
    """Migrations check the owner's connection only, and are the best moment to look at the runtime role."""
    return bool({"default", "owner"} & set(databases or ()))


def _unreachable(error: DatabaseError) -> list[CheckMessage]:
    first_line = next(iter(str(error).strip().splitlines()), "no message")
    return [
        Error(
            f"The database does not answer as the runtime role: {first_line}",
            hint=f"Check DATABASE_URL. On a new server: {_CREATE_ROLES}",
            id="rapport.E010",
        )
    ]


@register(Tags.database)
def runtime_role_is_bound(
    app_configs: object, databases: Iterable[str] | None = None, **kwargs: object
) -> list[CheckMessage]:
    """rapport.E001–E003, E010, E012: no policy binds a superuser, a BYPASSRLS role or, without FORCE, an owner."""
    if not _concerns_us(databases):
        return []
    try:
        [(role, is_superuser, bypasses, owned, borrowed)] = _rows(_ROLE)
    except DatabaseError as error:
        return _unreachable(error)
    wrongs = (
        (is_superuser, "is a superuser: no policy binds it.", "rapport.E001"),
        (bypasses, "has BYPASSRLS: no policy binds it.", "rapport.E002"),
        (owned, f"owns {', '.join(owned)}: an owner can switch policies off.", "rapport.E003"),
        (borrowed, f"may act as {', '.join(borrowed)}, whom the policies do not bind.", "rapport.E012"),
    )
    return [
        Error(f"The runtime role {role} {text}", hint=_CREATE_ROLES, id=code) for wrong, text, code in wrongs if wrong
    ]


@register(Tags.database)
def server_is_new_enough(
    app_configs: object, databases: Iterable[str] | None = None, **kwargs: object
) -> list[CheckMessage]:
    """rapport.E004: PostgreSQL 16 or newer."""
    if not _concerns_us(databases):
        return []
    try:
        [(version,)] = _rows("SELECT current_setting('server_version_num')::int")
    except DatabaseError:
        return []  # said by runtime_role_is_bound
    if version // 10_000 >= _OLDEST_POSTGRES:
        return []
    return [
        Error(
            f"This is PostgreSQL {version // 10_000}; Rapport needs {_OLDEST_POSTGRES} or newer.",
            hint="Upgrade the server; grants between roles (WITH INHERIT, SET) are what is missing.",
            id="rapport.E004",
        )
    ]


@register(Tags.database, deploy=True)
def server_keeps_what_it_took(
    app_configs: object, databases: Iterable[str] | None = None, **kwargs: object
) -> list[CheckMessage]:
    """rapport.E005: an answer of 200 says that events are stored; with these off a power cut takes them back."""
    if not _concerns_us(databases):
        return []
    try:
        names = [name for (name,) in _rows(_DURABILITY, [["fsync", "synchronous_commit"]])]
    except DatabaseError:
        return []  # said by runtime_role_is_bound
    return [
        Error(
            f"{name} is off: events that were answered with 200 can be lost.",
            hint=f"Set {name} = on in postgresql.conf, or for the role rapport_app.",
            id="rapport.E005",
        )
        for name in names
    ]
