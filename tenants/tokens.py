"""An API token as it is sent: how it is made, and what it may at most, looked up before any scope is open."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.errors import UnauthenticatedError
from tenants.permissions import Permission
from tenants.statements import Statements

# How secrets begin, so that programs that look for leaked ones know them: rpw_ is a write key (ingest/write_keys.py).
PERSONAL_PREFIX: Final = "rpt_"
ORGANISATION_PREFIX: Final = "rpo_"
DEFAULT_DAYS: Final = 90
LONGEST_DAYS: Final = 366

_RANDOM_BYTES = 32  # 256 bits: nobody guesses one, so a plain digest without salt is enough
_NOTED_EVERY = timedelta(minutes=1)
_sql = Statements(Path(__file__).parent / "sql")


@dataclass(frozen=True, slots=True)
class Token:
    """A valid token: a person's (`user_id`) or an organisation's (`organisation_id`). None: no limit of its own."""

    id: UUID
    user_id: UUID | None
    organisation_id: int | None
    permissions: frozenset[Permission] | None
    organisations: frozenset[int] | None


@dataclass(frozen=True, slots=True)
class Place:
    """One organisation that an organisation's token opens."""

    organisation_id: int
    slug: str
    name: str
    kind: str
    firm_id: int | None


def new_secret(prefix: str) -> str:
    """A secret that nobody can guess: 47 characters, the first four of which say what it is."""
    return prefix + secrets.token_urlsafe(_RANDOM_BYTES)


def token_digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def resolve_token(*, secret: str, now: datetime) -> Token:
    """The token behind a secret; raises UnauthenticatedError for one that is unknown, revoked or has run out.

    Notes that it was used, at most once a minute and in a statement of its own: called before a scope is open, it is
    kept whatever becomes of the request.
    """
    digest = token_digest(secret)
    rows = _sql.fetch("resolve_api_token", digest=digest)
    if not rows or (rows[0][5] is not None and rows[0][5] <= now):
        raise unknown_token()
    token_id, user_id, organisation_id, permissions, organisations, _, last_used_at = rows[0]
    if last_used_at is None or last_used_at <= now - _NOTED_EVERY:
        _sql.fetch("token_used", digest=digest, now=now)
    return Token(
        id=token_id,
        user_id=user_id,
        organisation_id=organisation_id,
        permissions=None if permissions is None else known_permissions(permissions),
        organisations=None if organisations is None else frozenset(organisations),
    )


def places_of(*, secret: str) -> tuple[Place, ...]:
    """What an organisation's token opens: its organisation and, for a firm, the clients of today."""
    return tuple(Place(*row) for row in _sql.fetch("reach_of_token", digest=token_digest(secret)))


def known_permissions(codes: Iterable[str]) -> frozenset[Permission]:
    """Stored codes as permissions; one that the product does not know any more gives nothing."""
    known = {permission.value: permission for permission in Permission}
    return frozenset(known[code] for code in codes if code in known)


def unknown_token() -> UnauthenticatedError:
    """One answer for every reason, so that it tells nothing about the token."""
    return UnauthenticatedError(_("This API token is unknown, has run out or has been revoked."))
