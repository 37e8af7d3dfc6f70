"""The address that client libraries send to. They understand 200 and little else, and retry by their own rules.

Plain Django: no form parsing (the content type is often wrong), no session, no messages, one shape of error.
"""

from __future__ import annotations

import http
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import ClassVar, Final

import structlog
from django.conf import settings
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from engagement.errors import (
    InvalidInputError,
    RapportError,
    TooLargeError,
    TooManyError,
    UnauthenticatedError,
    UnavailableError,
)
from engagement.ingest.contracts.bodies import key_in_header
from engagement.ingest.services import accept_batch
from engagement.ingest.services.room import check_refused
from engagement.ingest.write_keys import key_digest
from tenants.access import public_view
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

_KEPT_BODY: Final = "rapport.body"
_PREFLIGHT_SECONDS = "86400"
_ASKED_HEADERS = re.compile(r"[A-Za-z0-9, -]{1,500}")
_USUAL_HEADERS = "authorization, content-type"
_LEAVE_TO_READ = "Access-Control-Allow-Origin"
_COME_AGAIN = frozenset({TooManyError.status, UnavailableError.status})


class NoLengthError(InvalidInputError):
    """The body comes in chunks, and the server here does not say where they end."""

    code: ClassVar[str] = "length_required"
    status: ClassVar[int] = 411
    default_message = "The length of the body is missing. Send Content-Length."


@public_view
@csrf_exempt
def accept(request: HttpRequest, kind: str) -> HttpResponse:
    """200 once the request is safely kept; a browser's preflight is answered too."""
    return _accepted(request, kind)


@public_view
@csrf_exempt
def accept_customerio(request: HttpRequest, kind: str) -> HttpResponse:
    """As `accept`, for Customer.io's library for browsers, which looks at no status: what it can read counts as taken,
    and only what it cannot read is sent again. So *too much* and *store down* are answered without leave to read them.
    """
    response = _accepted(request, kind)
    if response.status_code in _COME_AGAIN:
        del response[_LEAVE_TO_READ]
    return response


def _accepted(request: HttpRequest, kind: str) -> HttpResponse:
    if request.method == "OPTIONS":
        return shared(request, HttpResponse(status=200))
    with translation.override("en"):  # libraries are told in English, whatever language their browser asks for
        return shared(request, _answer(request, kind))


def refuse_at_once(request: HttpRequest) -> HttpResponse | None:
    """429 for a key in the header whose organisation's queue was full a moment ago; None for everybody else.

    For whoever sends ten times what can be stored: before anything else is done for the request.
    """
    # Not `headers`: once asked for they are kept, and further inside a length that is no number is mended.
    key = key_in_header(request.META.get("HTTP_AUTHORIZATION"))
    if key is None or request.method != "POST":
        return None
    try:
        check_refused(key_digest(key), now=timezone.now())
    except RapportError as error:
        with suppress(RapportError):
            read_body(request)  # a connection whose body nobody reads is closed, and the library is not told why
        return shared(request, _failure(error))
    return None


def _answer(request: HttpRequest, kind: str) -> HttpResponse:
    if request.method != "POST":
        return _not_allowed()
    try:
        keep(
            request,
            body=read_body(request),
            kind=KINDS[kind],
            content_encoding=request.headers.get("Content-Encoding"),
            authorization=request.headers.get("Authorization"),
            now=timezone.now(),
        )
    except RapportError as error:
        return _failure(error)
    return JsonResponse({"success": True})


def keep(
    request: HttpRequest,
    *,
    body: bytes,
    kind: str,
    content_encoding: str | None,
    authorization: str | None,
    now: datetime,
) -> None:
    """Keep a body for the organisation of its key. Raises RapportError, UnavailableError when the store is down."""
    with at_the_door(request, now=now):
        accept_batch(body=body, kind=kind, content_encoding=content_encoding, authorization=authorization, now=now)


@contextmanager
def at_the_door(request: HttpRequest, *, now: datetime) -> Iterator[None]:
    """What every door does when a body is refused or the store is down; raises UnavailableError for the latter."""
    try:
        yield
    except UnauthenticatedError:
        # Only keys that are wrong are counted by address: a right one passes whatever its neighbours send.
        spend("wrong-key", client_address(request), now=now)
        raise
    except DatabaseFailure as error:
        log.exception("accept_unavailable")
        raise UnavailableError from error


def read_body(request: HttpRequest, *, remedy: str = " Send fewer events at once.") -> bytes:
    """Never more than one byte beyond the limit is read; `remedy` ends what a larger one is told."""
    limit = settings.INGEST_LIMIT_BYTES
    try:
        body = _read(request, limit + 1)
    except (UnreadablePostError, OSError) as error:
        raise InvalidInputError("The request broke off before its end. Send it again.") from error
    if len(body) > limit:
        raise TooLargeError(f"The body is larger than {limit:,} bytes.{remedy}")
    return body


def keep_body(request: HttpRequest, body: bytes) -> None:
    """What was read in front of the application is there to be read within it."""
    request.META[_KEPT_BODY] = body


def _read(request: HttpRequest, most: int) -> bytes:
    """Django takes a body of unknown length, sent in chunks, for an empty one; servers that know its end say so."""
    kept: bytes | None = request.META.pop(_KEPT_BODY, None)
    if kept is not None:
        return kept
    if request.META.get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" not in request.META:
        return request.read(most)
    if not request.META.get("wsgi.input_terminated"):
        raise NoLengthError
    body: bytes = request.META["wsgi.input"].read(most)
    return body


def _failure(error: RapportError) -> HttpResponse:
    return with_error_headers(JsonResponse(error_body(error), status=error.status), error)


def with_error_headers(response: HttpResponse, error: RapportError) -> HttpResponse:
    """What every answer to a failure says in its headers, whatever its body: when to come again, how to prove who."""
    for name, value in error_headers(error).items():
        response[name] = value
    if error.status == http.HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
        response["Accept-Encoding"] = "gzip, identity"  # in an answer: what may be sent (RFC 9110, 12.5.3)
    return response


def _not_allowed() -> JsonResponse:
    body = {"code": "method_not_allowed", "message": "Send events with POST."}
    return JsonResponse(body, status=405, headers={"Allow": "POST, OPTIONS"})


def shared(
    request: HttpRequest, response: HttpResponse, *, methods: str = "POST, OPTIONS", with_cookies: bool = False
) -> HttpResponse:
    """Let pages of any origin send and read the answer, whatever headers their library adds: the write key decides, and
    no cookie is looked at. `with_cookies` is for libraries that send the site's along and read nothing without this.
    """
    origin = request.headers.get("Origin")
    if origin:
        asked = request.headers.get("Access-Control-Request-Headers", "")
        response[_LEAVE_TO_READ] = origin
        response["Access-Control-Allow-Methods"] = methods
        response["Access-Control-Allow-Headers"] = asked if _ASKED_HEADERS.fullmatch(asked) else _USUAL_HEADERS
        response["Access-Control-Expose-Headers"] = "retry-after"
        response["Access-Control-Max-Age"] = _PREFLIGHT_SECONDS
        if with_cookies:
            response["Access-Control-Allow-Credentials"] = "true"
    patch_vary_headers(response, ["Origin"])
    return response
