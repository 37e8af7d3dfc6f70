"""Writes about API tokens, a person's and an organisation's: made, shown once, revoked; each on record."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from engagement.errors import ForbiddenError, InvalidInputError, NotFoundError
from tenants.actor import Reach, reaches_of
from tenants.audit import Values, audit_append
from tenants.models import ApiToken, OrganisationToken, User
from tenants.permissions import NOT_FOR_TOKENS, Permission
from tenants.scope import require_write, tenant
from tenants.services.checking import full_clean
from tenants.tokens import (
    DEFAULT_DAYS,
    LONGEST_DAYS,
    ORGANISATION_PREFIX,
    PERSONAL_PREFIX,
    known_permissions,
    new_secret,
    token_digest,
)


def check_may_have_tokens(*, user: User) -> None:
    """Raise ForbiddenError for an operator."""
    if user.is_staff:
        raise ForbiddenError(
            _("An operator has no tokens: what you do for an organisation you do yourself, while you act for it.")
        )


def create_token(
    *,
    user: User,
    name: str,
    now: datetime,
    days: int = DEFAULT_DAYS,
    permissions: Collection[str] | None = None,
    organisations: Collection[str] | None = None,
) -> tuple[ApiToken, str]:
    """A new API token of a person and its secret, which is shown once and not kept.

    `permissions` and `organisations` (slugs) narrow it; None stands for whatever the person may, and wherever, at the
    time of each request. Raises InvalidInputError for more than the person has, or for a span that is too long,
    ForbiddenError for an operator: what they do for an organisation they do themselves, during a visit.
    """
    check_may_have_tokens(user=user)
    reaches = reaches_of(user)
    chosen = None if organisations is None else _chosen(reaches, organisations)
    within = _within(reaches, chosen)
    secret = new_secret(PERSONAL_PREFIX)
    token = ApiToken(
        user=user,
        name=name.strip(),
        digest=token_digest(secret),
        hint=secret[-4:],
        permissions=None if permissions is None else _allowed(permissions, held=_held(within)),
        organisations=chosen,
        expires_at=_end(days, now=now),
    )
    full_clean(token, exclude=("revoked_at", "last_used_at", "permissions", "organisations"))
    with transaction.atomic():
        token.save(force_insert=True)
        _record(token, act="token.created", reaches=within)
    return token, secret


def revoke_token(*, user: User, token_id: UUID, now: datetime) -> None:
    """End one of the person's own tokens, at once; again does nothing. Raises NotFoundError for anybody else's."""
    with transaction.atomic():
        token = ApiToken.objects.select_for_update().filter(user=user, pk=token_id).first()
        if token is None:
            raise NotFoundError
        if token.revoked_at is None:
            token.revoked_at = now
            token.save(update_fields=["revoked_at"])
            _record(token, act="token.revoked", reaches=_within(reaches_of(user), token.organisations))


def create_organisation_token(
    *,
    reach: Reach,
    user: User | None,
    name: str,
    permissions: Collection[str],
    now: datetime,
    days: int = DEFAULT_DAYS,
) -> tuple[OrganisationToken, str]:
    """A new token of the organisation in scope and its secret, which is shown once and not kept.

    It stays when the person goes who makes it, so it holds the permissions by name, and never more than theirs here
    (`reach`). Raises InvalidInputError.
    """
    held = _held([reach]) - NOT_FOR_TOKENS
    secret = new_secret(ORGANISATION_PREFIX)
    token = OrganisationToken(
        organisation_id=require_write(),
        name=name.strip(),
        digest=token_digest(secret),
        hint=secret[-4:],
        permissions=_allowed(permissions, held=held),
        created_by=user,
        created_at=now,
        expires_at=_end(days, now=now),
    )
    full_clean(token, exclude=("revoked_at", "last_used_at", "permissions", "created_by", "organisation"))
    token.save(force_insert=True)
    audit_append(
        act="organisation_token.created", object_kind="organisation_token", object_id=token.pk, new=_extent(token)
    )
    return token, secret


def revoke_organisation_token(*, token_id: UUID, now: datetime) -> None:
    """End a token of the organisation in scope, at once; again does nothing. Raises NotFoundError for another's."""
    if OrganisationToken.objects.filter(pk=token_id, revoked_at=None).update(revoked_at=now):
        audit_append(act="organisation_token.revoked", object_kind="organisation_token", object_id=token_id)
    elif not OrganisationToken.objects.filter(pk=token_id).exists():
        raise NotFoundError


def _end(days: int, *, now: datetime) -> datetime:
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInputError(
            fields={"days": [_("Between 1 and {longest_days} days.").format(longest_days=LONGEST_DAYS)]}
        )
    return now + timedelta(days=days)


def _held(reaches: Iterable[Reach]) -> set[Permission]:
    """All that a person may anywhere in these organisations: what they lack in one is refused there on each request."""
    return {permission for reach in reaches for permission in Permission if reach.may(permission)}


def _allowed(codes: Collection[str], *, held: Collection[Permission]) -> list[str]:
    """The permissions of a new token, in order; raises InvalidInputError for none, or for one that the maker lacks."""
    wanted = known_permissions(codes)
    if not wanted:
        raise InvalidInputError(fields={"permissions": [_("Choose at least one.")]})
    if len(wanted) < len(set(codes)) or wanted - set(held):
        raise InvalidInputError(fields={"permissions": [_("A token cannot do more than whoever makes it.")]})
    return [permission.value for permission in Permission if permission in wanted]


def _chosen(reaches: Iterable[Reach], slugs: Collection[str]) -> list[int]:
    """Ids of chosen organisations; one that the person does not reach is answered like one that does not exist."""
    found = {reach.slug: reach.organisation_id for reach in reaches}
    if not slugs or not set(slugs) <= found.keys():
        raise InvalidInputError(fields={"organisations": [_("Choose at least one of those that you reach.")]})
    return sorted(found[slug] for slug in set(slugs))


def _within(reaches: Iterable[Reach], chosen: Collection[int] | None) -> list[Reach]:
    """As far as a token goes: a firm that it names stands for its clients as well."""
    return [one for one in reaches if chosen is None or {one.organisation_id, one.firm_id} & set(chosen)]


def _extent(token: ApiToken | OrganisationToken) -> Values:
    return {"permissions": token.permissions, "expires_at": token.expires_at}


def _record(token: ApiToken, *, act: str, reaches: Collection[Reach]) -> None:
    """A person's token stands in the record of each organisation it reaches; of a firm and its clients, the firm's."""
    reached = {reach.organisation_id for reach in reaches}
    new = _extent(token) if token.revoked_at is None else None
    for reach in reaches:
        if reach.firm_id in reached:
            continue
        organisation_id = reach.organisation_id
        with tenant(read=[organisation_id]):
            audit_append(act=act, object_kind="token", object_id=token.pk, new=new, organisation_id=organisation_id)
