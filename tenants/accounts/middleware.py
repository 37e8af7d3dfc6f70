"""Between a session and the product: how long it lasts, and whether its person needs a second factor first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from engagement.errors import SecondFactorError
from tenants import selectors_accounts
from tenants.actor import is_token_request
from tenants.doors import is_without_session
from tenants.pages import error_page

_Get = Callable[[HttpRequest], HttpResponseBase]
# Being here is written down so often, not at every request.
_SEEN_SECONDS = 60
_OPENED, _SEEN = "opened_at", "seen_at"


def _has_session(request: HttpRequest) -> bool:
    return not is_without_session(request.path) and not is_token_request(request)


class SessionLimitsMiddleware:
    """Ends a session that was left alone for too long, or that is too old; tells `request.asked_at`."""

    def __init__(self, get_response: _Get) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        now = timezone.now()
        request.asked_at = now  # type: ignore[attr-defined]
        if not _has_session(request):
            return self.get_response(request)
        if request.user.is_authenticated and self._is_over(request, now):
            logout(request)
            messages.info(request, _("You were signed out because this session had ended. Sign in again to go on."))
        self._keep(request, now)
        response = self.get_response(request)
        self._keep(request, now)
        return response

    def _is_over(self, request: HttpRequest, now: datetime) -> bool:
        opened, seen = request.session.get(_OPENED), request.session.get(_SEEN)
        if opened is None or seen is None:
            return False
        at = now.timestamp()
        return bool(at - seen > settings.SESSION_IDLE_SECONDS or at - opened > settings.SESSION_ABSOLUTE_SECONDS)

    def _keep(self, request: HttpRequest, now: datetime) -> None:
        """Before the view, and after it, because it may have signed somebody in."""
        if SESSION_KEY not in request.session:
            return
        at = int(now.timestamp())
        request.session.setdefault(_OPENED, at)
        if at - request.session.get(_SEEN, 0) >= _SEEN_SECONDS:
            request.session[_SEEN] = at
            UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=now)


class SecondFactorMiddleware:
    """Sends whoever needs a second factor and has none to where one is set up; API tokens are not asked."""

    def __init__(self, get_response: _Get) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not self._is_missing(request):
            return self.get_response(request)
        if request.path.startswith("/api/"):
            return error_page(request, SecondFactorError())
        way_back = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
        return redirect(f"{reverse('mfa_index')}?{way_back}".rstrip("?"))

    def _is_missing(self, request: HttpRequest) -> bool:
        if not settings.MFA_REQUIRED or not _has_session(request) or not request.user.is_authenticated:
            return False
        on_the_way = (reverse("mfa_index"), reverse("account_reauthenticate"), reverse("logout"), "/invitation/")
        if request.path.startswith(on_the_way):
            return False
        return selectors_accounts.lacks_second_factor(user=request.user, session=request.session)
