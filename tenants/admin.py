"""Django's admin for operators: global tables only, and of people no more than opening and closing accounts.

It shows no organisation and no customer; a test holds every model registered here to the list of global tables.
Sessions are no model here: their keys would open other people's pages. Names and addresses are not changed here either:
whoever could set an address could take an account over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import structlog
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Media
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver
from django.utils import timezone

from tenants.access import operator_view
from tenants.models import User
from tenants.permissions import Permission
from tenants.services import end_sessions, set_account_open

log = structlog.get_logger(__name__)

# Addresses of Django's that the product has in its own way, or that nobody needs here.
_LEFT_OUT = {"login", "logout", "password_change", "password_change_done", "autocomplete", "view_on_site"}


if TYPE_CHECKING:
    _Base = admin.ModelAdmin[User]
else:
    _Base = admin.ModelAdmin  # not generic at run time


class OperatorSite(admin.AdminSite):
    """For operators; to everybody else there is nothing at its addresses."""

    site_header = site_title = "Rapport: accounts"
    index_title = "Accounts"
    site_url = "/operate/"
    final_catch_all_view = False
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        return operator_view(Permission.MANAGE_ACCOUNTS)(super().admin_view(view, cacheable))

    def get_urls(self) -> list[Any]:
        """Django's, less those left out; each names its permission, or the middleware refuses it."""
        found = [one for one in super().get_urls() if getattr(one, "name", None) not in _LEFT_OUT]
        _name(found)
        return found


def _name(patterns: Iterable[URLPattern | URLResolver]) -> None:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            _name(pattern.url_patterns)
        else:
            pattern.callback.permissions = {"*": Permission.MANAGE_ACCOUNTS}  # type: ignore[attr-defined]


class AccountAdmin(_Base):
    """People: who signs in, whether their account is open, where they are signed in."""

    list_display = ("email", "name", "is_active", "is_staff", "last_login", "created_at")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    ordering = ("email",)
    fields = ("email", "name", "is_active", "is_staff", "last_login", "created_at")
    readonly_fields = ("email", "name", "is_staff", "last_login", "created_at")
    actions = ("sign_out",)
    show_facets = admin.ShowFacets.NEVER

    @property
    def media(self) -> Media:
        """No scripts: a strict policy refuses how Django's write to the page, and the forms work without them."""
        return Media()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody closes their own account: the last operator would be locked out."""
        return self.admin_site.has_permission(request) and (obj is None or obj.pk != request.user.pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # people are invited, operators are made on the server

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # what they did stays theirs

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        set_account_open(user=obj, is_open=obj.is_active, operator=request.user, now=timezone.now())

    @admin.action(description="Sign out everywhere", permissions=["change"])
    def sign_out(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            ended = end_sessions(user=user, now=timezone.now())
            log.info("sessions_ended", user_id=str(user.pk), operator_id=str(request.user.pk), sessions_ended=ended)
            self.message_user(request, f"{user.email}: {ended} sessions ended.", messages.SUCCESS)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The log has it, with ids; Django's table would keep the address."""


operator_site = OperatorSite(name="operators")
operator_site.register(User, AccountAdmin)
