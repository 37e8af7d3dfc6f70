"""How a page or an API answer says that something failed: one shape, one voice."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from engagement.errors import RapportError, TooManyError, UnauthenticatedError, UnavailableError
from tenants.doors import is_event_door

_OWN_PAGE = {400, 403, 404, 413, 429, 503}
_WITHOUT_DATABASE = 503  # what is around a page, who is signed in and where else they may go, is read from it


def error_body(error: RapportError) -> dict[str, Any]:
    """The JSON of every error: top-level code and message, fields where there are any."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.fields:
        body["fields"] = error.fields
    return body


def error_page(request: HttpRequest, error: RapportError) -> HttpResponse:
    """JSON under /api/ and at the doors of programs, a page elsewhere."""
    if request.path.startswith("/api/") or is_event_door(request.path):
        response: HttpResponse = JsonResponse(error_body(error), status=error.status)
    else:
        template = f"errors/{error.status}.html" if error.status in _OWN_PAGE else "errors/400.html"
        around = None if error.status == _WITHOUT_DATABASE else request
        response = HttpResponse(
            render_to_string(template, {"message": error.message, "error": error}, around), status=error.status
        )
    for name, value in error_headers(error).items():
        response[name] = value
    return response


def error_headers(error: RapportError) -> dict[str, str]:
    """What programs go by: how to prove who they are, and when to come again (whole seconds)."""
    if isinstance(error, UnauthenticatedError):
        return {"WWW-Authenticate": 'Bearer realm="rapport"'}
    if isinstance(error, TooManyError | UnavailableError):
        return {"Retry-After": str(error.retry_after_seconds)}
    return {}
