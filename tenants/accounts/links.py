"""Signed links that are mailed: what they hold, and what opens them. None of them is stored."""

from __future__ import annotations

from uuid import UUID

from allauth.account.app_settings import PASSWORD_RESET_TOKEN_GENERATOR
from allauth.account.utils import user_pk_to_url_str
from django.core import signing
from django.urls import reverse

from tenants.links import public_url
from tenants.models import Invitation, User

_SALT = "tenants.invitation"
_WEEKLY_SALT = "tenants.weekly_mail"


def invitation_token(invitation: Invitation) -> str:
    """What the link of an invitation ends in: its id and how often it was sent, signed."""
    return signing.Signer(salt=_SALT).sign_object([invitation.pk.hex, invitation.serial])


def opened_invitation(token: str) -> tuple[UUID, int] | None:
    """Id and serial of a link of ours; None for anything else. Whether it still opens something is the row's to say."""
    try:
        key, serial = signing.Signer(salt=_SALT).unsign_object(token)
        return UUID(key), int(serial)
    except (signing.BadSignature, ValueError, TypeError):
        return None


def invitation_link(invitation: Invitation) -> str:
    return public_url(reverse("invitation", args=[invitation_token(invitation)]))


def weekly_mail_token(user_id: UUID) -> str:
    """What the link at the end of a weekly mail ends in. It never runs out: all it does is to stop these mails."""
    return signing.Signer(salt=_WEEKLY_SALT).sign_object([user_id.hex])


def opened_weekly_mail(token: str) -> UUID | None:
    """Whose weekly mail a link of ours stops; None for anything else."""
    try:
        (key,) = signing.Signer(salt=_WEEKLY_SALT).unsign_object(token)
        return UUID(key)
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None


def weekly_mail_link(user_id: UUID) -> str:
    return public_url(reverse("weekly-mail-stop", args=[weekly_mail_token(user_id)]))


def reset_link(user: User) -> str:
    """Where this person chooses a new password; works once, for PASSWORD_RESET_SECONDS."""
    key = PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    arguments = {"uidb36": user_pk_to_url_str(user), "key": key}
    return public_url(reverse("account_reset_password_from_key", kwargs=arguments))
