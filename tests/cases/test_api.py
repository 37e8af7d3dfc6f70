"""The API of findings, steps, read-outs and tests: what a program writes, reads, and is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.cases.story_world import Story, make_story, read
from tests.conftest import World, api_token

Ask = Callable[..., Any]


@pytest.fixture
def story(world: World) -> Story:
    return make_story(world.ours, world.consultant)


@pytest.fixture
def ask(world: World, story: Story) -> Ask:
    """A consultant's program."""
    secret = api_token(world.consultant)
    client = Client(headers={"authorization": f"Bearer {secret}"})
    base = f"/api/v1/organisations/{world.ours.slug}/cases/"

    def asked(method: str, path: str, body: Any = None) -> Any:
        return client.generic(method, base + path, data=_json(body), content_type="application/json")

    return asked


def _json(body: Any) -> str:
    return "" if body is None else json.dumps(body)


def test_a_finding_is_recorded_once_per_origin_changed_closed_and_opened(ask: Ask) -> None:
    body = {
        "title": "One channel carries most",
        "first_day": "2026-02-28",
        "origin": "pitfall",
        "origin_key": "channel",
    }
    made = ask("POST", "findings/", body)
    assert (made.status_code, made.json()["state"], made.json()["seen"]["as_of"]) == (201, "open", "2026-02-28")
    assert ask("POST", "findings/", {**body, "title": "Again"}).json() == made.json()
    one = f"findings/{made.json()['id']}/"
    assert ask("PATCH", one, {"severity": 3}).json()["severity"] == 3
    assert ask("PATCH", one, {"state": "closed"}).json()["fields"] == {
        "because": ["Say why, in at most 500 characters."]
    }
    closed = ask("PATCH", one, {"state": "closed", "because": "It is a season"}).json()
    assert (closed["state"], closed["closed_because"]) == ("closed", "It is a season")
    assert ask("PATCH", one, {"state": "open", "title": "Still"}).json()["title"] == "Still"
    assert [line["title"] for line in ask("GET", "findings/").json()][:2] == ["Still", "Slow support"]


def test_a_step_goes_from_plan_to_read_out(ask: Ask, story: Story) -> None:
    body = {
        "title": "Train the desk", "lever": "service", "first_day": "2025-12-01", "segment": "gold", "cost": "99.50",
        "comparison": "segments", "compared": ["silver"], "findings": [str(story.slow_support.pk)],
        "owner": story.step.owner.email if story.step.owner else None,
    }  # fmt: skip
    made = ask("POST", "steps/", body)
    assert (made.status_code, made.json()["state"], made.json()["cost_minor"]) == (201, "planned", 9950)
    one = f"steps/{made.json()['id']}/"
    assert ask("POST", f"{one}read-outs/").status_code == 409
    assert ask("POST", f"{one}state/", {"to": "running"}).json()["state"] == "running"
    changed = ask("PATCH", one, {"cost": "100"}).json()
    assert (changed["cost_minor"], changed["title"], changed["compared"]) == (10_000, "Train the desk", ["silver"])
    assert [change["is_after_start"] for change in changed["changes"]] == [True]
    assert ask("POST", f"{one}state/", {"to": "ended"}).json()["fields"] == {"last_day": ["Say the last day."]}
    assert ask("POST", f"{one}state/", {"to": "ended", "last_day": "2026-02-28"}).json()["state"] == "ended"
    found = ask("POST", f"{one}read-outs/", {"as_of": "2026-02-28"}).json()["read_out"]
    assert found["plain"]["score"]["effect"] == "3.1"
    assert found["sentence"] == "Consistent with +3.1 (0.4 to 5.8); not proof."
    assert (found["change"], found["target_gap"], found["after"]["band"]) == ("15.000000", "-5.000000", "good")
    assert (found["return_on_cost"], found["warnings"]) == (None, ["early", "fell_before", "others_touched"])
    assert ask("GET", one).json()["latest_read_out"] == 1
    assert [line["number"] for line in ask("GET", f"{one}read-outs/").json()] == [1]


def test_a_test_is_planned_and_stopped(ask: Ask) -> None:
    body = {
        "title": "A shorter page", "arm_name": "page", "difference": "3", "customers_per_arm": 50,
        "first_day": "2026-02-01", "last_day": "2026-02-28",
        "arms": [{"value": "old", "share_thousandths": 500}, {"value": "new", "share_thousandths": 500}],
    }  # fmt: skip
    made = ask("POST", "tests/", body)
    assert (made.status_code, made.json()["arms"]) == (201, body["arms"])
    one = f"tests/{made.json()['id']}/"
    assert ask("POST", f"{one}state/", {"to": "running"}).json()["state"] == "over"
    nobody = ask("POST", f"{one}read-outs/").json()["read_out"]
    assert (nobody["doubts"], nobody["has_verdict"]) == (["few", "nobody"], False)
    assert [(arm["n"], arm["level"], arm["difference"]) for arm in nobody["arms"]] == [(0, None, None)] * 2
    assert ask("POST", f"{one}state/", {"to": "stopped", "because": "No budget"}).json()["state"] == "stopped"
    assert [line["number"] for line in ask("GET", f"{one}read-outs/").json()] == [1]
    assert ask("GET", "tests/").json()[0]["stopped_because"] == "No budget"


def test_a_viewers_program_reads_and_writes_nothing(world: World, story: Story) -> None:
    read(story)
    secret = api_token(world.viewer)
    client = Client(headers={"authorization": f"Bearer {secret}"})
    base = f"/api/v1/organisations/{world.ours.slug}/cases/"
    assert client.get(f"{base}steps/{story.step.pk}/read-outs/").json()[0]["number"] == 1
    for path in ("findings/", "steps/", "tests/", f"steps/{story.step.pk}/state/", f"steps/{story.step.pk}/read-outs/"):
        assert client.post(base + path, {}, "application/json").status_code == 403, path
