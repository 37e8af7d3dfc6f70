"""One message at a time: what it becomes, why it is rejected, and that its neighbours do not notice."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from engagement.ingest.contracts import InvalidJsonError, parse
from engagement.ingest.types import EventIn, ParsedBatch, Rejection, TraitsIn

RECEIVED = datetime(2026, 3, 10, 12, 0, 0, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u1",
    "messageId": "m1",
    "timestamp": "2026-03-09T08:00:00Z",
}


def parsed(*messages: str, **envelope: object) -> ParsedBatch:
    rest = "".join(f", {json.dumps(key)}: {json.dumps(value)}" for key, value in envelope.items())
    body = '{"batch": [' + ", ".join(messages) + "]" + rest + "}"
    return parse(body.encode("utf-8", "surrogatepass"), kind="batch", received_at=RECEIVED)


def message(**changes: object) -> str:
    return json.dumps({key: value for key, value in {**GOOD, **changes}.items() if value is not ...})


def event_of(**changes: object) -> EventIn:
    batch = parsed(message(**changes))
    assert batch.rejections == ()
    return batch.events[0]


def traits_of(**changes: object) -> TraitsIn:
    batch = parsed(message(**changes))
    assert batch.rejections == ()
    return batch.traits[0]


def rejected(text: str) -> Rejection:
    """The rejection of one message between two good ones, which must come through."""
    batch = parsed(message(messageId="before"), text, message(messageId="after"))
    assert [(event.message_id, event.position) for event in batch.events] == [("before", 1), ("after", 3)]
    assert batch.traits == ()
    (rejection,) = batch.rejections
    assert (rejection.position, rejection.line) == (2, None)
    assert rejection.original == text.encode("utf-8", "surrogatepass")
    assert rejection.reason.isprintable()
    assert rejection.remedy.isprintable()
    return rejection


def test_a_track_message_is_one_event() -> None:
    assert parsed(message(properties={"value": 12.5, "tags": ["a", {"b": None}], "ok": True})) == ParsedBatch(
        events=(
            EventIn(
                message_id="m1",
                day=date(2026, 3, 9),
                occurred_at=datetime(2026, 3, 9, 8, tzinfo=UTC),
                name="Order Completed",
                external_id="u1",
                anonymous_id=None,
                properties={"value": 12.5, "tags": ["a", {"b": None}], "ok": True},
                occurrences=1,
                position=1,
            ),
        ),
        traits=(),
        rejections=(),
    )


def test_no_messages_give_nothing() -> None:
    assert parsed() == ParsedBatch(events=(), traits=(), rejections=())


@pytest.mark.parametrize(
    ("sent", "external_id", "anonymous_id"),
    [
        ({"userId": " u1 "}, "u1", None),
        ({"userId": 42}, "42", None),
        ({"userId": 42.0}, "42", None),
        ({"userId": 4.5}, "4.5", None),
        ({"userId": 1e22}, "1e+22", None),
        ({"userId": None, "anonymousId": "a1"}, None, "a1"),
        ({"userId": "  ", "anonymousId": "a1"}, None, "a1"),
        ({"anonymousId": "a1"}, "u1", "a1"),
        ({"userId": "é" * 200}, "é" * 200, None),
        ({"userId": "😀"}, "😀", None),
    ],
)
def test_who_it_was(sent: dict[str, object], external_id: str | None, anonymous_id: str | None) -> None:
    event = event_of(**sent)
    assert (event.external_id, event.anonymous_id) == (external_id, anonymous_id)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"userId": ...}, "missing_customer"),
        ({"userId": ""}, "missing_customer"),
        ({"userId": "x" * 201}, "invalid_id"),
        ({"userId": True}, "invalid_id"),
        ({"userId": ["u1"]}, "invalid_id"),
        ({"userId": 2**63}, "invalid_id"),
        ({"userId": "u\0"}, "nul_character"),
        ({"anonymousId": {}}, "invalid_id"),
        ({"event": ...}, "missing_event"),
        ({"event": "  "}, "missing_event"),
        ({"event": 5}, "missing_event"),
        ({"event": "x" * 201}, "invalid_event"),
        ({"event": "a\0b"}, "nul_character"),
        ({"properties": "plan=pro"}, "invalid_properties"),
        ({"properties": [1]}, "invalid_properties"),
        ({"properties": {"a": "x\0"}}, "nul_character"),
        ({"properties": {"a\0": 1}}, "nul_character"),
        ({"properties": {"a": [{"b": ["x\0"]}]}}, "nul_character"),
        ({"properties": {"a": 2**63}}, "number_too_large"),
        ({"properties": {"a": [-(2**63) - 1]}}, "number_too_large"),
        ({"properties": {"a": "\ud800"}}, "half_character"),
        ({"properties": {"a": float("nan")}}, "number_not_finite"),
        ({"properties": {"a": [float("-inf")]}}, "number_not_finite"),
        ({"properties": {"a": "x" * 32_768}}, "too_large"),
        ({"messageId": "x" * 201}, "invalid_message_id"),
        ({"messageId": {"a": 1}}, "invalid_message_id"),
        ({"messageId": "m\0"}, "nul_character"),
        ({"type": ...}, "unknown_type"),
        ({"type": "delete"}, "unknown_type"),
        ({"type": "de\0\u202ete"}, "unknown_type"),
        ({"type": {"\0": "\n"}}, "unknown_type"),
        ({"type": ["track"]}, "unknown_type"),
        ({"type": "identify", "traits": "pro"}, "invalid_properties"),
        ({"type": "identify", "context": {"traits": 5}}, "invalid_properties"),
        ({"type": "identify", "traits": {"a": 2**64}}, "number_too_large"),
        ({"type": "identify", "userId": ...}, "missing_customer"),
        ({"type": "group"}, "missing_group"),
        ({"type": "alias"}, "missing_customer"),
        ({"type": "alias", "previousId": "a", "userId": None}, "missing_customer"),
        ({"type": "page", "name": "a\0"}, "nul_character"),
    ],
)
def test_what_is_rejected_and_why(changes: dict[str, object], code: str) -> None:
    assert rejected(message(**changes)).code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("5", "not_an_object"),
        ("null", "not_an_object"),
        ('"track"', "not_an_object"),
        ("[]", "not_an_object"),
        ("NaN", "number_not_finite"),
        ("{}", "unknown_type"),
        (message().replace('"u1"', "1e400"), "number_too_large"),
        (message().replace('"u1"', "1" * 4299), "invalid_id"),
        (message().replace('"u1"', "1" * 5000), "number_too_large"),
        (message(properties={"a": 0}).replace("0}", "[" * 32 + "]" * 32 + "}"), "too_deep"),
        (message(properties={"a": 0}).replace("0}", "[" * 900 + "]" * 900 + "}"), "too_deep"),
        (message(properties={"a": 0}).replace("0}", "[" * 9000 + "]" * 9000 + "}"), "too_deep"),
        (message(properties={"a": "?"}).replace("?", "\\\\\\udc00"), "half_character"),
    ],
)
def test_what_only_hand_written_json_holds(text: str, code: str) -> None:
    assert rejected(text).code == code


@pytest.mark.parametrize("bare", ["\x01", "\n", "\x1f\\ud800"])
def test_a_bare_control_character_costs_its_own_message_only(bare: str) -> None:
    code = rejected(message(properties={"note": "HERE"}).replace("HERE", bare)).code
    assert code == ("half_character" if "ud800" in bare else "control_character")


def test_no_depth_is_more_than_a_rejection() -> None:
    """Readers give up at a depth that depends on who called them; below it and above it the answer is the same."""
    for depth in (*range(400, 700, 50), *range(700, 1100)):
        nested = '{"x": "NaN", "y": ' * depth + "0" + "}" * depth
        assert rejected(message(properties={"a": 0}).replace("0}", nested + "}")).code == "too_deep"
        batch = parsed(message(messageId=..., context=0).replace('"context": 0', f'"context": {nested}'), message())
        assert [item.code for item in batch.rejections] in ([], ["too_deep"])
        assert batch.events[-1].message_id == "m1"


def test_text_that_is_not_utf8_costs_its_own_message_only() -> None:
    body = b'{"batch": [' + message(event="caf?").replace("?", "\xe9").encode("latin-1")
    batch = parse(body + b", " + message().encode() + b"]}", kind="batch", received_at=RECEIVED)
    assert ([item.code for item in batch.rejections], len(batch.events)) == (["not_utf8"], 1)


@pytest.mark.parametrize(
    "properties",
    [
        {"a": 2**63 - 1, "b": -(2**63)},
        {"a": "\\u0000 written out"},
        {"a": "\\ud800 written out"},
        {"a": "NaN"},
        {"a": "😀 and é"},
        {"": ""},
    ],
)
def test_what_only_looks_dangerous_is_kept_as_it_is(properties: dict[str, object]) -> None:
    assert event_of(properties=properties).properties == properties
    batch = parsed(message(properties=properties), message(properties={"a": float("nan")}))
    assert batch.events[0].properties == properties  # also where the request had to be mended


def test_thirty_two_levels_are_taken() -> None:
    text = message(properties={"a": 0}).replace("0}", "[" * 31 + "]" * 31 + "}")
    assert parsed(text).rejections == ()


def test_a_message_of_exactly_the_limit_is_taken() -> None:
    room = 32 * 1024 - len(message(properties={"a": ""}))
    assert event_of(properties={"a": "x" * room}).properties == {"a": "x" * room}
    assert rejected(message(properties={"a": "x" * (room + 1)})).code == "too_large"


def test_a_fault_in_the_context_of_an_event_does_no_harm() -> None:
    assert event_of(context={"traits": 5, "deep": 2**70}).external_id == "u1"


def test_bad_ones_among_a_hundred_leave_the_rest() -> None:
    bad = {7: message(userId=...), 50: message(properties={"v": float("inf")}), 99: "null"}
    batch = parsed(*(bad.get(index, message(messageId=f"m{index}")) for index in range(100)))
    assert [event.message_id for event in batch.events] == [f"m{index}" for index in range(100) if index not in bad]
    assert [(item.position, item.code, item.original.decode()) for item in batch.rejections] == [
        (8, "missing_customer", bad[7]),
        (51, "number_not_finite", bad[50]),
        (100, "not_an_object", bad[99]),
    ]


def test_without_an_id_the_content_is_the_id() -> None:
    first = event_of(messageId=..., properties={"a": 1, "b": 2})
    again = parsed('{"sentAt": 5, ' + message(properties={"b": 2, "a": 1}, messageId=...)[1:]).events[0]
    assert first.message_id == again.message_id
    assert len(first.message_id) == 64
    others: list[dict[str, object]] = [
        {"properties": {"a": 1, "b": 3}},
        {"userId": "u2"},
        {"timestamp": "2026-03-09T08:00:01Z"},
    ]
    ids = {event_of(**other, messageId=...).message_id for other in others}
    assert len(ids | {first.message_id}) == 4


def test_without_an_id_and_a_time_each_is_an_event_of_its_own() -> None:
    bare = message(messageId=..., timestamp=...)
    ids = [event.message_id for event in parsed(bare, bare).events]
    assert len(set(ids)) == 2
    assert [event.message_id for event in parsed(bare, bare).events] == ids  # the same request, worked through again
    body = f'{{"batch": [{bare}]}}'.encode()
    (later,) = parse(body, kind="batch", received_at=RECEIVED + timedelta(hours=1)).events
    assert later.message_id not in ids


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_id_is_none(empty: str | None) -> None:
    assert len(event_of(messageId=empty).message_id) == 64


def test_ids_are_kept_exactly_and_numbers_become_digits() -> None:
    assert event_of(messageId=" node-next-1 ").message_id == " node-next-1 "
    assert event_of(messageId=17).message_id == "17"


@pytest.mark.parametrize(("kind", "name"), [("page", "Page Viewed"), ("screen", "Screen Viewed")])
def test_pages_and_screens_are_one_event_with_the_name_inside(kind: str, name: str) -> None:
    event = event_of(type=kind, name="Home", category="Docs", properties={"category": "own", "url": "/"})
    assert (event.name, event.properties) == (name, {"name": "Home", "category": "own", "url": "/"})
    assert event_of(type=kind, event=...).properties == {}


def test_traits_and_merging() -> None:
    at = datetime(2026, 3, 9, 8, tzinfo=UTC)
    context = {"traits": {"plan": "free"}}
    assert traits_of(type="identify", anonymousId="a1", traits={"plan": "pro"}, context=context) == TraitsIn(
        external_id="u1", anonymous_id="a1", traits={"plan": "pro"}, occurred_at=at, position=1
    )
    assert traits_of(type="identify", context=context).traits == {"plan": "free"}
    assert traits_of(type="identify", context=None).traits == {}
    assert traits_of(type="identify", anonymousId="u1").anonymous_id is None
    assert traits_of(type="group", groupId=7, traits={"name": "Acme", "id": "x"}) == TraitsIn(
        external_id="u1", anonymous_id=None, traits={"group_name": "Acme", "group_id": "7"}, occurred_at=at, position=1
    )
    assert traits_of(type="alias", previousId="a9") == TraitsIn(
        external_id="u1", anonymous_id="a9", traits={}, occurred_at=at, position=1
    )


def test_a_single_message_takes_its_type_from_the_address() -> None:
    body = json.dumps({**GOOD, "type": "identify", "sentAt": "2026-03-10T13:00:00Z"}).encode()
    batch = parse(body, kind="track", received_at=RECEIVED)
    assert [event.occurred_at for event in batch.events] == [datetime(2026, 3, 9, 7, tzinfo=UTC)]
    body = json.dumps({"userId": "u1", "traits": {"plan": "pro"}}).encode()
    assert [traits.traits for traits in parse(body, kind="identify", received_at=RECEIVED).traits] == [{"plan": "pro"}]


@pytest.mark.parametrize("value", ["1", "NaN", '"\\ud800"'])
def test_the_original_of_a_single_message_does_not_show_the_write_key(value: str) -> None:
    body = f'{{"event": "", "userId": "wk", "v": {value}, "writeKey": "wk_secret"}}'.encode()
    (rejection,) = parse(body, kind="track", received_at=RECEIVED).rejections
    assert rejection.original == body.replace(b"wk_secret", b"(removed)")


def test_what_cannot_be_told_apart_is_an_error_not_a_rejection() -> None:
    with pytest.raises(InvalidJsonError):
        parse(b'{"batch": [', kind="batch", received_at=RECEIVED)
