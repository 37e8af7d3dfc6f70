"""What a message of another family means: who, what is known of them, and what it is told apart by."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from engagement.ingest.contracts import parse
from engagement.ingest.contracts.naming import Names, messages_about, without
from engagement.ingest.types import ParsedBatch

RECEIVED = datetime(2026, 3, 10, 12, tzinfo=UTC)
AT = "2026-03-01T10:00:00Z"
SECONDS = 1772359200


def read(kind: str, *messages: Any, sent_at: Any = None) -> ParsedBatch:
    body = json.dumps({"batch": list(messages), "sentAt": sent_at}).encode()
    return parse(body, kind=kind, received_at=RECEIVED)


def posthog(name: str, properties: dict[str, Any] | None = None, **more: Any) -> ParsedBatch:
    return read("posthog", {"event": name, "distinct_id": "c1", "timestamp": AT, "uuid": "u-1",
                            "properties": properties or {}, **more})  # fmt: skip


def track(name: str, **properties: Any) -> ParsedBatch:
    said = {"distinct_id": "c1", "time": SECONDS, "$insert_id": "i1", **properties}
    return read("mixpanel_track", {"event": name, "properties": said})


def who(batch: ParsedBatch) -> tuple[str | None, str | None]:
    (item,) = batch.events or batch.traits
    return item.external_id, item.anonymous_id


def told(batch: ParsedBatch) -> list[tuple[dict[str, object], bool, bool]]:
    assert batch.rejections == ()
    return [(one.traits, one.beside, one.fills) for one in batch.traits]


def refused(batch: ParsedBatch) -> str:
    assert (batch.events, batch.traits) == ((), ())
    (rejection,) = batch.rejections
    return rejection.code


@pytest.mark.parametrize(
    ("batch", "expected"),
    [
        (posthog("Visit"), ("c1", None)),
        (posthog("Visit", {"$device_id": "d1", "$is_identified": True}), ("c1", None)),
        (posthog("Visit", {"$device_id": "c1"}), (None, "c1")),
        (posthog("Visit", {"$is_identified": False}), (None, "c1")),
        (posthog("Visit", {"$process_person_profile": False}), (None, "c1")),
        (posthog("Visit", options={"process_person_profile": False}), (None, "c1")),
        (posthog("Visit", {"distinct_id": "p1"}, distinct_id=None), ("p1", None)),
        (posthog("$identify", {"$anon_distinct_id": "a1", "$set": {"plan": "pro"}}), ("c1", "a1")),
        (posthog("$identify", {"$anon_distinct_id": "c1"}), ("c1", None)),
        (posthog("$create_alias", {"alias": "a1"}), ("a1", "c1")),
        (posthog("$create_alias", {"alias": "a1", "$lib": "posthog-node"}), ("c1", "a1")),
        (posthog("$create_alias", {"alias": "a1", "$lib": ["posthog-node"]}), ("a1", "c1")),  # was a failure of ours
        (posthog("$merge_dangerously", {"alias": "a1"}), ("c1", "a1")),
        (track("Visit"), ("c1", None)),
        (track("Visit", distinct_id="$device:d1"), (None, "d1")),
        (track("Visit", distinct_id="d1", **{"$device_id": "d1"}), (None, "d1")),
        (track("Visit", **{"$device_id": "d1", "$user_id": "c1"}), ("c1", "d1")),
        (track("Visit", distinct_id=None, **{"$device_id": "d1"}), (None, "d1")),
        (track("$identify", **{"$identified_id": "c1", "$anon_id": "$device:d1"}), ("c1", "d1")),
        (track("$create_alias", distinct_id="a1", alias="c1"), ("c1", "a1")),
        (track("$merge", **{"$distinct_ids": ["c1", "$device:d1"]}), ("c1", "d1")),
        (read("amplitude", {"event_type": "Visit", "user_id": "c1", "device_id": "d1"}), ("c1", "d1")),
        (read("amplitude", {"event_type": "Visit", "device_id": "d1"}), (None, "d1")),
        (read("amplitude", {"event_type": "$identify", "user_id": 7, "device_id": "d1"}), ("7", "d1")),
    ],
)
def test_who_it_is_about(batch: ParsedBatch, expected: tuple[str | None, str | None]) -> None:
    assert who(batch) == expected


@pytest.mark.parametrize(
    ("batch", "code"),
    [
        (posthog("Visit", distinct_id=" "), "missing_customer"),
        (posthog("", {}), "missing_event"),
        (posthog("$create_alias", {}), "missing_customer"),
        (posthog("$groupidentify", {"$group_type": "company", "$group_key": "acme"}, distinct_id="$company_acme"),
         "group_alone"),
        (posthog("$groupidentify", {}), "missing_group"),
        (posthog("Visit", {"$set": [1]}), "invalid_properties"),
        (posthog("Visit", timestamp="yesterday"), "invalid_time"),
        (posthog("Visit", timestamp="1999-01-01"), "day_out_of_range"),
        (posthog("Visit", {"n": 2**70}), "number_too_large"),
        (posthog("Visit", {"n": "\0"}), "nul_character"),
        (posthog("Visit", {"n": "x" * 40_000}), "too_large"),
        (read("posthog", "text"), "not_an_object"),
        (track("Visit", distinct_id=None), "missing_customer"),
        (track("Visit", distinct_id="$device:"), "missing_customer"),
        (track("$merge", **{"$distinct_ids": ["c1", "c2"]}), "two_customers"),
        (read("mixpanel_engage", {"$distinct_id": "c1", "$add": {"n": 1}}), "needs_state"),
        (read("mixpanel_engage", {"$distinct_id": "c1"}), "missing_traits"),
        (read("mixpanel_groups", {"$group_key": "company", "$group_id": "acme", "$set": {}}), "group_alone"),
        (read("amplitude", {"event_type": "Visit"}), "missing_customer"),
        (read("amplitude", {"event_type": "$groupidentify", "groups": {"company": "acme"}}), "group_alone"),
        (read("amplitude", {"event_type": "$identify", "user_id": "c1", "user_properties": {"$add": {"n": 1}}}),
         "needs_state"),
    ],
)  # fmt: skip
def test_what_is_refused_and_by_which_name(batch: ParsedBatch, code: str) -> None:
    assert refused(batch) == code


@pytest.mark.parametrize(
    ("batch", "expected"),
    [
        (posthog("$set", {"$set": {"$email": "a@x.org", "plan": "pro"}, "$unset": ["old"]}),
         [({"email": "a@x.org", "plan": "pro", "old": None}, False, False)]),
        (posthog("$set", {}, **{"$set": {"plan": "pro"}}), [({"plan": "pro"}, False, False)]),
        (posthog("$identify", {"$set": {"a": 1}, "$set_once": {"b": 2}}),
         [({"a": 1}, False, False), ({"b": 2}, True, True)]),
        (posthog("Visit", {"$set": {"a": 1}, "$set_once": {"b": 2}, "$groups": {"company": "acme"}}),
         [({"group_company": "acme", "a": 1}, True, False), ({"b": 2}, True, True)]),
        (posthog("$groupidentify", {"$group_type": "company", "$group_key": "acme", "$group_set": {"name": "Acme"},
                                    "$is_identified": True}),
         [({"group_company_name": "Acme", "group_company": "acme"}, False, False)]),
        (read("mixpanel_engage", {"$distinct_id": "c1", "$set": {"$email": "a@x.org"}, "$set_once": {"b": 2},
                                  "$unset": ["old"]}),
         [({"email": "a@x.org", "old": None}, False, False), ({"b": 2}, True, True)]),
        (read("amplitude", {"event_type": "$identify", "user_id": "c1", "groups": {"company": "acme"},
                            "group_properties": {"$set": {"name": "Acme"}},
                            "user_properties": {"$set": {"a": 1}, "$setOnce": {"b": 2}, "$unset": {"old": "-"}}}),
         [({"group_company_name": "Acme", "group_company": "acme", "a": 1, "old": None}, False, False),
          ({"b": 2}, True, True)]),
        (read("amplitude", {"event_type": "Visit", "user_id": "c1", "user_properties": {"$add": {"n": 1}, "a": 1}}),
         [({"a": 1}, True, False)]),
    ],
)  # fmt: skip
def test_what_is_known_from_now_on(batch: ParsedBatch, expected: Any) -> None:
    assert told(batch) == expected


@pytest.mark.parametrize(
    ("batch", "name", "properties"),
    [
        (posthog("$pageview", {"title": "Home", "token": "k", "distinct_id": "c1", "$set": {}}), "Page Viewed",
         {"title": "Home", "name": "Home"}),
        (posthog("$screen", {"$screen_name": "Main"}), "Screen Viewed", {"$screen_name": "Main", "name": "Main"}),
        (track("Visit", token="k", total=5), "Visit", {"total": 5}),
        (read("amplitude", {"event_type": "[Amplitude] Page Viewed", "user_id": "c1", "revenue": 5, "productId": "p",
                            "event_properties": {"revenue": 4}}), "Page Viewed", {"revenue": 4, "product_id": "p"}),
    ],
)  # fmt: skip
def test_what_happened(batch: ParsedBatch, name: str, properties: dict[str, Any]) -> None:
    (event,) = batch.events
    assert (event.name, event.properties) == (name, properties)


@pytest.mark.parametrize("time", [SECONDS, SECONDS * 1000, float(SECONDS), str(SECONDS)])
def test_mixpanels_time_is_in_seconds_or_milliseconds(time: Any) -> None:
    (event,) = track("Visit", time=time).events
    assert (event.message_id, event.day, event.occurred_at) == (
        "i1",
        date(2026, 3, 1),
        datetime(2026, 3, 1, 10, tzinfo=UTC),
    )


@pytest.mark.parametrize("kind", ["posthog", "amplitude"])
def test_a_clock_that_is_wrong_is_corrected_and_the_key_stays(kind: str) -> None:
    """Sent at what the sender took for 13:00 and received at 12:00: what it stamped 12:30 happened at 11:30."""
    messages = {
        "posthog": {"event": "Visit", "distinct_id": "c1", "uuid": "i1", "timestamp": "2026-03-10T12:30:00Z"},
        "amplitude": {"event_type": "Visit", "user_id": "c1", "insert_id": "i1", "time": 1773145800000},
    }
    (event,) = read(kind, messages[kind], sent_at="2026-03-10T13:00:00Z").events
    assert (event.day, event.occurred_at) == (date(2026, 3, 10), datetime(2026, 3, 10, 11, 30, tzinfo=UTC))


def test_an_event_without_an_id_is_its_content_its_time_and_its_place() -> None:
    timed = {"event": "Visit", "properties": {"distinct_id": "c1", "time": SECONDS, "token": "k1"}}
    first, second = read("mixpanel_track", timed, timed).events
    again = read("mixpanel_track", {"event": "Visit", "properties": {**timed["properties"], "token": "k2"}}).events  # type: ignore[dict-item]
    assert len(first.message_id) == 64
    assert first.message_id != second.message_id
    assert again[0].message_id == first.message_id  # a key takes no part in it


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("posthog", {"event": "Visit", "distinct_id": "c1"}),
        ("posthog", {"event": "Visit", "properties": {"distinct_id": "c1"}}),
        ("posthog", {"event": "$identify", "distinct_id": "x", "properties": {"$anon_distinct_id": "c1"}}),
        ("posthog", {"event": "$create_alias", "distinct_id": "x", "properties": {"alias": "c1"}}),
        ("mixpanel_track", {"event": "Visit", "properties": {"$user_id": "c1", "distinct_id": "x"}}),
        ("mixpanel_track", {"event": "Visit", "properties": {"distinct_id": "$device:c1"}}),
        ("mixpanel_track", {"event": "$merge", "properties": {"$distinct_ids": ["x", "$device:c1"]}}),
        ("mixpanel_engage", {"$distinct_id": "c1", "$set": {}}),
        ("amplitude", {"event_type": "Visit", "user_id": "c1"}),
        ("amplitude", {"event_type": "Visit", "user_id": "x", "device_id": "c1"}),
        ("amplitude", {"event_type": "Visit", "user_id": "x", "user_properties": {"mail": "C@X.org"}}),
    ],
)
def test_messages_about_somebody_are_found_and_cut_out(kind: str, message: dict[str, Any]) -> None:
    other = {
        "event": "Visit",
        "event_type": "Visit",
        "distinct_id": "c2",
        "user_id": "c2",
        "properties": {"about": "c1"},
    }
    names = Names(ids=frozenset({("c1", True)}), emails=frozenset({"c@x.org"}))
    body = json.dumps({"batch": [other, message], "sentAt": AT}).encode()
    assert [json.loads(raw) for raw in messages_about(body, kind=kind, names=names)] == [message]
    left, cut = without(body, kind=kind, names=names)
    assert (json.loads(left), cut) == ({"batch": [other], "sentAt": AT}, 1)
