"""Second factors and passkeys of one's own, and proving again who one is: allauth's views on our pages."""

from __future__ import annotations

from typing import Any

from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import IndexView
from allauth.mfa.base.views import ReauthenticateView as CodeAgainView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import (
    DownloadRecoveryCodesView,
    GenerateRecoveryCodesView,
    ViewRecoveryCodesView,
)
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal.auth import begin_registration
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    EditWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.conf import settings
from django.http import HttpResponseBase
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache

from engagement.errors import NotFoundError
from tenants import selectors_accounts
from tenants.access import signed_in_view
from tenants.actor import SignedInRequest


class Overview(IndexView):
    template_name = "mfa/index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        lacks = selectors_accounts.lacks_second_factor(user=self.request.user, session=self.request.session)
        return {**context, "is_missing": settings.MFA_REQUIRED and lacks}


class AddPasskey(AddWebAuthnView):
    """Each is one that can be used alone: kept by the authenticator, opened by a finger, a face or a PIN."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "options": begin_registration(self.request.user, passwordless=True)}


class RenamePasskey(EditWebAuthnView):
    success_url = reverse_lazy("mfa_index")


class RemovePasskey(RemoveWebAuthnView):
    success_url = reverse_lazy("mfa_index")


factors = signed_in_view(never_cache(Overview.as_view()))
again = signed_in_view(never_cache(ReauthenticateView.as_view()))
again_code = signed_in_view(never_cache(CodeAgainView.as_view()))
again_passkey = signed_in_view(never_cache(ReauthenticateWebAuthnView.as_view()))
app_add = signed_in_view(never_cache(ActivateTOTPView.as_view()))
app_remove = signed_in_view(never_cache(DeactivateTOTPView.as_view()))
codes = signed_in_view(never_cache(ViewRecoveryCodesView.as_view()))
codes_new = signed_in_view(never_cache(GenerateRecoveryCodesView.as_view()))
codes_file = signed_in_view(never_cache(DownloadRecoveryCodesView.as_view()))
passkey_add = signed_in_view(never_cache(AddPasskey.as_view()))


@signed_in_view
@never_cache
def passkey_rename(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Another name for a passkey of one's own."""
    _own(request, pk)
    return RenamePasskey.as_view()(request, pk=pk)


@signed_in_view
@never_cache
def passkey_remove(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Asks first, then removes a passkey of one's own."""
    _own(request, pk)
    return RemovePasskey.as_view()(request, pk=pk)


def _own(request: SignedInRequest, pk: int) -> None:
    """Before anything else is asked: somebody else's passkey and none at all are answered alike."""
    if not Authenticator.objects.filter(pk=pk, user=request.user, type=Authenticator.Type.WEBAUTHN).exists():
        raise NotFoundError
