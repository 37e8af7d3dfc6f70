"""How each family of client libraries is answered: the words without which it sends again, or gives up in silence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from django.http import HttpResponse, JsonResponse

from engagement.errors import RapportError, TooManyError, UnauthenticatedError, UnavailableError
from engagement.ingest.contracts import Unpacked
from engagement.ingest.contracts.bodies import open_body
from engagement.ingest.types import Rejection
from tenants.pages import error_body

_BAD_REQUEST: Final = 400
_SERVER_ERROR: Final = 500


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that is kept: when, how large it came, and what will be refused of it when it is read."""

    sent: Unpacked
    now: datetime
    size_bytes: int
    rejections: Sequence[Rejection]


@dataclass(frozen=True, slots=True)
class Replies:
    """What a family takes for success and for failure; `wants_verdicts` where success says it of each event."""

    success: Callable[[Taken], HttpResponse]
    failure: Callable[[RapportError], HttpResponse]
    wants_verdicts: bool = False


def _posthog(taken: Taken) -> HttpResponse:
    return JsonResponse({"status": 1})


def _verdicts(taken: Taken) -> HttpResponse:
    """One verdict an event, by its uuid: those that will be refused are dropped, and must not be sent again.

    The body is opened as it is when it is read: one event that no strict reader takes keeps none from its verdict.
    """
    refused = {rejection.position: rejection for rejection in taken.rejections}
    results: dict[str, Any] = {}
    for position, raw in enumerate(open_body(taken.sent.body, kind=taken.sent.kind).messages, start=1):
        uuid = _uuid_of(raw)
        if uuid is not None:
            told = refused.get(position)
            results[uuid] = {"result": "drop", "details": told.reason} if told else {"result": "ok"}
    return JsonResponse({"results": results})


class _Uuid(msgspec.Struct):
    uuid: str


def _uuid_of(raw: msgspec.Raw) -> str | None:
    try:
        return msgspec.json.decode(raw, type=_Uuid).uuid
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _posthog_failure(error: RapportError) -> HttpResponse:
    return JsonResponse({**error_body(error), "type": "error", "detail": error.message}, status=error.status)


def _posthog_browser_failure(error: RapportError) -> HttpResponse:
    """The library for browsers gives up what is answered 4xx, 429 too, and sends again what is answered 5xx."""
    answer = _posthog_failure(error)
    if isinstance(error, TooManyError):
        answer.status_code = UnavailableError.status
    return answer


def _mixpanel(taken: Taken) -> HttpResponse:
    """“1”, or as JSON where `verbose` asks for it; nothing else counts as success."""
    return JsonResponse({"status": 1, "error": None}) if _is_verbose(taken.sent.fields) else HttpResponse("1")


def _imported(taken: Taken) -> HttpResponse:
    """Of a form as for other requests; of JSON with the number taken and each that was not."""
    if "verbose" in taken.sent.fields:
        return _mixpanel(taken)
    failed = [
        {"index": rejection.position - 1, "field": rejection.code, "message": f"{rejection.reason} {rejection.remedy}"}
        for rejection in taken.rejections
    ]
    count = taken.sent.count - len(failed)
    return JsonResponse({"code": 200, "status": "OK", "num_records_imported": count, "failed_records": failed})


def _mixpanel_failure(error: RapportError) -> HttpResponse:
    """JSON whether asked for or not: whatever is not “1” is told as the failure that it is."""
    return JsonResponse({**error_body(error), "status": 0, "error": error.message}, status=error.status)


def _is_verbose(fields: Mapping[str, str]) -> bool:
    return fields.get("verbose", "0") not in {"", "0"}


def _amplitude(taken: Taken) -> HttpResponse:
    return JsonResponse(
        {
            "code": 200,
            "events_ingested": taken.sent.count,
            "payload_size_bytes": taken.size_bytes,
            "server_upload_time": int(taken.now.timestamp() * 1000),
        }
    )


def _amplitude_failure(error: RapportError) -> HttpResponse:
    """A wrong key is 400 with words by which the libraries stop; 400 without a missing field would be sent again."""
    if isinstance(error, UnauthenticatedError):
        body: dict[str, object] = {"code": _BAD_REQUEST, "error": f"Invalid API key: {error.message}"}
        return JsonResponse(body, status=_BAD_REQUEST)
    body = {"code": error.status, "error": error.message}
    if isinstance(error, TooManyError):
        body |= {"throttled_users": {}, "throttled_devices": {}, "throttled_events": []}
    elif _BAD_REQUEST <= error.status < _SERVER_ERROR:
        body["missing_field"] = "events"
    return JsonResponse(body, status=error.status)


POSTHOG: Final = Replies(success=_posthog, failure=_posthog_failure)
POSTHOG_BROWSER: Final = Replies(success=_posthog, failure=_posthog_browser_failure)
POSTHOG_VERDICTS: Final = Replies(success=_verdicts, failure=_posthog_failure, wants_verdicts=True)
MIXPANEL: Final = Replies(success=_mixpanel, failure=_mixpanel_failure)
MIXPANEL_IMPORT: Final = Replies(success=_imported, failure=_mixpanel_failure, wants_verdicts=True)
AMPLITUDE: Final = Replies(success=_amplitude, failure=_amplitude_failure)
