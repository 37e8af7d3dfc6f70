"""The limits of what people post outside an organisation: signing in, resetting, everything about an account.

A try to sign in is counted before the password is looked at, so that tries at once cannot pass together, and given back
when it was right. tenants/README.md says which counters there are and why nobody can lock another out.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from engagement.errors import RapportError
from tenants.doors import is_event_door
from tenants.pages import error_page
from tenants.rates import rules
from tenants.rates.addresses import client_address
from tenants.rates.counting import give_back, spend
from tenants.rates.devices import counted_account, device_of, remember_device

LOGIN_ROUTES = {"login", "account_login"}
RESET_ROUTES = {"password-reset", "account_reset_password"}
# Ends a session and nothing else: never to be refused.
FREE_ROUTES = {"logout", "account_logout"}
# These count what programs send themselves, and what happens inside an organisation is behind a role.
_ELSEWHERE = ("/api/", "/o/", "/portfolio/")
_ACCOUNT_FIELDS = ("username", "login", "email")
Counter = tuple[str, str]


class LimitMiddleware:
    """Stands after the authentication, before the scope; its counting is in no transaction."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        who = getattr(request, "signed_in_now", None)
        if who is not None:
            remember_device(request, response, counted_account(who.email))
        if response.status_code == 302 or who is not None:  # noqa: PLR2004  a refused form is shown again with 200
            for name, counted in getattr(request, "login_counters", ()):
                give_back(name, counted, now=request.counted_at)  # type: ignore[attr-defined]
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Refuse before the view has looked at anything."""
        if request.method != "POST" or request.path.startswith(_ELSEWHERE) or is_event_door(request.path):
            return None
        now = timezone.now()
        try:
            _count(request, now)
        except RapportError as error:
            return error_page(request, error)
        return None


def _count(request: HttpRequest, now: datetime) -> None:
    route = request.resolver_match.url_name if request.resolver_match else None
    if route in FREE_ROUTES:
        return
    if route in LOGIN_ROUTES:
        counters = _login_counters(request)
        request.login_counters, request.counted_at = counters, now  # type: ignore[attr-defined]
    elif route in RESET_ROUTES:
        counters = [(rules.RESET_ADDRESS, client_address(request)), (rules.RESET_ACCOUNT, _account(request))]
    else:
        counters = [(rules.ACCOUNT, _person(request))]
    for name, counted in counters:
        spend(name, counted, now=now)


def _account(request: HttpRequest) -> str:
    return counted_account(next((request.POST[name] for name in _ACCOUNT_FIELDS if request.POST.get(name)), ""))


def _person(request: HttpRequest) -> str:
    return f"user {request.user.pk}" if request.user.is_authenticated else f"address {client_address(request)}"


def _login_counters(request: HttpRequest) -> list[Counter]:
    """A browser that is known for the account is counted alone; everybody else by address, by pair, by account."""
    account, address = _account(request), client_address(request)
    device = device_of(request, account)
    if device is not None:
        return [(rules.LOGIN_DEVICE, f"{account} {device}")]
    return [
        (rules.LOGIN_ADDRESS, address),
        (rules.LOGIN_PAIR, f"{account} {address}"),
        (rules.LOGIN_ACCOUNT, account),
    ]


@receiver(user_logged_in, dispatch_uid="tenants.rates.signed_in_now")
def _note_signing_in(request: HttpRequest | None, user: Any, **kwargs: object) -> None:
    if request is not None:
        request.signed_in_now = user  # type: ignore[attr-defined]
