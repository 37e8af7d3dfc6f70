"""What tests of accounts share: people with second factors, and codes of an app that is always at hand."""

from __future__ import annotations

import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.test import Client

from tenants.models import User
from tests.conftest import PASSWORD

_STEP_SECONDS, _LEAST_SECONDS = 30, 5


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/login/", {"login": email, "password": password, **more})


def give_app(user: User) -> str:
    """An authenticator app, with recovery codes; returns its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return str(secret)


def code(secret: str) -> str:
    """What the app shows now; forgets codes that were used, so that a test need not wait for the next.

    One that ends within seconds is not shown: a busy browser would send it too late.
    """
    cache.clear()
    left = _STEP_SECONDS - time.time() % _STEP_SECONDS
    if left < _LEAST_SECONDS:
        time.sleep(left)
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // _STEP_SECONDS)))


def recovery_codes(user: User) -> list[str]:
    found: list[str] = Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()
    return found
