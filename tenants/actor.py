"""Who is asking, and which organisations they reach: resolved once a request, before any scope is open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext as _

from engagement.errors import ForbiddenError
from tenants.limits import UNLIMITED, Limit
from tenants.models import Organisation, Role, User
from tenants.permissions import (
    ASKING_PERMISSIONS,
    NOT_FOR_VISITS,
    READING_PERMISSIONS,
    ROLE_PERMISSIONS,
    WRITING_ROLES,
    Permission,
    may,
)
from tenants.tokens import Token, places_of, resolve_token, unknown_token


@dataclass(frozen=True, slots=True)
class Visit:
    """An operator's grant: why and until when they act for an organisation."""

    id: UUID
    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Reach:
    """One organisation a person may open, with the role they have there; a token may allow less than the role."""

    organisation_id: int
    slug: str
    name: str
    kind: str
    firm_id: int | None
    role: str
    allowed: frozenset[Permission] | None = None  # by the token; None: whatever the role gives
    limit: Limit = UNLIMITED
    visit: Visit | None = None  # an operator's

    @property
    def is_firm(self) -> bool:
        return self.kind == Organisation.Kind.FIRM

    @property
    def may_write(self) -> bool:
        changing = None if self.allowed is None else self.allowed - READING_PERMISSIONS - ASKING_PERMISSIONS
        return self.role in WRITING_ROLES and (changing is None or bool(changing))

    def may(self, permission: Permission) -> bool:
        return (
            may(self.role, permission)
            and self.token_may(permission)
            and self.visit_may(permission)
            and self.limit.allows(permission)
        )

    def visit_may(self, permission: Permission) -> bool:
        """An operator makes nothing that would go on opening the organisation after the visit."""
        return self.visit is None or permission not in NOT_FOR_VISITS

    def token_may(self, permission: Permission) -> bool:
        return self.allowed is None or permission in self.allowed


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks and everything they reach, firms first, then by name.

    `user` is None for a program with a token of an organisation: what it writes is nobody's, and the record names the
    token.
    """

    user: User | None
    reaches: tuple[Reach, ...]
    token: Token | None = None

    def reach(self, slug: str) -> Reach | None:
        return next((reach for reach in self.reaches if reach.slug == slug), None)

    def firms(self) -> list[Reach]:
        return [reach for reach in self.reaches if reach.is_firm]

    def clients_of(self, firm_id: int) -> list[Reach]:
        return [reach for reach in self.reaches if reach.firm_id == firm_id]


class OrganisationRequest(HttpRequest):
    """A request inside /o/<slug>/ or its API, after the middleware: for type checkers."""

    user: User
    actor: Actor
    reach: Reach
    organisation: Organisation


class SignedInRequest(HttpRequest):
    """A request of somebody who is signed in, outside any organisation."""

    user: User
    actor: Actor


_ORDER = {role: place for place, role in enumerate(Role)}  # the weakest first


def _strength(reach: Reach) -> tuple[int, bool]:
    """The stronger role counts; between equal ones that without a limit."""
    return _ORDER[Role(reach.role)], not reach.limit


def visits_of(user: User) -> tuple[Reach, ...]:
    """What an operator reaches: the organisations they act for now, each by a grant of its own and without clients."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT organisation_id, slug, name, kind, firm_id, role, grant_id, reason, expires_at"
            " FROM public.grants_of(%s)",
            [user.pk],
        )
        rows = cursor.fetchall()
    return tuple(replace(Reach(*row), visit=Visit(grant_id, reason, until)) for *row, grant_id, reason, until in rows)


def reaches_of(user: User) -> tuple[Reach, ...]:
    """Direct memberships and, through firms, their clients; the stronger one wins where both exist.

    Two limits never join into something wider than either. An operator has no memberships: what they reach, they
    reach by a grant.
    """
    if user.is_staff:
        return visits_of(user)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT organisation_id, slug, name, kind, firm_id, role, limited_to, segment_ids"
            " FROM public.memberships_of(%s)",
            [user.pk],
        )
        rows = cursor.fetchall()
    best: dict[int, Reach] = {}
    for *row, limited_to, segment_ids in rows:
        reach = replace(Reach(*row), limit=Limit(limited_to, frozenset(segment_ids)))
        known = best.get(reach.organisation_id)
        if known is None or _strength(reach) > _strength(known):
            best[reach.organisation_id] = reach
    return _in_order(best.values())


