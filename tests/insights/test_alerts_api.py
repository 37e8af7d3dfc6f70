"""The API of alerts and their rules: what it answers, who may, what it refuses and how, what stands on record."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.test import Client

from engagement.insights.alert_types import AlertLine
from engagement.insights.models import AlertRule
from engagement.insights.services import alert_rules
from tenants.models import AuditEntry, Membership, Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, api_token
from tests.insights.alerts_world import checked, found, make_weekly, ruled, scored, week
from tests.insights.scoring_world import Small, add_segments
from tests.scoring.test_config_api import Api

ALL = range(1, 61)
RULES = "alerts/rules/"
FALL = {"kind": "drop", "period": "week", "threshold": "2.5", "roles": ["admin"]}


@pytest.fixture(autouse=True)
def _now() -> Any:
    with patch("django.utils.timezone.now", return_value=NOW):
        yield


@pytest.fixture
def small(world: World) -> Small:
    small = make_weekly(world.ours, ALL)
    add_segments(small, "who", {"p1": {"all": [{"trait": "plan", "op": "is", "value": "p1"}]}}, partition=False)
    return small


@pytest.fixture
def api(world: World, small: Small) -> Api:
    return Api(world.consultant, world.ours)


def _acts(organisation: Organisation) -> list[tuple[str, dict[str, Any]]]:
    with organisation_scope(organisation.pk, write=False):
        entries = AuditEntry.objects.filter(act__startswith="alert").order_by("number")
        return [(one.act, json.loads(one.content)) for one in entries]


def _rules(organisation: Organisation) -> list[AlertRule]:
    with organisation_scope(organisation.pk, write=False):
        return list(AlertRule.objects.filter(retired_at__isnull=True).order_by("number"))


def _fallen(small: Small) -> AlertLine:
    """Everybody fell by twenty; p1, six customers, is too small to be watched."""
    ruled(small.organisation, "drop", threshold=5, segment_keys=("all", "p1"))
    scored(small, week(0), {number: 80 + number % 3 for number in ALL})
    checked(scored(small, week(1), {number: 60 + number % 3 for number in ALL}))
    (alert,) = found(small.organisation)
    return alert


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rule_is_set_changed_muted_and_ended_on_record(world: World, api: Api) -> None:
    status, made = api("POST", RULES, {**FALL, "segments": ["p1"], "people": [world.consultant.email.upper()]})
    assert (status, made) == (
        201,
        {
            "id": made["id"], "number": 1, "version": 1, "kind": "drop", "period": "week", "threshold": "2.5",
            "segments": ["p1"], "roles": ["admin"], "people": [world.consultant.name], "by_webhook": False,
            "muted_until": None,
            "sentence": "The score of P1 falls by 2.5 or more from one week to the next, and by more than chance "
            "would.",
            "set_by": world.consultant.name, "set_at": "2026-03-02T09:00:00Z",
        },
    )  # fmt: skip
    address = f"{RULES}{made['id']}/"
    assert api("GET", address) == (200, made)
    changed = {"threshold": "3", "segments": ["all"], "by_webhook": True}
    assert api("PATCH", address, changed)[1] == {
        **made, **changed, "version": 2,
        "sentence": "The score of all customers falls by 3 or more from one week to the next, and by more than chance "
        "would.",
    }  # fmt: skip
    assert api("PATCH", address, changed)[1]["version"] == 2  # changes nothing
    muted = api("PUT", f"{address}mute/", {"muted_until": "2026-03-09"})
    assert (muted[0], muted[1]["muted_until"], muted[1]["version"]) == (200, "2026-03-09", 2)
    assert api("PUT", f"{address}mute/", {"muted_until": None})[1]["muted_until"] is None
    assert [one["id"] for one in api("GET", RULES)[1]] == [made["id"]]
    assert api("DELETE", address) == (204, None)
    assert api("GET", RULES) == (200, [])
    assert [api(method, address, {})[0] for method in ("GET", "PATCH", "DELETE")] == [404, 404, 404]
    acts = _acts(world.ours)
    assert [act for act, _ in acts] == [
        "alert_rule.set", "alert_rule.changed", "alert_rule.muted", "alert_rule.muted", "alert_rule.ended",
    ]  # fmt: skip
    assert acts[0][1]["new"]["people"] == [str(world.consultant.pk)]
    assert (acts[1][1]["old"]["threshold"], acts[1][1]["new"]["threshold"]) == ("2.5", "3")


def test_the_usual_rules_are_set_at_once_and_only_where_there_is_none(world: World, api: Api) -> None:
    status, made = api("POST", f"{RULES}usual/")
    assert (status, [one["kind"] for one in made]) == (201, ["drop", "band", "silent", "target", "stale"])
    status, refused = api("POST", f"{RULES}usual/")
    assert (status, refused["code"]) == (409, "conflict")
    assert len(_rules(world.ours)) == 5


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"kind": "weather"}, "kind", "Choose a kind of rule."),
        ({"threshold": "0"}, "threshold", "Give a number from 0.1 to 100."),
        ({"threshold": "2.5555"}, "threshold", "3 decimal places"),
        ({"threshold": "NaN"}, "threshold", "valid number"),
        ({"period": "year"}, "period", "Choose week or month."),
        ({"kind": "stale", "threshold": "3"}, "period", "This kind of rule has no period."),
        ({"kind": "band", "threshold": "95"}, "threshold", "Give a chance from 80 to 99.9 %."),
        ({"segments": []}, "segments", "Choose from 1 to 100 segments."),
        ({"segments": ["nobodys"]}, "segments", "Choose segments that are in use, each once."),
        ({"segments": ["p1", "p1"]}, "segments", "Choose segments that are in use, each once."),
        ({"roles": []}, "roles", "Say who is told: a role, a person, or a webhook."),
        ({"roles": ["owner"]}, "roles", "Choose viewer, consultant or admin."),
        ({"people": ["stranger@example.com"]}, "people.0", "Nobody with this address has a role of their own here."),
        ({"people": ["nobody@example.com"]}, "people.0", "Nobody with this address has a role of their own here."),
        ({"people": ["nobody"]}, "people.0", "valid email address"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    world: World, api: Api, changes: dict[str, Any], field: str, words: str
) -> None:
    status, refused = api("POST", RULES, FALL | changes)
    assert (status, refused["code"], list(refused["fields"])) == (400, "invalid", [field])
    assert words in refused["fields"][field][0]
    assert (_rules(world.ours), _acts(world.ours)) == ([], [])


def test_a_change_is_held_to_the_same_and_a_rule_keeps_its_kind(world: World, api: Api) -> None:
    rule = ruled(world.ours, "drop", threshold=5)
    address = f"{RULES}{rule.pk}/"
    for sent, field in (
        ({"kind": "band"}, "kind"), ({"threshold": "101"}, "threshold"), ({"roles": []}, "roles"),
        ({"people": ["stranger@example.com"]}, "people.0"),
    ):  # fmt: skip
        status, refused = api("PATCH", address, sent)
        assert (status, list(refused["fields"])) == (400, [field])
    for sent in ({"muted_until": "2026-03-02"}, {"muted_until": "2099-01-01"}, {"muted_until": "soon"}, {}):
        status, refused = api("PUT", f"{address}mute/", sent)
        assert (status, list(refused["fields"])) == (400, ["muted_until"])
    assert [one.version for one in _rules(world.ours)] == [1]
    assert [act for act, _ in _acts(world.ours)] == ["alert_rule.set"]


def test_somebody_who_is_told_may_stay_when_others_are_named(world: World, api: Api) -> None:
    rule = ruled(world.ours, "drop", threshold=5, people=())
    with organisation_scope(world.ours.pk):
        AlertRule.objects.update(people=[str(world.viewer.pk)])
        Membership.objects.filter(user=world.viewer).delete()
    both = {"people": [world.viewer.email, world.consultant.email]}
    status, changed = api("PATCH", f"{RULES}{rule.pk}/", both)
    assert (status, sorted(changed["people"])) == (200, [world.consultant.name, world.viewer.name])
    assert api("PATCH", f"{RULES}{rule.pk}/", {"people": []})[1]["people"] == []
    assert api("PATCH", f"{RULES}{rule.pk}/", both)[1]["fields"] == {
        "people.0": ["Nobody with this address has a role of their own here."]
    }


def test_there_are_only_so_many_rules(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_rules, "MOST_RULES", 1)
    assert api("POST", RULES, FALL)[0] == 201
    status, refused = api("POST", RULES, FALL)
    assert (status, refused["fields"]) == (400, {"kind": ["There are 1 rules. End one first."]})


def test_a_viewer_reads_rules_and_changes_none_and_a_stranger_knows_of_none(world: World, small: Small) -> None:
    rule = ruled(world.ours, "drop", threshold=5)
    one, viewer = f"{RULES}{rule.pk}/", Api(world.viewer, world.ours)
    assert [viewer("GET", address)[0] for address in (RULES, one)] == [200, 200]
    writing = (
        ("POST", RULES, FALL), ("POST", f"{RULES}usual/", None), ("PATCH", one, {"threshold": "9"}),
        ("DELETE", one, None), ("PUT", f"{one}mute/", {"muted_until": None}),
    )  # fmt: skip
    assert [viewer(*sent)[0] for sent in writing] == [403] * 5
    assert [Api(world.stranger, world.ours)(*sent)[0] for sent in (("GET", RULES), *writing)] == [404] * 6
    elsewhere, unknown = Api(world.admin, world.other), f"{RULES}{uuid4()}/"
    for method, end, body in (("GET", "", None), ("PATCH", "", {}), ("DELETE", "", None), ("PUT", "mute/", {})):
        foreign, nobodys = elsewhere(method, one + end, body), elsewhere(method, unknown + end, body)
        assert (foreign[0], foreign[1]["message"]) == (nobodys[0], nobodys[1]["message"])
        assert foreign[0] == 404
    assert [(kept.version, kept.muted_until) for kept in _rules(world.ours)] == [(1, None)]
    assert Api(world.admin, world.firm)("POST", RULES, FALL)[0] == 404  # a firm has no customers


def test_a_token_that_writes_other_things_changes_no_rule(world: World, small: Small) -> None:
    """Its scope may write, so that the permission alone is what refuses it."""
    secret = api_token(world.consultant, permissions=["view", "edit_targets"])
    client, base = Client(headers={"authorization": f"Bearer {secret}"}), f"/api/v1/organisations/{world.ours.slug}"
    rules, one = f"{base}/{RULES}", f"{base}/{RULES}{ruled(world.ours, 'drop', threshold=5).pk}/"
    assert client.get(one).status_code == 200
    for method, address, sent in (
        ("POST", rules, FALL), ("POST", f"{rules}usual/", {}), ("PATCH", one, {"threshold": "9"}),
        ("DELETE", one, {}), ("PUT", f"{one}mute/", {"muted_until": None}),
    ):  # fmt: skip
        assert client.generic(method, address, json.dumps(sent), "application/json").status_code == 403
    assert [kept.version for kept in _rules(world.ours)] == [1]


# ── alerts ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_alerts_are_listed_by_state_and_segment_and_done_with_on_record(world: World, small: Small, api: Api) -> None:
    alert = _fallen(small)
    (listed,) = api("GET", "alerts/")[1]
    assert (listed["id"], listed["segment"], listed["facts"]["change"]) == (str(alert.id), "all", "-20.000000")
    assert api("GET", "alerts/?segment=all") == (200, [listed])
    assert api("GET", "alerts/?segment=p1") == (200, [])
    status, done = api("PATCH", f"alerts/{alert.id}/", {"state": "done", "note": "Closed for a week"})
    assert (status, done["state"], done["note"]) == (200, "done", "Closed for a week")
    assert done["handled_by"] == world.consultant.name
    assert api("GET", "alerts/?segment=all") == (200, [])
    assert api("GET", "alerts/?state=all&segment=all") == (200, [done])
    (entry,) = [content for act, content in _acts(world.ours) if act == "alert.handled"]
    assert (entry["old"]["state"], entry["new"]["state"]) == ("open", "done")
    assert "Closed" not in json.dumps(entry)


def test_a_segment_of_nobody_is_not_found_and_what_cannot_be_asked_is_said(world: World, api: Api) -> None:
    add_segments(make_weekly(world.other, ()), "who", {"theirs": {"all": []}}, partition=False)
    answers = [api("GET", f"alerts/?segment={key}") for key in ("theirs", "nobodys")]
    assert [(status, said["message"]) for status, said in answers] == [(404, answers[0][1]["message"])] * 2
    for asked, field in (("state=closed", "state"), ("segment=not+a+slug", "segment")):
        status, refused = api("GET", f"alerts/?{asked}")
        assert (status, list(refused["fields"])) == (400, [field])


def test_who_may_say_what_became_of_an_alert(world: World, small: Small, api: Api) -> None:
    address = f"alerts/{_fallen(small).id}/"
    viewer = Api(world.viewer, world.ours)
    assert (viewer("GET", address)[0], viewer("PATCH", address, {"state": "done"})[0]) == (200, 403)
    assert Api(world.stranger, world.ours)("PATCH", address, {"state": "done"})[0] == 404
    elsewhere = Api(world.admin, world.other)
    assert elsewhere("PATCH", address, {"state": "done"})[0] == 404
    for sent, field in (({"state": "gone"}, "state"), ({"note": "x" * 281}, "note")):
        status, refused = api("PATCH", address, sent)
        assert (status, list(refused["fields"])) == (400, [field])
    assert [one.state for one in found(world.ours)] == ["open"]
