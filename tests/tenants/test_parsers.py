"""What a body of the API may hold: it can be walked, and said again in an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from engagement.scoring.models import Action
from tests.conftest import World
from tests.ingest.sending import rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def inside(world: World) -> Client:
    client = Client()
    client.force_login(world.admin)
    return client


def _post(client: Client, route: str, world: World, content: bytes) -> Any:
    return client.post(reverse(route, args=[world.ours.slug]), content, content_type="application/json")


def _nested(levels: int) -> bytes:
    """A rule of so many levels below the body's own."""
    return b'{"name": "Deep", "rule": ' + b'{"all": [' * (levels // 2) + b"]}" * (levels // 2) + b"}"


@pytest.mark.parametrize("levels", [200, 40_000])
def test_a_body_that_is_nested_without_an_end_is_refused_in_words(inside: Client, world: World, levels: int) -> None:
    """Python's own reader breaks at some thousand levels, and whatever walks the body may before that."""
    answer = _post(inside, "api-segments", world, _nested(levels))
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")
    assert "100 levels" in answer.json()["message"]
    shallow = _post(inside, "api-segments", world, _nested(90))
    assert (shallow.status_code, shallow.json()["code"]) == (400, "invalid")  # read, and looked at


@pytest.mark.parametrize(
    "body",
    [
        {"name": "Calls", "channel": "\ud83d", "rule": {"event_names": ["call"]}},
        {"name": "\ude00", "channel": "support", "rule": {"event_names": ["call"]}},
        {"name": "Calls", "channel": "support", "rule": {"event_names": ["call"], "\ud83d": 1}},
    ],
)
def test_half_a_character_is_refused_in_words_wherever_it_stands(
    inside: Client, world: World, body: dict[str, Any]
) -> None:
    before = rows(world.ours, Action, "key")
    answer = _post(inside, "api-actions", world, json.dumps(body).encode())
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")
    assert "half a character" in answer.json()["message"]
    assert rows(world.ours, Action, "key") == before


def test_whole_characters_are_taken(inside: Client, world: World) -> None:
    body = {"name": "Rufe 📞 é", "channel": "support", "rule": {"event_names": ["call"]}}
    for content in (json.dumps(body), json.dumps({**body, "name": "日本"}, ensure_ascii=False)):
        assert _post(inside, "api-actions", world, content.encode()).status_code == 201
