"""Where allauth asks the product: whom to let in, what to say, where to send whom."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tenants.accounts import mails
from tenants.accounts.sealing import seal, unseal
from tenants.accounts.words import ERRORS, MESSAGES, notice
from tenants.languages import speaking_to
from tenants.links import public_url
from tenants.models import User
from tenants.rates import client_address

log = structlog.get_logger(__name__)
_NO_ADDRESS = "::"
_CONFIRMATION_DAYS = 3  # allauth's EMAIL_CONFIRMATION_EXPIRE_DAYS


def _last_part(template: str) -> str:
    """The name of a message or mail: account/messages/password_set.txt → password_set."""
    return template.rpartition("/")[2].removesuffix(".txt")


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {**DefaultAccountAdapter.error_messages, **ERRORS}

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False  # people come by invitation

    def is_safe_url(self, url: str) -> bool:
        """Only at our public address; allauth would also follow any other of ALLOWED_HOSTS."""
        ours = {urlsplit(settings.PUBLIC_URL).netloc}
        return url_has_allowed_host_and_scheme(url, ours, require_https=settings.HTTPS)

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        messages.error(request, str(ERRORS["account_inactive"]))
        return redirect("login")

    def add_message(  # noqa: PLR0917  allauth's signature
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Our words for what allauth has a template for; most of what it says needs no saying."""
        words = str(MESSAGES.get(_last_part(message_template or ""), ""))
        text = message or words.format(**(message_context or {}))
        if text:
            messages.add_message(request, level, text)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Not counted here: tenants/rates does, in a way that lets nobody lock another out."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """As it is counted: behind proxies of ours the one they wrote down, IPv6 by network."""
        found = client_address(request)
        return _NO_ADDRESS if found == "unknown" else found

    # ── mail ─────────────────────────────────────────────────────────────────────────────────────────────────

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A notice of what has happened, or the link that confirms a new address; there are no other mails.

        For somebody who chose no language, in that of the page they did it on.
        """
        name, user = _last_part(template_prefix), context["user"]
        with speaking_to(user, otherwise=get_language() or ""):
            if name == "email_confirmation":
                words = {"person": user.name, "days": _CONFIRMATION_DAYS, "link": context["activate_url"]}
                mails.send("confirm_email", to=email, **words)
                return
            subject, sentence = notice(name)
            mails.notify("notice", to=email, subject=subject, sentence=sentence)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """With who is told, whose language it speaks; allauth's own leaves them out."""
        super().send_notification_mail(template_prefix, user, {**(context or {}), "user": user}, email)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return public_url(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Refused where somebody signs in with the address meanwhile; the page says no more than that it is not so."""
        if User.objects.filter(email=email_address.email).exclude(pk=email_address.user_id).exists():
            self.add_message(request, messages.ERROR, "email_confirmation_failed", {"email": email_address.email})
            return False
        return bool(super().confirm_email(request, email_address))

    # ── where to go next ─────────────────────────────────────────────────────────────────────────────────────

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        return reverse("account" if context.request.user.is_authenticated else "login")

    def is_reauthentication_required(self, app: str) -> bool:
        """Whoever signed in, or proved who they are, within the last five minutes is not asked again."""
        request = context.request
        now = request.asked_at.timestamp()
        records = get_authentication_records(request, request.user)
        return not any(now - record["at"] < REAUTHENTICATION_TIMEOUT for record in records)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        words = {
            "reauthenticate": _("with your password"),
            "mfa_reauthenticate": _("with a code"),
            "mfa_reauthenticate:webauthn": _("with a passkey"),
        }
        found = super().get_reauthentication_methods(user)
        return [{**method, "description": words[method["id"]]} for method in found]


class FactorAdapter(DefaultMFAAdapter):
    error_messages = {**DefaultMFAAdapter.error_messages, **ERRORS}

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)

    def _get_site_name(self) -> str:
        return "Rapport"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to the public address, whatever host a request claims."""
        return {"id": str(urlsplit(settings.PUBLIC_URL).hostname), "name": self._get_site_name()}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002  allauth's name
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {count + 1}" if count else "Passkey"
