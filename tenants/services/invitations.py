"""Writes about invitations: who is asked to an organisation, and who has come."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from tenants.acting import Acting, Kind, acting, current_acting
from tenants.actor import reaches_of
from tenants.audit import audit_append
from tenants.limits import UNLIMITED, Limit, checked_limit, recorded_limit
from tenants.models import Invitation, Membership, Organisation, Role, User
from tenants.scope import organisation_scope, require_write
from tenants.services.checking import full_clean
from tenants.services.members import add_member
from tenants.services.people import create_user
from tenants.wake import wake

_OPEN = {"accepted_at__isnull": True, "withdrawn_at__isnull": True}


def invite(
    *,
    email: str,
    role: str,
    limited_to: str = "",
    segments: Sequence[str] = (),
    user: User | None,
    now: datetime,
) -> Invitation:
    """Ask an address to take a role in the organisation in scope; a worker mails the link.

    A viewer may be asked to some segments or to reports only, as members are (limits.py).
    Asked again, it is a new link with the new role, and the old link opens nothing. Whether the address is known here
    makes no difference. `user` is nobody where an organisation's token asks. Raises InvalidInputError with fields,
    ConflictError for a member.
    """
    organisation = Organisation.objects.get(pk=require_write())
    address = email.strip().lower()
    if role not in Role.values:
        raise InvalidInputError(fields={"role": [_("Choose viewer, consultant or admin.")]})
    limit = checked_limit(organisation=organisation, role=role, to=limited_to, segments=segments)
    if Membership.objects.filter(user__email=address).exists():
        raise ConflictError(_("This person is a member already. Change the role instead."))
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update().filter(email=address, **_OPEN).first()
        if invitation is None:
            invitation = Invitation(organisation=organisation, email=address, sent_at=now, serial=0)
        for name, value in {"role": role, **limit.columns()}.items():
            setattr(invitation, name, value)
        full_clean(invitation, exclude=("organisation", "invited_by", "mailed_at", "accepted_at", "withdrawn_at"))
        return _send(invitation, user=user, now=now)


def send_again(*, invitation_id: UUID, user: User, now: datetime) -> Invitation:
    """A new link for an open invitation, and as long a time again; the old link opens nothing any more."""
    with transaction.atomic():
        return _send(_open_for_update(invitation_id), user=user, now=now)


def withdraw(*, invitation_id: UUID, now: datetime) -> Invitation:
    """Its link opens nothing any more. Raises NotFoundError unless it is one of the organisation's open ones."""
    with transaction.atomic():
        invitation = _open_for_update(invitation_id)
        invitation.withdrawn_at = now
        invitation.save(update_fields=["withdrawn_at"])
        audit_append(
            act="invitation.withdrawn",
            object_kind="invitation",
            object_id=invitation.pk,
            old=_said(invitation),
        )
    return invitation


def accept(*, organisation_id: int, invitation_id: UUID, user: User, now: datetime) -> Membership:
    """The role, for the person whose address was invited. Raises ConflictError when the invitation has ended meanwhile,
    or is somebody else's; who reaches the organisation already keeps the role they have.
    """
    with _acting_as(user), organisation_scope(organisation_id):
        return _take(_held(invitation_id, now=now), user=user, now=now)


def accept_as_new(*, organisation_id: int, invitation_id: UUID, name: str, password: str, now: datetime) -> User:
    """The person and the role, or neither: raises InvalidInputError for a weak password, ConflictError as accept()."""
    with organisation_scope(organisation_id):
        invitation = _held(invitation_id, now=now)
        user = create_user(email=invitation.email, name=name, password=password)
        with _acting_as(user):
            _take(invitation, user=user, now=now)
    return user


def admit(
    *, organisation: str, user: User | None, email: str, name: str, default_role: str, now: datetime
) -> User | None:
    """Who arrives through an organisation's own provider: somebody who reaches it, is invited to it, or, where the
    deployment says so, becomes a viewer. None for everybody else; `organisation` is its slug.
    """
    user = user or User.objects.filter(email=email).first()
    if user is not None and (user.is_staff or not user.is_active):
        return None  # an organisation's provider opens no operator's account, and no closed one
    if user is not None and any(reach.slug == organisation for reach in reaches_of(user)):
        return user
    organisation_id = _organisation_with_slug(organisation)
    if organisation_id is None:
        return None
    with organisation_scope(organisation_id):
        invitation = Invitation.objects.select_for_update().filter(email=email, **_OPEN).first()
        if invitation is not None and not invitation.is_open(now):
            invitation = None
        if invitation is None and not default_role:
            return None
        user = user or create_user(email=email, name=name or email.partition("@")[0], password=None)
        with _acting_as(user):
            if invitation is not None:
                _take(invitation, user=user, now=now)
            else:
                _join(user=user, role=default_role)
    return user


def _acting_as(user: User) -> AbstractContextManager[Acting]:
    """The person who comes, in the request at hand."""
    return acting(replace(current_acting(), kind=Kind.PERSON, user_id=user.pk))


def note_mailed(*, invitation_id: UUID, serial: int, now: datetime) -> None:
    """The mail server has taken this link; a newer one is another matter."""
    Invitation.objects.filter(pk=invitation_id, serial=serial).update(mailed_at=now)


def _send(invitation: Invitation, *, user: User | None, now: datetime) -> Invitation:
    """With the next serial, on record, and a worker woken once it is committed."""
    invitation.serial += 1
    invitation.invited_by, invitation.sent_at, invitation.mailed_at = user, now, None
    invitation.save()
    audit_append(
        act="invitation.sent",
        object_kind="invitation",
        object_id=invitation.pk,
        new=_said(invitation) | {"times": invitation.serial},
    )
    wake("tenants.invitation_mail", invitation.organisation_id, invitation.pk)
    return invitation


def _open_for_update(invitation_id: UUID) -> Invitation:
    """One that has not ended, whether or not its time is over; raises NotFoundError for any other."""
    invitation = Invitation.objects.select_for_update().filter(pk=invitation_id, **_OPEN).first()
    if invitation is None:
        raise NotFoundError
    return invitation


def _held(invitation_id: UUID, *, now: datetime) -> Invitation:
    """Locked, and good to accept; two who hold the link at once cannot both."""
    invitation = Invitation.objects.select_for_update().filter(pk=invitation_id).first()
    if invitation is None or not invitation.is_open(now):
        raise ConflictError(_("This invitation has ended. Ask whoever invited you for a new one."))
    return invitation


def _take(invitation: Invitation, *, user: User, now: datetime) -> Membership:
    if user.email != invitation.email:
        raise ConflictError(_("This invitation is for another address."))
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    audit_append(act="invitation.accepted", object_kind="invitation", object_id=invitation.pk)
    return _join(user=user, role=invitation.role, limit=Limit.of_row(invitation))


def _said(invitation: Invitation) -> dict[str, object]:
    """An invitation as the record keeps it; of the limit only where there is one."""
    return {"role": invitation.role, **recorded_limit(invitation)}


def _join(*, user: User, role: str, limit: Limit = UNLIMITED) -> Membership:
    membership = Membership.objects.filter(user=user).first()
    if membership is not None:
        return membership
    return add_member(user=user, role=role, limit=limit)


def _organisation_with_slug(slug: str) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.organisation_with_slug(%s)", [slug])
        found = cursor.fetchone()[0]
    return None if found is None else int(found)
