"""A `requests.Session` that goes the one way out (outgoing.py): for connectors, which speak with many vendors' servers.

The address is looked at and pinned, TLS asks for the name, redirects are handed back, the whole of a request has a time
limit, and an answer a limit of bytes, whether it is read at once or streamed. No proxy, cookie or password file of the
machine is used. What goes wrong is one of the two errors of `outgoing.fetch`, never an exception of `requests`. Whoever
needs a name of `requests` takes it from here.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from requests import PreparedRequest, Response, Session
from requests.adapters import BaseAdapter
from requests.exceptions import RequestException
from requests.structures import CaseInsensitiveDict

from engagement.errors import OutgoingError
from tenants.outgoing import Destination, connection_to, resolve

__all__ = ["OutgoingSession", "RequestException", "Response"]

TIMEOUT_SECONDS: Final = 30
LIMIT_BYTES: Final = 16 * 1024 * 1024
_URL_LIMIT: Final = 16 * 1024  # queries of connectors are long, and some vendors take them in an address only


class OutgoingSession(Session):
    """A session whose only adapter looks at every address; its limits are its own and hold for each request."""

    def __init__(self, *, timeout_seconds: int = TIMEOUT_SECONDS, limit_bytes: int = LIMIT_BYTES) -> None:
        super().__init__()
        self.trust_env = False
        self.adapters.clear()
        adapter = _Adapter(timeout_seconds=timeout_seconds, limit_bytes=limit_bytes)
        for scheme in ("https://", "http://"):
            self.mount(scheme, adapter)

    def resolve_redirects(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """None: where a redirect leads was not looked at, and the credentials are not for it."""
        return iter(())


class _Adapter(BaseAdapter):
    def __init__(self, *, timeout_seconds: int, limit_bytes: int) -> None:
        super().__init__()
        self._timeout_seconds, self._limit_bytes = timeout_seconds, limit_bytes

    def send(  # noqa: PLR0917  as `requests` has it
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: object = None,
        verify: object = True,
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """Ask once; raises InvalidInputError for an address that may not be reached, OutgoingError otherwise.

        The limits are the session's: what a caller passes as timeout, verify, cert or proxies changes nothing.
        """
        destination = resolve(request.url or "", limit=_URL_LIMIT)
        connection = connection_to(destination, self._timeout_seconds)
        watch = threading.Timer(self._timeout_seconds, connection.hang_up)
        watch.daemon = True
        watch.start()
        try:
            headers = {**request.headers, "Accept-Encoding": "identity"}
            connection.request(request.method or "GET", destination.target, body=request.body, headers=headers)
            answer = connection.getresponse()
            connection.check_time()
        except (OSError, http.client.HTTPException) as error:
            watch.cancel()
            connection.close()
            raise _broken(destination) from error
        body = _Body(answer, connection, watch, destination, self._limit_bytes)
        return _response(request, answer, body, streamed=stream)

    def close(self) -> None:
        """Nothing is kept open between requests."""


def _response(request: PreparedRequest, answer: http.client.HTTPResponse, body: _Body, *, streamed: bool) -> Response:
    made = Response()
    made.status_code, made.reason, made.url = answer.status, answer.reason, request.url or ""
    made.headers = CaseInsensitiveDict(answer.getheaders())
    made.request, made.raw = request, body
    made.encoding = "utf-8"  # JSON is; what a header claims otherwise has no say
    if answer.headers.get("Content-Encoding", "identity").lower() not in {"", "identity"}:
        body.close()
        raise OutgoingError(_("{host} packs its answers although it was asked not to.").format(host=body.host))
    if not streamed:
        made.content  # noqa: B018  read now, while the watch runs
    return made


class _Body:
    """What `requests` reads an answer from: never more than the limit, never longer than the watch lasts."""

    def __init__(
        self,
        answer: http.client.HTTPResponse,
        connection: Any,
        watch: threading.Timer,
        destination: Destination,
        limit_bytes: int,
    ) -> None:
        self.host = destination.host
        self._answer, self._connection, self._watch = answer, connection, watch
        self._destination, self._limit, self._read = destination, limit_bytes, 0
        self.closed = False

    def read(self, size: int) -> bytes:
        """The next bytes, b"" at the end. Raises OutgoingError where the answer breaks off, is late or too large."""
        if self.closed:
            return b""
        try:
            piece = self._answer.read(min(size, self._limit + 1 - self._read))
            self._connection.check_time()
            if not piece and self._answer.length:
                raise http.client.IncompleteRead(b"", self._answer.length)
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.close()
            raise _broken(self._destination) from error
        self._read += len(piece)
        if self._read > self._limit:
            self.close()
            raise OutgoingError(_("The answer is larger than {limit_bytes:,} bytes.").format(limit_bytes=self._limit))
        if not piece:
            self.close()
        return piece

    def close(self) -> None:
        """Let go of the connection; harmless when it is gone already."""
        if not self.closed:
            self.closed = True
            self._watch.cancel()
            self._answer.close()
            self._connection.close()

    release_conn = close


def _broken(destination: Destination) -> OutgoingError:
    return OutgoingError(_("{host} did not answer in time, or not as it should.").format(host=destination.host))
