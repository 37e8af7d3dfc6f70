"""The way into a view: it names its permission for each method, and an unnamed method is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed

from tenants.actor import OrganisationRequest, SignedInRequest, require
from tenants.permissions import Permission

P = ParamSpec("P")
View = Callable[..., HttpResponseBase]


def organisation_view(
    **by_method: Permission,
) -> Callable[[Callable[Concatenate[OrganisationRequest, P], HttpResponseBase]], View]:
    """A view under /o/<slug>/: `@organisation_view(get=Permission.VIEW, post=Permission.EDIT_WEIGHTS)`.

    The view is called without the slug; the request carries organisation, reach and actor. The permissions stand on the
    view as `permissions`, where the route tests read them.
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
            require(inside.reach, permission)
            return view(inside, *args, **kwargs)

        wrapped.permissions = allowed  # type: ignore[attr-defined]
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


def public_view(view: View) -> View:
    """A view for everybody: written down, so that nothing is public by omission."""
    view.permissions = {"*": "public"}  # type: ignore[attr-defined]
    return view


def permissions_of(view: Any) -> Mapping[str, object] | None:
    """What a view named; None when it named nothing."""
    return getattr(view, "permissions", None)
