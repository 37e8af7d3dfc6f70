"""What follows from a change of a password, a factor or an address: every other session of the person ends.

Logged with the person's id, and with nothing else about them.
"""

from __future__ import annotations

from typing import Any

import structlog
from allauth.account import signals as account
from allauth.mfa import signals as factors
from allauth.usersessions.models import UserSession
from django.contrib.auth import signals as auth
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest

from tenants import services
from tenants.models import User

log = structlog.get_logger(__name__)


def end_other_sessions(request: HttpRequest, user: User) -> None:
    """Every session of the person but the one that asks ends at once, on all machines."""
    services.raise_session_epoch(user=user)
    if request.user.is_authenticated and request.user.pk == user.pk:
        update_session_auth_hash(request, user)
        UserSession.objects.create_from_request(request)


def _changed(event: str) -> Any:
    def receive(sender: object, request: HttpRequest, user: User, **kwargs: object) -> None:
        log.info("own_account_changed", what=event, user_id=str(user.pk))
        end_other_sessions(request, user)

    return receive


_RECEIVERS = {
    "password_changed": (account.password_changed, account.password_set, account.password_reset),
    "address_changed": (account.email_changed,),
    "second_factor_changed": (
        factors.authenticator_added,
        factors.authenticator_removed,
        factors.authenticator_reset,
    ),
}


def _signed_in(sender: object, user: User, **kwargs: object) -> None:
    log.info("signed_in", user_id=str(user.pk))


def _refused(sender: object, **kwargs: object) -> None:
    log.info("sign_in_refused")


def connect() -> None:
    """Called once, when the application is ready."""
    for event, signals in _RECEIVERS.items():
        for number, signal in enumerate(signals):
            signal.connect(_changed(event), weak=False, dispatch_uid=f"tenants.{event}.{number}")
    auth.user_logged_in.connect(_signed_in, dispatch_uid="tenants.signed_in")
    auth.user_login_failed.connect(_refused, dispatch_uid="tenants.sign_in_refused")
