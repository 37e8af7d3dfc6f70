"""Of a hundred with k bad, 100 - k are stored and k are kept with their reasons: at every door, in every file."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final

import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engagement.ingest.models import IngestBatch, RejectedEvent
from engagement.ingest.services import process_batch
from engagement.ingest.views.accept import KINDS
from engagement.ingest.views.dialects import DOORS
from tests.conftest import NOW, World
from tests.ingest.made_files import parquet, workbook
from tests.ingest.sending import counts_of, rows, take, track, write_key

pytestmark = pytest.mark.usefixtures("uploads", "broker")

# One example is a hundred messages to the database: what fails is not made smaller.
_QUIETLY = {"deadline": None, "suppress_health_check": list(HealthCheck), "phases": [Phase.generate]}
_ROUND = count(1)  # examples share a database: what one brings is new to the others
_AT = "2026-03-01T10:00:00Z"
Make = Callable[[str], Any]

_NESTED: Any = {"a": 1}
for _ in range(80):
    _NESTED = {"a": _NESTED}
_RAW = {  # of any family: what a strict reader cannot take, and what is too much
    "not_an_object": lambda _one: 7,
    "number_not_finite": lambda one: {**one, "x": float("nan"), "properties": {"x": float("inf")}},
    "nul_character": lambda one: {**one, "event": "a\0b", "event_type": "a\0b"},
    "half_character": lambda one: {**one, "event": "a\ud83d", "event_type": "a\ud83d"},
}


def plain(mark: str, **changes: Any) -> dict[str, Any]:
    return track(1, **{"userId": f"c{mark}", "messageId": mark, "timestamp": _AT, **changes})


def _segment(kind: str) -> Make:
    made: dict[str, dict[str, Any]] = {
        "identify": {"type": None, "event": None, "traits": {"plan": "pro"}, "properties": None},
        "page": {"type": None, "event": None, "name": "Home"},
        "screen": {"type": None, "event": None, "name": "Home"},
        "group": {"type": None, "event": None, "groupId": "g1", "properties": None},
        "alias": {"type": None, "event": None, "properties": None},
        "track": {"type": None},
        "batch": {},
    }
    return lambda mark: plain(mark, **{**made[kind], **({"previousId": f"v{mark}"} if kind == "alias" else {})})


def _posthog(mark: str) -> Any:
    return {"event": "Visit", "distinct_id": f"c{mark}", "uuid": mark, "timestamp": _AT, "properties": {"n": 1}}


def _mixpanel(mark: str) -> Any:
    return {"event": "Visit", "properties": {"distinct_id": f"c{mark}", "time": 1_772_359_200, "$insert_id": mark}}


def _person(mark: str) -> Any:
    return {"$distinct_id": f"c{mark}", "$set": {"plan": mark}, "$time": 1_772_359_200}


def _amplitude(mark: str) -> Any:
    return {"event_type": "Visit", "user_id": f"c{mark}", "time": 1_772_359_200_000, "insert_id": mark}


def _without(one: Any, *names: str) -> Any:
    inner = {"properties": _without(one["properties"], *names)} if isinstance(one.get("properties"), dict) else {}
    return {name: value for name, value in {**one, **inner}.items() if name not in names}


_NOBODY = ("userId", "distinct_id", "$distinct_id", "user_id")
_BAD: Final[Mapping[str, Callable[[Any], Any]]] = {
    "missing_customer": lambda one: _without(one, *_NOBODY),
    "missing_event": lambda one: _without(one, "event", "event_type"),
    "invalid_time": lambda one: {
        **one, "timestamp": "never", "time": "never", "$time": "never",
        **({"properties": {**one["properties"], "time": "never"}} if "properties" in one else {}),
    },
    **_RAW,
}  # fmt: skip

# What each family's messages look like, and which of the ways to spoil one that family can have.
_SEGMENTS_OWN: Final[Mapping[str, Callable[[Any], Any]]] = {
    "day_out_of_range": lambda one: {**one, "timestamp": "1970-01-01T00:00:00Z"},
    "invalid_id": lambda one: {**one, "userId": {"id": 1}},
    "invalid_message_id": lambda one: {**one, "messageId": [1]},
    "invalid_properties": lambda one: {**one, "properties": [1]},
    "unknown_type": lambda one: {**one, "type": "tarck"},
    "number_too_large": lambda one: {**one, "properties": {"total": 2**63 + 1}},
    "too_deep": lambda one: {**one, "properties": _NESTED},
    "too_large": lambda one: {**one, "properties": {"text": "x" * 33_000}},
    "invalid_event": lambda one: {**one, "event": "x" * 201},
}
_EVENTS = ("missing_customer", "missing_event", "invalid_time", *_RAW)


def _batch(key: str, messages: list[Any]) -> Any:
    return {"batch": messages, "writeKey": key}


def _posthogs(key: str, messages: list[Any]) -> Any:
    return {"batch": messages, "api_key": key}


def _amplitudes(key: str, messages: list[Any]) -> Any:
    return {"events": messages, "api_key": key}


def _mixpanels(key: str, messages: list[Any]) -> Any:
    """The token stands in each; a message that is no object has none."""
    return [_with_token(one, key) if isinstance(one, dict) else one for one in messages]


def _with_token(one: dict[str, Any], key: str) -> dict[str, Any]:
    if "$set" in one:
        return {**one, "$token": key}
    return {**one, "properties": {**one.get("properties", {}), "token": key}}


_ALL = {**_BAD, **_SEGMENTS_OWN}
Door = tuple[str, Make, Callable[[str, list[Any]], Any], tuple[str, ...]]
_MANY: Final[list[Door]] = [
    *((f"/v1/{name}", plain, _batch, tuple(_ALL)) for name, kind in KINDS.items() if kind == "batch"),
    *((f"/{name}", _posthog, _posthogs, _EVENTS) for name, door in DOORS.items() if door.kind == "posthog"),
    ("/track", _mixpanel, _mixpanels, ("missing_event", "missing_customer", "invalid_time", "not_an_object")),
    ("/import", _mixpanel, _mixpanels, ("missing_event", "missing_customer", "invalid_time", "not_an_object")),
    ("/engage", _person, _mixpanels, ("missing_customer", "not_an_object")),
    ("/2/httpapi", _amplitude, _amplitudes, _EVENTS),
    ("/batch", _amplitude, _amplitudes, _EVENTS),
]


def test_every_door_that_takes_many_is_here() -> None:
    assert {path for path, *_ in _MANY} == {
        *(f"/{name}" for name in DOORS if name != "groups"),  # whoever names no customer is refused there, all of them
        *(f"/v1/{name}" for name, kind in KINDS.items() if kind == "batch"),
    }


def brought(world: World, batch_ids: set[Any]) -> tuple[int, int, Counter[str]]:
    """What the requests came to: stored, there already, and rejected by code; each of those with its words."""
    for batch_id in batch_ids:
        process_batch(organisation_id=world.ours.pk, batch_id=batch_id, now=NOW)
    done = rows(world.ours, IngestBatch, "stored", "duplicates", pk__in=batch_ids, state="done")
    assert len(done) == len(batch_ids)
    kept = rows(world.ours, RejectedEvent, "code", "reason", "remedy", "original", batch_id__in=batch_ids)
    assert all(reason and remedy and bytes(original) for _, reason, remedy, original in kept)
    return sum(one[0] for one in done), sum(one[1] for one in done), Counter(code for code, *_ in kept)


@pytest.mark.parametrize("door", _MANY, ids=lambda door: door[0])
def test_of_a_request_of_a_hundred(world: World, client: Client, door: Door) -> None:
    path, make, wrapped, codes = door
    key = write_key(world.ours)

    @settings(max_examples=3, **_QUIETLY)  # type: ignore[arg-type]
    @given(bad=st.dictionaries(st.integers(0, 99), st.sampled_from(codes), max_size=100))
    def holds(bad: dict[int, str]) -> None:
        mark, before = next(_ROUND), set(rows(world.ours, IngestBatch, "id"))
        good = [make(f"{mark}-{n}") for n in range(100)]
        messages = [_ALL[bad[n]](one) if n in bad else one for n, one in enumerate(good)]
        raw = json.dumps(wrapped(key, messages)).encode()
        answer = client.post(path, data=raw, content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {key}")
        assert answer.status_code in {200, 400 if path == "/import" else 200}, answer.content
        (batch_id,) = set(rows(world.ours, IngestBatch, "id")) - before
        assert brought(world, {batch_id}) == (100 - len(bad), 0, Counter(bad.values()))
        places = rows(world.ours, RejectedEvent, "position", "code", batch_id=batch_id)
        assert sorted(places) == sorted((n + 1, code) for n, code in bad.items())

    holds()


_SINGLE = [name for name, kind in KINDS.items() if kind != "batch"]
_OF_ONE = ("missing_customer", "invalid_time", "number_not_finite")


@pytest.mark.parametrize("name", _SINGLE)
def test_of_a_hundred_requests_of_one(world: World, client: Client, name: str) -> None:
    make, key = _segment(KINDS[name]), write_key(world.ours)

    @settings(max_examples=1, **_QUIETLY)  # type: ignore[arg-type]
    @given(bad=st.dictionaries(st.integers(0, 99), st.sampled_from(_OF_ONE), min_size=1, max_size=60))
    def holds(bad: dict[int, str]) -> None:
        mark, before = next(_ROUND), set(rows(world.ours, IngestBatch, "id"))
        for n in range(100):
            one = make(f"{mark}-{n}")
            raw = json.dumps(_ALL[bad[n]](one) if n in bad else one).encode()
            answer = client.post(f"/v1/{name}", data=raw, content_type="text/plain", HTTP_AUTHORIZATION=f"Bearer {key}")
            assert answer.status_code == 200
        new = set(rows(world.ours, IngestBatch, "id")) - before
        stored, there, rejected = brought(world, new)
        assert (stored + there, sum(rejected.values())) == (100 - len(bad), len(bad))
        assert rejected == Counter(bad.values())

    holds()


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────

_FILES: Final[Mapping[str, tuple[tuple[str, ...], Mapping[str, tuple[str, str]]]]] = {
    "events": (
        ("customer", "event", "date", "amount"),
        {"missing_customer": ("customer", ""), "missing_event": ("event", ""), "invalid_time": ("date", "never"),
         "day_out_of_range": ("date", "1970-01-01")},
    ),
    "aggregates": (
        ("customer", "event", "date", "count"),
        {"missing_customer": ("customer", ""), "invalid_count": ("count", "many"), "missing_time": ("date", "")},
    ),
    "customers": (("customer", "plan"), {"missing_customer": ("customer", "")}),
}  # fmt: skip


def _csv(header: tuple[str, ...], lines: list[list[str]], delimiter: str = ",") -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=delimiter).writerows([header, *lines])
    return target.getvalue().encode()


_FORMS: Final[Mapping[str, Callable[[tuple[str, ...], list[list[str]]], bytes]]] = {
    "csv": _csv,
    "tsv": lambda header, lines: _csv(header, lines, "\t"),
    "jsonl": lambda header, lines: b"\n".join(
        json.dumps(dict(zip(header, one, strict=True))).encode() for one in lines
    ),
    "xlsx": lambda header, lines: workbook(header, *lines),
    "parquet": lambda header, lines: parquet({name: [one[at] for one in lines] for at, name in enumerate(header)}),
}


@pytest.mark.parametrize("kind", _FILES)
@pytest.mark.parametrize("form", _FORMS)
def test_of_a_file_of_a_hundred_rows(world: World, form: str, kind: str) -> None:
    header, ways = _FILES[kind]

    @settings(max_examples=2, **_QUIETLY)  # type: ignore[arg-type]
    @given(bad=st.dictionaries(st.integers(0, 99), st.sampled_from(sorted(ways)), max_size=100))
    def holds(bad: dict[int, str]) -> None:
        mark = next(_ROUND)
        lines = []
        for n in range(100):
            said = {"customer": f"c{mark}-{n}", "event": "visit", "date": "2026-02-01", "amount": "1", "count": "2",
                    "plan": "pro"}  # fmt: skip
            if n in bad:
                name, value = ways[bad[n]]
                said[name] = value
            lines.append([said[name] for name in header])
        row = take(world.ours, _FORMS[form](header, lines), kind=kind, file_name=f"a.{form}")
        assert counts_of(row) == (100 - len(bad), 0, len(bad))
        places = rows(world.ours, RejectedEvent, "position", "code", file_import_id=row.pk)
        assert sorted(places) == sorted((n + 1, code) for n, code in bad.items())
        found = rows(world.ours, RejectedEvent, "reason", "remedy", "original", file_import_id=row.pk)
        assert all(reason and remedy and bytes(original) for reason, remedy, original in found)

    holds()
