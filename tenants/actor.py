"""Who is asking, and which organisations they reach: resolved once a request, before any scope is open."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.db import connection
from django.http import HttpRequest

from engagement.errors import ForbiddenError, UnauthenticatedError
from tenants.models import Organisation, Role, User
from tenants.permissions import ROLE_PERMISSIONS, WRITING_ROLES, Permission

TOKEN_PREFIX = "rpt_"  # noqa: S105  how a token begins, not a token


@dataclass(frozen=True, slots=True)
class Reach:
    """One organisation a person may open, with the role they have there."""

    organisation_id: int
    slug: str
    name: str
    kind: str
    firm_id: int | None
    role: str

    @property
    def is_firm(self) -> bool:
        return self.kind == Organisation.Kind.FIRM

    @property
    def may_write(self) -> bool:
        return self.role in WRITING_ROLES

    def may(self, permission: Permission) -> bool:
        return permission in ROLE_PERMISSIONS.get(self.role, frozenset())


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person and everything they reach, firms first, then by name."""

    user: User
    reaches: tuple[Reach, ...]

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


def reaches_of(user: User) -> tuple[Reach, ...]:
    """Direct memberships and, through firms, their clients; the stronger role wins where both exist."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT organisation_id, slug, name, kind, firm_id, role FROM public.memberships_of(%s)", [user.pk]
        )
        rows = cursor.fetchall()
    order = {Role.VIEWER: 0, Role.CONSULTANT: 1, Role.ADMIN: 2}
    best: dict[int, Reach] = {}
    for row in rows:
        reach = Reach(*row)
        known = best.get(reach.organisation_id)
        if known is None or order[Role(reach.role)] > order[Role(known.role)]:
            best[reach.organisation_id] = reach
    return tuple(sorted(best.values(), key=lambda reach: (not reach.is_firm, reach.name.casefold(), reach.slug)))


def token_digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def user_of_token(token: str) -> User:
    """The person behind an API token; raises UnauthenticatedError for an unknown or revoked one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.api_token_user(%s)", [token_digest(token)])
        row = cursor.fetchone()
    user = User.objects.filter(pk=row[0], is_active=True).first() if row and row[0] else None
    if user is None:
        raise UnauthenticatedError("This API token is unknown or has been revoked.")
    return user


def resolve_actor(request: HttpRequest) -> Actor | None:
    """The actor of a request, from an API token or the session; None for nobody.

    Raises UnauthenticatedError when a token was sent and is not valid: it is never ignored.
    """
    scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
    if request.path.startswith("/api/") and scheme.lower() in {"bearer", "token"}:
        user = user_of_token(credential.strip())
        request.user = user
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # noqa: SLF001  a token is no cookie
    elif request.user.is_authenticated:
        user = request.user
    else:
        return None
    return Actor(user=user, reaches=reaches_of(user))


def require(reach: Reach, permission: Permission) -> None:
    """Raises ForbiddenError unless the role has the permission."""
    if not reach.may(permission):
        raise ForbiddenError(f"The role of {Role(reach.role).label.lower()} does not allow this here. Ask an admin.")
