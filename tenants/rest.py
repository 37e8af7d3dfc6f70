"""What REST framework asks of us: who asks is known already, permissions are named, errors have one shape.

REST framework imports this module from its settings, so it may not import rest_framework.views.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.errors import (
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    RapportError,
    UnauthenticatedError,
)
from tenants.actor import Actor, Reach, require
from tenants.models import User
from tenants.pages import error_body, error_headers
from tenants.permissions import Permission


class ResolvedAuthentication(BaseAuthentication):
    """Reads what the middleware resolved; a session, unlike a token, needs the CSRF check."""

    def authenticate(self, request: Request) -> tuple[User | AnonymousUser, None] | None:
        actor: Actor | None = getattr(request._request, "actor", None)  # noqa: SLF001  DRF offers no other door
        if actor is None:
            return None
        if not getattr(request._request, "_dont_enforce_csrf_checks", False):  # noqa: SLF001
            SessionAuthentication().enforce_csrf(request)
        return actor.user or AnonymousUser(), None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="rapport"'


class NamedPermission(BasePermission):
    """Asks the view for the permission of the method; a view that names none is refused."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if getattr(request._request, "actor", None) is None:  # noqa: SLF001
            raise UnauthenticatedError
        named: Mapping[str, Permission | str] = getattr(view, "permissions", {})
        permission = named.get("GET" if request.method == "HEAD" else str(request.method))
        if permission is None:
            if request.method in view.allowed_methods and request.method != "OPTIONS":
                raise ForbiddenError(_("This method has no permission named and is therefore refused."))
            return True
        if permission != "signed in":
            reach = cast("Reach", request._request.reach)  # type: ignore[attr-defined]  # noqa: SLF001
            require(reach, Permission(permission), honours_limits=getattr(view, "honours_limits", False))
        return True


class Public(BasePermission):
    """Written on the two views that describe the API."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return True


def _as_rapport_error(error: Exception) -> RapportError | None:
    if isinstance(error, RapportError):
        return error
    if isinstance(error, Http404 | exceptions.NotFound):
        return NotFoundError()
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return UnauthenticatedError()
    if isinstance(error, exceptions.PermissionDenied):
        return ForbiddenError(str(error.detail))
    if isinstance(error, exceptions.ValidationError):
        return InvalidInputError(fields=_fields(error.detail))
    return None


def _fields(detail: Any, path: str = "") -> dict[str, list[str]]:
    """DRF's nested details as flat paths: {"weights.0.weight": ["…"]}."""
    if isinstance(detail, Mapping):
        found: dict[str, list[str]] = {}
        for key, value in detail.items():
            found |= _fields(value, f"{path}.{key}" if path else str(key))
        return found
    if isinstance(detail, list) and any(isinstance(item, Mapping | list) for item in detail):
        found = {}
        for index, item in enumerate(detail):
            if item:
                found |= _fields(item, f"{path}.{index}" if path else str(index))
        return found
    texts = [str(item) for item in detail] if isinstance(detail, list) else [str(detail)]
    return {path or "body": texts}


def error_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: the same body as everywhere, and no half-done work."""
    known = _as_rapport_error(error)
    if transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)
    if known is not None:
        return Response(error_body(known), status=known.status, headers=error_headers(known))
    if isinstance(error, exceptions.APIException):
        codes = error.get_codes()
        code = codes if isinstance(codes, str) else "invalid"
        return Response({"code": code, "message": str(error.detail)}, status=error.status_code)
    return None
