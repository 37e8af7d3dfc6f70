"""Who belongs to a segment, as signed messages: every page adds up, in order, and names nobody who was erased."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.ingest.models import Customer
from engagement.ingest.services import ask_erasure, process_erasure
from engagement.insights.models import SegmentPush, WebhookDelivery, WebhookEndpoint
from engagement.insights.services import score, segment_pushes, webhooks
from engagement.insights.services.deliveries import WAITS, deliver, redeliver, wake_pending
from engagement.insights.services.segment_pushes import push_run, wake_pushes
from engagement.scoring.models import ScoreRun, Segment
from engagement.scoring.services.touching import touch_chunks
from tenants.models import AuditEntry, Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import Small, add_customers, add_segments, make_small
from tests.insights.test_webhooks import Other, added, fresh
from tests.insights.test_webhooks import other as other  # noqa: PLC0414  a fixture

DAY = date(2026, 2, 20)
EVERYBODY = range(1, 13)


def morning(at: int) -> datetime:
    """The morning after day `at`."""
    return NOW - timedelta(days=(NOW.date() - DAY).days - at - 1)


@pytest.fixture
def small(world: World) -> Small:
    made = make_small(world.ours, weights={"visit": ("website", 1_000, None)}, full_points=1_000)
    add_customers(made, [(number, {}) for number in EVERYBODY])
    add_segments(made, "plan", {"gold": {"trait": "plan", "op": "is", "value": "gold"}}, partition=False)
    return made


@pytest.fixture
def three_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engagement.insights.services.pushing.PAGE_IDS", 3)


def scored(small: Small, at: int, gold: Iterable[int]) -> ScoreRun:
    """Day `at` with these members."""
    chosen = set(gold)
    with organisation_scope(small.id):
        for plan, numbers in (("gold", chosen), ("none", set(EVERYBODY) - chosen)):
            Customer.objects.filter(number__in=numbers).update(traits={"plan": plan})
        touch_chunks(organisation_id=small.id, chunks=[0])
    return score(organisation_id=small.id, as_of=DAY + timedelta(days=at), cause="history", now=morning(at))


def subscribed(small: Small, endpoint: WebhookEndpoint, *, at: int) -> SegmentPush:
    with organisation_scope(small.id):
        return segment_pushes.subscribe(
            organisation=small.organisation, endpoint_id=endpoint.pk, segment_key="gold", user=None, now=morning(at)
        )


def waiting(small: Small) -> list[WebhookDelivery]:
    with organisation_scope(small.id, write=False):
        return list(WebhookDelivery.objects.filter(state="waiting"))


def looked(push: SegmentPush, *, at: int) -> WebhookDelivery | None:
    return push_run(organisation_id=push.organisation_id, push_id=push.pk, now=morning(at))


def sent_all(small: Small, *, at: int) -> None:
    """Whatever waits is sent, one after the other: never do two wait at once."""
    while found := waiting(small):
        assert len(found) == 1
        assert deliver(organisation_id=small.id, delivery_id=found[0].pk, now=morning(at))


def bodies(other: Other) -> list[dict[str, Any]]:
    return [json.loads(body) for _, _, body in other.got]


def erase(small: Small, number: int) -> None:
    with organisation_scope(small.id):
        asked = ask_erasure(organisation=small.organisation, number=number, reason="They asked.", user=None, now=NOW)
    assert process_erasure(organisation_id=small.id, erasure_id=UUID(str(asked.pk)), now=NOW)


class Receiver:
    """A mailing tool as the words tell it to: it takes a snapshot when whole, and changes as they come."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.coming: list[str] = []

    def take(self, said: Mapping[str, Any]) -> None:
        data = said["data"]
        if said["type"] == "segment.members.changed":
            assert len(data["joined"]) + len(data["left"]) <= 3
            assert not self.known & set(data["joined"])
            assert set(data["left"]) <= self.known
            self.known = (self.known | set(data["joined"])) - set(data["left"])
            return
        assert len(data["members"]) <= 3
        self.coming = [*(self.coming if data["page"] > 1 else []), *data["members"]]
        if data["page"] == data["pages"]:
            self.known = set(self.coming)


