"""A role taken away, lowered or limited, an account closed: it holds from the next request on, however one asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from engagement.ingest.models import FileImport, RejectedEvent
from tenants.models import Membership, Role, User
from tenants.scope import organisation_scope
from tenants.services import change_role, create_token, remove_member
from tests.conftest import NOW, World

Ways = dict[str, Callable[[], int]]


@pytest.fixture
def member(world: World) -> User:
    """A consultant of one client, with a file whose rejected rows they may download."""
    user = User.objects.create(email="mia@example.com", name="Mia")
    with organisation_scope(world.ours.id):
        Membership.objects.create(organisation=world.ours, user=user, role=Role.CONSULTANT)
        made = FileImport.objects.create(
            organisation=world.ours, kind="events", file_name="a.csv", stored_as="a", size_bytes=1, created_at=NOW
        )  # fmt: skip
        for position in range(3):
            RejectedEvent.objects.create(
                organisation=world.ours, file_import=made, position=position, code="bad", original=b"x",
                created_at=NOW,
            )  # fmt: skip
    return user


def _download(world: World) -> str:
    with organisation_scope(world.ours.id, write=False):
        return f"/o/{world.ours.slug}/data/imports/{FileImport.objects.get().pk}/rejected.csv"


@pytest.fixture
def ways(world: World, member: User) -> Ways:
    """An open session, a token, and a streaming download: each gives the status of the next request."""
    session = Client()
    session.force_login(member)
    _, secret = create_token(user=member, name="script", now=timezone.now())
    download = _download(world)

    def by_token() -> int:
        bearer: Any = {"Authorization": f"Bearer {secret}"}
        return Client().get(f"/api/v1/organisations/{world.ours.slug}/imports/", headers=bearer).status_code

    return {
        "session": lambda: session.get(f"/o/{world.ours.slug}/data/").status_code,
        "token": by_token,
        "download": lambda: session.get(download).status_code,
    }


def _remove(world: World, member: User) -> None:
    with organisation_scope(world.ours.id):
        remove_member(membership_id=Membership.objects.get(user=member).pk)


def _lower(world: World, member: User) -> None:
    with organisation_scope(world.ours.id):
        change_role(membership_id=Membership.objects.get(user=member).pk, role=Role.VIEWER)


def _limit(world: World, member: User) -> None:
    with organisation_scope(world.ours.id):
        change_role(membership_id=Membership.objects.get(user=member).pk, role=Role.VIEWER, limited_to="reports")


def _close(world: World, member: User) -> None:
    User.objects.filter(pk=member.pk).update(is_active=False)


@pytest.mark.parametrize(
    ("end", "then"),
    [
        (_remove, {"session": 404, "token": 404, "download": 404}),
        (_lower, {"session": 403, "token": 403, "download": 403}),
        (_limit, {"session": 403, "token": 403, "download": 403}),
        (_close, {"session": 302, "token": 401, "download": 302}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_it_holds_from_the_next_request_on(
    world: World, member: User, ways: Ways, end: Callable[[World, User], None], then: dict[str, int]
) -> None:
    assert {name: way() for name, way in ways.items()} == dict.fromkeys(ways, 200)
    end(world, member)
    assert {name: way() for name, way in ways.items()} == then


@pytest.mark.django_db(transaction=True)
def test_a_download_that_has_begun_is_one_request_and_the_next_is_refused(world: World, member: User) -> None:
    session, address = Client(), _download(world)
    session.force_login(member)
    body: Any = session.get(address)
    chunks = iter(body.streaming_content)
    begun = next(chunks)
    _remove(world, member)
    whole = begun + b"".join(chunks)
    assert whole.count(b",x\r\n") == 3
    assert session.get(address).status_code == 404


def test_a_limit_that_is_not_spoken_of_stays(world: World, member: User) -> None:
    _limit(world, member)
    _lower(world, member)
    with organisation_scope(world.ours.id):
        membership = Membership.objects.get(user=member)
        assert membership.limited_to == "reports"
        change_role(membership_id=membership.pk, role=Role.CONSULTANT)
        membership.refresh_from_db()
    assert (membership.role, membership.limited_to) == ("consultant", "")
