"""Where other systems send by themselves. Plain Django, no session, one shape of error; 200 means kept."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt

from engagement.connections.services.hooks import take_segment
from engagement.errors import RapportError, UnavailableError
from engagement.ingest.views.accept import at_the_door, read_body
from tenants.access import public_view
from tenants.pages import error_body, error_headers


@public_view
@csrf_exempt
def segment(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """One event of Segment's webhook destination."""
    if request.method != "POST":
        return JsonResponse(
            {"code": "method_not_allowed", "message": "Send events with POST."}, status=405, headers={"Allow": "POST"}
        )
    with translation.override("en"):
        return _answer(request, connection_id)


def _answer(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    try:
        _take(request, connection_id)
    except RapportError as error:
        response = JsonResponse(error_body(error), status=error.status)
        for name, value in error_headers(error).items():
            response[name] = value
        if isinstance(error, UnavailableError):
            response["Retry-After"] = "60"
        return response
    return JsonResponse({"success": True})


def _take(request: HttpRequest, connection_id: UUID) -> None:
    now = timezone.now()
    with at_the_door(request, now=now):
        take_segment(
            connection_id=connection_id, body=read_body(request, remedy=""),
            signature=request.headers.get("X-Signature", ""), now=now,
        )  # fmt: skip
