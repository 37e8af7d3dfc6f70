"""In and out, where one arrives, and a forgotten password. allauth's views, with our pages and addresses."""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal.auth import begin_authentication
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.conf import settings as django_settings
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from engagement.errors import NotFoundError
from tenants import selectors
from tenants.access import public_view, signed_in_view
from tenants.accounts.provider import StrictAdapter
from tenants.actor import SignedInRequest


class SignIn(account.LoginView):
    """Follows `next` only to this host, and gives the session a new id."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["providers"] = django_settings.OIDC_PROVIDERS
        if django_settings.DEMO:
            context |= {"demo_logins": selectors.DEMO_LOGINS, "demo_password": selectors.DEMO_PASSWORD}
        return context


@method_decorator(never_cache, name="dispatch")
class PasskeySignIn(webauthn.LoginWebAuthnView):
    """The script asks for a challenge, the browser for a key; what it answers is posted."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.headers.get("Accept") != "application/json":
            return redirect("login")
        return JsonResponse({"options": begin_authentication(user=None)})


class SecondFactor(factor.AuthenticateView):
    """Between the password and the session."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        types = set(self.stage.login.user.authenticator_set.values_list("type", flat=True))
        return {**context, "has_passkey": "webauthn" in types, "has_code": "totp" in types}


class NewPassword(account.PasswordResetFromKeyView):
    success_url = reverse_lazy("login")


login = public_view(SignIn.as_view())
login_passkey = public_view(PasskeySignIn.as_view())
login_second_factor = public_view(SecondFactor.as_view())
logout = public_view(LogoutView.as_view())
password_forgotten = public_view(account.PasswordResetView.as_view())
password_forgotten_sent = public_view(account.PasswordResetDoneView.as_view())
password_new = public_view(NewPassword.as_view())


@public_view
@never_cache
def login_with(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """To an organisation's own provider."""
    return _with_provider(OAuth2LoginView, request, provider_id)


@public_view
@never_cache
def login_with_back(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """And back from it."""
    return _with_provider(OAuth2CallbackView, request, provider_id)


def _with_provider(view: Any, request: HttpRequest, provider_id: str) -> HttpResponseBase:
    try:
        answer: HttpResponseBase = view.adapter_view(StrictAdapter(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise NotFoundError from None
    return answer


@signed_in_view
@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """On to the first firm's portfolio, or the first organisation's scorecard, or to whom to ask."""
    first = next(iter(request.actor.reaches), None)
    if first is None and request.user.is_staff:
        return redirect("operate")
    if first is None:
        return render(request, "tenants/nowhere.html")
    return redirect("portfolio" if first.is_firm else "scorecard", first.slug)
