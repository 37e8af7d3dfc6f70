"""Write keys: made, shown once, found by digest, replaced in good time, revoked at once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError, UnauthenticatedError
from engagement.ingest import queries
from engagement.ingest.models import WriteKey
from tenants.audit import audit_append
from tenants.models import Organisation, User
from tenants.tokens import new_secret

KEY_PREFIX: Final = "rpw_"  # tells a write key from an API token at a glance
_NAME_LIMIT = 80
_LONGEST_OVERLAP = timedelta(days=366)
_NOTED_EVERY = timedelta(minutes=1)


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
            fields={"name": [_("Give the key a name of 1 to {n} characters, like “Web shop”.").format(n=_NAME_LIMIT)]}
        )
    key, secret = _make(organisation=organisation, name=name, user=user, now=now)
    audit_append(act="write_key.created", object_kind="write_key", object_id=key.pk)
    return key, secret


def rotate_write_key(
    *, organisation: Organisation, key_id: UUID, ends_at: datetime, user: User | None, now: datetime
) -> tuple[WriteKey, str]:
    """A successor of the same name and its secret; the old key lets events in until `ends_at`, so that none is lost.

    Raises NotFoundError, ConflictError for a key that has ended or is ending, InvalidInputError for a moment that has
    passed or is more than a year away.
    """
    if not now < ends_at <= now + _LONGEST_OVERLAP:
        raise InvalidInputError(fields={"ends_at": [_("Choose a moment within the coming year.")]})
    key = WriteKey.objects.select_for_update(no_key=True).filter(organisation=organisation, pk=key_id).first()
    if key is None:
        raise NotFoundError
    if key.revoked_at is not None or key.expires_at is not None:
        raise ConflictError(_("This key has ended or runs out already. Rotate its successor, or create another key."))
    key.expires_at = ends_at
    key.save(update_fields=["expires_at"])
    successor, secret = _make(organisation=organisation, name=key.name, user=user, now=now)
    new = {"successor": successor.pk, "expires_at": ends_at}
    audit_append(act="write_key.rotated", object_kind="write_key", object_id=key.pk, new=new)
    return successor, secret


def _make(*, organisation: Organisation, name: str, user: User | None, now: datetime) -> tuple[WriteKey, str]:
    secret = new_secret(KEY_PREFIX)
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
    """From the moment this commits the key is unknown, in every process; revoking it again changes nothing."""
    key = get_write_key(organisation=organisation, key_id=key_id)
    if WriteKey.objects.filter(organisation=organisation, pk=key_id, revoked_at=None).update(revoked_at=now):
        key.revoked_at = now
        audit_append(act="write_key.revoked", object_kind="write_key", object_id=key_id)
    return key


def resolve_write_key(key: str, *, now: datetime) -> KeyHolder:
    """The holder of a key, looked up outside any scope; raises UnauthenticatedError for one that is not in force.

    Nothing is remembered between requests, so a revoked key is unknown to the next one everywhere. A missing key takes
    the same way as an unknown one, so that the time of the answer tells nothing. That a key was used is noted at most
    once a minute, in a statement of its own.
    """
    digest = key_digest(key)
    rows = queries.fetch("resolve_write_key", digest=digest)
    if not rows or (rows[0][2] is not None and rows[0][2] <= now):
        raise UnauthenticatedError("The write key is missing, unknown or revoked. Send a key of your organisation.")
    organisation_id, key_id, _spare, last_used_at = rows[0]
    if last_used_at is None or last_used_at <= now - _NOTED_EVERY:
        queries.fetch("write_key_used", digest=digest, now=now)
    return KeyHolder(organisation_id=organisation_id, key_id=key_id)