def anew(world: World, small: Small) -> SegmentPush:
    """One that nothing was sent of yet, and no other."""
    with organisation_scope(small.id):
        SegmentPush.objects.filter(ended_at=None).update(ended_at=NOW)
        endpoint = WebhookEndpoint.objects.first()
    endpoint = endpoint or added(world)[0]
    with organisation_scope(small.id):
        return SegmentPush.objects.create(
            organisation=small.organisation, endpoint=endpoint, segment=small.segments["gold"], created_at=NOW
        )


def ids(numbers: Iterable[int]) -> set[str]:
    return {f"c{number}" for number in numbers}


# ── what is said ─────────────────────────────────────────────────────────────────────────────────────────────


def test_everybody_is_sent_first_and_then_who_moved(world: World, small: Small, other: Other) -> None:
    first = scored(small, 0, [1, 2, 3])
    push = subscribed(small, added(world)[0], at=0)
    sent_all(small, at=0)
    assert looked(push, at=0) is None
    second = scored(small, 1, [2, 3, 4])
    assert wake_pushes(now=morning(1)) == 1
    assert looked(push, at=1) is not None
    assert (wake_pushes(now=morning(1)), looked(push, at=1)) == (0, None)  # it waits already
    sent_all(small, at=1)
    whole, changes = bodies(other)
    about: dict[str, Any] = {"segment": "gold", "segment_name": "Gold", "page": 1, "pages": 1}
    about["link"] = whole["data"]["link"]
    assert whole["data"] == {
        **about, "run": first.number, "day": "2026-02-20", "set": 1, "why": "subscribed", "members": ["c1", "c2", "c3"],
    }  # fmt: skip
    assert changes["type"] == "segment.members.changed"
    assert changes["data"] == {
        **about, "run": second.number, "day": "2026-02-21", "set": 2, "since_run": first.number,
        "since_day": "2026-02-20", "joined": ["c4"], "left": ["c1"],
    }  # fmt: skip
    assert fresh(push).run_id == second.pk
    with organisation_scope(small.id, write=False):
        kept = [json.loads(one.content)["new"] for one in AuditEntry.objects.filter(act="customers.exported")]
    assert [(one["table"], one["rows"], one["run"]) for one in kept] == [("webhook", 3, 1), ("webhook", 2, 2)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.sets(st.sampled_from(list(EVERYBODY))), min_size=2, max_size=4))
def test_pages_add_up_to_what_the_segment_is(
    world: World, small: Small, other: Other, three_a_page: None, days: list[set[int]]
) -> None:
    push = anew(world, small)
    other.got.clear()
    receiver = Receiver()
    for at, gold in enumerate(days):
        scored(small, at, gold)
        looked(push, at=at)
        sent_all(small, at=at)
        for said in bodies(other):
            receiver.take(said)
        pages = [(said["data"]["page"], said["data"]["pages"]) for said in bodies(other)]
        assert pages == [(page, len(pages)) for page in range(1, len(pages) + 1)]
        other.got.clear()
        assert receiver.known == ids(gold)


# ── again, and in order ──────────────────────────────────────────────────────────────────────────────────────


