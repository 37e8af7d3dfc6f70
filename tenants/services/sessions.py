"""Writes about who is signed in, and whether an account is open: what operators do for people."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from tenants.models import User

log = structlog.get_logger(__name__)


def end_sessions(*, user: User, now: datetime) -> int:
    """Sign a person out everywhere; returns how many sessions that ended. Reads every session there is: it is rare."""
    theirs = [
        session.pk
        for session in Session.objects.filter(expire_date__gt=now).iterator()
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    ended, _ = Session.objects.filter(pk__in=theirs).delete()
    return ended


def set_account_open(*, user: User, is_open: bool, operator: User, now: datetime) -> None:
    """Open or close an account. Closed, it reaches nothing from the next request on, and opening revives no session."""
    user.is_active = is_open
    user.save(update_fields=["is_active"])
    ended = 0 if is_open else end_sessions(user=user, now=now)
    log.info(
        "account_changed", user_id=str(user.pk), operator_id=str(operator.pk), is_open=is_open, sessions_ended=ended
    )
