"""Every error a person or a program can be shown: what, where, and what to do about it.

Message, code, status and fields live on the class, so that a page, the API and a command say the same words.
This module imports nothing of the project but its words; every step may import it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from engagement.language import _, noop

FieldErrors = Mapping[str, Sequence[str]]


class RapportError(Exception):
    """An expected failure, safe to show to the person who caused it."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    default_message: ClassVar[str] = noop("This could not be done.")

    def __init__(self, message: str = "", *, fields: FieldErrors | None = None) -> None:
        self.message = message or _(self.default_message)
        self.fields: dict[str, list[str]] = {name: list(texts) for name, texts in (fields or {}).items()}
        super().__init__(self.message)


class InvalidInputError(RapportError):
    """What was sent cannot be used; `fields` says which part and why."""

    code = "invalid"
    status = 400
    default_message = noop("Some of what was sent cannot be used.")


class UnauthenticatedError(RapportError):
    code = "not_authenticated"
    status = 401
    default_message = noop("Sign in, or send a valid token or key.")


class ForbiddenError(RapportError):
    """The object is known to the person, the right is missing."""

    code = "forbidden"
    status = 403
    default_message = noop("Your role does not allow this. Ask an admin of the organisation.")


class SuspendedError(RapportError):
    """The organisation is there, and rests: nothing of it is opened, taken in or scored until an admin resumes it."""

    code = "suspended"
    status = 403
    default_message = noop("This organisation is suspended. Its data is kept. An admin can resume it.")


class SecondFactorError(ForbiddenError):
    """The person must set up a second factor before anything else."""

    code = "second_factor_needed"
    default_message = noop("Set up a second factor on the account page first, or use an API token.")


class NotFoundError(RapportError):
    """Unknown, or another organisation's: the two are answered alike."""

    code = "not_found"
    status = 404
    default_message = noop("There is nothing at this address.")


class ConflictError(RapportError):
    """The thing has changed meanwhile, or is in a state that does not allow this."""

    code = "conflict"
    status = 409
    default_message = noop("This has changed since you opened it. Look at it again, then repeat what you did.")


class TooLargeError(RapportError):
    code = "too_large"
    status = 413
    default_message = noop("This is larger than the limit.")


class TooManyError(RapportError):
    """More than the limit allows; `retry_after_seconds` is when the next try is let through, for the header."""

    code = "too_many"
    status = 429
    default_message = noop("That was too many in a short time. Wait a little, then try again.")

    def __init__(self, message: str = "", *, retry_after_seconds: int = 1) -> None:
        super().__init__(message)
        self.retry_after_seconds = max(1, retry_after_seconds)


class UnavailableError(RapportError):
    """The store cannot take this now; sending it again later is right."""

    code = "unavailable"
    status = 503
    retry_after_seconds = 2  # asking costs little, and whoever was told to wait is the first to notice that it is over
    default_message = noop("The store does not answer at the moment. Send this again in a few seconds.")


class OutgoingError(RapportError):
    """Somebody else's server, asked by us, did not answer as it should."""

    code = "outgoing"
    status = 502
    default_message = noop("The other server did not answer as it should. Check the address, then try again.")
