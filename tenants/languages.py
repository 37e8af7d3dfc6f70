"""The language a page speaks: what somebody chose, or else what their browser asks for.

English is what the code says; every other language is a catalogue in engagement/locale, made by `make messages`.
Programs get the language of their Accept-Language header, and English without one.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from tenants.doors import is_without_session
from tenants.models import User

CODES: Final = tuple(code for code, _ in settings.LANGUAGES)


class LanguageMiddleware(LocaleMiddleware):
    """Django's own (cookie, Accept-Language), after what the person who is signed in has chosen."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if is_without_session(request.path) or not request.user.is_authenticated:
            return
        if request.user.language in CODES:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()


def speaking_to(user: User, *, otherwise: str = "") -> AbstractContextManager[None]:
    """What is written within is in the person's language: mails, and what workers make for somebody.

    `otherwise` is what an organisation's mails speak (`Organisation.language`), for somebody who chose nothing.
    """
    return translation.override(next(filter(None, (user.language, otherwise, settings.LANGUAGE_CODE))))


def speaking_to_address(email: str, *, otherwise: str = "") -> AbstractContextManager[None]:
    """The same for an address that may be nobody's yet, as an invited one is."""
    return speaking_to(User.objects.filter(email=email).first() or User(), otherwise=otherwise)
