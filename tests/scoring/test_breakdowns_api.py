"""The API of the properties that points are divided by: named, removed, refused, and on record without the names."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from engagement.scoring.models import Breakdown, BreakdownProperty
from tenants.models import AuditEntry
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, api_token
from tests.scoring.test_breakdowns import _client, _scored, _work
from tests.scoring.test_config_api import Api

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now() -> Any:
    with patch("django.utils.timezone.now", return_value=NOW):
        yield


def _named(world: World) -> list[str]:
    with organisation_scope(world.ours.pk, write=False):
        return list(BreakdownProperty.objects.order_by("position").values_list("name", flat=True))


def _acts(world: World) -> list[dict[str, Any]]:
    with organisation_scope(world.ours.pk, write=False):
        entries = AuditEntry.objects.filter(act="breakdowns.named").order_by("number")
        return [json.loads(one.content) for one in entries]


def test_properties_are_named_computed_and_removed_on_record(world: World) -> None:
    small, api = _client(world), Api(world.consultant, world.ours)
    run = _scored(small)
    assert api("GET", "breakdowns/") == (200, {"properties": [], "work": []})
    status, said = api("PUT", "breakdowns/", {"properties": ["campaign", " source.name "]})
    assert (status, said["properties"]) == (200, ["campaign", "source.name"])
    assert [(work["property"], work["state"]) for work in said["work"]] == [
        ("campaign", "waiting"), ("source.name", "waiting"),
    ]  # fmt: skip
    _work(small)
    assert api("GET", "breakdowns/")[1]["work"][0] == {
        "property": "campaign", "state": "done", "run": run.number, "as_of": "2026-03-01", "events": 45,
        "finished_at": "2026-03-02T09:00:00Z",
    }  # fmt: skip
    assert api("PUT", "breakdowns/", {"properties": ["source.name"]})[1]["properties"] == ["source.name"]
    assert api("PUT", "breakdowns/", {"properties": []}) == (200, {"properties": [], "work": []})
    with organisation_scope(small.id, write=False):
        assert Breakdown.objects.count() == 0
    kept = _acts(world)
    assert [(one["old"], one["new"]) for one in kept] == [
        ({"properties": before}, {"properties": after}) for before, after in ((0, 2), (2, 1), (1, 0))
    ]
    assert "campaign" not in json.dumps(kept)


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        ({}, "properties", "required"),
        ({"properties": "campaign"}, "properties", "list"),
        ({"properties": ["a", "b", "c", "d"]}, "properties", "no more than 3"),
        ({"properties": ["campaign", "utm", "campaign"]}, "properties.2", "This property is named above already."),
        ({"properties": ["two  words", "two words"]}, "properties.1", "This property is named above already."),
        ({"properties": ["campaign", ""]}, "properties.1", "blank"),
        ({"properties": ["x" * 101]}, "properties.0", "100 characters"),
    ],
)
def test_what_is_wrong_is_said_beside_its_place(world: World, sent: object, field: str, words: str) -> None:
    status, refused = Api(world.consultant, world.ours)("PUT", "breakdowns/", sent)
    assert (status, refused["code"], list(refused["fields"])) == (400, "invalid", [field])
    assert words in refused["fields"][field][0]
    assert (_named(world), _acts(world)) == ([], [])


def test_only_who_edits_actions_names_them_and_for_nobody_else(world: World) -> None:
    wanted = {"properties": ["campaign"]}
    for person, status in ((world.viewer, 403), (world.stranger, 404)):
        api = Api(person, world.ours)
        assert (api("GET", "breakdowns/")[0], api("PUT", "breakdowns/", wanted)[0]) == (status, status)
    assert Api(world.admin, world.other)("PUT", "breakdowns/", wanted)[0] == 200
    assert (_named(world), _acts(world)) == ([], [])
    assert Api(world.admin, world.ours)("GET", "breakdowns/")[1]["properties"] == []


def test_a_token_that_writes_other_things_does_not_name_them(world: World) -> None:
    """Its scope may write, so that the permission alone is what refuses it."""
    secret = api_token(world.consultant, permissions=["view", "edit_targets"])
    client, address = Client(headers={"authorization": f"Bearer {secret}"}), f"/api/v1/organisations/{world.ours.slug}/"
    assert client.get(f"{address}breakdowns/").status_code == 403
    assert client.put(f"{address}breakdowns/", {"properties": ["campaign"]}, "application/json").status_code == 403
    assert (_named(world), _acts(world)) == ([], [])
