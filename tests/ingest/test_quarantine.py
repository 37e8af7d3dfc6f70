"""What was rejected is found by its reason, put right, sent again once and counted; what fails again stands there."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.ingest.models import Event, IngestBatch, RejectedEvent
from engagement.ingest.selectors import quarantine
from engagement.ingest.services import discard_rejected, discard_rejected_row, replay_group, replay_one
from engagement.ingest.services.fixing import Fix, FixKind
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, api_token
from tests.ingest.conftest import Broker
from tests.ingest.sending import LATER, counts_of, one, reach_in, rows, send, take, track, work
from tests.ingest.test_data_pages import as_person, page

pytestmark = pytest.mark.usefixtures("uploads", "broker")

AS_IT_CAME = Fix()


def replay(organisation: Organisation, code: str, fix: Fix = AS_IT_CAME, **options: Any) -> Any:
    with organisation_scope(organisation.pk):
        return replay_group(organisation=organisation, code=code, fix=fix, now=options.get("now", LATER))


def replay_row(organisation: Organisation, message: Any, **only: Any) -> Any:
    (row_id,) = rows(organisation, RejectedEvent, "id", state="waiting", **only)
    text = message if isinstance(message, str) else json.dumps(message)
    with organisation_scope(organisation.pk):
        return replay_one(organisation=organisation, row_id=row_id, message=text, now=LATER)


def work_waiting(organisation: Organisation) -> list[Any]:
    waiting = rows(organisation, IngestBatch, "id", state="waiting")
    return [work(organisation, batch_id, now=LATER) for batch_id in waiting]


def states(organisation: Organisation) -> list[tuple[str, str]]:
    return rows(organisation, RejectedEvent, "code", "state")


def groups(organisation: Organisation, **among: Any) -> dict[str, quarantine.Group]:
    with organisation_scope(organisation.pk, write=False):
        found = quarantine.groups(
            organisation=organisation, reach=reach_in(organisation), among=quarantine.Among(**among), now=LATER
        )
    return {one.code: one for one in found}


# ── sending again ────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_in_the_future_is_stored_once_its_day_has_come(world: World) -> None:
    ahead = NOW + timedelta(days=4)
    counts = send(world.ours, track(1, timestamp=ahead.isoformat()), track(2))
    assert counts_of(counts) == (1, 0, 1)
    assert replay(world.ours, "day_out_of_range", now=ahead).rows == 1
    (batch_id,) = rows(world.ours, IngestBatch, "id", state="waiting")
    assert counts_of(work(world.ours, batch_id, now=ahead)) == (1, 0, 0)
    assert rows(world.ours, Event, "message_id", "occurred_at") == [
        ("m1", ahead),
        ("m2", one_event(world.ours, "m2").occurred_at),
    ]
    row = one(world.ours, RejectedEvent, rows(world.ours, RejectedEvent, "id")[0])
    assert (row.state, row.replayed_in, row.settled_at) == ("replayed", batch_id, ahead)


def one_event(organisation: Organisation, message_id: str) -> Any:
    with organisation_scope(organisation.pk, write=False):
        return Event.objects.get(message_id=message_id)


def test_a_group_is_sent_once_however_often_it_is_asked_for(world: World) -> None:
    send(world.ours, track(1, userId=None, event="A"), track(2, userId=None))
    done = replay(world.ours, "missing_customer", Fix(FixKind.RENAME, "properties", "traits"))
    assert (done.rows, done.batches, done.left) == (2, 1, 0)
    with pytest.raises(ConflictError):
        replay(world.ours, "missing_customer")
    assert len(rows(world.ours, IngestBatch, "id", state="waiting")) == 1


def test_what_is_rejected_again_says_so_and_stays(world: World) -> None:
    send(world.ours, track(1, userId=None))
    replay(world.ours, "missing_customer")
    assert [counts_of(counts) for counts in work_waiting(world.ours)] == [(0, 0, 1)]
    found = groups(world.ours)["missing_customer"]
    assert (found.waiting, found.replayed, found.discarded, found.again) == (1, 1, 0, 1)
    (batch_id,) = rows(world.ours, RejectedEvent, "replayed_in", state="replayed")
    assert rows(world.ours, RejectedEvent, "batch_id", state="waiting") == [batch_id]


def test_the_same_message_rejected_twice_and_sent_twice_is_one_event(world: World) -> None:
    bad = track(1, messageId=None, event=None, properties={"title": "Signed Up"})
    send(world.ours, bad)
    send(world.ours, bad, received_at=NOW + timedelta(minutes=1))
    assert replay(world.ours, "missing_event", Fix(FixKind.EVENT_FROM, "properties.title")).rows == 2
    work_waiting(world.ours)
    assert rows(world.ours, Event, "name") == ["Signed Up"]


@pytest.mark.parametrize(
    ("message", "code", "fix", "expected"),
    [
        (track(1, event=None, name="Opened"), "missing_event", Fix(FixKind.EVENT_FROM, "name"), "Opened"),
        (track(1, timestamp="yesterday"), "invalid_time", Fix(FixKind.RECEIPT_TIME), NOW),
        (
            {**track(1, userId=None), "customer": "c1"},
            "missing_customer",
            Fix(FixKind.RENAME, "customer", "userId"),
            None,
        ),
    ],
)
def test_a_change_is_shown_before_it_is_made_and_then_made(
    world: World, message: Any, code: str, fix: Fix, expected: Any
) -> None:
    send(world.ours, message, track(2, event=None, userId=None, timestamp="2026-03-01"))
    with organisation_scope(world.ours.pk, write=False):
        shown = quarantine.preview(organisation=world.ours, code=code, fix=fix, now=LATER)
    assert shown.first[0].after != shown.first[0].before
    assert rows(world.ours, IngestBatch, "id", state="waiting") == []  # looking changes nothing
    replay(world.ours, code, fix)
    work_waiting(world.ours)
    event = one_event(world.ours, "m1")
    assert expected in {None, event.name, event.occurred_at}


def test_a_change_that_does_not_fit_leaves_the_message_waiting(world: World) -> None:
    send(world.ours, track(1, event=None, name="Opened"), track(2, event=None))
    done = replay(world.ours, "missing_event", Fix(FixKind.EVENT_FROM, "name"))
    assert (done.rows, done.left) == (1, 1)
    assert states(world.ours) == [("missing_event", "replayed"), ("missing_event", "waiting")]


@pytest.mark.parametrize(
    ("fix", "field"),
    [(Fix("burn"), "fix"), (Fix(FixKind.EVENT_FROM), "field"), (Fix(FixKind.RENAME, "a"), "to")],
)
def test_a_change_that_cannot_be_made_says_which_field(world: World, fix: Fix, field: str) -> None:
    send(world.ours, track(1, event=None))
    with pytest.raises(InvalidInputError) as caught:
        replay(world.ours, "missing_event", fix)
    assert list(caught.value.fields) == [field]


def test_the_wrong_clock_of_the_sender_is_corrected_as_it_would_have_been(world: World) -> None:
    """Sent an hour behind: what is sent again a day later happened at the same corrected instant, by the same day."""
    behind = NOW - timedelta(hours=1)
    stamp = behind - timedelta(minutes=10)
    with organisation_scope(world.ours.pk):
        batch = IngestBatch.objects.create(
            organisation=world.ours,
            kind="batch",
            received_at=NOW,
            raw=json.dumps(
                {"batch": [track(1, event=None, timestamp=stamp.isoformat())], "sentAt": behind.isoformat()}
            ).encode(),
        )
    work(world.ours, batch.pk)
    replay_row(world.ours, track(1, timestamp=stamp.isoformat()))
    work_waiting(world.ours)
    event = one_event(world.ours, "m1")
    assert (event.occurred_at, event.day) == (stamp + timedelta(hours=1), stamp.date())


def test_a_single_message_keeps_its_type(world: World) -> None:
    with organisation_scope(world.ours.pk):
        batch = IngestBatch.objects.create(
            organisation=world.ours, kind="track", received_at=NOW, raw=b'{"event":"A","anonymousId":7.5,"x":1}'
        )
        RejectedEvent.objects.create(
            organisation=world.ours, batch=batch, position=1, code="odd", reason="Odd.", remedy="Mend it.",
            original=bytes(batch.raw), created_at=NOW,
        )  # fmt: skip
        IngestBatch.objects.update(state="done")
    replay(world.ours, "odd")
    assert [counts_of(counts) for counts in work_waiting(world.ours)] == [(1, 0, 0)]
    assert rows(world.ours, Event, "name", "occurred_at") == [("A", NOW)]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"a"', '{"a": NaN}', "{'a': 1}", "\ud83d", "[" * 5_000])
def test_what_is_no_message_is_refused_beside_the_field(world: World, text: str) -> None:
    send(world.ours, track(1, userId=None))
    with pytest.raises(InvalidInputError) as caught:
        replay_row(world.ours, text)
    assert list(caught.value.fields) == ["message"]
    assert states(world.ours) == [("missing_customer", "waiting")]


def test_a_row_of_a_file_is_sent_as_the_message_that_somebody_wrote(world: World) -> None:
    take(world.ours, "customer,event,date\nc1,visit,never\n")
    replay_row(world.ours, {"type": "track", "userId": "c1", "event": "visit", "timestamp": "2026-02-01"})
    assert [counts_of(counts) for counts in work_waiting(world.ours)] == [(1, 0, 0)]


def test_what_is_discarded_waits_no_more_and_is_counted(world: World) -> None:
    send(world.ours, track(1, userId=None), track(2, userId=None), track(3, event=None))
    (odd,) = rows(world.ours, RejectedEvent, "id", code="missing_event")
    with organisation_scope(world.ours.pk):
        assert discard_rejected(organisation=world.ours, code="missing_customer", now=LATER) == 2
        discard_rejected_row(organisation=world.ours, row_id=odd, now=LATER)
        with pytest.raises(ConflictError):
            discard_rejected(organisation=world.ours, code="missing_customer", now=LATER)
        with pytest.raises(ConflictError):
            replay_one(organisation=world.ours, row_id=odd, message="{}", now=LATER)
    assert {code: (one.waiting, one.discarded) for code, one in groups(world.ours).items()} == {
        "missing_customer": (0, 2),
        "missing_event": (0, 1),
    }


def test_anothers_rows_are_neither_found_nor_sent(world: World) -> None:
    send(world.other, track(1, userId=None))
    (row_id,) = rows(world.other, RejectedEvent, "id")
    assert groups(world.ours) == {}
    with pytest.raises(ConflictError):
        replay(world.ours, "missing_customer")
    with organisation_scope(world.ours.pk), pytest.raises(NotFoundError):
        replay_one(organisation=world.ours, row_id=row_id, message="{}", now=LATER)
    assert states(world.other) == [("missing_customer", "waiting")]


def test_groups_name_their_sources_and_can_be_asked_for_by_them(world: World) -> None:
    send(world.ours, track(1, userId=None), received_at=NOW - timedelta(days=20))
    take(world.ours, "customer,event,date\nc1,visit,never\n", file_name="march.csv")
    assert set(groups(world.ours)) == {"missing_customer", "invalid_time"}
    assert groups(world.ours)["invalid_time"].sources == ("march.csv",)
    assert set(groups(world.ours, source="files")) == {"invalid_time"}
    assert set(groups(world.ours, days=7)) == {"invalid_time"}


# ── pages and API ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_pages_lead_from_the_reason_to_the_message_and_send_it_again(world: World, broker: Broker) -> None:
    send(world.ours, track(1, userId=None, event="<script>alert(1)</script>"))
    client = as_person(world.consultant)
    group, (row_id,) = page("rejected-group", world.ours, "missing_customer"), rows(world.ours, RejectedEvent, "id")
    first = client.get(page("rejected", world.ours)).content.decode()
    assert f'href="{group}"' in first
    assert "<script>alert" not in first
    second = client.get(group).content.decode()
    assert page("rejected-row", world.ours, row_id) in second
    text = client.get(page("rejected-row", world.ours, row_id)).content.decode()
    assert "&quot;event&quot;: &quot;&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
    message = json.dumps(track(1))
    answer = client.post(page("rejected-row", world.ours, row_id), {"message": message})
    assert (answer.status_code, answer["Location"]) == (302, page("rejected-row", world.ours, row_id))
    assert [counts_of(counts) for counts in work_waiting(world.ours)] == [(1, 0, 0)]
    done = client.get(page("rejected-row", world.ours, row_id)).content.decode()
    assert "1 stored, 0 there already, 0 rejected again" in done
    assert "<textarea" not in done


def test_a_group_whose_rows_say_it_in_different_words_has_a_name_of_its_own(world: World) -> None:
    send(world.ours, track(1, timestamp="soon"), track(2, timestamp="later"), track(3, userId=None))
    client = as_person(world.consultant)

    text = client.get(page("rejected", world.ours)).content.decode()
    assert ">The time cannot be read.</a>" in text
    assert ">Neither userId nor anonymousId is given.</a>" in text
    group = client.get(page("rejected-group", world.ours, "invalid_time")).content.decode()
    assert "The time cannot be read." in group
    assert "The time “soon” cannot be read." in group


def test_a_group_is_previewed_and_then_sent(world: World) -> None:
    send(world.ours, track(1, event=None, name="Opened"))
    client, address = as_person(world.consultant), page("rejected-group", world.ours, "missing_event")
    asked = {"fix": "event_from", "field": "name", "to": ""}
    refused = client.get(address, {"fix": "rename", "field": "", "to": ""}).content.decode()
    assert "Write the name of the field." in refused
    shown = client.get(address, asked)
    assert [bool(one.after) for one in shown.context["preview"].first] == [True]
    assert "Send 1 again" in shown.content.decode()
    assert rows(world.ours, IngestBatch, "id", state="waiting") == []
    assert client.post(address, asked).status_code == 302
    assert [counts_of(counts) for counts in work_waiting(world.ours)] == [(1, 0, 0)]


def test_discarding_asks(world: World) -> None:
    send(world.ours, track(1, userId=None))
    client, address = as_person(world.consultant), page("rejected-group", world.ours, "missing_customer")
    assert "Say that you mean it." in client.post(address, {"what": "discard"}).content.decode()
    assert states(world.ours) == [("missing_customer", "waiting")]
    assert client.post(address, {"what": "discard", "discard": "on"}).status_code == 302
    assert states(world.ours) == [("missing_customer", "discarded")]


@pytest.mark.parametrize("query", ["source=x", "source=%00", "days=-1", "days=x", "page=x&days=7", "fix=", "fix=x"])
def test_what_cannot_be_asked_for_is_everything(world: World, query: str) -> None:
    send(world.ours, track(1, userId=None))
    client = as_person(world.consultant)
    for address in (page("rejected", world.ours), page("rejected-group", world.ours, "missing_customer")):
        assert client.get(f"{address}?{query}").status_code in {200, 404}


def test_the_api_lists_sends_and_discards(world: World, client: Any) -> None:
    send(world.ours, track(1, userId=None), track(2, event=None, name="Opened"), track(3, timestamp="never"))
    asked = {"HTTP_AUTHORIZATION": f"Bearer {api_token(world.consultant)}", "content_type": "application/json"}
    base = f"/api/v1/organisations/{world.ours.slug}/rejected/"
    found = {one["code"]: one["waiting"] for one in client.get(base, **asked).json()}
    assert found == {"missing_customer": 1, "missing_event": 1, "invalid_time": 1}
    sent = client.post(f"{base}missing_event/replay/", {"fix": "event_from", "field": "name"}, **asked)
    assert (sent.status_code, sent.json()) == (202, {"rows": 1, "batches": 1, "files": 0, "left": 0})
    (row_id,) = rows(world.ours, RejectedEvent, "id", code="invalid_time")
    one_row = {"id": str(row_id), "message": json.dumps(track(3))}
    assert client.post(f"{base}invalid_time/replay/", one_row, **asked).status_code == 202
    assert client.post(f"{base}missing_customer/discard/", **asked).json() == {"rows": 1}
    assert client.post(f"{base}missing_customer/discard/", **asked).status_code == 409
    assert client.post(f"{base}nobody/discard/", **asked).status_code == 404
    assert client.post(f"{base}invalid_time/replay/", {"id": str(row_id)}, **asked).status_code == 400
    assert client.get(f"{base}?source=x", **asked).status_code == 400
    work_waiting(world.ours)
    assert len(rows(world.ours, Event, "message_id")) == 2
