"""Who can mind a target or be told: people with a role of their own here, and the person who asks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from engagement.errors import InvalidInputError
from tenants.models import User
from tenants.selectors import members

NOBODY: Final = noop("Nobody with this address has a role of their own here.")


def possible_owners(*, user: User | None) -> QuerySet[User]:
    """People of the organisation in scope and the reader, by name."""
    known = [member.user_id for member in members() if member.is_active]
    if user is not None:
        known.append(user.pk)
    return User.objects.filter(pk__in=known).order_by("name", "email")


def owner_of(*, email: str | None, user: User | None) -> User | None:
    """The owner with this address; raises InvalidInputError for somebody who cannot be one."""
    if not email:
        return None
    owner = possible_owners(user=user).filter(email=email.strip().lower()).first()
    if owner is None:
        raise InvalidInputError(fields={"owner": [_(NOBODY)]})
    return owner


def people_of(*, emails: Sequence[str], user: User | None, kept: Collection[UUID] = ()) -> tuple[UUID, ...]:
    """The ids of the people with these addresses, in their order; `kept` are told already, and may stay.

    Raises InvalidInputError with a field people.0, people.1, … for each that is nobody's who can be told.
    """
    known = {one.email: one.pk for one in (*possible_owners(user=user), *User.objects.filter(pk__in=list(kept)))}
    wanted = [email.strip().lower() for email in emails]
    unknown = {f"people.{at}": [_(NOBODY)] for at, email in enumerate(wanted) if email not in known}
    if unknown:
        raise InvalidInputError(fields=unknown)
    return tuple(known[email] for email in wanted)
