"""Writes about memberships: who has which role in the organisation in scope."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from tenants.audit import audit_append
from tenants.limits import UNLIMITED, Limit, checked_limit, recorded_limit
from tenants.models import Membership, Organisation, Role, User
from tenants.scope import require_write


def add_member(*, user: User, role: str, limit: Limit = UNLIMITED) -> Membership:
    """Give a person a role in the organisation in scope; raises ConflictError when they have one.

    An operator has none: what they do for an organisation, they do with a grant.
    """
    if role not in Role.values:
        raise InvalidInputError(fields={"role": [_("Choose viewer, consultant or admin.")]})
    if user.is_staff:
        raise ConflictError(_("This account cannot be given a role. Use another address."))
    organisation_id = require_write()
    already = ConflictError(_("This person is a member already. Change the role instead."))
    if Membership.objects.filter(user=user).exists():
        raise already
    try:
        with transaction.atomic():
            membership = Membership.objects.create(
                organisation_id=organisation_id, user=user, role=role, **limit.columns()
            )
    except IntegrityError:  # somebody else added them between the question and the insert
        raise already from None
    audit_append(act="member.added", object_kind="member", object_id=membership.pk, new=_said(membership))
    return membership


def _said(membership: Membership) -> dict[str, object]:
    """A membership as the record keeps it; of the limit only where there is one."""
    return {"user": membership.user_id, "role": membership.role, **recorded_limit(membership)}


def add_person(*, email: str, role: str, limited_to: str = "", segments: Sequence[str] = ()) -> Membership:
    """Give a role in the organisation in scope to somebody who signs in here already, at once and without asking them.

    Raises InvalidInputError for an address that nobody signs in with, ConflictError for a member.
    """
    organisation = Organisation.objects.get(pk=require_write())
    limit = checked_limit(organisation=organisation, role=role, to=limited_to, segments=segments)
    known = User.objects.filter(email=email.strip().lower()).first()
    if known is None:
        raise InvalidInputError(fields={"email": [_("Nobody signs in with this address yet: invite them.")]})
    return add_member(user=known, role=role, limit=limit)


def change_role(
    *, membership_id: UUID, role: str, limited_to: str | None = None, segments: Sequence[str] = ()
) -> Membership:
    """Give a member of the organisation in scope another role, or another limit.

    Without `limited_to` a viewer's limit stays as it is: what does not speak of limits never widens one.
    Raises NotFoundError for somebody else's member, ConflictError where a firm would lose its last admin.
    """
    if role not in Role.values:
        raise InvalidInputError(fields={"role": [_("Choose viewer, consultant or admin.")]})
    with transaction.atomic():
        membership = _member_for_update(membership_id, stays_admin=role == Role.ADMIN)
        was = _said(membership)
        membership.role = role
        if limited_to is not None or role != Role.VIEWER:
            organisation = Organisation.objects.get(pk=require_write())
            limit = checked_limit(organisation=organisation, role=role, to=limited_to or "", segments=segments)
            for name, value in limit.columns().items():
                setattr(membership, name, value)
        membership.save(update_fields=["role", "limited_to", "segment_ids"])
        if was != _said(membership):
            audit_append(
                act="member.role_changed", object_kind="member", object_id=membership.pk, old=was,
                new=_said(membership),
            )  # fmt: skip
    return membership


def remove_member(*, membership_id: UUID) -> Membership:
    """Take a person's role in the organisation in scope away; the person and their other roles stay.

    Raises NotFoundError for somebody else's member, ConflictError where a firm would lose its last admin.
    """
    with transaction.atomic():
        membership = _member_for_update(membership_id, stays_admin=False)
        Membership.objects.filter(pk=membership.pk).delete()
        old = _said(membership)
        audit_append(act="member.removed", object_kind="member", object_id=membership.pk, old=old)
    return membership


def _member_for_update(membership_id: UUID, *, stays_admin: bool) -> Membership:
    """The member, with every admin's row locked, so that two admins cannot take each other's role at once."""
    organisation = Organisation.objects.get(pk=require_write())
    locked = Membership.objects.select_for_update(of=("self",)).order_by("pk")
    admins = list(locked.filter(role=Role.ADMIN, user__is_active=True))
    membership = locked.filter(pk=membership_id).select_related("user").first()
    if membership is None:
        raise NotFoundError
    is_last = [admin.pk for admin in admins] == [membership.pk]
    if is_last and not stays_admin and organisation.kind == Organisation.Kind.FIRM:
        raise ConflictError(_("A firm needs an admin, and this is the last one. Make somebody else an admin first."))
    return membership
