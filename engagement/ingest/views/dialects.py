"""The addresses of PostHog's, Mixpanel's and Amplitude's libraries. What they send is kept as Segment's is, each as it
came and read later; only how it is wrapped, and how it is answered, differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt

from engagement.errors import RapportError
from engagement.ingest import contracts
from engagement.ingest.contracts.bodies import key_in_header
from engagement.ingest.services.room import check_refused, is_anybody_refused
from engagement.ingest.views import replies
from engagement.ingest.views.accept import keep, keep_body, read_body, shared, with_error_headers
from engagement.ingest.views.replies import Replies, Taken
from engagement.ingest.write_keys import key_digest
from tenants.access import public_view
from tenants.doors import quiet_query


@dataclass(frozen=True, slots=True)
class Door:
    """An address: whose messages come to it, how it is answered, and whether events may stand in its query."""

    kind: str
    replies: Replies
    may_get: bool = False

    @property
    def with_cookies(self) -> bool:
        """Mixpanel's and PostHog's libraries for browsers send cookies along, the one always, the other when a page is
        left: without leave to do so the browser hides the answer, or does not send at all.
        """
        return self.kind != "amplitude"

    @property
    def methods(self) -> str:
        """As the header Allow says it."""
        return "GET, POST, OPTIONS" if self.may_get else "POST, OPTIONS"

    def replies_to(self, kind: str) -> Replies:
        """How a request is answered that turned out to be of this kind: two families share `batch`."""
        return self.replies if kind == self.kind else _REPLIES[kind]


_POSTHOG = Door("posthog", replies.POSTHOG)
_POSTHOG_BROWSER = Door("posthog", replies.POSTHOG_BROWSER)
_AMPLITUDE = Door("amplitude", replies.AMPLITUDE)
_REPLIES: Final = {"posthog": replies.POSTHOG, "amplitude": replies.AMPLITUDE}

DOORS: Final = {
    "batch/": _POSTHOG,
    "e": _POSTHOG_BROWSER,
    "capture": _POSTHOG_BROWSER,
    "i/v0/e": _POSTHOG_BROWSER,
    "i/v1/analytics/events": Door("posthog", replies.POSTHOG_VERDICTS),
    "track": Door("mixpanel_track", replies.MIXPANEL, may_get=True),
    "engage": Door("mixpanel_engage", replies.MIXPANEL, may_get=True),
    "groups": Door("mixpanel_groups", replies.MIXPANEL, may_get=True),
    "import": Door("mixpanel_track", replies.MIXPANEL_IMPORT),
    "2/httpapi": _AMPLITUDE,
    "batch": _AMPLITUDE,
}
"""By the address without its slash at the end; of `batch` and `batch/` the body says whose it is."""


@public_view
@csrf_exempt
def accept_dialect(request: HttpRequest, address: str) -> HttpResponse:
    """200 once the request is safely kept, in the words of the family; a browser's preflight is answered too."""
    door = DOORS[address]
    if request.method == "OPTIONS":
        return shared(request, HttpResponse(status=200), methods=door.methods, with_cookies=door.with_cookies)
    with translation.override("en"):
        return shared(request, _answer(request, door), methods=door.methods, with_cookies=door.with_cookies)


def refuse_dialect_at_once(request: HttpRequest) -> HttpResponse | None:
    """429 for a key whose organisation's queue was full a moment ago, before anything else is done for the request.

    The key is looked for only while anybody is refused: in the header, else in the query and at both ends of the body,
    without reading it as JSON. Where it is not found there, the request takes the usual way.
    """
    door, now = DOORS.get(_address(request.path)), timezone.now()
    if door is None or request.method not in {"GET", "POST"} or not is_anybody_refused(now=now):
        return None
    try:
        body = b"" if request.method == "GET" else read_body(request)
        keep_body(request, body)
        key = key_in_header(request.META.get("HTTP_AUTHORIZATION")) or contracts.glimpsed_key(
            body, quiet_query(request)
        )
        if key is not None:
            check_refused(key_digest(key), now=now)
    except RapportError as error:
        refused = with_error_headers(door.replies.failure(error), error)
        return shared(request, refused, methods=door.methods, with_cookies=door.with_cookies)
    return None


def _address(path: str) -> str:
    """As DOORS has it: the address without its slash at the end, but for the one where that makes the difference."""
    bare = path.strip("/")
    return path.lstrip("/") if path.lstrip("/") in DOORS else bare


def _answer(request: HttpRequest, door: Door) -> HttpResponse:
    if request.method not in door.methods.split(", "):
        told = {"code": "method_not_allowed", "message": "Send events with POST."}
        return JsonResponse(told, status=405, headers={"Allow": door.methods})
    said = door.replies  # until the body tells whose it is
    try:
        body = b"" if request.method == "GET" else read_body(request)
        sent = _unpacked(request, body, kind=door.kind)
        said = door.replies_to(sent.kind)
        return said.success(_kept(request, sent, size_bytes=len(body), wants_verdicts=said.wants_verdicts))
    except RapportError as error:
        return with_error_headers(said.failure(error), error)


def _unpacked(request: HttpRequest, body: bytes, *, kind: str) -> contracts.Unpacked:
    return contracts.unpack(
        contracts.decode_body(
            body, content_encoding=request.headers.get("Content-Encoding"), limit_bytes=settings.INGEST_LIMIT_BYTES
        ),
        kind=kind,
        authorization=request.headers.get("Authorization"),
        query=quiet_query(request),
        limit_bytes=settings.INGEST_LIMIT_BYTES,
    )


def _kept(request: HttpRequest, sent: contracts.Unpacked, *, size_bytes: int, wants_verdicts: bool) -> Taken:
    now = timezone.now()
    authorization = f"Bearer {sent.key}" if sent.key else None
    keep(request, body=sent.body, kind=sent.kind, content_encoding=None, authorization=authorization, now=now)
    read = contracts.parse(sent.body, kind=sent.kind, received_at=now) if wants_verdicts else None
    return Taken(sent=sent, now=now, size_bytes=size_bytes, rejections=read.rejections if read else ())
