"""The cookie of a session is its key with a signature: the key alone, which stands in the database, opens nothing.

Whoever reads a dump, or a query's answer that should not have been, cannot take over the sessions in it: they would
need SECRET_KEY as well.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse

_SALT = "rapport.session"


def cookie_of(session_key: str) -> str:
    """What a browser holds of a session."""
    return Signer(salt=_SALT).sign(session_key)


def key_of(cookie: str | None) -> str | None:
    """The session's key; None for a cookie that nobody here signed."""
    try:
        return Signer(salt=_SALT).unsign(cookie or "")
    except BadSignature:
        return None


class SignedSessionMiddleware(SessionMiddleware):
    """Django's own, with a signature on what leaves and a look at it on what comes back."""

    def process_request(self, request: HttpRequest) -> None:
        request.session = self.SessionStore(key_of(request.COOKIES.get(settings.SESSION_COOKIE_NAME)))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = super().process_response(request, response)
        morsel = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if morsel is not None and morsel.value:
            signed = cookie_of(morsel.value)
            morsel.set(settings.SESSION_COOKIE_NAME, signed, response.cookies.value_encode(signed)[1])
        return response
