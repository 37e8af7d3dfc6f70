"""Every route × every role × an own, a foreign and an unknown object, generated from the URL resolver."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import path, reverse

from engagement.insights.services.score import score
from engagement.scoring.models import WeightSet
from tenants.access import organisation_view, public_view
from tenants.models import Organisation, User
from tenants.permissions import ROLE_PERMISSIONS, Permission
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, build_world
from tests.isolation.routes import ENTRIES, PUBLIC, Making, Route, routes, unregistered
from tests.isolation.sabotage import managers_off, policies_off

ROUTES = list(routes())
INSIDE = [route for route in ROUTES if route.in_organisation]
OUTSIDE = [route for route in ROUTES if not route.in_organisation and route.name not in PUBLIC]
CANARY = "Canary7f3a"
UNKNOWN = {"uuid": uuid4, "int": lambda: 987_654_321, "slug": lambda: "no-such-thing", "str": lambda: "no-such-thing"}
_MARKS = count(500_000)
# Routes that exist in a firm only.
FIRM_ONLY = {
    "client-new", "api-clients",
    "templates", "template-new", "template", "template-version-new",
    "api-templates", "api-template", "api-template-versions",
}  # fmt: skip
# Routes that show figures: their organisations are scored first, or every object would be 404 for want of a run.
SCORED = {
    "scorecard", "scorecard-csv", "segment", "segment-csv", "customers", "customer",
    "api-scorecard", "api-segment-figures", "api-customer-score",
}  # fmt: skip
PUBLISHED = {"state": "published", "full_points_thousandths": 60_000, "published_at": NOW}
# A draft is gone after the test's own DELETE.
MAY_BE_MISSING = {"api-weights-draft"}

transactional = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Stage:
    """The world, with a canary in every name of the stranger's."""

    world: World

    @property
    def people(self) -> dict[str, tuple[User | None, str | None]]:
        """Everybody, with the role they have in `ours`."""
        world = self.world
        return {
            "admin": (world.admin, "admin"),
            "consultant": (world.consultant, "consultant"),
            "viewer": (world.viewer, "viewer"),
            "stranger": (world.stranger, None),
            "nobody": (None, None),
        }

    def client(self, user: User | None) -> Client:
        client = Client(raise_request_exception=False)
        if user is not None:
            client.force_login(user)
        return client

    def make(self, route: Route, organisation: Organisation, user: User, canary: str = "own") -> dict[str, Any]:
        with organisation_scope(organisation.id):
            made = ENTRIES[route.name](Making(organisation, user, next(_MARKS), canary))
            if route.name in SCORED:
                WeightSet.objects.filter(state="draft").update(**PUBLISHED)
        if route.name in SCORED and organisation.kind == Organisation.Kind.CLIENT:
            score(organisation_id=organisation.id, as_of=NOW.date() - timedelta(days=1), cause="request", now=NOW)
        return made


@pytest.fixture
def stage(transactional_db: None) -> Stage:
    world = build_world()
    for organisation in (world.strange, world.strangers_firm):
        with organisation_scope(organisation.id):
            Organisation.objects.update(name=f"{CANARY} {organisation.pk}")
    User.objects.filter(pk=world.stranger.pk).update(name=CANARY)
    return Stage(world)


def _body(answer: Any) -> bytes:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    content = re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", content)
    return re.sub(rb'nonce="[^"]*"', b"", content)


def _send(client: Client, method: str, address: str) -> tuple[int, bytes]:
    is_api = address.startswith("/api/")
    answer = client.generic(method, address, b"{}" if is_api else b"", "application/json" if is_api else
                            "application/x-www-form-urlencoded")  # fmt: skip
    return answer.status_code, _body(answer)


def _methods(route: Route) -> list[str]:
    named = [method for method in (route.permissions or {}) if method not in {"*", "HEAD"}]
    return sorted(named) or ["GET", "POST"]


def _unknown(route: Route) -> dict[str, Any]:
    kinds = {name: kind for kind, name in re.findall(r"<(\w+):(\w+)>", route.address)}
    return {name: UNKNOWN[kinds[name]]() for name in route.arguments}


def _may(role: str | None, permission: Any) -> bool:
    return role is not None and permission in ROLE_PERMISSIONS[role]


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


# ── inside an organisation ───────────────────────────────────────────────────────────────────────────────────


@transactional
@pytest.mark.parametrize("route", INSIDE, ids=lambda route: route.name)
def test_a_foreign_organisation_is_answered_like_an_unknown_one(stage: Stage, route: Route) -> None:
    world = stage.world
    foreign = stage.make(route, world.strange, world.stranger, CANARY)
    addresses = [
        reverse(route.name, kwargs={"slug": slug, **arguments})
        for slug, arguments in ((world.strange.slug, foreign), ("no-such-organisation", _unknown(route)))
    ]
    for person, (user, _) in stage.people.items():
        if person == "stranger":
            continue
        client = stage.client(user)
        for method in _methods(route):
            answers = [_send(client, method, address) for address in addresses]
            assert {status for status, _ in answers} == {404 if user else _refused(addresses[0])}, (person, method)
            if user:
                assert answers[0][1] == answers[1][1], (person, method)
            assert not any(CANARY.encode() in body for _, body in answers), (person, method)


def _refused(address: str) -> int:
    return 401 if address.startswith("/api/") else 302


