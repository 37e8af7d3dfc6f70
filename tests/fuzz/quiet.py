"""Sessions and tokens as if they had just been used, for longer than any round goes on.

Otherwise each request writes down that its session or token was used, because what the one before wrote is undone: two
writes, and the undoing of both, for every request that changes nothing.
"""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Final

from django.conf import settings
from django.utils import timezone

from tenants.sessions import key_of
from tenants.tokens import resolve_token
from tests.isolation.stage import Stage

_AHEAD: Final = timedelta(hours=8)  # less than a session may be old


def token_as_just_used(secret: str) -> None:
    """The token notes no use before a day has gone."""
    resolve_token(secret=secret, now=timezone.now() + timedelta(days=1))


def sessions_as_just_used(stage: Stage, *people: str) -> None:
    """The sessions of these people note no visit for some hours."""
    engine = import_module(settings.SESSION_ENGINE)
    at = int((timezone.now() + _AHEAD).timestamp())
    for name in people:
        session = engine.SessionStore(key_of(stage.person(name).session))
        session.update({"opened_at": at, "seen_at": at})
        session.save()
