"""Who gets a client's reports: members of the client, and addresses that somebody said are the client's."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.rounds.models import Recipient
from tenants.audit import audit_append
from tenants.models import LimitedTo, Membership, Organisation, User

MOST: Final = 50


def add_recipient(
    *, organisation: Organisation, email: str, confirmed: bool, user: User | None, now: datetime
) -> Recipient:
    """Put an address on the client's list. Within a scope that writes.

    A member who may read reports is taken as one; any other address needs somebody to confirm that it is the client's.
    Raises InvalidInputError, ConflictError for one that is on the list already or one too many.
    """
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidInputError(fields={"email": [_("Write an address like name@example.com.")]}) from None
    member = _member(address)
    if member is None and not confirmed:
        problem = _("Nobody with this address may read here. Confirm that it belongs to the client.")
        raise InvalidInputError(fields={"confirmed": [problem]})
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # two at once are counted one after the other
    if Recipient.objects.filter(email=address).exists():
        raise ConflictError(_("This address is on the list already."))
    if Recipient.objects.count() >= MOST:
        raise ConflictError(_("A client has at most {most} recipients.").format(most=MOST))
    made = Recipient.objects.create(
        organisation=organisation, email=address, member=member, added_at=now, confirmed_by=None if member else user
    )
    said = {"member": member.pk if member else None, "confirmed": member is None}
    audit_append(
        act="recipient.added", object_kind="recipient", object_id=made.pk, new=said, organisation_id=organisation.pk
    )
    return made


def _member(address: str) -> User | None:
    found = Membership.objects.filter(user__email=address, user__is_active=True)
    row = found.exclude(limited_to=LimitedTo.SEGMENTS).select_related("user").first()
    return row.user if row else None


def remove_recipient(*, organisation: Organisation, recipient_id: UUID) -> None:
    """Take an address off the list: mails to it that wait are not sent. Raises NotFoundError."""
    found = Recipient.objects.filter(pk=recipient_id).first()
    if found is None:
        raise NotFoundError(_("There is no such recipient."))
    said = {"member": found.member_id}
    found.delete()
    audit_append(
        act="recipient.removed", object_kind="recipient", object_id=recipient_id, old=said,
        organisation_id=organisation.pk,
    )  # fmt: skip