def _foreign_object_problems(stage: Stage, route: Route) -> list[str]:
    """Where an own organisation's address tells an unknown object from a foreign one, or shows the latter."""
    world = stage.world
    foreign = stage.make(route, world.strange, world.stranger, CANARY)
    sibling = stage.make(route, world.other, world.consultant, CANARY)  # the firm's own, but of another client
    stage.make(route, world.ours, world.consultant)
    slug = {"slug": world.ours.slug}
    addresses = [reverse(route.name, kwargs={**slug, **kwargs}) for kwargs in (_unknown(route), foreign, sibling)]
    problems = []
    for person, (user, role) in stage.people.items():
        client = stage.client(user)
        for method in _methods(route):
            answers = [_send(client, method, address) for address in addresses]
            statuses = [status for status, _ in answers]
            expected = 404 if role is None or _may(role, (route.permissions or {})[method]) else 403
            # An empty body may be refused before the object is looked for, as long as all three are refused alike.
            unread = {400} if expected == 404 and method in {"PATCH", "POST", "PUT"} else None
            if set(statuses) not in ({expected if user else _refused(addresses[0])}, unread):
                problems.append(f"{person} {method}: {statuses}")
            elif user and len({body for _, body in answers}) > 1:
                problems.append(f"{person} {method}: bodies differ")
            elif person != "stranger" and any(CANARY.encode() in body for _, body in answers):
                problems.append(f"{person} {method}: the canary")
    return problems


@transactional
@pytest.mark.parametrize("route", [route for route in INSIDE if route.arguments], ids=lambda route: route.name)
def test_a_foreign_object_is_answered_like_an_unknown_one(stage: Stage, route: Route) -> None:
    assert _foreign_object_problems(stage, route) == []


@transactional
@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("member-role", "admin GET: [404, 200, 200]"),
        ("member-remove", "admin GET: [404, 200, 200]"),
        ("api-member", "admin DELETE: [404, 204, 204]"),
    ],
)
def test_either_layer_alone_keeps_a_foreign_object_away_and_without_both_it_is_found(
    stage: Stage, name: str, found: str
) -> None:
    """Routes that rest on the two layers alone; most others also name the organisation themselves."""
    [route] = [route for route in INSIDE if route.name == name]
    with managers_off():
        assert _foreign_object_problems(stage, route) == []
    with policies_off():
        assert _foreign_object_problems(stage, route) == []
    with managers_off(), policies_off():
        assert found in _foreign_object_problems(stage, route)


@transactional
@pytest.mark.parametrize("route", INSIDE, ids=lambda route: route.name)
def test_an_own_object_is_open_to_whom_the_permission_says(stage: Stage, route: Route) -> None:
    """The control of the two above: with the right role the same address answers, so a 404 there means something."""
    world = stage.world
    organisation = world.firm if route.name in FIRM_ONLY else world.ours
    for person, (user, role_in_ours) in stage.people.items():
        role = None if organisation == world.firm and person == "viewer" else role_in_ours
        client = stage.client(user)
        for method in _methods(route):
            own = stage.make(route, organisation, world.consultant)
            address = reverse(route.name, kwargs={"slug": organisation.slug, **own})
            status, body = _send(client, method, address)
            if user is None:
                assert status == _refused(address), (person, method)
            elif role is None:
                assert status == 404, (person, method)
            elif not _may(role, route.permissions[method]):  # type: ignore[index]
                assert status == 403, (person, method)
            else:
                assert status < 500, (person, method, status)
                assert status not in {401, 403, 405}, (person, method, status)
                assert status != 404 or route.name in MAY_BE_MISSING, (person, method, status)
            assert person == "stranger" or CANARY.encode() not in body, (person, method)


# ── outside ──────────────────────────────────────────────────────────────────────────────────────────────────


@transactional
@pytest.mark.parametrize("route", OUTSIDE, ids=lambda route: route.name)
def test_outside_an_organisation(stage: Stage, route: Route) -> None:
    """Nobody signs in first; a portfolio is its firm's; what names an object of a person is that person's."""
    world = stage.world
    for person, (user, role) in stage.people.items():
        if person == "stranger":
            continue
        client = stage.client(user)
        foreign = stage.make(route, world.strange, world.stranger, CANARY)
        slugs = [world.strangers_firm.slug, "no-such-firm", world.firm.slug] if route.of_firm else [None]
        for method in _methods(route):
            for slug in slugs:
                named = {} if slug is None else {"slug": slug}
                address = reverse(route.name, kwargs={**named, **foreign})
                status, body = _send(client, method, address)
                assert CANARY.encode() not in body, (person, method)
                if user is None:
                    assert status in {_refused(address), 403}, (person, method)  # 403: the CSRF check comes first
                elif slug != world.firm.slug and (slug or foreign):
                    assert (status, body) == _send(client, method, _elsewhere(route)), (person, method)
                    assert status in {404, 405}, (person, method)
                elif slug == world.firm.slug:
                    assert (status == 404) is (role == "viewer"), (person, method)


def _elsewhere(route: Route) -> str:
    named = {"slug": "no-such-firm"} if route.of_firm else {}
    return reverse(route.name, kwargs={**named, **_unknown(route)})


@transactional
def test_control_the_stranger_sees_the_canary(stage: Stage) -> None:
    """It is there to be seen, so its absence elsewhere means something."""
    world = stage.world
    client = stage.client(world.stranger)
    for address in (
        reverse("settings", args=[world.strange.slug]),
        reverse("api-organisation", args=[world.strange.slug]),
        reverse("api-organisations"),
        reverse("account"),
    ):
        status, body = _send(client, "GET", address)
        assert (status, CANARY.encode() in body) == (200, True), address
