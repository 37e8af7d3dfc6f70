"""A view that fails, in whichever way, leaves no half-done work and no scope behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest
from django.db import DatabaseError, connection
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.http.response import Http404
from django.test import Client, override_settings
from django.urls import path
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.errors import ConflictError
from engagement.urls import urlpatterns as product
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.api import OrganisationAPI
from tenants.models import Membership, Organisation
from tenants.permissions import Permission
from tenants.scope import ScopeError, current_scope, tenant
from tests.conftest import World, build_world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]

FAILURES: dict[str, Exception] = {
    "unexpected": RuntimeError("a mistake in our code"),
    "conflict": ConflictError(),
    "missing": Http404(),
    "refused": ScopeError("no scope"),
    "invalid": exceptions.ValidationError({"name": ["no"]}),
    "throttled": exceptions.Throttled(),
}


def _write() -> None:
    assert Organisation.objects.update(name="half done") == 1


@organisation_view(get=Permission.VIEW)
def fails(request: OrganisationRequest, how: str) -> HttpResponse:
    _write()
    if how == "database":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
    if how == "privilege":
        firm_id = request.organisation.firm_id or 0
        Membership.objects.create(organisation_id=firm_id, user=request.user, role="admin")
    raise FAILURES[how]


@organisation_view(get=Permission.VIEW)
def answers(request: OrganisationRequest, status: int) -> HttpResponse:
    _write()
    return HttpResponse(status=status)


@organisation_view(get=Permission.VIEW)
def streams(request: OrganisationRequest, how: str) -> StreamingHttpResponse:
    def body() -> Iterator[bytes]:
        for number in range(3):
            yield f"{number} {Organisation.objects.get().slug};".encode()
            if how == "breaks":
                raise RuntimeError
        if how == "writes":
            yield str(Organisation.objects.update(name="written while streaming")).encode()

    return StreamingHttpResponse(body())


class FailsInTheAPI(OrganisationAPI):
    permissions: ClassVar[dict[str, Permission]] = {"POST": Permission.VIEW}

    def post(self, request: Request, slug: str, how: str) -> Response:
        _write()
        if how == "answer":
            return Response({"code": "no"}, status=422)
        raise FAILURES[how]

    def delete(self, request: Request, slug: str, how: str) -> Response:
        """No permission is named for this method."""
        _write()
        return Response(status=204)


urlpatterns = [
    *product,
    path("o/<slug:slug>/fails/<str:how>/", fails),
    path("o/<slug:slug>/answers/<int:status>/", answers),
    path("o/<slug:slug>/streams/<str:how>/", streams),
    path("api/v1/organisations/<slug:slug>/fails/<str:how>/", FailsInTheAPI.as_view()),
]
handler500 = "tenants.failures.server_error"


@pytest.fixture
def world() -> World:
    return build_world()


@pytest.fixture
def client(world: World) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(world.consultant)
    return client


def _nothing_is_left(world: World) -> None:
    """Not the change, not the transaction, not the scope: neither Python's nor the database's."""
    assert current_scope() is None
    assert not connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('app.org_read', true), current_setting('app.org_write', true),"
            " current_setting('app.org_ask', true)"
        )
        assert set(cursor.fetchone()) <= {"", None}
        cursor.execute("SELECT count(*) FROM tenants_organisation")
        assert cursor.fetchone() == (0,)
    with tenant(read=[world.ours.id]):
        assert Organisation.objects.get().name == world.ours.name


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ("unexpected", 500), ("conflict", 409), ("missing", 404), ("refused", 500), ("database", 500),
        ("privilege", 403),
    ],
)  # fmt: skip
def test_a_view_that_raises(world: World, client: Client, how: str, status: int) -> None:
    assert client.get(f"/o/{world.ours.slug}/fails/{how}/").status_code == status
    _nothing_is_left(world)


@pytest.mark.parametrize("status", [400, 404, 409, 422, 500, 503])
def test_a_view_that_answers_with_a_failure(world: World, client: Client, status: int) -> None:
    assert client.get(f"/o/{world.ours.slug}/answers/{status}/").status_code == status
    _nothing_is_left(world)


@pytest.mark.parametrize("status", [200, 201, 302])
def test_control_a_view_that_succeeds_keeps_its_work(world: World, client: Client, status: int) -> None:
    assert client.get(f"/o/{world.ours.slug}/answers/{status}/").status_code == status
    with tenant(read=[world.ours.id]):
        assert Organisation.objects.get().name == "half done"


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("invalid", 400, "invalid"), ("conflict", 409, "conflict"), ("missing", 404, "not_found"),
        ("throttled", 429, "throttled"), ("answer", 422, "no"), ("unexpected", 500, "error"),
    ],
)  # fmt: skip
def test_an_api_action_that_fails(world: World, client: Client, how: str, status: int, code: str) -> None:
    answer = client.post(f"/api/v1/organisations/{world.ours.slug}/fails/{how}/")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    _nothing_is_left(world)


def test_an_api_method_without_a_permission_is_refused(world: World, client: Client) -> None:
    answer = client.delete(f"/api/v1/organisations/{world.ours.slug}/fails/any/")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    _nothing_is_left(world)


def test_a_viewers_write_is_refused_by_the_database(world: World, client: Client) -> None:
    """Whatever the view forgot: the write setting of a viewer is empty, and an update meets no row."""
    client.force_login(world.viewer)
    assert client.get(f"/o/{world.ours.slug}/answers/200/").status_code == 500  # _write() saw 0 rows changed
    _nothing_is_left(world)


def _open(answer: HttpResponseBase) -> Iterator[bytes]:
    assert isinstance(answer, StreamingHttpResponse)
    return iter(answer.streaming_content)  # type: ignore[arg-type]


def test_a_stream_reads_its_own_organisation_only(world: World, client: Client) -> None:
    answer = client.get(f"/o/{world.ours.slug}/streams/whole/")
    expected = "".join(f"{number} {world.ours.slug};" for number in range(3)).encode()
    assert b"".join(_open(answer)) == expected
    _nothing_is_left(world)


def test_a_stream_that_is_closed_early(world: World, client: Client) -> None:
    answer = client.get(f"/o/{world.ours.slug}/streams/whole/")
    assert next(_open(answer)) == f"0 {world.ours.slug};".encode()
    assert current_scope() is not None
    answer.close()
    _nothing_is_left(world)


def test_a_stream_that_is_never_read(world: World, client: Client) -> None:
    client.get(f"/o/{world.ours.slug}/streams/whole/").close()
    _nothing_is_left(world)


def test_a_stream_that_breaks(world: World, client: Client) -> None:
    content = _open(client.get(f"/o/{world.ours.slug}/streams/breaks/"))
    next(content)
    with pytest.raises(RuntimeError):
        next(content)
    _nothing_is_left(world)


def test_a_stream_writes_nothing(world: World, client: Client) -> None:
    """Its scope reads only, whoever asks."""
    content = b"".join(_open(client.get(f"/o/{world.ours.slug}/streams/writes/")))
    assert content.endswith(b"0")
    _nothing_is_left(world)


@override_settings(MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"])
def test_control_without_the_middleware_tenant_data_raises(world: World) -> None:
    with pytest.raises(ScopeError):
        _write()


def test_a_refused_statement_is_a_database_error(world: World) -> None:
    """What the privilege case above rests on."""
    with pytest.raises(DatabaseError, match="row-level security"), tenant(read=[world.ours.id]):
        Membership.objects.create(organisation_id=world.ours.id, user=world.viewer, role="admin")
