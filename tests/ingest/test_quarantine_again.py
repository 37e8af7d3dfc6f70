"""What is sent again means what it would have meant, taken when it came: of that time, by that id, by that clock."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from engagement.ingest.contracts.again import OTHERS
from engagement.ingest.contracts.bodies import DIALECTS
from engagement.ingest.models import Event, IngestBatch, RejectedEvent
from engagement.ingest.services import replay_group, replay_one
from engagement.ingest.services.fixing import Fix, FixKind
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.ingest.sending import customer, identify, message_ids, rows, send, take, track, work

pytestmark = pytest.mark.usefixtures("uploads", "broker")

DAYS_LATER = NOW + timedelta(days=3)
STAMP = NOW - timedelta(hours=2)
MILLISECONDS = int(STAMP.timestamp() * 1000)
AGAIN = timedelta(minutes=1)  # until a request is sent once more because its answer was lost


def segment(**more: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Order", "userId": "c1", "properties": {"total": 5}, **more}


def posthog(**more: Any) -> dict[str, Any]:
    return {"event": "Order", "distinct_id": "c1", "properties": {"total": 5}, **more}


def mixpanel(**more: Any) -> dict[str, Any]:
    return {"event": " Order ", "properties": {"distinct_id": "c1", "total": 5, "token": "k", **more}}


def amplitude(**more: Any) -> dict[str, Any]:
    return {"event_type": "Order", "user_id": "c1", "event_properties": {"total": 5}, "api_key": "k", **more}


EVENTS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "segment": ("batch", segment(), segment(timestamp=STAMP.isoformat())),
    "segment, alone": ("track", segment(), segment(originalTimestamp=STAMP.isoformat())),
    "posthog": ("posthog", posthog(), posthog(timestamp=STAMP.isoformat())),
    "mixpanel": ("mixpanel_track", mixpanel(), mixpanel(time=MILLISECONDS // 1000)),
    "amplitude": ("amplitude", amplitude(), amplitude(time=MILLISECONDS)),
}


def keep(organisation: Organisation, kind: str, *messages: Any, at: datetime = NOW, sent_at: str | None = None) -> Any:
    whole = messages[0] if kind == "track" else {"batch": messages, "sentAt": sent_at}
    with organisation_scope(organisation.pk):
        raw = json.dumps(whole).encode()
        return IngestBatch.objects.create(organisation=organisation, kind=kind, raw=raw, received_at=at).pk


def reject(organisation: Organisation, kind: str, *messages: Any, at: datetime = NOW) -> None:
    """A request all of which was refused for a reason that holds no more."""
    batch_id = keep(organisation, kind, *messages, at=at)
    with organisation_scope(organisation.pk):
        IngestBatch.objects.filter(pk=batch_id).update(state="done")
        for position, message in enumerate(messages, start=1):
            RejectedEvent.objects.create(
                organisation=organisation, batch_id=batch_id, position=position, code="odd", reason="Odd.",
                remedy="Wait.", original=json.dumps(message).encode(), created_at=at,
            )  # fmt: skip


def replay(organisation: Organisation, code: str, fix: Fix | None = None, *, now: datetime = DAYS_LATER) -> Any:
    with organisation_scope(organisation.pk):
        done = replay_group(organisation=organisation, code=code, fix=fix or Fix(), now=now)
    work_waiting(organisation, now=now)
    return done


def work_waiting(organisation: Organisation, *, now: datetime = DAYS_LATER) -> None:
    for batch_id in rows(organisation, IngestBatch, "id", state="waiting"):
        work(organisation, batch_id, now=now)


def events(organisation: Organisation) -> list[Any]:
    return rows(organisation, Event, "message_id", "day", "occurred_at", "properties")


def test_of_every_family_it_is_known_where_it_says_when() -> None:
    assert set(OTHERS) == set(DIALECTS)


# ── as if it had been taken ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("is_dated", [False, True])
@pytest.mark.parametrize("family", EVENTS)
def test_it_is_the_event_it_would_have_been(world: World, family: str, is_dated: bool) -> None:
    """Two alike in one request, which comes a second time: as many events, by the same ids, on the same day."""
    kind, bare, dated = EVENTS[family]
    messages = [dated if is_dated else bare] * (1 if kind == "track" else 2)
    for at in (NOW, NOW + AGAIN):
        work(world.other, keep(world.other, kind, *messages, at=at))
        reject(world.ours, kind, *messages, at=at)
    replay(world.ours, "odd")
    wanted = {name: (day, occurred_at, properties) for name, day, occurred_at, properties in events(world.other)}
    assert len(wanted) == {(True, True): 1, (True, False): len(messages)}.get(
        (is_dated, kind in {"batch", "track"}), 2 * len(messages)
    )
    assert {one[0]: (one[1], one[2], one[3]) for one in events(world.ours)} == wanted


@pytest.mark.parametrize(
    ("kind", "message", "field"),
    [
        ("posthog", posthog(distinct_id=None, timestamp=None), "distinct_id"),
        ("mixpanel_track", {"event": "Order", "properties": {"total": 5}}, "properties.distinct_id"),
        ("amplitude", amplitude(user_id=None), "user_id"),
    ],
)
def test_an_event_without_a_time_is_of_the_day_it_was_received(
    world: World, kind: str, message: Any, field: str
) -> None:
    work(world.ours, keep(world.ours, kind, message, message))
    replay(world.ours, "missing_customer")  # as they came: refused once more
    assert replay(world.ours, "missing_customer", Fix(FixKind.SET, field, "c1"), now=DAYS_LATER + AGAIN).rows == 2
    found = events(world.ours)
    assert [(day, occurred_at) for _id, day, occurred_at, _properties in found] == [(NOW.date(), NOW)] * 2


@pytest.mark.parametrize(
    ("kind", "message", "field"),
    [
        ("posthog", {"event": "$set", "properties": {"$set": {"plan": "free"}}}, "distinct_id"),
        ("mixpanel_engage", {"$set": {"plan": "free"}}, "$distinct_id"),
        ("amplitude", {"event_type": "$identify", "user_properties": {"plan": "free"}}, "user_id"),
    ],
)
def test_what_was_told_without_a_time_is_no_newer_for_being_sent_again(
    world: World, kind: str, message: Any, field: str
) -> None:
    work(world.ours, keep(world.ours, kind, message))
    send(world.ours, identify("c1", {"plan": "pro"}, timestamp=(NOW + AGAIN).isoformat()), received_at=NOW + AGAIN)
    replay(world.ours, "missing_customer", Fix(FixKind.SET, field, "c1"))
    assert customer(world.ours, "c1").traits == {"plan": "pro"}


@pytest.mark.parametrize("family", ["posthog", "mixpanel", "amplitude"])
def test_the_wrong_clock_goes_along_and_corrects_no_time_of_ours(world: World, family: str) -> None:
    """A clock an hour ahead; of two messages of its request one names no time, and one of another request was right."""
    kind, bare, dated = EVENTS[family]
    ahead = (NOW + timedelta(hours=1)).isoformat()
    nobody: dict[str, Any] = {name: None for name in ("distinct_id", "user_id") if name in dated}
    messages = [{**one, **nobody} if nobody else _of_nobody(one) for one in (bare, dated)]
    work(world.ours, keep(world.ours, kind, *messages, sent_at=ahead))
    work(world.ours, keep(world.ours, kind, messages[1], sent_at=NOW.isoformat(), at=NOW + AGAIN))
    field = {"posthog": "distinct_id", "mixpanel": "properties.distinct_id", "amplitude": "user_id"}[family]
    replay(world.ours, "missing_customer")
    done = replay(world.ours, "missing_customer", Fix(FixKind.SET, field, "c1"), now=DAYS_LATER + AGAIN)
    assert (done.rows, done.batches) == (3, 2)
    found = sorted(occurred_at for _id, _day, occurred_at, _properties in events(world.ours))
    assert found == [STAMP - timedelta(hours=1), STAMP, NOW]


def _of_nobody(message: dict[str, Any]) -> dict[str, Any]:
    inner = {name: value for name, value in message["properties"].items() if name != "distinct_id"}
    return {**message, "properties": inner}


@pytest.mark.parametrize("sent_at", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
@pytest.mark.parametrize("kind", ["batch", "posthog"])
def test_an_absurd_clock_stops_nothing_and_corrects_nothing(world: World, kind: str, sent_at: str) -> None:
    bad = {"batch": segment(userId=None, timestamp=STAMP.isoformat()),
           "posthog": posthog(distinct_id=None, timestamp=STAMP.isoformat())}[kind]  # fmt: skip
    work(world.ours, keep(world.ours, kind, bad, sent_at=sent_at))
    replay(world.ours, "missing_customer", Fix(FixKind.SET, "userId" if kind == "batch" else "distinct_id", "c1"))
    assert [one[2] for one in events(world.ours)] == [STAMP]


# ── one event for each row ───────────────────────────────────────────────────────────────────────────────────


def test_two_purchases_alike_stay_two_however_often_they_are_rejected(world: World) -> None:
    purchase = track(1, event=None, messageId=None, timestamp=None, name="Order")
    send(world.ours, purchase, purchase)
    assert replay(world.ours, "missing_event").rows == 2  # rejected again
    assert replay(world.ours, "missing_event", now=DAYS_LATER + AGAIN).rows == 2  # and again
    fix = Fix(FixKind.EVENT_FROM, "name")
    assert replay(world.ours, "missing_event", fix, now=DAYS_LATER + 2 * AGAIN).rows == 2
    found = rows(world.ours, Event, "name", "occurred_at")
    assert found == [("Order", NOW)] * 2


def test_of_two_whose_time_cannot_be_read_nothing_says_that_they_are_one(world: World) -> None:
    purchase = track(1, messageId=None, timestamp="0000-00-00")
    send(world.ours, purchase, purchase)
    replay(world.ours, "invalid_time", Fix(FixKind.RECEIPT_TIME))
    assert rows(world.ours, Event, "occurred_at") == [NOW] * 2


def test_two_rows_alike_written_as_messages_are_the_two_rows_of_their_file(world: World) -> None:
    file = take(world.ours, "customer,event,date\nc1,visit,31/12/2025\nc1,visit,31/12/2025\n")
    message = json.dumps(track(1, messageId=None, timestamp="2025-12-31"))
    for row_id in rows(world.ours, RejectedEvent, "id"):
        with organisation_scope(world.ours.pk):
            replay_one(organisation=world.ours, row_id=row_id, message=message, now=DAYS_LATER)
    work_waiting(world.ours)
    assert message_ids(world.ours) == [f"file:{file.digest[:32]}:{row}" for row in (1, 2)]


@pytest.mark.parametrize("original", [b"[1]", b"{", b"\xff", b'{"a":' * 900 + b"1" + b"}" * 900])
def test_what_was_no_message_is_told_apart_by_its_place(world: World, original: bytes) -> None:
    reject(world.ours, "batch", {}, {})
    with organisation_scope(world.ours.pk):
        RejectedEvent.objects.update(original=original)
    for row_id in rows(world.ours, RejectedEvent, "id"):
        with organisation_scope(world.ours.pk):
            message = json.dumps(track(1, messageId=None))
            replay_one(organisation=world.ours, row_id=row_id, message=message, now=DAYS_LATER)
    work_waiting(world.ours)
    assert len(message_ids(world.ours)) == 2


def test_an_id_and_a_time_of_their_own_stay(world: World) -> None:
    named = {
        "posthog": posthog(uuid="u1", timestamp=STAMP.isoformat()),
        "mixpanel_track": mixpanel(time=MILLISECONDS / 1000, **{"$insert_id": "i1"}),
        "amplitude": amplitude(insert_id="a1", time=MILLISECONDS),
    }
    for kind, message in named.items():
        reject(world.ours, kind, message)
    replay(world.ours, "odd")
    assert [(one[0], one[2]) for one in events(world.ours)] == [("a1", STAMP), ("i1", STAMP), ("u1", STAMP)]
