"""Reads about API tokens: a person's own, an organisation's, and how many of its members' reach it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.errors import NotFoundError
from tenants.actor import Actor, Reach, reaches_of
from tenants.models import ApiToken, Membership, Organisation, OrganisationToken, User
from tenants.permissions import READING_PERMISSIONS, TABLE, Permission
from tenants.tokens import known_permissions


@dataclass(frozen=True, slots=True)
class TokenLine:
    """One API token; the secret itself is not kept."""

    id: UUID
    name: str
    hint: str
    may: str  # in words
    permissions: tuple[str, ...] | None  # None: whatever the person may
    rights: tuple[str, ...]  # the same, each in words; empty where `may` says it all
    where: str  # in words; empty for a token of the organisation it is listed in
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    is_over: bool  # revoked, or run out


@dataclass(frozen=True, slots=True)
class MemberTokens:
    """How many tokens of one member reach an organisation, and when one of them was last used, anywhere."""

    name: str
    tokens: int
    last_used_at: datetime | None


def tokens(*, user: User, now: datetime) -> tuple[TokenLine, ...]:
    """A person's API tokens, those in force first, newest first."""
    found = ApiToken.objects.filter(user=user).order_by("-created_at", "-pk")
    reaches = reaches_of(user)
    return _in_force_first(_line(token, now=now, where=_where(token.organisations, reaches)) for token in found)


def token(*, user: User, token_id: UUID, now: datetime) -> TokenLine:
    """One token of this person; raises NotFoundError for anybody else's."""
    return _one(tokens(user=user, now=now), token_id)


def organisation_tokens(*, now: datetime) -> tuple[TokenLine, ...]:
    """The tokens of the organisation in scope, those in force first, newest first."""
    found = OrganisationToken.objects.select_related("created_by").order_by("-created_at", "-pk")
    return _in_force_first(
        _line(token, now=now, created_by=token.created_by.name if token.created_by else "") for token in found
    )


def organisation_token(*, token_id: UUID, now: datetime) -> TokenLine:
    """One token of the organisation in scope; raises NotFoundError for another's."""
    return _one(organisation_tokens(now=now), token_id)


def member_tokens(*, organisation: Organisation, now: datetime) -> tuple[MemberTokens, ...]:
    """The members of the organisation in scope whose own tokens reach it, by name."""
    people = {one.user_id: one.user.name for one in Membership.objects.select_related("user")}
    found: dict[UUID, MemberTokens] = {}
    for one in ApiToken.objects.filter(user_id__in=list(people), revoked_at=None):
        is_here = one.organisations is None or {organisation.pk, organisation.firm_id} & set(one.organisations)
        if not is_here or _has_run_out(one, now):
            continue
        known = found.get(one.user_id, MemberTokens(people[one.user_id], 0, None))
        used = [moment for moment in (known.last_used_at, one.last_used_at) if moment is not None]
        found[one.user_id] = MemberTokens(known.name, known.tokens + 1, max(used, default=None))
    return tuple(sorted(found.values(), key=lambda line: line.name.casefold()))


def offered_permissions(*, actor: Actor) -> tuple[Permission, ...]:
    """What a person's token can be allowed: all that they may in any organisation they reach."""
    return tuple(one for one in Permission if any(reach.may(one) for reach in actor.reaches))


def permission_words(*, permission: Permission) -> str:
    """A permission as the table of roles puts it: "Draft weights"."""
    return next(str(line.words) for line in TABLE if line.permission == permission)


def _line(token: ApiToken | OrganisationToken, *, now: datetime, where: str = "", created_by: str = "") -> TokenLine:
    return TokenLine(
        id=token.pk,
        name=token.name,
        hint=token.hint,
        may=_may(token.permissions),
        permissions=None if token.permissions is None else tuple(token.permissions),
        rights=_rights(token.permissions),
        where=where,
        created_at=token.created_at,
        created_by=created_by,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        revoked_at=token.revoked_at,
        is_over=token.revoked_at is not None or _has_run_out(token, now),
    )


def _has_run_out(token: ApiToken | OrganisationToken, now: datetime) -> bool:
    return token.expires_at is not None and token.expires_at <= now


def _may(codes: list[str] | None) -> str:
    if codes is None:
        return _("everything you may")
    permissions = known_permissions(codes)
    if permissions <= READING_PERMISSIONS:
        return _("read only")
    return ngettext("one right", "{n} rights", len(permissions)).format(n=len(permissions))


def _rights(codes: list[str] | None) -> tuple[str, ...]:
    permissions = known_permissions(codes or ())
    if permissions <= READING_PERMISSIONS:
        return ()
    return tuple(permission_words(permission=one) for one in Permission if one in permissions)


def _where(organisations: list[int] | None, reaches: Iterable[Reach]) -> str:
    if organisations is None:
        return "everywhere"
    return ", ".join(reach.name for reach in reaches if reach.organisation_id in organisations) or _("nowhere any more")


def _in_force_first(lines: Iterable[TokenLine]) -> tuple[TokenLine, ...]:
    return tuple(sorted(lines, key=lambda line: line.is_over))


def _one(lines: Iterable[TokenLine], token_id: UUID) -> TokenLine:
    found = next((line for line in lines if line.id == token_id), None)
    if found is None:
        raise NotFoundError
    return found
