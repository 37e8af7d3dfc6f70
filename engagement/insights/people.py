"""Who can mind a target: people with a role of their own here, and the person who asks."""

from __future__ import annotations

from django.db.models import QuerySet

from engagement.errors import InvalidInputError
from tenants.models import User
from tenants.selectors import members


def possible_owners(*, user: User) -> QuerySet[User]:
    """People of the organisation in scope and the reader, by name."""
    known = [member.user_id for member in members() if member.is_active]
    return User.objects.filter(pk__in=[*known, user.pk]).order_by("name", "email")


def owner_of(*, email: str | None, user: User) -> User | None:
    """The owner with this address; raises InvalidInputError for somebody who cannot be one."""
    if not email:
        return None
    owner = possible_owners(user=user).filter(email=email.strip().lower()).first()
    if owner is None:
        raise InvalidInputError(fields={"owner": ["Nobody with this address has a role of their own here."]})
    return owner
