"""What other systems send by themselves, signed: kept before it is answered, read as if a library had sent it."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from engagement.connections.faults import SignInError
from engagement.connections.models import Connection
from engagement.connections.queries import STATEMENTS
from engagement.connections.services.credentials import open_credentials
from engagement.errors import InvalidInputError, NotFoundError, UnauthenticatedError, UnavailableError
from engagement.ingest.services import Brought, check_limits, check_refused, keep_sent
from engagement.ingest.write_keys import key_digest
from tenants.scope import organisation_scope

_NOTED_EVERY: Final = timedelta(minutes=1)
_NOBODY: Final = NotFoundError.default_message


def take_segment(*, connection_id: UUID, body: bytes, signature: str, now: datetime) -> None:
    """Keep one event of Segment's, committed. The caller reads the body within a limit.

    It counts against the limits of the organisation, like what client libraries send. Raises NotFoundError,
    UnauthenticatedError, TooManyError, UnavailableError while it is paused (Segment sends again), InvalidInputError,
    SuspendedError, in this order.
    """
    sender = key_digest(f"connection {connection_id}")
    check_refused(sender, now=now)  # whose queue was full a moment ago: before anything is asked
    organisation_id = STATEMENTS.fetch("organisation_of_connection", connection_id=connection_id)[0][0]
    if organisation_id is None:
        raise NotFoundError(_NOBODY)
    with organisation_scope(organisation_id, write=False):
        connection = _signed_for(connection_id, body, signature)
    check_limits(organisation_id, digest=sender, now=now)
    if connection.paused_at is not None:
        raise UnavailableError("This connection is paused. Send it again later.")
    keep_sent(organisation_id=organisation_id, by=Brought(connection_id), message=_readable(body), now=now)
    if connection.last_sync_at is None or now - connection.last_sync_at >= _NOTED_EVERY:
        with organisation_scope(organisation_id):
            Connection.objects.filter(pk=connection_id).update(last_sync_at=now)


def _signed_for(connection_id: UUID, body: bytes, signature: str) -> Connection:
    """The connection, if the body is its sender's. Raises NotFoundError, UnauthenticatedError, UnavailableError."""
    connection = Connection.objects.filter(pk=connection_id, vendor="segment", removed_at__isnull=True).first()
    if connection is None:
        raise NotFoundError(_NOBODY)
    _check_signature(connection, body, signature)
    return connection


def _check_signature(connection: Connection, body: bytes, signature: str) -> None:
    """In constant time. A batch signed by its first event alone does not pass: the others could be anybody's."""
    try:
        secret = open_credentials(connection).get("shared_secret", "")
    except SignInError as error:
        raise UnavailableError("The shared secret has to be entered again here. Send it again later.") from error
    wanted = hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
    if not secret or not hmac.compare_digest(wanted.encode(), signature.strip().lower().encode()):
        raise UnauthenticatedError(
            "The X-Signature is not that of this body. Enter the same secret on both sides, and switch batching off."
        )


def _readable(body: bytes) -> bytes:
    """The event, read once: what follows is put between brackets. Raises InvalidInputError."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInputError("The body is not JSON. Send one event as an object.") from error
    if not isinstance(found, dict):
        raise InvalidInputError("The body is not an object. Send one event, with batching off.")
    return body
