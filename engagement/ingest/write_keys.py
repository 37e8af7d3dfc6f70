"""Write keys: made, shown once, found by digest, revoked at once."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from engagement.errors import InvalidInputError, NotFoundError, UnauthenticatedError
from engagement.ingest import queries
from engagement.ingest.models import WriteKey
from tenants.models import Organisation, User

KEY_PREFIX: Final = "rpw_"  # tells a write key from an API token at a glance
_RANDOM_BYTES = 32  # 256 bits: nobody guesses one, so a plain digest without salt is enough
_NAME_LIMIT = 80


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whom a write key speaks for."""

    organisation_id: int
    key_id: UUID


def key_digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def create_write_key(
    *, organisation: Organisation, name: str, user: User | None, now: datetime
) -> tuple[WriteKey, str]:
    """A new key and its secret, which is not kept; raises InvalidInputError for an unusable name."""
    name = name.strip()
    if not name or len(name) > _NAME_LIMIT or "\0" in name:
        raise InvalidInputError(
            fields={"name": [f"Give the key a name of 1 to {_NAME_LIMIT} characters, like “Web shop”."]}
        )
    secret = KEY_PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    key = WriteKey.objects.create(
        organisation=organisation,
        name=name,
        digest=key_digest(secret),
        hint=secret[-4:],
        created_by=user,
        created_at=now,
    )
    return key, secret


def get_write_key(*, organisation: Organisation, key_id: UUID) -> WriteKey:
    """One key of the organisation, revoked or not; raises NotFoundError."""
    key = WriteKey.objects.filter(organisation=organisation, pk=key_id).first()
    if key is None:
        raise NotFoundError
    return key


def revoke_write_key(*, organisation: Organisation, key_id: UUID, now: datetime) -> WriteKey:
    """From the moment this commits the key is unknown; revoking it again changes nothing."""
    WriteKey.objects.filter(organisation=organisation, pk=key_id, revoked_at=None).update(revoked_at=now)
    return get_write_key(organisation=organisation, key_id=key_id)


def resolve_write_key(key: str | None) -> KeyHolder:
    """The holder of a key, looked up outside any scope; raises UnauthenticatedError for an unknown or revoked one.

    A missing key takes the same way as an unknown one, so that the time of the answer tells nothing.
    """
    rows = queries.fetch("resolve_write_key", digest=key_digest(key or ""))
    if not rows:
        raise UnauthenticatedError("The write key is missing, unknown or revoked. Send a key of your organisation.")
    return KeyHolder(*rows[0])
