"""Secrets of second factors, encrypted before they are stored: a dump alone opens no account."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def _box(secret: str) -> Fernet:
    key = hashlib.sha256(b"tenants.accounts.sealing:" + secret.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _boxes() -> MultiFernet:
    return MultiFernet([_box(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def seal(text: str) -> str:
    """Encrypted with a key made from SECRET_KEY."""
    return _boxes().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What seal() was given; raises cryptography's InvalidToken without the SECRET_KEY of that time."""
    return _boxes().decrypt(sealed.encode()).decode()
