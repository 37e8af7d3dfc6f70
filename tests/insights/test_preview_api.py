"""The preview in the API: of the kept draft, or of numbers that are sent and not kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client, override_settings

from engagement.insights.services import score, set_target
from engagement.scoring.models import WeightSet
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.scoring.config import YESTERDAY, kept, published, signed_in, story

WEIGHTS = [{"key": "visit", "weight": "1"}, {"key": "social", "weight": "5"}, {"key": "purchase", "weight": "15"}]


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with patch("django.utils.timezone.now", return_value=NOW):
        yield


def _call(client: Client, world: World, body: Any = None) -> tuple[int, Any]:
    address = f"/api/v1/organisations/{world.ours.slug}/weight-sets/draft/preview/"
    if body is None:
        answer = client.get(address)
    else:
        answer = client.post(address, json.dumps(body), content_type="application/json")
    return answer.status_code, answer.json()


@pytest.fixture
def client(world: World) -> Client:
    story(world.ours)
    published(world.ours, full_points=Decimal(20))
    score(organisation_id=world.ours.id, as_of=YESTERDAY, cause="request", now=NOW)
    kept(world.ours, full_points=Decimal(20))
    return signed_in(world.consultant)


def test_numbers_that_are_sent_stand_in_for_the_drafts(world: World, client: Client) -> None:
    with organisation_scope(world.ours.id):
        set_target(
            organisation=world.ours, segment_key="all", measure="points_per_customer", value=Decimal(5),
            due_on=date(2026, 12, 31), owner=None, note="", user=None, now=NOW,
        )  # fmt: skip
    body = {"weights": WEIGHTS, "full_points": "20", "full_points_from": "own"}
    status, found = _call(client, world, body)
    assert (status, found["as_of"], found["run_number"], found["reason"], found["work"]) == (
        200, "2026-03-01", 1, "", None
    )  # fmt: skip
    assert found["now"] == {
        "number": 1, "n": 100, "score": "20.000000", "points_per_customer": "4.000000", "poor": 90, "good": 0,
        "excellent": 10,
    }  # fmt: skip
    # 10 × 100 + 20 × 75
    assert (found["draft"]["score"], found["draft"]["points_per_customer"]) == ("25.000000", "5.500000")
    everybody = found["segments"][0]
    assert everybody["moves"] == {
        "poor": {"poor": 70, "good": 20, "excellent": 0},
        "good": {"poor": 0, "good": 0, "excellent": 0},
        "excellent": {"poor": 0, "good": 0, "excellent": 10},
    }
    assert everybody["draft"]["bands"] == {"poor": 70, "good": 20, "excellent": 10}
    assert found["targets"] == [
        {
            "segment": "all", "measure": "points_per_customer", "value": "5", "now": "4.000000", "draft": "5.500000",
            "met_now": False, "met_draft": True, "moved": True,
        }
    ]  # fmt: skip
    assert found["order"] == {"n": 30, "correlation": "1.000000", "is_same": True}
    assert len(found["movers"]) == 20
    assert found["movers"][0] == {
        "number": 41, "external_id": "c41", "points_now": "10", "points_draft": "15", "score_now": "50.000000",
        "score_draft": "75.000000", "band_now": "poor", "band_draft": "good",
    }  # fmt: skip
    assert found["findings"] == [
        {
            "kind": "action", "action": "purchase", "segment": "",
            "figures": {
                "before": "10", "after": "15", "share_before": "0.75", "share_after": "0.818182", "n_did": "30",
                "n_full": "10",
            },
        }
    ]  # fmt: skip
    # 10 customers with 25 points and 20 with 15: together 2,000 at 27.5, but for the rounding of each score.
    assert found["keep_level"] == {
        "full_points": "27.5", "score": "20.000000", "is_exact": False, "obstacle": "", "proportional": "27.5"
    }  # fmt: skip
    assert _call(client, world)[1]["draft"]["score"] == "20.000000"
    with organisation_scope(world.ours.id, write=False):
        assert WeightSet.objects.get(state="published").number == 1


def test_what_cannot_be_used_is_refused_by_field(world: World, client: Client) -> None:
    for body, field in (
        ({"weights": [{"key": "visit", "weight": "5000"}]}, "weights.visit.weight"),
        ({"weights": [], "window_days": 0}, "window_days"),
        ({"weights": [], "full_points_from": "own", "full_points": "0"}, "full_points"),
        ({"weights": [{"key": "nothing", "weight": "1"}]}, "weights.nothing"),
    ):
        status, answer = _call(client, world, body)
        assert (status, [*answer["fields"]]) == (400, [field]), answer


def test_what_needs_a_worker_says_so(world: World, client: Client) -> None:
    with override_settings(PREVIEW_DIRECT_CUSTOMERS=10):
        status, found = _call(client, world, {"weights": WEIGHTS, "window_days": 7})
    assert (status, found["draft"], found["segments"]) == (200, None, [])
    assert found["work"] == {
        "state": "keep_first", "why": "another window (7 days in place of 90)", "chunks_done": 0, "chunks": 0,
        "error": "",
    }  # fmt: skip


def test_who_may_only_read_may_not_try_numbers_and_strangers_see_nothing(world: World, client: Client) -> None:
    viewer = signed_in(world.viewer)
    assert _call(viewer, world)[0] == 200
    assert _call(viewer, world, {"weights": WEIGHTS})[0] == 403
    assert _call(signed_in(world.stranger), world)[0] == 404
    with organisation_scope(world.ours.id):
        WeightSet.objects.filter(state="draft").delete()
    assert _call(client, world)[0] == 404
    assert _call(client, world, {"weights": WEIGHTS})[0] == 404
