"""How a page or an API answer says that something failed: one shape, one voice."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from engagement.errors import RapportError, UnauthenticatedError


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
        template = f"errors/{error.status}.html" if error.status in {400, 403, 404, 413} else "errors/400.html"
        response = HttpResponse(
            render_to_string(template, {"message": error.message, "error": error}, request), status=error.status
        )
    if isinstance(error, UnauthenticatedError):
        response["WWW-Authenticate"] = 'Bearer realm="rapport"'
    return response
