"""Asking a vendor: counted, within limits, with patience where it asks for some and none where it has none to give."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from engagement.connections.faults import RateLimitedError, SignInError, VendorError
from engagement.errors import InvalidInputError, OutgoingError
from tenants.outgoing_session import OutgoingSession, RequestException, Response

PATIENCE_SECONDS: Final = 20
"""So long a worker waits for a vendor that asks for it; a longer wait ends this time of fetching and is kept."""
_TRIES: Final = 4
_LONG_SECONDS: Final = 15 * 60
_LONG_BYTES: Final = 2 * 1024**3
_CHUNK: Final = 64 * 1024
_LONGEST_WAIT: Final = 24 * 3600
_OK, _REDIRECTED, _REFUSED, _BROKEN = 200, 300, 400, 500
_NOT_CHANGED = 304
_UNAUTHORISED, _FORBIDDEN, _TIMED_OUT, _TOO_MANY = 401, 403, 408, 429


class Caller:
    """Requests of one time of fetching. `headers` go with every request; `requests` counts them.

    `told` is the connector's reading of an answer of 400 and more, `renew` signs in again after a 401 and says whether
    there is any sense in asking once more.
    """

    def __init__(
        self,
        session: OutgoingSession,
        *,
        clock: Callable[[], datetime],
        title: str = "",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.session, self.title, self.headers, self.requests = session, title, dict[str, str](), 0
        self.clock, self._sleep = clock, sleep
        self.long_session = OutgoingSession(timeout_seconds=_LONG_SECONDS, limit_bytes=_LONG_BYTES)
        self.told: Callable[[Response], VendorError | None] = _nothing_told
        self.renew: Callable[[], bool] = lambda: False

    def json(self, method: str, url: str, **options: Any) -> Any:
        """The answer's JSON, None for 204 or nothing; raises VendorError for every other end."""
        answer = self.ask(method, url, **options)
        if not answer.content:
            return None
        try:
            return answer.json()
        except (ValueError, RecursionError) as error:
            raise VendorError(f"{self.title} answered with something that is no JSON.") from error

    def ask(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, **options: Any) -> Response:
        """An answer of 2xx, or 304 to who asked for changes; raises VendorError after as many tries as make sense.

        Broken connections and 5xx are tried again after 1, 2 and 4 seconds, 429 after what the vendor says, 401 once
        after signing in again.
        """
        renewed = False
        for attempt in range(_TRIES):
            is_last = attempt == _TRIES - 1
            answer = self._once(method, url, headers, options, is_last=is_last)
            if answer is not None and (answer.status_code < _REDIRECTED or answer.status_code == _NOT_CHANGED):
                return answer
            if answer is not None and answer.status_code == _UNAUTHORISED and not renewed and self.renew():
                renewed = True
                continue
            wait = 2.0**attempt if answer is None else self._wait_or_raise(answer, attempt, is_last=is_last)
            self._sleep(wait)
        raise VendorError(f"{self.title} did not answer as it should.")

    def lines(self, method: str, url: str, **options: Any) -> Iterator[bytes]:
        """The lines of a large answer, as they come; raises VendorError, also in the middle where it breaks off."""
        with self.ask(method, url, stream=True, **options) as answer:
            try:
                yield from answer.iter_lines(chunk_size=_CHUNK)
            except OutgoingError as error:
                raise VendorError(error.message) from error

    def _once(
        self, method: str, url: str, headers: Mapping[str, str] | None, options: Mapping[str, Any], *, is_last: bool
    ) -> Response | None:
        """One answer; None for a connection that broke, while there are tries left."""
        self.requests += 1
        try:
            session = self.long_session if options.get("stream") else self.session
            return session.request(
                method, url, headers={"Accept": "application/json", **self.headers, **(headers or {})},
                allow_redirects=False, **options,
            )  # fmt: skip
        except InvalidInputError as error:
            words = " ".join(said for texts in error.fields.values() for said in texts) or error.message
            raise VendorError(words, is_passing=False) from error
        except OutgoingError as error:
            if is_last:
                raise VendorError(error.message) from error
            return None
        except RequestException as error:
            raise VendorError(f"The address cannot be asked: {type(error).__name__}.", is_passing=False) from error

    def _wait_or_raise(self, answer: Response, attempt: int, *, is_last: bool) -> float:
        """How long to wait before asking once more, where that makes sense."""
        status = answer.status_code
        told = self.told(answer) if status >= _REFUSED else None
        if told is not None and not isinstance(told, RateLimitedError):
            raise told
        if told is not None or status == _TOO_MANY:
            wait = told.wait_seconds if isinstance(told, RateLimitedError) else wait_of(answer, now=self.clock())
            if is_last or wait > PATIENCE_SECONDS:
                raise told or _limited(self.title, wait)
            return float(wait)
        if status >= _BROKEN or status == _TIMED_OUT:
            if is_last:
                raise VendorError(f"{self.title} answered with {status} several times: it has trouble of its own.")
            return float(min(wait_of(answer, now=self.clock(), default=2**attempt), PATIENCE_SECONDS))
        raise _meaning(self.title, status)


def _nothing_told(answer: Response) -> None:
    """The usual meaning holds."""


def _meaning(title: str, status: int) -> VendorError:
    if status == _UNAUTHORISED:
        return SignInError(f"{title} does not take the credentials any more. Enter new ones.")
    if status == _FORBIDDEN:
        return VendorError(
            f"{title} says that these credentials may not read this. Give them the rights that the form names.",
            is_passing=False,
        )
    if status < _REFUSED:
        return VendorError(f"{title} sends us to another address. Enter that address itself.", is_passing=False)
    return VendorError(f"{title} refused the request with {status}. Look at the settings.", is_passing=False)


def _limited(title: str, wait: int) -> RateLimitedError:
    return RateLimitedError(f"{title} has had enough requests for now. It goes on by itself.", wait_seconds=wait)


def wait_of(answer: Response, *, now: datetime, default: int = 10) -> int:
    """Whole seconds of Retry-After, in either of its forms, at most a day; `default` where it says nothing."""
    said = answer.headers.get("Retry-After", "").strip()
    if said.isdecimal():
        return min(int(said[:9]), _LONGEST_WAIT)
    try:
        until = email.utils.parsedate_to_datetime(said)
    except (ValueError, TypeError):
        return default
    if until.tzinfo is None:
        return default
    return min(max(0, round((until - now).total_seconds())), _LONGEST_WAIT)
