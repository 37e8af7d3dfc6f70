"""Every route stands on the lists from which the matrix is generated, and every method that writes has a valid request.

What the routes answer to whom is held by the test_matrix_* beside this.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import path

from tenants.access import organisation_view, public_view
from tenants.permissions import Permission
from tests.isolation.cells import VALID, missing
from tests.isolation.routes import ENTRIES, PUBLIC, routes, unregistered

ROUTES = list(routes())
INSIDE = [route for route in ROUTES if route.in_organisation]


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_route_has_an_entry_and_a_permission() -> None:
    assert unregistered(ROUTES) == []


def test_no_entry_is_left_over() -> None:
    assert sorted(set(ENTRIES) - {route.name for route in ROUTES}) == []


def test_names_are_given_once() -> None:
    names = [route.name for route in ROUTES]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_control_a_route_without_entry_permission_or_place_on_the_list_is_reported() -> None:
    def view(request: Any) -> HttpResponse:
        return HttpResponse()

    named = organisation_view(get=Permission.VIEW)(view)
    found = list(
        routes([
            path("o/<slug:slug>/new/", named, name="new"), path("naked/", view, name="home"),
            path("open/", public_view(lambda _: HttpResponse()), name="account"),
        ])
    )  # fmt: skip
    assert unregistered(found) == [
        "new (o/<slug:slug>/new/) has no entry",
        "home (naked/) names no permission",
        "account says it is public and is not on the list",
    ]


def test_every_method_inside_names_a_permission() -> None:
    for route in INSIDE:
        assert route.permissions, route.name
        assert set(map(type, route.permissions.values())) == {Permission}, route.name


def test_every_method_that_writes_has_a_valid_request() -> None:
    """Without one its refusals would mean nothing."""
    without = [
        missing(route, method)
        for route in ROUTES
        for method in route.methods
        if route.name not in PUBLIC and method not in {"GET", "HEAD"} and f"{method} {route.name}" not in VALID
    ]
    assert without == []


def test_no_valid_request_is_left_over() -> None:
    known = {f"{method} {route.name}" for route in ROUTES for method in [*route.methods, "POST"]}
    assert sorted(VALID.keys() - known) == []
