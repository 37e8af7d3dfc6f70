"""The API of what arrives: the same figures as the pages, a name counted by one request, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from engagement.connections.models import Connection
from engagement.ingest.models import IngestBatch, WriteKey
from engagement.scoring.models import Action, ActionDefinition, IgnoredEventName
from engagement.scoring.selectors import looking
from engagement.scoring.services.actions import create_action
from tenants.models import AuditEntry, Job, Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.ingest.conftest import broker, uploads  # noqa: F401  fixtures
from tests.ingest.sending import keep, rows, send, track, work, write_key
from tests.scoring.config import signed_in

pytestmark = pytest.mark.usefixtures("uploads", "broker")


def at(organisation: Organisation, name: str) -> str:
    return reverse(f"api-{name}", args=[organisation.slug])


def got(world: World, name: str, **query: Any) -> Any:
    answer = signed_in(world.consultant).get(at(world.ours, name), query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def act(world: World, **said: Any) -> Any:
    return signed_in(world.consultant).post(at(world.ours, "event-names"), said, content_type="application/json")


def orders(organisation: Organisation) -> str:
    with organisation_scope(organisation.pk):
        rule = {"event_names": ["Paid"]}
        return create_action(
            organisation=organisation, name="Orders", channel="purchase", rule=rule, user=None, now=timezone.now()
        )


def beep(number: int, name: str = "Beep") -> dict[str, Any]:
    return track(number, event=name, timestamp=timezone.now().isoformat(), messageId=f"{name}-{number}")


def test_the_latest_events_with_whom_they_came_from_and_what_counts_them(world: World) -> None:
    key, now = orders(world.ours), timezone.now()
    write_key(world.ours, "web shop")
    batches = [
        keep(world.ours, [beep(n, name)], received_at=now - timedelta(seconds=9 - n))
        for n, name in enumerate(["Beep", "Paid", "Paid"])
    ]
    with organisation_scope(world.ours.pk):
        hubspot = Connection.objects.create(
            organisation=world.ours, vendor="hubspot", name="Sales team", created_at=NOW, removed_at=NOW
        )
        IngestBatch.objects.filter(pk=batches[1]).update(key=WriteKey.objects.get())
        WriteKey.objects.update(revoked_at=now)  # revoked: its name is known still
        IngestBatch.objects.filter(pk=batches[2]).update(connection_id=hubspot.pk)
    for batch in batches:
        work(world.ours, batch, now=now)
    found = got(world, "live")
    shown = [(line["source"], line["event"], line["external_id"], line["actions"]) for line in found["events"]]
    assert shown == [("Sales team", "Paid", "c2", [key]), ("web shop", "Paid", "c1", [key]), ("", "Beep", "c0", [])]
    assert (found["pace"]["requests"], found["pace"]["stored"], found["is_more"]) == (3, 3, False)
    volume = got(world, "volume")
    sources = {(line["kind"], line["name"]): line["total"] for line in volume["sources"]}
    assert sources == {("connection", "Sales team"): 1, ("key", "web shop"): 1, ("request", "batch"): 1}
    page = signed_in(world.consultant).get(reverse("imports", args=[world.ours.slug])).content.decode()
    assert "Sales team" in page
    assert "without a key" in page


def test_volume_adds_up_for_as_many_days_as_are_asked_for(world: World) -> None:
    orders(world.ours)
    send(world.ours, beep(1), beep(2), beep(3, "Paid"), received_at=timezone.now())
    for days in (30, 90):
        found = got(world, "volume", days=days)
        assert (len(found["days"]), found["total"], sum(found["by_day"])) == (days, 3, 3)
        assert [(line["name"], line["total"], line["actions"]) for line in found["names"]] == [
            ("Beep", 2, []),
            ("Paid", 1, ["Orders"]),
        ]
    client = signed_in(world.consultant)
    assert client.get(at(world.ours, "volume"), {"days": 31}).json()["fields"].keys() == {"days"}


def test_where_there_are_many_it_says_as_of_when(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MOST_AT_ONCE", 2)
    send(world.ours, *[beep(n) for n in range(3)], received_at=timezone.now())
    for name in ("volume", "event-names"):
        found = got(world, name)
        assert (found["looked_at"], found["is_at_once"], found["is_busy"]) == (None, False, False)
    assert act(world, act="look").json()["is_busy"] is True
    assert len(rows(world.ours, Job, "pk")) == 1


def test_a_name_is_counted_by_one_request_and_on_record(world: World) -> None:
    key = orders(world.ours)
    send(world.ours, beep(1), beep(2, "Ring"), received_at=timezone.now())
    assert [line["event"] for line in got(world, "event-names")["unmatched"]] == ["Beep", "Ring"]
    answer = act(world, act="count", event=" Beep ", action=key)
    assert answer.status_code == 200
    assert [line["event"] for line in answer.json()["unmatched"]] == ["Ring"]
    assert {"event": "Beep", "actions": ["Orders"], "events": 1, "customers": 1} in answer.json()["counted"]
    with organisation_scope(world.ours.pk, write=False):
        assert ActionDefinition.objects.latest("number").rule["event_names"] == ["Paid", "Beep"]
    n_before = len(rows(world.ours, ActionDefinition, "number"))
    assert act(world, act="count", event="Beep", action=key).status_code == 200  # twice is once
    assert len(rows(world.ours, ActionDefinition, "number")) == n_before
    assert act(world, act="count", event="Ring", name="Rings", channel="support").json()["unmatched"] == []
    assert "Rings" in rows(world.ours, Action, "name")
    assert {"action.changed", "action.created"} <= set(rows(world.ours, AuditEntry, "act"))


def test_a_name_is_passed_over_and_told_of_again(world: World) -> None:
    send(world.ours, beep(1), received_at=timezone.now())
    passed = act(world, act="pass_over", event="Beep").json()
    assert ([line["event"] for line in passed["passed_over"]], passed["unmatched"]) == (["Beep"], [])
    assert rows(world.ours, IgnoredEventName, "name") == ["Beep"]
    again = act(world, act="tell_again", event="Beep").json()
    assert (again["passed_over"], [line["event"] for line in again["unmatched"]]) == ([], ["Beep"])


@pytest.mark.parametrize(
    "said, status, field",
    [
        ({}, 400, "act"),
        ({"act": "dance", "event": "Beep"}, 400, "act"),
        ({"act": "pass_over"}, 400, "event"),
        ({"act": "pass_over", "event": "x" * 201}, 400, "event"),
        ({"act": "pass_over", "event": "a\0b"}, 400, "event"),
        ({"act": "count", "event": "Beep"}, 400, "action"),
        ({"act": "count", "event": "Beep", "action": "orders", "name": "New", "channel": "website"}, 400, "action"),
        ({"act": "count", "event": "Beep", "name": "New"}, 400, "channel"),
        ({"act": "count", "event": "Beep", "name": "orders", "channel": "website"}, 400, "name"),
        ({"act": "count", "event": "Beep", "action": "nobodys"}, 404, None),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(
    world: World, said: dict[str, Any], status: int, field: str | None
) -> None:
    orders(world.ours)
    before = rows(world.ours, ActionDefinition, "number")
    answer = act(world, **said)
    assert answer.status_code == status, answer.content
    assert field is None or list(answer.json()["fields"]) == [field]
    assert (rows(world.ours, ActionDefinition, "number"), rows(world.ours, IgnoredEventName, "name")) == (before, [])


def test_a_rule_that_is_full_refuses_one_more_name(world: World) -> None:
    with organisation_scope(world.ours.pk):
        rule = {"event_names": [f"n{n}" for n in range(50)]}
        key = create_action(organisation=world.ours, name="Many", channel="website", rule=rule, user=None, now=NOW)
    answer = act(world, act="count", event="Beep", action=key)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["event"])


def test_viewers_and_strangers_stay_outside(world: World) -> None:
    send(world.strange, beep(1, "their-canary"), received_at=timezone.now())
    for name in ("live", "volume", "event-names"):
        assert "their-canary" not in signed_in(world.consultant).get(at(world.ours, name)).content.decode()
        assert signed_in(world.viewer).get(at(world.ours, name)).status_code == 403
        assert signed_in(world.stranger).get(at(world.ours, name)).status_code == 404
