"""Who acts, and for whom: known to whoever puts an act on record, without being handed through every service.

Doorways say it: the middleware for people and tokens, tasks and commands for themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    PERSON = "person"
    TOKEN = "token"  # noqa: S105  a program with an API token
    OPERATOR = "operator"  # a person of the platform, for an organisation, with a reason
    WORKER = "worker"
    COMMAND = "command"
    PROCESS = "process"  # nothing was said: a start-up step, a shell


@dataclass(frozen=True, slots=True)
class Acting:
    """Ids and codes only: nothing in it is personal."""

    kind: Kind
    user_id: UUID | None = None
    role: str = ""
    token_id: UUID | None = None
    grant_id: UUID | None = None  # an operator's permission to act for the organisation
    name: str = ""  # of a task or command
    request_id: str = ""


_NOBODY = Acting(Kind.PROCESS)
_current: ContextVar[Acting] = ContextVar("rapport_acting", default=_NOBODY)


def current_acting() -> Acting:
    return _current.get()


@contextmanager
def acting(who: Acting) -> Iterator[Acting]:
    """Everything put on record inside is theirs."""
    token = _current.set(who)
    try:
        yield who
    finally:
        _current.reset(token)
