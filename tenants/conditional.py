"""Answers of the API that a program need not read twice: an ETag over what is said, and 304 for who has it already.

The tag is of the answer itself, so it holds whatever an answer depends on: the run, names, bands, targets, who asks.
Nothing is kept here, and no cache may keep it either (`no-store`): the program that asked does.
"""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware

_API: Final = "/api/"


class ConditionalApiMiddleware(ConditionalGetMiddleware):
    """Django's own, for the API alone: pages hold a token of their own in every answer, and are never the same."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not request.path.startswith(_API):
            return response
        return super().process_response(request, response)
