"""The API of configuration: what it answers, who may, what it refuses and how, and nothing of anybody else's."""

from __future__ import annotations

from datetime import date
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from engagement.scoring import services
from engagement.scoring.models import Action, RunRequest, Segment, WeightSet
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.scoring.config import add_customers, published, signed_in, story

RULE = {"event_names": ["call"]}
RULE_WHOLE = {
    "event_names": ["call"], "conditions": [], "measure": "count", "value_property": None, "value_scale": 0,
    "currency": None,
}  # fmt: skip
WEIGHTS = [
    {"key": "visit", "weight": "1"},
    {"key": "social", "weight": "5.000", "cap": 3},
    {"key": "purchase", "weight": "10"},
]


@pytest.fixture(autouse=True)
def _now() -> Any:
    with patch("django.utils.timezone.now", return_value=NOW):
        yield


class Api:
    """Requests to one organisation's API, as JSON."""

    def __init__(self, user: User, organisation: Organisation) -> None:
        self._client: Client = signed_in(user)
        self._base = f"/api/v1/organisations/{organisation.slug}/"

    def __call__(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        answer = self._client.generic(
            method, self._base + path, "" if body is None else _json(body), content_type="application/json"
        )
        return answer.status_code, answer.json() if answer.content else None


def _json(body: object) -> str:
    import json

    return json.dumps(body)


@pytest.fixture
def api(world: World) -> Api:
    return Api(world.consultant, world.ours)


# ── actions ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_action_is_made_changed_and_archived(world: World, api: Api) -> None:
    status, made = api("POST", "actions/", {"name": "Call", "channel": "support", "rule": RULE})
    assert (status, made) == (
        201,
        {
            "key": "call", "name": "Call", "channel": "support", "rule": RULE_WHOLE,
            "words": "call; occurrences counted", "definition": 5, "is_counted": False, "times": 0,
            "times_from": "2025-12-02", "times_as_of": "2026-03-01",
        },
    )  # fmt: skip
    status, changed = api("PATCH", "actions/call/", {"name": "Phone call", "rule": {"event_names": ["phone"]}})
    assert (status, changed["name"], changed["definition"]) == (200, "Phone call", 6)
    assert api("GET", "actions/call/") == (200, changed)
    assert changed in api("GET", "actions/")[1]
    assert api("DELETE", "actions/call/") == (204, None)
    assert api("GET", "actions/call/")[0] == 404
    with organisation_scope(world.ours.id, write=False):
        assert Action.objects.get(key="call").archived_at == NOW


# ── weights ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_story_through_the_api(world: World, api: Api) -> None:
    story(world.ours)
    status, draft = api("PUT", "weight-sets/draft/", {"weights": WEIGHTS, "full_points_from": "median"})
    assert (status, draft["number"], draft["state"], draft["full_points"]) == (200, 1, "draft", "10.000")
    assert [(line["key"], line["weight"], line["cap"]) for line in draft["weights"]] == [
        ("visit", "1.000", None), ("social", "5.000", 3), ("email_open", "0.000", None), ("purchase", "10.000", None)
    ]  # fmt: skip
    assert api("GET", "weight-sets/draft/") == (200, draft)
    status, preview = api("GET", "weight-sets/draft/preview/")
    assert (status, preview["as_of"], preview["now"], preview["reason"]) == (200, "2026-03-01", None, "")
    assert preview["draft"] == {
        "number": 1, "n": 100, "score": "30.000000", "points_per_customer": "4.000000", "poor": 70, "good": 0,
        "excellent": 30,
    }  # fmt: skip
    assert preview["suggestion"] == {
        "window_days": 90, "n": 100, "n_active": 30, "median": "10.000", "p60": "10.000", "p75": "20.000",
        "mean": "13.000",
    }  # fmt: skip
    said = {"note": "Agreed with sales", "changed_at": draft["changed_at"]}
    status, done = api("POST", "weight-sets/draft/publish/", said)
    assert (status, done["state"], done["note"]) == (200, "published", "Agreed with sales")
    assert done["published_by"] == world.consultant.name
    assert api("GET", "weight-sets/1/") == (200, done)
    assert api("GET", "weight-sets/") == (200, [done])
    assert api("GET", "weight-sets/draft/")[0] == 404
    with organisation_scope(world.ours.id, write=False):
        assert list(RunRequest.objects.values_list("as_of", "state")) == [(date(2026, 3, 1), "waiting")]


def test_a_draft_that_changed_meanwhile_is_a_conflict(api: Api) -> None:
    _, first = api("PUT", "weight-sets/draft/", {"weights": WEIGHTS})
    api("PUT", "weight-sets/draft/", {"weights": [], "window_days": 30})
    for method, path, body in (
        ("PUT", "weight-sets/draft/", {"weights": [], "changed_at": first["changed_at"]}),
        ("POST", "weight-sets/draft/publish/", {"note": "x", "changed_at": first["changed_at"]}),
    ):
        status, answer = api(method, path, body)
        assert (status, answer["code"]) == (409, "conflict")
    assert api("GET", "weight-sets/draft/")[1]["window_days"] == 30
    assert api("DELETE", "weight-sets/draft/") == (204, None)
    assert api("DELETE", "weight-sets/draft/")[0] == 404


# ── segments ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_segments_and_sets(world: World, api: Api) -> None:
    add_customers(world.ours, {1: {"plan": "Team"}, 2: {"plan": "Free"}, 3: {}})
    status, made = api("POST", "segment-sets/", {"name": "Plan", "trait": "plan"})
    assert (status, made["key"], made["is_partition"]) == (201, "plan", True)
    assert made["partition"] == {"n": 3, "n_gaps": 0, "n_overlaps": 0, "is_checked": True, "is_whole": True}
    assert [line["key"] for line in made["segments"]] == ["plan-free", "plan-team", "plan-unknown"]
    status, empty = api("POST", "segment-sets/", {"name": "Odd", "key": "odd"})
    assert (status, empty) == (
        201, {"key": "odd", "name": "Odd", "is_partition": False, "segments": [], "partition": None}
    )  # fmt: skip
    said = {"name": "Teams", "set": "odd", "rule": {"trait": "plan", "op": "contains", "value": "team"}}
    status, segment = api("POST", "segments/", said)
    assert (status, segment) == (
        201,
        {"key": "teams", "name": "Teams", "set": "odd", "rule": said["rule"], "words": "plan contains team",
         "definition": 5, "is_missing_data": False, "n": None},
    )  # fmt: skip
    status, changed = api("PATCH", "segments/teams/", {"name": "All teams", "is_missing_data": True})
    assert (status, changed) == (200, {**segment, "name": "All teams", "is_missing_data": True})
    assert api("GET", "segments/teams/") == (200, changed)
    assert [line["key"] for line in api("GET", "segments/")[1]] == [
        "all", "plan-free", "plan-team", "plan-unknown", "teams"
    ]  # fmt: skip
    assert [line["key"] for line in api("GET", "segment-sets/")[1]] == ["plan", "odd"]
    assert api("DELETE", "segments/teams/") == (204, None)
    assert api("GET", "segments/teams/")[0] == 404
    assert api("DELETE", "segments/all/")[0] == 409


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("call", "fields"),
    [
        (("POST", "actions/", {"channel": "support", "rule": RULE}), ["name"]),
        (("POST", "actions/", {"name": "A", "channel": "pigeon", "rule": RULE}), ["channel"]),
        (("POST", "actions/", {"name": "A", "channel": "app", "rule": {}}), ["event_names"]),
        (("PATCH", "actions/visit/", {"rule": {"event_names": ["a"], "measure": "weigh"}}), ["measure"]),
        (("PUT", "weight-sets/draft/", {"weights": [{"key": "visit", "weight": "1.0001"}]}), ["weights.0.weight"]),
        (("PUT", "weight-sets/draft/", {"weights": [{"key": "visit", "weight": 1001}]}), ["weights.visit.weight"]),
        (("PUT", "weight-sets/draft/", {"weights": [{"key": "fly", "weight": 1}]}), ["weights.fly"]),
        (("PUT", "weight-sets/draft/", {"weights": [], "full_points_from": "own"}), ["full_points"]),
        (("PUT", "weight-sets/draft/", {"weights": [], "window_days": 0, "half_life_days": 0}),
         ["window_days", "half_life_days"]),
        (("POST", "weight-sets/draft/publish/", {}), ["note", "changed_at"]),
        (("POST", "segments/", {"name": "A", "set": "none", "rule": {"all": []}}), ["set"]),
        (("PATCH", "segments/all/", {"rule": {"any": []}}), ["any"]),
        (("POST", "segment-sets/", {"name": "A", "trait": "nobody has it"}), ["trait"]),
    ],
)  # fmt: skip
def test_what_is_refused_has_one_shape_with_its_fields(
    world: World, api: Api, call: tuple[str, str, object], fields: list[str]
) -> None:
    status, answer = api(*call)
    assert (status, answer["code"]) == (400, "invalid")
    assert sorted(answer) == ["code", "fields", "message"]
    assert list(answer["fields"]) == fields
    assert all(text for texts in answer["fields"].values() for text in texts)
    with organisation_scope(world.ours.id, write=False):
        assert (Action.objects.count(), Segment.objects.count(), WeightSet.objects.count()) == (4, 1, 1)


