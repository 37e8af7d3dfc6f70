"""Sign-in through an organisation's own provider: allauth does the protocol, this decides who may come in."""

from __future__ import annotations

from typing import Any, NoReturn

import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tenants import services
from tenants.accounts.oidc import Provider

log = structlog.get_logger(__name__)


def provider_with_id(provider_id: str) -> Provider | None:
    """What the deployment says of a provider."""
    return next((provider for provider in settings.OIDC_PROVIDERS if provider.id == provider_id), None)


class StrictAdapter(OpenIDConnectOAuth2Adapter):
    """The protocol, with nothing left to trust: the id token is always there, its signature always checked."""

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        config = self.openid_config
        if config["issuer"].rstrip("/") != self.get_provider().server_url.partition("/.well-known/")[0].rstrip("/"):
            raise OAuth2Error("The provider names another issuer than ours.")
        return jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=config["jwks_uri"],
            issuer=config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> SocialLogin:
        """An address counts as verified when the provider says so with a plain true; what else it says is not kept."""
        login = super().complete_login(request, app, token, **kwargs)
        claims = login.account.extra_data
        id_token, userinfo = claims.get("id_token"), claims.get("userinfo") or claims.get("id_token")
        if not id_token or userinfo.get("sub") != id_token.get("sub"):
            raise OAuth2Error("The provider’s answers are not about one person.")
        for address in login.email_addresses:
            address.verified = userinfo.get("email_verified") is True
        login.account.extra_data = {}
        login.state_name = str(userinfo.get("name") or "")
        return login


class ProviderAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Lets in who reaches the provider's organisation or is invited to it; refuses everybody else."""
        provider = provider_with_id(sociallogin.account.provider)
        emails = [address.email.lower() for address in sociallogin.email_addresses if address.verified]
        owned = [email for email in emails if provider is not None and provider.owns(email)]
        if provider is None or not owned or sociallogin.state.get("process") != AuthProcess.LOGIN:
            self._refuse(request, provider)
        known = sociallogin.is_existing  # by the provider's subject; allauth looks for nobody by address
        if not known and SocialAccount.objects.filter(provider=provider.id, user__email=owned[0]).exists():
            # An address that has changed hands does not open its former owner's account.
            self._refuse(request, provider)
        user = services.admit(
            organisation=provider.organisation,
            user=sociallogin.user if known else None,
            email=owned[0],
            name=sociallogin.state_name,
            default_role=provider.unknown if provider.unknown != "refuse" else "",
            now=request.asked_at,  # type: ignore[attr-defined]
        )
        if user is None:
            self._refuse(request, provider)
        if not known:
            sociallogin.connect(request, user)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Whoever breaks off is back at the sign-in page; any other failure has a page of its own."""
        log.warning("provider_failed", provider=getattr(provider, "sub_id", ""), error=error, exception=str(exception))
        if error == AuthError.CANCELLED:
            messages.info(request, _("You are not signed in: the other page sent you back."))
            raise ImmediateHttpResponse(redirect("login"))

    def _refuse(self, request: HttpRequest, provider: Provider | None) -> NoReturn:
        log.info("provider_refused", provider=provider.id if provider else "")
        raise ImmediateHttpResponse(render(request, "socialaccount/refused.html", {"provider": provider}, status=403))
