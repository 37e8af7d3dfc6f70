"""Writes about second factors that no page offers."""

from __future__ import annotations

import structlog
from allauth.mfa.models import Authenticator
from django.db import transaction

from engagement.errors import NotFoundError
from tenants.accounts import mails
from tenants.accounts.words import notice
from tenants.languages import speaking_to
from tenants.models import User
from tenants.services.people import raise_session_epoch

log = structlog.get_logger(__name__)


def remove_second_factors(*, email: str) -> int:
    """Take all second factors of a person away and end their sessions; they are told by mail. Returns how many.

    Raises NotFoundError for an address that nobody signs in with.
    """
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        raise NotFoundError(f"Nobody signs in with “{email}”.")
    with transaction.atomic():
        removed, _ = Authenticator.objects.filter(user=user).delete()
        raise_session_epoch(user=user)
    log.warning("second_factors_removed", user_id=str(user.pk), count=removed)
    with speaking_to(user):
        subject, sentence = notice("second_factors_removed")
        mails.notify("notice", to=user.email, subject=subject, sentence=sentence)
    return int(removed)
