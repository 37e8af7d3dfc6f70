"""The way into a view: it names its permission for each method, and an unnamed method is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed

from engagement.errors import NotFoundError
from tenants.actor import OrganisationRequest, Reach, SignedInRequest, require
from tenants.pages import error_page
from tenants.permissions import ASKING_PERMISSIONS, Outsider, Permission, may
from tenants.scope import Scope, tenant

P = ParamSpec("P")
View = Callable[..., HttpResponseBase]
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def asking_scope(
    *, reach: Reach, permission: Permission | None, method: str | None
) -> AbstractContextManager[Scope | None]:
    """The scope of what a view does after it named its permission: mostly that of the request.

    A method that writes and names an asking permission has one of its own, in which notes and questions can be written
    and nothing else, whoever asks: a viewer, whose request writes nothing, and an admin, who could write everything.
    """
    if permission not in ASKING_PERMISSIONS or method in _READING:
        return nullcontext()
    return tenant(read=[reach.organisation_id], ask=reach.organisation_id)


def organisation_view(
    *, limits: bool = False, **by_method: Permission
) -> Callable[[Callable[Concatenate[OrganisationRequest, P], HttpResponseBase]], View]:
    """A view under /o/<slug>/: `@organisation_view(get=Permission.VIEW, post=Permission.EDIT_WEIGHTS)`.

    The view is called without the slug; the request carries organisation, reach and actor. The permissions stand on the
    view as `permissions`, where the route tests read them. `limits=True` says that the view itself shows no more than
    `request.reach.limit` allows; every other view is closed to a limited membership.
    """
    allowed = {method.upper(): permission for method, permission in by_method.items()}
    if "GET" in allowed:
        allowed.setdefault("HEAD", allowed["GET"])

    def decorate(view: Callable[Concatenate[OrganisationRequest, P], HttpResponseBase]) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            permission = allowed.get(request.method or "")
            if permission is None:
                return HttpResponseNotAllowed(sorted(allowed))
            inside = cast("OrganisationRequest", request)
            require(inside.reach, permission, honours_limits=limits)
            with asking_scope(reach=inside.reach, permission=permission, method=request.method):
                return view(inside, *args, **kwargs)

        wrapped.permissions = allowed  # type: ignore[attr-defined]
        wrapped.honours_limits = limits  # type: ignore[attr-defined]
        return cast("View", wrapped)

    return decorate


def signed_in_view(view: Callable[Concatenate[SignedInRequest, P], HttpResponseBase]) -> View:
    """A view for anybody who is signed in, outside any organisation."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if getattr(request, "actor", None) is None:
            return redirect_to_login(request.get_full_path())
        return view(cast("SignedInRequest", request), *args, **kwargs)

    wrapped.permissions = {"*": "signed in"}  # type: ignore[attr-defined]
    return cast("View", wrapped)


def operator_view(
    permission: Permission,
) -> Callable[[Callable[Concatenate[SignedInRequest, P], HttpResponseBase]], View]:
    """A view for operators of the platform; for everybody else there is nothing at its address."""

    def decorate(view: Callable[Concatenate[SignedInRequest, P], HttpResponseBase]) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            actor = getattr(request, "actor", None)
            if actor is None:
                return redirect_to_login(request.get_full_path())
            if actor.user is None or not actor.user.is_staff or not may(Outsider.OPERATOR, permission):
                return error_page(request, NotFoundError())
            return view(cast("SignedInRequest", request), *args, **kwargs)

        wrapped.permissions = {"*": permission}  # type: ignore[attr-defined]
        return cast("View", wrapped)

    return decorate


def public_view(view: View) -> View:
    """A view for everybody: written down, so that nothing is public by omission."""
    view.permissions = {"*": "public"}  # type: ignore[attr-defined]
    return view


def open_while_suspended(view: View) -> View:
    """A page of an organisation that opens although it rests: where it is resumed, taken along or deleted."""
    view.while_suspended = True  # type: ignore[attr-defined]
    return view


def is_open_while_suspended(view: Any) -> bool:
    return bool(getattr(getattr(view, "cls", view), "while_suspended", False))


def permissions_of(view: Any) -> Mapping[str, object] | None:
    """What a view named, or the class behind it; None when neither named anything."""
    return getattr(view, "permissions", None) or getattr(getattr(view, "cls", None), "permissions", None)
