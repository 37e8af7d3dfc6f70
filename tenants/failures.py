"""Django's own failure handlers, in the product's voice and without the database."""

from __future__ import annotations

import sys

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from engagement.errors import (
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    TooLargeError,
    TooManyError,
    UnavailableError,
)
from tenants.doors import is_event_door
from tenants.pages import error_page
from tenants.postgres.failures import is_away

log = structlog.get_logger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return error_page(request, TooLargeError(_("This is larger than the limit. Nothing of it was kept.")))
    return error_page(request, InvalidInputError(_("This request cannot be read.")))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, ForbiddenError())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long, or sent from elsewhere."""
    if request.path.startswith("/api/"):
        return error_page(request, ForbiddenError(_("Send the CSRF token with a session, or use an API token.")))
    return HttpResponse(render_to_string("errors/csrf.html", {}, request), status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, NotFoundError())


def too_many(request: HttpRequest) -> HttpResponse:
    """What allauth counts itself; its windows are of a minute or of five."""
    return error_page(request, TooManyError(retry_after_seconds=300))


def server_error(request: HttpRequest) -> HttpResponse:
    """The one answer nobody should see: no context processors, no database.

    Django calls it while the failure is handled, whichever view or middleware it came from. One that only says that no
    database answers is told as that, with the time to come again.
    """
    if is_away(sys.exception()):
        log.error("database_away", path=request.path)
        return error_page(request, UnavailableError())
    message = _("Something went wrong on our side; it has been recorded. Nothing you sent was half saved.")
    if request.path.startswith("/api/") or is_event_door(request.path):
        return JsonResponse({"code": "error", "message": message}, status=500)
    return HttpResponse(render_to_string("errors/500.html", {"message": message}), status=500)
