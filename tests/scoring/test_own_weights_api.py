"""The API of own weights: kept, taken away, read with every set, and what it refuses by which field."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from engagement.scoring import services
from engagement.scoring.models import WeightOverride
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.scoring.config import kept
from tests.scoring.own_weights_world import add_partitions, own
from tests.scoring.test_config_api import Api

PATH = "weight-sets/draft/segments/wholesale/"
SAID = {"weights": [{"key": "visit", "weight": "2.500", "cap": 3}], "full_points": "40.000"}
TOLD = {
    "segment": "wholesale", "name": "Wholesale", "set": "plan", "is_archived": False, "full_points": "40.000",
    "weights": {"visit": ("2.500", 3), "social": ("5.000", None), "email_open": ("0.000", None),
                "purchase": ("10.000", None)},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _now() -> Any:
    with patch("django.utils.timezone.now", return_value=NOW):
        yield


@pytest.fixture
def ours(world: World) -> Organisation:
    add_partitions(world.ours)
    kept(world.ours)
    return world.ours


@pytest.fixture
def api(world: World, ours: Organisation) -> Api:
    return Api(world.consultant, ours)


def _told(body: Any) -> Any:
    return [
        {**part, "weights": {line["key"]: (line["weight"], line["cap"]) for line in part["weights"]}}
        for part in body["overrides"]
    ]


def test_own_weights_are_kept_and_read_with_the_set(api: Api, ours: Organisation) -> None:
    status, body = api("PUT", PATH, SAID)
    assert (status, _told(body)) == (200, [TOLD])
    assert api("GET", "weight-sets/draft/") == (200, body)
    status, again = api("PUT", PATH, {"full_points": "41", "changed_at": body["changed_at"]})
    assert (status, _told(again)) == (200, [{**TOLD, "full_points": "41.000"}])
    with organisation_scope(ours.id):
        services.publish(
            organisation=ours, user=None, note="Why", now=NOW,
            changed_at=services.draft(organisation=ours, user=None, now=NOW).changed_at,
        )  # fmt: skip
    assert _told(api("GET", "weight-sets/1/")[1]) == [{**TOLD, "full_points": "41.000"}]
    assert [_told(one) for one in api("GET", "weight-sets/")[1]] == [[{**TOLD, "full_points": "41.000"}]]
    # Without a draft one is made, with what counts.
    assert api("PUT", "weight-sets/draft/segments/retail/", SAID)[1]["number"] == 2


def test_taken_away_they_are_gone(api: Api) -> None:
    _, kept_now = api("PUT", PATH, SAID)
    stale = "2026-03-01T00:00:00Z"
    assert api("DELETE", f"{PATH}?changed_at={stale}")[0] == 409
    assert api("DELETE", f"{PATH}?changed_at=yesterday")[1]["fields"].keys() == {"changed_at"}
    status, body = api("DELETE", f"{PATH}?changed_at={kept_now['changed_at']}")
    assert (status, body["overrides"]) == (200, [])
    assert body["changed_at"] > kept_now["changed_at"]
    assert api("DELETE", PATH)[0] == 404


@pytest.mark.parametrize(
    ("path", "said", "field"),
    [
        (PATH, {"weights": [{"key": "visit", "weight": "1000.001"}]}, "weights.visit.weight"),
        (PATH, {"weights": [{"key": "visit", "weight": "1", "cap": 0}]}, "weights.visit.cap"),
        (PATH, {"weights": [{"key": "nothing", "weight": "1"}]}, "weights.nothing"),
        (PATH, {"full_points": "0"}, "full_points"),
        (PATH, {"full_points": None}, "full_points"),
        (PATH, {"changed_at": "yesterday"}, "changed_at"),
        ("weight-sets/draft/segments/vip/", {}, "segment"),
    ],
)
def test_what_does_not_fit_is_named_by_its_field(
    api: Api, ours: Organisation, path: str, said: dict[str, Any], field: str
) -> None:
    status, body = api("PUT", path, {**SAID, **said})
    assert (status, body["code"], list(body["fields"])) == (400, "invalid", [field])
    with organisation_scope(ours.id, write=False):
        assert WeightOverride.objects.count() == 0


def test_a_draft_that_changed_meanwhile_is_a_conflict(api: Api, ours: Organisation) -> None:
    _, opened = api("GET", "weight-sets/draft/")
    before = own(ours)
    status, body = api("PUT", PATH, {**SAID, "changed_at": opened["changed_at"]})
    assert (status, body["code"]) == (409, "conflict")
    assert api("GET", "weight-sets/draft/")[1]["changed_at"] == before.changed_at.isoformat().replace("+00:00", "Z")


def test_what_would_break_own_weights_is_a_conflict_that_names_the_set(api: Api, ours: Organisation) -> None:
    own(ours)
    rule = {"all": [{"activity": "points", "op": "gt", "value": 5}]}
    status, body = api("PATCH", "segments/wholesale/", {"rule": rule})
    assert status == 409
    assert "“Wholesale” has weights of its own in the draft of set 1" in body["message"]


def test_a_viewer_reads_them_and_changes_nothing(world: World, ours: Organisation) -> None:
    own(ours)
    viewer = Api(world.viewer, ours)
    assert len(viewer("GET", "weight-sets/draft/")[1]["overrides"]) == 1
    assert viewer("PUT", PATH, SAID)[0] == 403
    assert viewer("DELETE", PATH)[0] == 403
    stranger = Api(world.stranger, ours)
    assert stranger("PUT", PATH, SAID)[0] == 404
    assert stranger("DELETE", PATH)[0] == 404
    with organisation_scope(ours.id, write=False):
        assert WeightOverride.objects.get().full_points_thousandths == 40_000