_WRITES: list[tuple[str, str, object]] = [
    ("POST", "actions/", {"name": "A", "channel": "app", "rule": RULE}),
    ("PATCH", "actions/visit/", {"name": "Mine"}),
    ("DELETE", "actions/visit/", None),
    ("PUT", "weight-sets/draft/", {"weights": WEIGHTS}),
    ("DELETE", "weight-sets/draft/", None),
    ("POST", "weight-sets/draft/publish/", {"note": "x", "changed_at": NOW.isoformat()}),
    ("POST", "segments/", {"name": "A", "set": "s", "rule": {"all": []}}),
    ("PATCH", "segments/all/", {"name": "Mine"}),
    ("DELETE", "segments/all/", None),
    ("POST", "segment-sets/", {"name": "A"}),
]
_READS = [
    "actions/", "actions/visit/", "weight-sets/", "weight-sets/draft/", "weight-sets/draft/preview/", "weight-sets/1/",
    "segments/", "segments/all/", "segment-sets/",
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), _WRITES)
def test_a_viewer_reads_and_does_not_write(world: World, method: str, path: str, body: object) -> None:
    viewer = Api(world.viewer, world.ours)
    status, answer = viewer(method, path, body)
    assert (status, answer["code"]) == (403, "forbidden")
    for read in _READS:
        assert viewer("GET", read)[0] == 200, read


