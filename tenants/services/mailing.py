"""Mails that workers send. Messages to them hold ids only: whatever opens something is made here, and not kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from tenants.accounts import mails
from tenants.accounts.links import invitation_link, reset_link
from tenants.languages import speaking_to, speaking_to_address
from tenants.models import Invitation, Organisation, Role, User
from tenants.scope import organisation_scope
from tenants.services.invitations import note_mailed
from tenants.statements import Statements
from tenants.wake import wake_each

# Longer than a worker that has a mail in hand waits for the mail server: nobody is mailed twice.
TRY_AGAIN_AFTER: Final = timedelta(minutes=5)
_sql = Statements(Path(__file__).parents[1] / "sql")


def mail_invitation(*, organisation_id: int, invitation_id: UUID, now: datetime) -> bool:
    """Mail the link of an open invitation; False where there is nothing to mail any more, or it was mailed already.

    Raises UnavailableError when the mail server does not take it.
    """
    with organisation_scope(organisation_id, write=False):
        found = Invitation.objects.select_related("invited_by").filter(pk=invitation_id, mailed_at__isnull=True).first()
        organisation = Organisation.objects.get(pk=organisation_id)
    if found is None or not found.is_open(now):
        return False
    with speaking_to_address(found.email, otherwise=organisation.language):
        mails.send(
            "invitation",
            to=found.email,
            organisation=organisation.name,
            inviter=found.invited_by.name if found.invited_by else _("Somebody"),
            role=Role(found.role).noun,
            expires=found.expires_at,
            link=invitation_link(found),
        )
    with organisation_scope(organisation_id):
        note_mailed(invitation_id=found.pk, serial=found.serial, now=now)
    return True


def wake_unmailed(*, now: datetime) -> int:
    """Wake a worker for each invitation that no mail server has taken for some minutes; returns how many."""
    since = now - timedelta(days=settings.INVITATION_DAYS)
    left = _sql.fetch("unmailed_invitations", sent_from=since, sent_until=now - TRY_AGAIN_AFTER)
    return wake_each("tenants.invitation_mail", left)


def mail_reset(*, user_id: str) -> bool:
    """Mail where a new password is chosen; False for nobody, which is what an unknown address is."""
    user = User.objects.filter(pk=user_id, is_active=True).first() if user_id else None
    if user is None:
        return False
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    with speaking_to(user):
        mails.send("reset", to=user.email, link=reset_link(user), minutes=minutes)
    return True
