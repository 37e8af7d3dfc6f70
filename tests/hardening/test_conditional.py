"""A program that has an answer of the API already is told so, and is never told so about another one."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(world: World, client: Client) -> Any:
    client.force_login(world.viewer)

    def ask(path: str = f"/api/v1/organisations/{world.ours.slug}/scorecard/", tag: str = "") -> Any:
        return client.get(path, headers={"If-None-Match": tag} if tag else {})

    return ask


def test_the_same_answer_is_not_sent_twice(asked: Any) -> None:
    first = asked()
    again = asked(tag=first["ETag"])
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert "no-store" in again["Cache-Control"]


def test_another_answer_is_sent(world: World, asked: Any) -> None:
    path = f"/api/v1/organisations/{world.ours.slug}/"
    tag = asked(path)["ETag"]
    with organisation_scope(world.ours.id):
        Organisation.objects.filter(pk=world.ours.pk).update(name="Another")
    answer = asked(path, tag=tag)
    assert answer.status_code == 200
    assert answer["ETag"] != tag


def test_who_may_not_read_is_told_nothing_by_a_tag(world: World, asked: Any, client: Client) -> None:
    tag = asked()["ETag"]
    client.force_login(world.stranger)
    assert asked(tag=tag).status_code == 404


def test_pages_have_none(world: World, asked: Any) -> None:
    assert not asked(f"/o/{world.ours.slug}/members/").has_header("ETag")
