"""What is done for requests of client libraries before all the rest of the application."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponseBase

from engagement.ingest.views.accept import KINDS, refuse_at_once
from engagement.ingest.views.dialects import refuse_dialect_at_once

# Customer.io's have an answer of their own for it, further inside; those of other families look for the key first.
_DOORS: Final = frozenset(f"/v1/{kind}{slash}" for kind in KINDS for slash in ("", "/"))


class FullQueueMiddleware:
    """Who floods is refused here, at an eighth of what a refusal costs inside: the neighbours share the processors.

    It stands behind what counts and what sets the headers of every answer, and before sessions, logs and people.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        refused = refuse_at_once(request) if request.path in _DOORS else refuse_dialect_at_once(request)
        if refused is None:
            return self.get_response(request)
        refused.headers["Content-Length"] = str(len(refused.content))  # who sets it otherwise stands further inside
        return refused
