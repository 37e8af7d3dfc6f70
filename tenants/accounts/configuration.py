"""How allauth is set up: the part of the settings that no deployment changes.

It does the signing in; nobody signs up, because people come by invitation. Whatever it would say or show is said in
our own words (words.py, templates/account, templates/mfa), and only the addresses of tenants/urls.py reach its views.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tenants.accounts.oidc import Provider

_FORMS = "tenants.accounts.forms"


def allauth_settings(*, providers: Iterable[Provider]) -> dict[str, Any]:
    """Django settings by name."""
    return {
        **_account(),
        **_second_factor(),
        "SOCIALACCOUNT_ADAPTER": "tenants.accounts.provider.ProviderAdapter",
        "SOCIALACCOUNT_PROVIDERS": {
            "openid_connect": {"APPS": [provider.app() for provider in providers], "OAUTH_PKCE_ENABLED": True}
        },
        # A link, not a form: form-action 'self' would stop a form's way to the provider. The state is the session's.
        "SOCIALACCOUNT_LOGIN_ON_GET": True,
    }


def _account() -> dict[str, Any]:
    return {
        "ACCOUNT_ADAPTER": "tenants.accounts.adapters.AccountAdapter",
        "ACCOUNT_LOGIN_METHODS": {"email"},
        "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
        "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*"],  # unused; allauth checks that they fit the login
        "ACCOUNT_USER_DISPLAY": "tenants.accounts.words.display",
        # Addresses come from an invitation or an operator, so signing in never waits for one to be confirmed; a new
        # address replaces the old one only when the link sent to it is followed.
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_CHANGE_EMAIL": True,
        "ACCOUNT_EMAIL_NOTIFICATIONS": True,
        # Django's own: a link dies with the password, the address or the next sign-in.
        "ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR": "django.contrib.auth.tokens.PasswordResetTokenGenerator",
        "ACCOUNT_REAUTHENTICATION_REQUIRED": True,
        "ACCOUNT_SESSION_REMEMBER": True,
        # tenants/rates counts who signs in, resets or posts anything else; here only what it cannot know: whose code
        # was wrong. Whoever is asked for one has given the password, so nobody locks another out.
        "ACCOUNT_RATE_LIMITS": {
            "login": "",
            "login_failed": "5/5m/key",
            "reset_password": "",
            "reset_password_from_key": "",
            "signup": "",
        },
        "ACCOUNT_FORMS": {
            "login": f"{_FORMS}.LoginForm",
            "change_password": f"{_FORMS}.ChangePasswordForm",
            "set_password": f"{_FORMS}.SetPasswordForm",
            "reset_password": f"{_FORMS}.ResetPasswordForm",
            "reset_password_from_key": f"{_FORMS}.ResetPasswordKeyForm",
            "reauthenticate": f"{_FORMS}.ReauthenticateForm",
            "add_email": f"{_FORMS}.NewAddressForm",
        },
    }


def _second_factor() -> dict[str, Any]:
    return {
        "MFA_ADAPTER": "tenants.accounts.adapters.FactorAdapter",
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        "MFA_TOTP_ISSUER": "Rapport",
        "MFA_RATE_LIMITS": {"webauthn_login": ""},
        # An address on its way to be changed must not keep anybody from the second factor they are asked for.
        "MFA_ALLOW_UNVERIFIED_EMAIL": True,
        "MFA_FORMS": {
            "authenticate": f"{_FORMS}.CodeForm",
            "reauthenticate": f"{_FORMS}.CodeAgainForm",
            "activate_totp": f"{_FORMS}.ActivateForm",
            "add_webauthn": f"{_FORMS}.PasskeyForm",
            "edit_webauthn": f"{_FORMS}.PasskeyNameForm",
        },
    }
