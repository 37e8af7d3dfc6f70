"""Only who is identified counts: by every family of libraries, in every figure, page and file; and back again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from unittest.mock import MagicMock

import pytest
from django.test import Client

from engagement.ingest.models import Customer, IngestBatch, RejectedEvent
from engagement.ingest.services import merge_again, undo_merge
from engagement.insights.services import score
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.ingest.sending import LATER, customer, rows, work, write_key
from tests.insights.scoring_world import AS_OF, Small, add_segments, make_small
from tests.scorecards.test_movers_pages import get, rows_of, said

ORDER = "Order Completed"
WHEN = "2026-02-20T10:00:00Z"
MILLISECONDS = 1771581600000
KNOWN = [f"known-{number}" for number in range(1, 7)]
VISITOR, OWN = "visitor-1", "known-1"

Sending = tuple[str, Any]


@dataclass(frozen=True)
class Family:
    """How libraries of one maker say that a visitor acted, who it was, and which group there is."""

    acted: Sending
    identified: Sending
    group: Sending


def posthog(name: str, who: str, uuid: str, **properties: Any) -> Sending:
    said = {"event": name, "distinct_id": who, "uuid": uuid, "timestamp": WHEN, "properties": properties}
    return "/batch/", {"batch": [said]}


def mixpanel(name: str, insert_id: str, **properties: Any) -> Sending:
    said = {"time": MILLISECONDS // 1000, "$insert_id": insert_id, **properties}
    return "/track", [{"event": name, "properties": said}]


def amplitude(name: str, insert_id: str, **more: Any) -> Sending:
    said = {"event_type": name, "insert_id": insert_id, "time": MILLISECONDS, **more}
    return "/2/httpapi", {"events": [said]}


def segment(kind: str, message_id: str, **more: Any) -> Sending:
    return "/v1/batch", {"batch": [{"type": kind, "messageId": message_id, "timestamp": WHEN, **more}]}


UNKNOWN = {"$process_person_profile": False, "$is_identified": False, "$device_id": VISITOR}
IN_SEGMENT = segment("track", "m1", event=ORDER, anonymousId=VISITOR)
SEGMENT_GROUP = segment("group", "m3", anonymousId="visitor-2", groupId="acme")
IN_POSTHOG = posthog(ORDER, VISITOR, "m1", **UNKNOWN)
POSTHOG_GROUP = posthog("$groupidentify", "$company_acme", "m3", **{"$group_type": "company", "$group_key": "acme"})
IN_MIXPANEL = mixpanel(ORDER, "m1", distinct_id=f"$device:{VISITOR}", **{"$device_id": VISITOR})
MIXPANEL_GROUP = ("/groups", [{"$group_key": "company", "$group_id": "acme", "$set": {"plan": "pro"}}])
IN_AMPLITUDE = amplitude(ORDER, "m1", device_id=VISITOR)
AMPLITUDE_GROUP = amplitude("$groupidentify", "m3", groups={"company": "acme"})
FAMILIES = {
    "segment, identify": Family(
        IN_SEGMENT, segment("identify", "m2", userId=OWN, anonymousId=VISITOR), SEGMENT_GROUP
    ),
    "segment, alias": Family(
        IN_SEGMENT, segment("alias", "m2", userId=OWN, previousId=VISITOR), SEGMENT_GROUP
    ),
    "segment, an event with both": Family(
        IN_SEGMENT, segment("track", "m2", event="Seen", userId=OWN, anonymousId=VISITOR), SEGMENT_GROUP
    ),
    "posthog, identify": Family(
        IN_POSTHOG, posthog("$identify", OWN, "m2", **{"$anon_distinct_id": VISITOR}), POSTHOG_GROUP
    ),
    "posthog, alias": Family(IN_POSTHOG, posthog("$create_alias", VISITOR, "m2", alias=OWN), POSTHOG_GROUP),
    "posthog, merge": Family(IN_POSTHOG, posthog("$merge_dangerously", OWN, "m2", alias=VISITOR), POSTHOG_GROUP),
    "mixpanel, identify": Family(
        IN_MIXPANEL,
        mixpanel("$identify", "m2", distinct_id=OWN, **{"$anon_distinct_id": f"$device:{VISITOR}", "$user_id": OWN}),
        MIXPANEL_GROUP,
    ),
    "mixpanel, alias": Family(
        IN_MIXPANEL, mixpanel("$create_alias", "m2", distinct_id=f"$device:{VISITOR}", alias=OWN), MIXPANEL_GROUP
    ),
    "mixpanel, merge": Family(
        IN_MIXPANEL, mixpanel("$merge", "m2", **{"$distinct_ids": [OWN, f"$device:{VISITOR}"]}), MIXPANEL_GROUP
    ),
    "amplitude, identify": Family(
        IN_AMPLITUDE, amplitude("$identify", "m2", user_id=OWN, device_id=VISITOR), AMPLITUDE_GROUP
    ),
    "amplitude, an event with both": Family(
        IN_AMPLITUDE, amplitude("Seen", "m2", user_id=OWN, device_id=VISITOR), AMPLITUDE_GROUP
    ),
}  # fmt: skip
BY_EVERY_FAMILY = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)


@pytest.fixture
def small(world: World, monkeypatch: pytest.MonkeyPatch) -> Small:
    """Six customers who are known, each with one order, in one segment; 10 points an order."""
    monkeypatch.setattr("tenants.wake.current_app", MagicMock())
    small = make_small(world.ours, weights={ORDER: ("purchase", 10_000, None)}, full_points=40_000)
    add_segments(small, "plan", {"no-plan": {"all": [{"trait": "plan", "op": "is_missing"}]}})
    orders = [
        {"type": "track", "event": ORDER, "userId": who, "messageId": f"own-{who}", "timestamp": WHEN} for who in KNOWN
    ]
    sent(world, ("/v1/batch", {"batch": orders}))
    return small


def sent(world: World, *sendings: Sending) -> None:
    """Each through its door, with a key of ours, and worked through."""
    key = write_key(world.ours)
    for path, body in sendings:
        answer = Client().post(
            path, data=json.dumps(body), content_type="text/plain", HTTP_AUTHORIZATION=f"Bearer {key}"
        )
        assert answer.status_code == 200, answer.content
        for batch in rows(world.ours, IngestBatch, "id", state="waiting"):
            work(world.ours, batch)


def figures(world: World) -> dict[str, Any]:
    """How many are counted, and with how many points, wherever it is said, after another scoring."""
    score(organisation_id=world.ours.pk, as_of=AS_OF, cause="asked", now=NOW)
    api, pages = f"/api/v1/organisations/{world.ours.slug}", f"/o/{world.ours.slug}"
    total = get(world.viewer, f"{api}/scorecard/").json()["total"]
    part = get(world.viewer, f"{api}/segments/no-plan/figures/").json()["segment"]["figures"]
    people = get(world.viewer, f"{api}/customers/scores/").json()
    page = get(world.viewer, f"{pages}/customers/").content.decode()
    listed = rows_of(get(world.viewer, f"{pages}/customers/customers.csv"))
    members = rows_of(get(world.viewer, f"{pages}/segments/no-plan/members.csv"))
    return {
        "scorecard": (total["customers"], total["total_points"]),
        "segment": (part["customers"], part["total_points"]),
        "api": (people["total"], {one["external_id"]: one["points"] for one in people["customers"]}),
        "page": [name for name in (*KNOWN, VISITOR) if f">{name}<" in page],
        "customers.csv": {row["Customer"]: row["Points"] for row in listed},
        "members.csv": [row["external_id"] for row in members],
    }


def expected(points: dict[str, str]) -> dict[str, Any]:
    total = str(sum(int(each) for each in points.values()))
    return {
        "scorecard": (len(points), total),
        "segment": (len(points), total),
        "api": (len(points), points),
        "page": sorted(points),
        "customers.csv": points,
        "members.csv": sorted(points),
    }


ALONE = dict.fromkeys(KNOWN, "10")
TOGETHER = {**ALONE, OWN: "20"}


@BY_EVERY_FAMILY
def test_a_visitor_counts_nowhere_until_it_is_known_who_it_was(world: World, small: Small, family: Family) -> None:
    sent(world, family.acted)
    assert customer(world.ours, VISITOR, identified=False).merged_into is None  # they are kept
    assert figures(world) == expected(ALONE)
    sent(world, family.identified)
    assert figures(world) == expected(TOGETHER)  # nobody more, and what they did moved
    assert rows(world.ours, RejectedEvent, "code") == []


@BY_EVERY_FAMILY
def test_what_is_taken_apart_is_as_it_was_and_so_is_what_is_merged_again(
    world: World, small: Small, family: Family
) -> None:
    sent(world, family.acted)
    before = figures(world)
    sent(world, family.identified)
    merged = figures(world)
    visitor, own = customer(world.ours, VISITOR, identified=False).number, customer(world.ours, OWN).number
    for service, now_as in ((undo_merge, before), (merge_again, merged), (undo_merge, before)):
        with organisation_scope(world.ours.pk):
            service(
                organisation=world.ours, number=visitor, target=own, reason="A shared tablet", user=world.consultant,
                now=LATER,
            )  # fmt: skip
        assert figures(world) == now_as
    sent(world, family.identified)  # libraries repeat themselves for days
    assert figures(world) == before


@BY_EVERY_FAMILY
def test_the_customers_page_says_who_was_merged_and_by_what(world: World, small: Small, family: Family) -> None:
    sent(world, family.acted, family.identified)
    score(organisation_id=world.ours.pk, as_of=AS_OF, cause="asked", now=NOW)
    own, visitor = customer(world.ours, OWN).number, customer(world.ours, VISITOR, identified=False).number
    page = said(get(world.viewer, f"/o/{world.ours.slug}/customers/{own}/"))
    assert VISITOR in page
    assert "an event, message m2" in page
    assert f"Counts for customer {OWN}" in said(get(world.viewer, f"/o/{world.ours.slug}/customers/{visitor}/"))


@BY_EVERY_FAMILY
def test_a_group_is_no_customer(world: World, small: Small, family: Family) -> None:
    sent(world, family.group)
    assert sorted(rows(world.ours, Customer, "external_id", identified=True)) == sorted(KNOWN)
    assert figures(world) == expected(ALONE)


def test_control_somebody_who_is_identified_is_one_more(world: World, small: Small) -> None:
    sent(world, segment("track", "m9", event=ORDER, userId="somebody"))
    assert figures(world)["scorecard"] == (7, "70")
