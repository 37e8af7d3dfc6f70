"""A client agrees, or takes it back: what it gave is then gone in the same moment."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from engagement.errors import ConflictError, ForbiddenError
from engagement.pooled.consent_words import TEXT_VERSION
from engagement.pooled.models import PooledConsent, PooledContribution
from engagement.pooled.selectors.consents import admins_of, may_agree
from tenants.audit import audit_append
from tenants.models import Organisation, User


def agree(*, organisation: Organisation, text_version: int, user: User | None, now: datetime) -> PooledConsent:
    """Agree for a client to the text as it is now; an older consent is replaced.

    Raises ForbiddenError for who may not (`may_agree`), ConflictError where the text is another one by now, or somebody
    has agreed already.
    """
    if not may_agree(organisation=organisation, user=user):
        raise ForbiddenError(_("Only an admin of the organisation itself agrees to this."))
    if text_version != TEXT_VERSION:
        raise ConflictError(_("The text has changed since you opened it. Read it again, then agree."))
    open_ones = PooledConsent.objects.filter(organisation=organisation, withdrawn_at__isnull=True)
    open_ones.exclude(text_version=TEXT_VERSION).update(withdrawn_by=user, withdrawn_at=now)
    try:
        with transaction.atomic():
            made = PooledConsent.objects.create(
                organisation=organisation, text_version=text_version, by_firm=not admins_of(organisation),
                given_by=user, given_at=now,
            )  # fmt: skip
    except IntegrityError as error:
        raise ConflictError(_("Somebody has agreed already.")) from error
    new = {"text_version": text_version, "by_firm": made.by_firm}
    audit_append(act="pooling.agreed", object_kind="organisation", object_id=organisation.pk, new=new)
    return made


def withdraw(*, organisation: Organisation, user: User | None, now: datetime) -> int:
    """Take it back: any admin may. What was given is deleted at once; returns how many rows.

    Raises ConflictError where nobody has agreed.
    """
    open_ones = PooledConsent.objects.filter(organisation=organisation, withdrawn_at__isnull=True)
    if not open_ones.update(withdrawn_by=user, withdrawn_at=now):
        raise ConflictError(_("Nobody has agreed, so there is nothing to withdraw."))
    gone, _by_model = PooledContribution.objects.filter(organisation=organisation).delete()
    audit_append(
        act="pooling.withdrawn", object_kind="organisation", object_id=organisation.pk, old={"contributions": gone}
    )  # fmt: skip
    return gone
