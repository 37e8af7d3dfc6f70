"""The language the pages speak: chosen on the account page, or before signing in."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tenants import services
from tenants.access import public_view
from tenants.forms import LanguageForm


@public_view
@require_http_methods(["GET", "HEAD", "POST"])
def language(request: HttpRequest) -> HttpResponse:
    """Keeps the choice in a cookie, and for somebody signed in with them; then back to where it was made."""
    form = LanguageForm(request.POST if request.method == "POST" else None)
    response = redirect(_back(request))
    if not form.is_valid():
        return response
    _keep(request, response, form.cleaned_data["language"])
    return response


def _keep(request: HttpRequest, response: HttpResponse, code: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    if request.user.is_authenticated:
        services.choose_language(user=request.user, language=code)
        with translation.override(code):
            name = dict(settings.LANGUAGES)[code]
            messages.success(request, _("Pages and mails speak {language} to you from now on.").format(language=name))


def _back(request: HttpRequest) -> str:
    """The page of ours that sent this; only its path, so that nobody is sent elsewhere."""
    path = urlsplit(request.headers.get("Referer", "")).path
    known = {reverse("account"), reverse("login")}
    return path if path in known else reverse("account" if request.user.is_authenticated else "login")
