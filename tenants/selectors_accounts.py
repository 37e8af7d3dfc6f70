"""Reads about accounts: invitations, sessions, and who lacks a second factor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from tenants.accounts.links import opened_invitation
from tenants.models import Invitation, Organisation, Role, User
from tenants.scope import organisation_scope
from tenants.selectors import DEMO_LOGINS
from tenants.statements import Statements

_sql = Statements(Path(__file__).parent / "sql")
_DEMO_ADDRESSES = frozenset(login.email for login in DEMO_LOGINS)


@dataclass(frozen=True, slots=True)
class InvitationLine:
    """One open invitation, as an admin sees it."""

    id: UUID
    email: str
    role: str
    role_name: str
    sent_at: datetime
    expires_at: datetime
    is_over: bool  # its time is
    is_mailed: bool


@dataclass(frozen=True, slots=True)
class Invited:
    """One invitation, as whoever holds its link sees it."""

    id: UUID
    organisation_id: int
    organisation: str
    email: str
    role: str
    is_known: bool  # somebody signs in with the address


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One place where a person is signed in."""

    id: int
    browser: str
    ip: str
    since: datetime
    seen: datetime
    is_this: bool


def invitations(*, now: datetime) -> tuple[InvitationLine, ...]:
    """Those of the organisation in scope that were neither accepted nor withdrawn, newest first."""
    found = Invitation.objects.filter(accepted_at__isnull=True, withdrawn_at__isnull=True).order_by("-sent_at", "email")
    return tuple(invitation_line(invitation=invitation, now=now) for invitation in found)


def invitation(*, invitation_id: UUID, now: datetime) -> InvitationLine:
    """One of them; raises NotFoundError for any other."""
    found = next((line for line in invitations(now=now) if line.id == invitation_id), None)
    if found is None:
        raise NotFoundError
    return found


def invitation_line(*, invitation: Invitation, now: datetime) -> InvitationLine:
    return InvitationLine(
        id=invitation.pk,
        email=invitation.email,
        role=invitation.role,
        role_name=str(Role(invitation.role).label),
        sent_at=invitation.sent_at,
        expires_at=invitation.expires_at,
        is_over=now >= invitation.expires_at,
        is_mailed=invitation.mailed_at is not None,
    )


def invited(*, token: str, now: datetime) -> Invited | None:
    """What a mailed link opens; None when it is not ours, or was accepted, withdrawn, sent anew, or is too old."""
    opened = opened_invitation(token)
    organisation_id = _organisation_of_invitation(opened[0]) if opened else None
    if opened is None or organisation_id is None:
        return None
    with organisation_scope(organisation_id, write=False):
        found = Invitation.objects.filter(pk=opened[0], serial=opened[1]).first()
        if found is None or not found.is_open(now):
            return None
        name = Organisation.objects.get(pk=organisation_id).name
    return Invited(
        id=found.pk,
        organisation_id=organisation_id,
        organisation=name,
        email=found.email,
        role=found.role,
        is_known=User.objects.filter(email=found.email).exists(),
    )


def sessions(*, user: User, session_key: str | None) -> tuple[SessionLine, ...]:
    """Where a person is signed in, this browser first, then the latest; sessions that have ended are forgotten."""
    open_ones = UserSession.objects.purge_and_list(user)
    lines = [
        SessionLine(s.pk, browser_name(s.user_agent), s.ip, s.created_at, s.last_seen_at, s.session_key == session_key)
        for s in open_ones
    ]
    return tuple(sorted(lines, key=lambda line: (not line.is_this, -line.seen.timestamp())))


def browser_name(user_agent: str) -> str:
    """“Firefox on Windows”, as far as a browser says so; enough to tell one's own apart."""
    browsers = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
    systems = ("iPhone", "iPad", "Android", "Windows", "Mac OS", "Linux")
    known = {"Edg": "Edge", "OPR": "Opera", "Mac OS": "macOS"}
    browser = next((name for name in browsers if name in user_agent), _("A browser"))
    system = next((name for name in systems if name in user_agent), "")
    return f"{known.get(browser, browser)}{' on ' if system else ''}{known.get(system, system)}"


def lacks_second_factor(*, user: User, session: Mapping[str, Any]) -> bool:
    """Whether this session has to stop at setting up a second factor.

    The logins of the demo are everybody's and have none; a provider that asks for one itself has done so.
    """
    if settings.DEMO and user.email in _DEMO_ADDRESSES:
        return False
    asking = {provider.id for provider in settings.OIDC_PROVIDERS if provider.second_factor}
    records = session.get(AUTHENTICATION_METHODS_SESSION_KEY, []) if asking else []
    if any(record.get("provider") in asking for record in records):
        return False
    [(needed, present)] = _sql.fetch("second_factor", user_id=user.pk)
    return bool(needed and not present)


def _organisation_of_invitation(invitation_id: UUID) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.organisation_of_invitation(%s)", [invitation_id])
        found = cursor.fetchone()[0]
    return None if found is None else int(found)
