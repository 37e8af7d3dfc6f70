"""Browsers that have signed in before: guessing from elsewhere does not lock their owner out.

After signing in, a browser keeps a signed cookie that names the account (as a digest) and a random mark. While a
stranger's guesses exhaust the account's own limit, a browser with the cookie is counted by its mark instead.
"""

from __future__ import annotations

import secrets
from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import salted_hmac

_SALT = "tenants.rates.devices"
_KEPT_SECONDS: Final = 180 * 24 * 3_600
_ACCOUNTS: Final = 5  # as many people of one browser as are remembered


def counted_account(written: str) -> str:
    """An account as it is counted: the address as typed, without the ways to write it differently."""
    return written.strip().casefold()[:254]


def _digest(account: str) -> str:
    return salted_hmac(_SALT, account, algorithm="sha256").hexdigest()[:32]


def _marks(request: HttpRequest) -> dict[str, str]:
    try:
        marks = signing.loads(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=_SALT, max_age=_KEPT_SECONDS)
    except signing.BadSignature:
        return {}
    return marks if isinstance(marks, dict) else {}


def device_of(request: HttpRequest, account: str) -> str | None:
    """The mark of this browser for that account; None for a browser that never signed in to it."""
    return _marks(request).get(_digest(account))


def remember_device(request: HttpRequest, response: HttpResponseBase, account: str) -> None:
    """To be called once somebody has signed in entirely: the cookie says so for half a year."""
    marks = _marks(request)
    mark = marks.pop(_digest(account), None) or secrets.token_hex(8)
    kept = dict([*marks.items(), (_digest(account), mark)][-_ACCOUNTS:])
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps(kept, salt=_SALT),
        max_age=_KEPT_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
