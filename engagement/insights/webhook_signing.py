"""How a message to a webhook is signed: Standard Webhooks, so that receivers can check it with what they have.

`webhook-id` names the message and stays the same when it is sent again; `webhook-timestamp` is the second it was sent;
`webhook-signature` is "v1," and the base64 of HMAC-SHA256 over "<id>.<timestamp>.<body>", one for each secret that
holds, with a space between. A secret is "whsec_" and the base64 of its 32 bytes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Final

SECRET_PREFIX: Final = "whsec_"  # noqa: S105  how a secret begins, and none itself
_SECRET_BYTES: Final = 32


def new_secret() -> str:
    """A secret that nobody can guess: 256 bits."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature(*, secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature.

    >>> signature(secret="whsec_c2VjcmV0", message_id="1", timestamp=2, body=b"{}")
    'v1,72EbzgLDv52tyOY4YC27IQSjiGr5nutKKXvEM56cM3U='
    """
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signed_headers(*, keys: Iterable[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a message that is sent at an instant, with a signature by each secret in order."""
    timestamp = int(at.timestamp())
    signatures = [signature(secret=key, message_id=message_id, timestamp=timestamp, body=body) for key in keys]
    return {
        "Content-Type": "application/json",
        "User-Agent": "Rapport-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