def test_what_is_tried_again_has_the_same_id_and_words_and_nothing_overtakes_it(
    world: World, small: Small, other: Other, three_a_page: None
) -> None:
    scored(small, 0, range(1, 8))
    push, other.status = subscribed(small, added(world)[0], at=0), 500
    (delivery,) = waiting(small)
    assert not deliver(organisation_id=small.id, delivery_id=delivery.pk, now=morning(0))
    scored(small, 1, range(3, 10))
    assert (looked(push, at=1), wake_pushes(now=morning(1))) == (None, 0)
    assert [one.pk for one in waiting(small)] == [delivery.pk]
    other.status = 200
    sent_all(small, at=1)
    assert other.got[0][1]["webhook-id"] == other.got[1][1]["webhook-id"]
    assert other.got[0][2] == other.got[1][2]
    assert looked(push, at=1) is not None
    sent_all(small, at=1)
    places = [(said["data"]["run"], said["data"]["page"]) for said in bodies(other)]
    assert places == [(1, 1), (1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]


def test_after_a_message_that_was_given_up_the_next_run_sends_everybody(
    world: World, small: Small, other: Other
) -> None:
    scored(small, 0, [1, 2])
    push = subscribed(small, added(world)[0], at=0)
    sent_all(small, at=0)
    scored(small, 1, [2, 3])
    lost = looked(push, at=1)
    assert lost is not None
    with organisation_scope(small.id):
        WebhookDelivery.objects.filter(pk=lost.pk).update(attempts=len(WAITS))
    other.status = 500
    assert not deliver(organisation_id=small.id, delivery_id=lost.pk, now=morning(1))
    assert fresh(lost).state == "failed"
    assert (looked(push, at=1), wake_pushes(now=morning(1))) == (None, 0)  # the same run is not begun again
    scored(small, 2, [3, 4])
    other.status = 200
    assert looked(push, at=2) is not None
    sent_all(small, at=2)
    last = bodies(other)[-1]["data"]
    assert (last["why"], last["members"]) == ("given_up", ["c3", "c4"])
    with organisation_scope(small.id), pytest.raises(ConflictError):
        redeliver(organisation=small.organisation, delivery_id=lost.pk, now=morning(2))


def test_send_all_replaces_what_waits_unless_it_is_on_its_way(world: World, small: Small, other: Other) -> None:
    scored(small, 0, [1, 2])
    push = subscribed(small, added(world)[0], at=0)
    (first,) = waiting(small)
    said: dict[str, Any] = {"organisation": small.organisation, "push_id": push.pk, "now": morning(0)}
    with organisation_scope(small.id):
        WebhookDelivery.objects.filter(pk=first.pk).update(lease_until=morning(0) + timedelta(minutes=2))
        with pytest.raises(ConflictError):
            segment_pushes.send_all(**said)
        WebhookDelivery.objects.filter(pk=first.pk).update(lease_until=None)
        segment_pushes.send_all(**said)
    sent_all(small, at=0)
    assert not deliver(organisation_id=small.id, delivery_id=first.pk, now=morning(0))
    assert [(one["data"]["why"], one["data"]["members"]) for one in bodies(other)] == [("asked", ["c1", "c2"])]


def test_runs_of_a_day_that_is_not_over_are_not_sent(world: World, small: Small, other: Other) -> None:
    scored(small, 0, [1])
    push = subscribed(small, added(world)[0], at=0)
    sent_all(small, at=0)
    scored(small, 1, [2])
    assert (looked(push, at=0), wake_pushes(now=morning(0))) == (None, 0)


# ── erased, thinned, ended ───────────────────────────────────────────────────────────────────────────────────


def test_an_erasure_between_two_pages_moves_nobody_out_and_names_nobody(
    world: World, small: Small, other: Other, three_a_page: None
) -> None:
    scored(small, 0, range(1, 9))
    subscribed(small, added(world)[0], at=0)
    (first,) = waiting(small)
    assert deliver(organisation_id=small.id, delivery_id=first.pk, now=morning(0))
    erase(small, 2)  # was on the page that is sent
    erase(small, 5)  # is on the one that waits
    sent_all(small, at=0)
    assert [one["data"]["members"] for one in bodies(other)] == [["c1", "c2", "c3"], ["c4", "c6"], ["c7", "c8"]]
    assert {one["data"]["pages"] for one in bodies(other)} == {3}


@pytest.mark.parametrize("is_on_its_way", [False, True])
def test_of_a_run_that_is_kept_as_sums_only_no_changes_are_sent_but_everybody(
    world: World, small: Small, other: Other, is_on_its_way: bool
) -> None:
    before = scored(small, 0, [1, 2])
    push = subscribed(small, added(world)[0], at=0)
    sent_all(small, at=0)
    scored(small, 1, [2, 3])
    if is_on_its_way:
        looked(push, at=1)
    with organisation_scope(small.id):
        ScoreRun.objects.filter(pk=before.pk).update(thinned_at=NOW)
    if is_on_its_way:
        (stale,) = waiting(small)
        assert not deliver(organisation_id=small.id, delivery_id=stale.pk, now=morning(1))
        assert fresh(stale).error == "The run is kept as sums only."
    else:
        looked(push, at=1)
    sent_all(small, at=1)
    last = bodies(other)[-1]["data"]
    assert (last["why"], last["members"]) == ("sums_only", ["c2", "c3"])


@pytest.mark.parametrize("how", ["archived", "removed", "suspended"])
def test_it_ends_with_its_segment_and_its_webhook_and_rests_with_its_organisation(
    world: World, small: Small, other: Other, how: str
) -> None:
    scored(small, 0, [1, 2])
    endpoint, _ = added(world)
    push = subscribed(small, endpoint, at=0)
    (delivery,) = waiting(small)
    with organisation_scope(small.id):
        if how == "archived":
            Segment.objects.filter(key="gold").update(archived_at=NOW)
        elif how == "removed":
            webhooks.remove_endpoint(organisation=small.organisation, endpoint_id=endpoint.pk, now=NOW)
        else:
            Organisation.objects.filter(pk=small.id).update(suspended_at=NOW)
    assert not deliver(organisation_id=small.id, delivery_id=delivery.pk, now=morning(0))
    assert looked(push, at=0) is None
    assert other.got == []
    assert (fresh(push).ended_at is None) == (how == "suspended")
    assert fresh(delivery).state == ("waiting" if how == "suspended" else "failed")


def test_no_more_is_sent_once_somebody_ended_it(world: World, small: Small, other: Other) -> None:
    scored(small, 0, [1, 2])
    push = subscribed(small, added(world)[0], at=0)
    (delivery,) = waiting(small)
    with organisation_scope(small.id):
        segment_pushes.unsubscribe(organisation=small.organisation, push_id=push.pk, now=morning(0))
        with pytest.raises(NotFoundError):
            segment_pushes.unsubscribe(organisation=small.organisation, push_id=push.pk, now=morning(0))
    assert not deliver(organisation_id=small.id, delivery_id=delivery.pk, now=morning(0))
    assert (other.got, wake_pushes(now=morning(5)), wake_pending(now=morning(5))) == ([], 0, 0)


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_cannot_be_sent_says_so_beside_the_field(world: World, small: Small) -> None:
    endpoint, _ = added(world)
    subscribed(small, endpoint, at=0)
    for said, field in (
        ({}, "segment"),
        ({"segment_key": "none"}, "segment"),
        ({"endpoint_id": UUID(int=1)}, "endpoint"),
    ):
        asked: dict[str, Any] = {"endpoint_id": endpoint.pk, "segment_key": "gold", **said}
        with organisation_scope(small.id), pytest.raises(InvalidInputError) as refused:
            segment_pushes.subscribe(organisation=small.organisation, user=None, now=NOW, **asked)
        assert set(refused.value.fields) == {field}


def test_the_pages_are_for_whoever_may(world: World, small: Small, other: Other, client: Client) -> None:
    scored(small, 0, [1, 2])
    endpoint, _ = added(world)
    base = f"/o/{world.ours.slug}/webhooks/segments/"
    client.force_login(world.admin)
    assert client.post(base, {"segment": "gold", "endpoint": str(endpoint.pk)}).status_code == 302
    with organisation_scope(small.id, write=False):
        push = SegmentPush.objects.get()
    assert "sends page 1 of 1" in client.get(base).content.decode()
    other.status = 500
    (delivery,) = waiting(small)
    deliver(organisation_id=small.id, delivery_id=delivery.pk, now=timezone.now())
    assert "It answered with 500." in client.get(base).content.decode()
    assert "Send to a webhook" in client.get(f"/o/{world.ours.slug}/segments/gold/").content.decode()
    assert "no more?" in client.get(f"{base}{push.pk}/end/").content.decode()
    assert fresh(push).ended_at is None
    client.force_login(world.viewer)
    assert (client.get(base).status_code, client.post(f"{base}{push.pk}/all/").status_code) == (403, 403)
    client.force_login(world.stranger)
    assert client.get(base).status_code == 404
    assert client.post(f"{base}{push.pk}/end/").status_code == 404