@pytest.mark.parametrize(("method", "path", "body"), [*_WRITES, *(("GET", path, None) for path in _READS)])
def test_a_stranger_finds_nothing(world: World, method: str, path: str, body: object) -> None:
    assert Api(world.stranger, world.ours)(method, path, body) == (
        404, {"code": "not_found", "message": "There is nothing at this address."}
    )  # fmt: skip


def test_another_organisations_objects_are_answered_like_unknown_ones(world: World, api: Api) -> None:
    published(world.other)
    published(world.other, window_days=10)
    with organisation_scope(world.other.id):
        services.create_action(organisation=world.other, name="Canary", channel="app", rule=RULE, user=None, now=NOW)
        services.create_segment_set(organisation=world.other, name="Canary set", is_partition=False)
        services.create_segment(
            organisation=world.other,
            set_key="canary-set",
            name="Canary",
            rule={"customers": ["c1"]},
            user=None,
            now=NOW,
        )
    tries = [
        ("GET", "actions/{}/", "canary", None), ("PATCH", "actions/{}/", "canary", {"name": "Mine"}),
        ("DELETE", "actions/{}/", "canary", None), ("GET", "segments/{}/", "canary", None),
        ("PATCH", "segments/{}/", "canary", {"name": "Mine"}), ("DELETE", "segments/{}/", "canary", None),
        ("GET", "weight-sets/{}/", "2", None),
    ]  # fmt: skip
    for method, path, foreign, body in tries:
        unknown = "77" if foreign == "2" else "unknown"
        assert api(method, path.format(foreign), body) == api(method, path.format(unknown), body)
        assert api(method, path.format(foreign), body)[0] == 404
    assert "anary" not in _json([api("GET", path)[1] for path in _READS])
    with organisation_scope(world.other.id, write=False):
        assert Action.objects.get(key="canary").name == "Canary"
        assert Segment.objects.get(key="canary").archived_at is None