def _in_order(reaches: Iterable[Reach]) -> tuple[Reach, ...]:
    return tuple(sorted(reaches, key=lambda reach: (not reach.is_firm, reach.name.casefold(), reach.slug)))


def actor_of_token(secret: str, *, now: datetime) -> Actor:
    """Whoever sends this API token, with what it may: token ∩ role, as both are now.

    Raises UnauthenticatedError for a token that is unknown, revoked or has run out, and for a closed account.
    """
    token = resolve_token(secret=secret, now=now)
    if token.user_id is None:
        return Actor(user=None, reaches=_reaches_of_organisation(token, secret=secret), token=token)
    user = User.objects.filter(pk=token.user_id, is_active=True).first()
    if user is None:
        raise unknown_token()
    # Programs do not act for an organisation on an operator's behalf: nobody would see the banner.
    reaches = () if user.is_staff else reaches_of(user)
    return Actor(user=user, reaches=_narrowed(reaches, token), token=token)


def _narrowed(reaches: tuple[Reach, ...], token: Token) -> tuple[Reach, ...]:
    """What a person reaches, as far as their token goes; a firm that it names stands for its clients as well."""
    chosen = token.organisations
    return tuple(
        replace(reach, allowed=token.permissions)
        for reach in reaches
        if chosen is None or reach.organisation_id in chosen or reach.firm_id in chosen
    )


def _reaches_of_organisation(token: Token, *, secret: str) -> tuple[Reach, ...]:
    """An organisation's token has no role of its own: the weakest that gives all it may stands for it."""
    allowed = token.permissions or frozenset()
    role = next((role for role in _ORDER if allowed <= ROLE_PERMISSIONS[role]), Role.ADMIN)
    return _in_order(
        Reach(place.organisation_id, place.slug, place.name, place.kind, place.firm_id, role, allowed)
        for place in places_of(secret=secret)
    )


def is_token_request(request: HttpRequest) -> bool:
    """Whether a request shows an API token; its session, if it has one, is then not looked at."""
    scheme = request.headers.get("Authorization", "").partition(" ")[0]
    return request.path.startswith("/api/") and scheme.lower() in {"bearer", "token"}


def resolve_actor(request: HttpRequest, *, now: datetime) -> Actor | None:
    """The actor of a request, from an API token or the session; None for nobody.

    Raises UnauthenticatedError when a token was sent and is not valid: it is never ignored.
    """
    if is_token_request(request):
        credential = request.headers["Authorization"].partition(" ")[2]
        actor = actor_of_token(credential.strip(), now=now)
        request.user = actor.user or AnonymousUser()
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # noqa: SLF001  a token is no cookie
        return actor
    if not request.user.is_authenticated:
        return None
    return Actor(user=request.user, reaches=reaches_of(request.user))


def require(reach: Reach, permission: Permission, *, honours_limits: bool = False) -> None:
    """Raises ForbiddenError unless role and token have the permission, and the view minds the limit if there is one."""
    if not may(reach.role, permission):
        raise ForbiddenError(
            _("The role of {role} does not allow this here. Ask an admin.").format(role=Role(reach.role).noun)
        )
    if not reach.token_may(permission):
        raise ForbiddenError(_("This token does not allow this. Make one with this permission, if your role has it."))
    if not reach.visit_may(permission):
        raise ForbiddenError(_("A visit ends, and this would not: an admin of the organisation does it."))
    if reach.limit and not (honours_limits and reach.may(permission)):
        raise ForbiddenError(
            _("Your access here is limited to {words}. Ask an admin for more.").format(words=reach.limit.words)
        )
