"""Credentials are sealed before they are stored, opened to be used, and nothing else: no page, file or log has them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from cryptography.fernet import InvalidToken

from engagement.connections.faults import SignInError
from engagement.connections.models import Connection
from tenants.accounts.sealing import seal, unseal


def seal_credentials(credentials: Mapping[str, str]) -> str:
    return seal(json.dumps(dict(credentials)))


def open_credentials(connection: Connection) -> dict[str, str]:
    """What was entered; raises SignInError where this deployment's key does not open it any more."""
    if not connection.credentials_sealed:
        return {}
    try:
        return dict(json.loads(unseal(connection.credentials_sealed)))
    except InvalidToken as error:
        raise SignInError("This server's key does not open the stored credentials. Enter them again.") from error
