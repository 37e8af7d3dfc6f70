"""How large a request may be: said before anything of it is read.

Django holds forms to DATA_UPLOAD_MAX_MEMORY_SIZE, but neither JSON that REST framework reads nor files; a file may be
as large as UPLOAD_LIMIT_BYTES, and only where the view says that it takes files.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from engagement.errors import TooLargeError
from tenants.doors import is_event_door
from tenants.pages import error_page

V = TypeVar("V")

_AROUND_A_FILE: Final = 64 * 1024  # the other fields of the form, and what holds its parts together
_MARK = "takes_files"
_LENGTH: Final = re.compile(r"[0-9]{1,18}")


def takes_files(view: V) -> V:
    """Written on a view (or a class of the API) that uploads are meant for."""
    setattr(view, _MARK, True)
    return view


def _allowed_bytes(view: Callable[..., Any]) -> int:
    if getattr(view, _MARK, False) or getattr(getattr(view, "cls", None), _MARK, False):
        return int(settings.UPLOAD_LIMIT_BYTES) + _AROUND_A_FILE
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


class BodyLimitMiddleware:
    """Stands before the CSRF check, which reads forms. A body of unknown length counts as empty in WSGI."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = str(request.META.get("CONTENT_LENGTH") or "")
        if length and not _LENGTH.fullmatch(length):
            request.META["CONTENT_LENGTH"] = ""  # Django reads such a body as empty; who only counts it would break
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """413 by what the request says of itself; what it then sends beyond that is never read."""
        # A door reads its own body, byte by byte up to its own limit, and answers in its own shape.
        if is_event_door(request.path):
            return None
        length = request.META.get("CONTENT_LENGTH") or "0"
        allowed = _allowed_bytes(view)
        if not length.isdecimal() or int(length) <= allowed:
            return None
        return error_page(request, too_large(allowed))


def too_large(allowed: int) -> TooLargeError:
    """The refusal, in words for whoever sent it."""
    return TooLargeError(
        _("This is larger than {allowed:,} bytes, the limit here. Nothing of it was kept.").format(allowed=allowed)
    )


class LimitedUploadHandler(TemporaryFileUploadHandler):
    """Stops in the middle of a file that is larger than the limit, so that it never fills the disk."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > settings.UPLOAD_LIMIT_BYTES:
            self.file.close()  # and so deleted
            raise RequestDataTooBig(
                _("The file is larger than {upload_limit_bytes:,} bytes.").format(
                    upload_limit_bytes=settings.UPLOAD_LIMIT_BYTES
                )
            )
        super().receive_data_chunk(raw_data, start)
