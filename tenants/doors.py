"""The doors of programs: addresses that look for a key of their own, have no session, and read their own body.

Whatever treats such addresses differently (sessions, CSRF, limits of bodies and of posting, headers, failures) asks
here, so that a new door is opened in one place. What stands behind each is said by the urls.py of its step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponseBase

# Below these everything is a door.
_BELOW: Final = ("/v1/", "/i/v0/", "/i/v1/", "/2/", "/array/", "/hooks/")
# These alone, with or without a slash at the end: client libraries have them at the root of their host.
_ALONE: Final = frozenset(
    {"/batch", "/capture", "/decide", "/e", "/engage", "/flags", "/groups", "/import", "/sourceConfig", "/track"}
)

# What asks whether the service is well, and how it does.
_PROBES: Final = ("/healthz", "/readyz", "/metrics")

_QUERY: Final = "rapport.query"
# Where servers put the address as it came, query and all: gunicorn's access log reads the first, others the second.
_WHOLE_ADDRESSES: Final = ("RAW_URI", "REQUEST_URI")


def is_event_door(path: str) -> bool:
    """Whether client libraries and other programs send events to this address, from any site, with a key of their own.

    >>> is_event_door("/v1/batch"), is_event_door("/track/"), is_event_door("/tracks"), is_event_door("/o/acme/")
    (True, True, False, False)
    """
    return path.startswith(_BELOW) or path.rstrip("/") in _ALONE  # batch// is one, too


def is_without_session(path: str) -> bool:
    """Whether nobody signs in for this address: looking for a session would cost a query for nothing."""
    return path.startswith(_PROBES) or is_event_door(path)


def quiet_query(request: HttpRequest) -> str:
    """The query of a door, which stands nowhere else any more."""
    return str(request.META.get(_QUERY, ""))


class QuietDoorsMiddleware:
    """The query of a door is put aside before anybody reads it: libraries send keys and whole events there, and
    addresses are written to logs, to traces and into reports of failures. Stands first, before whatever logs.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The request without its query, if it came to a door."""
        if is_event_door(request.path):
            request.META[_QUERY] = request.META.pop("QUERY_STRING", "")
            for name in _WHOLE_ADDRESSES:
                if name in request.META:
                    request.META[name] = str(request.META[name]).partition("?")[0]
        return self.get_response(request)
