"""Telling several people by mail of one row, each of them once, however often it is tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from engagement.errors import UnavailableError
from engagement.insights.models import AlertCheck, QuestionLine
from tenants.accounts import mails
from tenants.languages import speaking_to
from tenants.models import User
from tenants.scope import organisation_scope

TRY_FOR: Final = timedelta(days=7)  # later the page alone says it


def tell(
    *,
    row: AlertCheck | QuestionLine,
    letter: str,
    people: Iterable[tuple[User, Callable[[], Mapping[str, Any]]]],
    language: str,
    now: datetime,
) -> int:
    """Mail the letter to everybody who has none of this row yet, with what is said to them; returns how many were.

    What is said is asked for in the person's language, or in `language`, which the organisation's mails speak.
    Called outside any scope. What a mail server does not take is left for the next try.
    """
    told, refused = list(row.mailed_to), False
    for user, said in people:
        if str(user.pk) in told:
            continue
        try:
            with speaking_to(user, otherwise=language):
                mails.send(letter, to=user.email, **said())
        except UnavailableError:
            refused = True
        else:
            told.append(str(user.pk))
            _note(row, mailed_to=told)
    if not refused:
        _note(row, mailed_at=now)
    return len(told) - len(row.mailed_to)


def _note(row: AlertCheck | QuestionLine, **values: object) -> None:
    with organisation_scope(row.organisation_id):
        type(row).objects.filter(pk=row.pk).update(**values)
