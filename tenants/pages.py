"""How a page or an API answer says that something failed: one shape, one voice."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from engagement.errors import RapportError, TooManyError, UnauthenticatedError, UnavailableError

_OWN_PAGE = {400, 403, 404, 413, 429}


def error_body(error: RapportError) -> dict[str, Any]:
    """The JSON of every error: top-level code and message, fields where there are any."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.fields:
        body["fields"] = error.fields
    return body


def error_page(request: HttpRequest, error: RapportError) -> HttpResponse:
    """JSON under /api/, a page elsewhere."""
    if request.path.startswith("/api/"):
        response: HttpResponse = JsonResponse(error_body(error), status=error.status)
    else:
        template = f"errors/{error.status}.html" if error.status in _OWN_PAGE else "errors/400.html"
        response = HttpResponse(
            render_to_string(template, {"message": error.message, "error": error}, request), status=error.status
        )
    for name, value in error_headers(error).items():
        response[name] = value
    return response


def error_headers(error: RapportError) -> dict[str, str]:
    """What programs go by: how to prove who they are, and when to come again (whole seconds)."""
    if isinstance(error, UnauthenticatedError):
        return {"WWW-Authenticate": 'Bearer realm="rapport"'}
    if isinstance(error, TooManyError):
        return {"Retry-After": str(error.retry_after_seconds)}
    if isinstance(error, UnavailableError):
        return {
            "Retry-After": "2"
        }  # a 503 costs little, and who was told to wait is the first to notice that it is over
    return {}
