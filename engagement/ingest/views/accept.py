"""The address that client libraries send to. They understand 200 and little else, and retry by their own rules.

Plain Django: no form parsing (the content type is often wrong), no session, no messages, one shape of error.
"""

from __future__ import annotations

from typing import Final

import structlog
from django.conf import settings
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from engagement.errors import InvalidInputError, RapportError, TooLargeError, UnauthenticatedError, UnavailableError
from engagement.ingest.services import accept_batch
from tenants.access import public_view
from tenants.links import public_url
from tenants.pages import error_body, error_headers
from tenants.rates import client_address, spend

log = structlog.get_logger(__name__)

KINDS: Final = {
    "batch": "batch",
    "b": "batch",
    "import": "batch",  # the past, as tools that move data send it: the same body, older times
    "track": "track",
    "t": "track",
    "identify": "identify",
    "i": "identify",
    "page": "page",
    "p": "page",
    "screen": "screen",
    "s": "screen",
    "group": "group",
    "g": "group",
    "alias": "alias",
    "a": "alias",
}
"""The last part of the address, as the libraries write it, and what it carries."""

_RETRY_AFTER_SECONDS = "5"
_PREFLIGHT_SECONDS = "86400"


@public_view
@csrf_exempt
def accept(request: HttpRequest, kind: str) -> HttpResponse:
    """200 once the request is safely kept; a browser's preflight is answered too."""
    if request.method == "OPTIONS":
        return _shared(request, HttpResponse(status=200))
    with translation.override("en"):  # libraries are told in English, whatever language their browser asks for
        return _shared(request, _answer(request, kind))


@public_view
@csrf_exempt
def source_settings(request: HttpRequest, key: str) -> HttpResponse:
    """What the browser library asks for before it sends: where to send to. Says nothing about the key."""
    if request.method == "OPTIONS":
        return _shared(request, HttpResponse(status=200))
    host = public_url("/v1").partition("://")[2]
    return _shared(request, JsonResponse({"integrations": {"Segment.io": {"apiKey": key, "apiHost": host}}}))


def _answer(request: HttpRequest, kind: str) -> HttpResponse:
    if request.method != "POST":
        return _not_allowed()
    try:
        _keep(request, kind=KINDS[kind])
    except RapportError as error:
        return _failure(error)
    return JsonResponse({"success": True})


def _keep(request: HttpRequest, *, kind: str) -> None:
    """Raises RapportError, UnavailableError among them when the store is down."""
    body = _body(request)
    try:
        accept_batch(
            body=body,
            kind=kind,
            content_encoding=request.headers.get("Content-Encoding"),
            authorization=request.headers.get("Authorization"),
            now=timezone.now(),
        )
    except UnauthenticatedError:
        # Only keys that are wrong are counted by address: a right one passes whatever its neighbours send.
        spend("wrong-key", client_address(request), now=timezone.now())
        raise
    except DatabaseFailure as error:
        log.exception("accept_unavailable")
        raise UnavailableError from error


def _body(request: HttpRequest) -> bytes:
    """Never more than one byte beyond the limit is read."""
    limit = settings.INGEST_LIMIT_BYTES
    try:
        body = request.read(limit + 1)
    except (UnreadablePostError, OSError) as error:
        raise InvalidInputError("The request broke off before its end. Send it again.") from error
    if len(body) > limit:
        raise TooLargeError(f"The body is larger than {limit:,} bytes. Send fewer events at once.")
    return body


def _failure(error: RapportError) -> JsonResponse:
    response = JsonResponse(error_body(error), status=error.status)
    for name, value in error_headers(error).items():
        response[name] = value
    if isinstance(error, UnavailableError):
        response["Retry-After"] = _RETRY_AFTER_SECONDS
    return response


def _not_allowed() -> JsonResponse:
    body = {"code": "method_not_allowed", "message": "Send events with POST."}
    return JsonResponse(body, status=405, headers={"Allow": "POST, OPTIONS"})


def _shared(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let pages of any origin send and read the answer: the write key decides, and no cookie is used."""
    origin = request.headers.get("Origin")
    if origin:
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Allow-Methods"] = "POST, OPTIONS"
        response["Access-Control-Allow-Headers"] = "authorization, content-type"
        response["Access-Control-Max-Age"] = _PREFLIGHT_SECONDS
    patch_vary_headers(response, ["Origin"])
    return response
