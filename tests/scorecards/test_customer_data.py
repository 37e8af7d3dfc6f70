"""What a customer may ask for: everything that is kept, a page that explains their score, and who may hand it out."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from engagement.ingest.models import Customer
from engagement.insights.services import score
from tenants.models import AuditEntry
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.ingest.conftest import broker, uploads
from tests.ingest.sending import send, track
from tests.insights.erasing_world import CANARY, DAY, MAIL, TRAIT, VISITOR, known_everywhere, number_of
from tests.insights.risk_world import taken_up
from tests.scoring.config import published, signed_in

__all__ = ["broker", "uploads"]
pytestmark = pytest.mark.usefixtures("uploads", "broker")


def document(world: World, number: int, *, name: str = "customer-export") -> dict[str, Any]:
    answer = signed_in(world.consultant).get(reverse(name, args=[world.ours.slug, number]))
    assert answer.status_code == 200
    found = json.loads(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    assert isinstance(found, dict)
    return found


def test_everything_kept_about_one_customer_is_in_the_document(world: World) -> None:
    known_everywhere(world.ours)
    number = number_of(world.ours)
    found = document(world, number)
    assert (found["format"], found["number"], found["latest_run"]["number"]) == ("rapport-customer/1", number, 1)
    assert {one["external_id"] for one in found["identities"]} == {CANARY, VISITOR}
    person = next(one for one in found["identities"] if one["number"] == number)
    assert (person["email_normalised"], person["traits"]["surname"]) == (MAIL, TRAIT)
    assert [one["what"] for one in found["merging"]] == ["merged", "undone", "merged_again"]
    assert {one["key"] for one in found["segments"]} >= {"all", "zz-list"}
    assert sorted(one["message_id"] for one in found["events"])[-2:] == ["m100", "m101"]
    assert len(found["events"]) == 3
    assert {one["from"] for one in found["events"]} == {"request", "file"}
    assert [one["kind"] for one in found["imports"]] == ["events"]
    assert [one["message"]["messageId"] for one in found["requests"] if "messageId" in one["message"]] == [
        "m100", "m101", "m102", "m103"
    ]  # fmt: skip
    assert len(found["rejected"]) == 2
    assert all("nonsense" in one["original"] or "never" in one["original"] for one in found["rejected"])


def test_outreach_to_the_customer_is_in_it_and_nobody_elses(world: World) -> None:
    known_everywhere(world.ours)
    number = number_of(world.ours)
    said = {"how": "call", "contacted_on": DAY, "note": "Rang twice", "owner": world.consultant}
    taken_up(world.ours, number, **said)
    taken_up(world.ours, 1, **{**said, "note": "Another one"})
    (outreach,) = document(world, number)["outreach"]
    assert (outreach["number"], outreach["how"], outreach["note"]) == (number, "call", "Rang twice")
    assert (outreach["contacted_on"], outreach["owner"]) == (DAY.isoformat(), world.consultant.name)


def test_scores_and_activity_add_up(world: World) -> None:
    known_everywhere(world.ours)
    number = number_of(world.ours)
    score(organisation_id=world.ours.pk, as_of=DAY - timedelta(days=1), cause="request", now=NOW)
    found = document(world, number, name="api-customer-export")
    assert [(one["run"], one["as_of"]) for one in found["scores"]] == [
        (2, (DAY - timedelta(days=1)).isoformat()), (1, DAY.isoformat())
    ]  # fmt: skip
    for one in found["scores"]:
        assert sum(Decimal(line["points"]) for line in one["actions"]) == Decimal(one["points"])
        for line in one["actions"]:
            assert Decimal(line["counted"]) * Decimal(line["weight"]) == Decimal(line["points"])
    latest = {line["key"]: line["times"] for line in found["scores"][1]["actions"]}
    counted: dict[str, int] = {}
    for row in found["activity"]:
        counted[row["action"]] = counted.get(row["action"], 0) + row["times"]
    assert {key: str(n) for key, n in counted.items()} == {key: n for key, n in latest.items() if n != "0"}


def test_nothing_of_others_is_in_it_and_that_it_was_taken_is_on_record(world: World) -> None:
    known_everywhere(world.ours)
    number = number_of(world.ours, "c3")
    text = json.dumps(document(world, number))
    assert not any(word in text for word in (CANARY, MAIL, TRAIT, VISITOR, '"c1"', '"m1"'))
    with organisation_scope(world.ours.pk):
        entry = AuditEntry.objects.get(act="customer.exported")
    assert (entry.object_id, entry.actor) == (str(number), str(world.consultant.pk))


def test_who_may_take_it_and_who_may_not(world: World) -> None:
    send(world.ours, track(1))
    number = number_of(world.ours, "c1")
    address = reverse("customer-export", args=[world.ours.slug, number])
    assert signed_in(world.viewer).get(address).status_code == 403
    assert signed_in(world.stranger).get(address).status_code == 404
    unknown = reverse("customer-export", args=[world.ours.slug, 4040])
    assert signed_in(world.consultant).get(unknown).status_code == 404
    with organisation_scope(world.ours.pk):
        assert not AuditEntry.objects.filter(act="customer.exported").exists()


def page(client: Client, world: World, number: int) -> str:
    answer = client.get(reverse("customer-explanation", args=[world.ours.slug, number]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_says_in_plain_words_how_the_score_came_about(world: World) -> None:
    published(world.ours, full_points=Decimal(60))
    with organisation_scope(world.ours.pk):
        type(world.ours).objects.filter(pk=world.ours.pk).update(privacy_contact="privacy@ours.example")
    at = "2026-02-27T12:00:00Z"
    send(world.ours, *[track(n, userId="c1", event="Order Completed", timestamp=at) for n in range(1, 4)])
    send(world.ours, track(9, userId="c2", event="Nothing That Counts", timestamp=at))
    score(organisation_id=world.ours.pk, as_of=DAY, cause="request", now=NOW)
    text = page(signed_in(world.viewer), world, number_of(world.ours, "c1"))
    assert "Your score at" in text
    assert "60 points are a full score of 100. You have 30, which is 50.0" in text
    assert "Yours is called Poor." in text
    assert "What was not counted" in text
    assert "privacy@ours.example" in text
    nothing = page(signed_in(world.viewer), world, number_of(world.ours, "c2"))
    assert "you did none of the things that count" in nothing
    assert not any(word in text for word in ("millionths", "chunk", "weight set", "run "))


def test_who_is_left_out_is_told_so(world: World) -> None:
    published(world.ours)
    send(world.ours, *[track(n) for n in range(1, 4)])
    number = number_of(world.ours, "c1")
    with organisation_scope(world.ours.pk):
        Customer.objects.filter(number=number).update(excluded=True)
    score(organisation_id=world.ours.pk, as_of=DAY, cause="request", now=NOW)
    text = page(signed_in(world.viewer), world, number)
    assert "has no score of customer c1" in text
    assert "left out of the scores by hand" in text
