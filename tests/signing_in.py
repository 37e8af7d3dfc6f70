"""Django's test client knows the keys of sessions; ours are signed in the cookie. Importing this teaches it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.test import Client

from tenants.sessions import cookie_of, key_of

_login = Client._login  # type: ignore[attr-defined]


def _signed_login(self: Client, *args: Any, **kwargs: Any) -> None:
    _login(self, *args, **kwargs)
    morsel = self.cookies[settings.SESSION_COOKIE_NAME]
    morsel.set(morsel.key, cookie_of(morsel.value), cookie_of(morsel.value))


def _session(self: Client) -> SessionBase:
    """As Client.session, which opens the session of the cookie, or a new one."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    cookie = self.cookies.get(settings.SESSION_COOKIE_NAME)
    key = key_of(cookie.value) if cookie else None
    session: SessionBase = store(key)
    if key is None:
        session.save()
        self.cookies[settings.SESSION_COOKIE_NAME] = cookie_of(str(session.session_key))
    return session


Client._login = _signed_login  # type: ignore[attr-defined]
Client.session = property(_session)  # type: ignore[assignment]
