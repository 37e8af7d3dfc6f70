"""An organisation that rests, is resumed, is to be deleted, and is called back."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError
from tenants.audit import audit_append
from tenants.models import Organisation
from tenants.scope import require_write

REASON_LIMIT = 200


def suspend(*, organisation: Organisation, reason: str, now: datetime) -> None:
    """From now on nothing of it is opened, taken in or scored; everything stays as it is. Raises ConflictError twice.

    Needs the organisation in scope for writing. A firm is where its clients are looked after: it is not suspended here.
    """
    _client_only(organisation)
    if organisation.suspended_at is not None:
        raise ConflictError(_("It is suspended already."))
    organisation.suspended_at, organisation.suspended_why = now, _said(reason)
    _save(organisation, "suspended_at", "suspended_why")
    audit_append(act="organisation.suspended", object_kind="organisation", object_id=organisation.pk, reason=reason)


def resume(*, organisation: Organisation) -> None:
    """Everything goes on where it stood; raises ConflictError unless it is suspended and not about to be deleted."""
    if organisation.suspended_at is None:
        raise ConflictError(_("It is not suspended."))
    if organisation.delete_after is not None:
        raise ConflictError(_("It is to be deleted: call that back first."))
    organisation.suspended_at, organisation.suspended_why = None, ""
    _save(organisation, "suspended_at", "suspended_why")
    audit_append(act="organisation.resumed", object_kind="organisation", object_id=organisation.pk)


def ask_deletion(
    *, organisation: Organisation, typed: str, reason: str, user_id: UUID | None, now: datetime
) -> datetime:
    """Have everything of it deleted after the days of grace; returns when. It is suspended until then.

    `typed` is its address, typed by the person. Raises InvalidInputError where it is another, ConflictError twice.
    """
    _client_only(organisation)
    if organisation.delete_after is not None:
        raise ConflictError(_("It is to be deleted already."))
    if typed.strip() != organisation.slug:
        raise InvalidInputError(
            fields={"typed": [_("Type {slug}, the last part of its address.").format(slug=organisation.slug)]}
        )
    due = now + timedelta(days=settings.DELETION_GRACE_DAYS)
    organisation.suspended_at = organisation.suspended_at or now
    organisation.suspended_why = organisation.suspended_why or _said(reason)
    organisation.deletion_asked_at, organisation.deletion_asked_by, organisation.delete_after = now, user_id, due
    _save(
        organisation, "suspended_at", "suspended_why", "deletion_asked_at", "deletion_asked_by", "delete_after"
    )  # fmt: skip
    audit_append(
        act="organisation.deletion_asked",
        object_kind="organisation",
        object_id=organisation.pk,
        reason=reason,
        new={"delete_after": due},
    )
    return due


def call_back(*, organisation: Organisation, now: datetime) -> None:
    """It is not deleted after all, and goes on resting until somebody resumes it.

    Raises ConflictError where it is not to be deleted, and once its days are over: then part of it is gone already.
    """
    if organisation.delete_after is None:
        raise ConflictError(_("It is not to be deleted."))
    if organisation.delete_after <= now:
        raise ConflictError(_("Its days of grace are over, and it is being deleted."))
    organisation.delete_after = organisation.deletion_asked_at = organisation.deletion_asked_by = None
    _save(organisation, "delete_after", "deletion_asked_at", "deletion_asked_by")
    audit_append(act="organisation.deletion_called_back", object_kind="organisation", object_id=organisation.pk)


def _client_only(organisation: Organisation) -> None:
    if organisation.kind != Organisation.Kind.CLIENT:
        raise ConflictError(_("A firm is closed by whoever runs this server, after its clients."))


def _said(reason: str) -> str:
    said = reason.strip()
    if not said or len(said) > REASON_LIMIT:
        raise InvalidInputError(
            fields={"reason": [_("Say why, in at most {reason_limit} characters.").format(reason_limit=REASON_LIMIT)]}
        )
    return said


def _save(organisation: Organisation, *fields: str) -> None:
    if require_write() != organisation.pk:
        raise ConflictError
    organisation.save(update_fields=list(fields))
