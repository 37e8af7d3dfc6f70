"""JSON lines: columns from the first lines, values as they are, and the words for lines that cannot be read."""

from __future__ import annotations

import io
import json
import tracemalloc
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.errors import InvalidInputError
from engagement.ingest.files import Mapping, read_customers, read_events
from engagement.ingest.files.json_tables import JsonTable
from engagement.ingest.types import EventIn, Rejection, TraitsIn

RECEIVED = datetime(2026, 3, 10, 12, tzinfo=UTC)
BASE: dict[str, object] = {"userId": "c1", "event": "visit", "timestamp": "2025-12-31T08:00:00Z"}


def table(content: str | bytes) -> JsonTable:
    return JsonTable(io.BytesIO(content.encode() if isinstance(content, str) else content))


def read(content: str | bytes, mapping: Mapping | None = None) -> list[EventIn | Rejection]:
    rows = read_events(table(content), mapping, time_zone=ZoneInfo("UTC"), received_at=RECEIVED, file_digest="ab" * 32)
    return list(rows)


def event(said: dict[str, object], mapping: Mapping | None = None) -> EventIn:
    (row,) = read(json.dumps(said), mapping)
    assert isinstance(row, EventIn), row
    return row


def test_columns_are_the_names_of_the_first_lines_and_later_ones_are_kept() -> None:
    lines = [json.dumps({"userId": f"c{number}", "a": 1}) for number in range(1_500)]
    lines[5] = json.dumps({"userId": "c5", "b": 2})
    lines[1_400] = json.dumps({"userId": "c1400", "late": [1, {"x": 2}]})
    opened = table("\n".join(lines))
    assert opened.columns == ("userId", "a", "b")
    rows = list(read_customers(opened, received_at=RECEIVED))
    assert [row.position for row in rows] == list(range(1, 1_501))
    assert rows[1_400] == TraitsIn("c1400", None, {"late": [1, {"x": 2}]}, RECEIVED, 1_401)


def test_properties_and_traits_are_taken_as_such_and_other_objects_stay_whole() -> None:
    said = {**BASE, "properties": {"plan": "pro", "deep": {"x": [1]}}, "context": {"ip": "::1"}, "n_items": 3}
    assert event(said).properties == {"plan": "pro", "deep": {"x": [1]}, "context": {"ip": "::1"}, "n_items": 3}
    (row,) = read_customers(table('{"userId": "c1", "traits": {"age": 5, "city": null}}'), received_at=RECEIVED)
    assert isinstance(row, TraitsIn)
    assert row.traits == {"age": 5}
    assert event({**BASE, "properties": None, "traits": "x"}).properties == {"traits": "x"}


def test_a_mapping_may_name_what_stands_in_properties() -> None:
    said: dict[str, object] = {
        "event": "visit",
        "properties": {"distinct_id": 42.0, "time": 1764547200000, "plan": "pro", "x": 1},
    }
    mapping = Mapping(
        roles={"customer": "properties.distinct_id", "event": "event", "time": "properties.time"},
        kept=("properties.plan",),
    )
    row = event(said, mapping)
    assert (row.external_id, row.occurred_at, row.properties) == (
        "42",
        datetime(2025, 12, 1, tzinfo=UTC),
        {"plan": "pro"},
    )


def test_names_that_differ_little_are_values_of_their_own() -> None:
    said = {**BASE, "Plan": "a", "plan": "b", " plan": "c", "": "d", "x" * 201: "e"}
    kept = {"Plan": "a", "plan": "b", " plan": "c", "": "d", "x" * 201: "e"}
    assert event(said).properties == kept


def test_of_a_name_said_twice_the_last_counts_as_in_requests() -> None:
    (row,) = read('{"userId":"c1","userId":"c2","event":"a","timestamp":"2025-12-31","v":1,"v":2}')
    assert isinstance(row, EventIn)
    assert (row.external_id, row.properties) == ("c2", {"v": 2})


LINE = '{"userId": "c1", "event": "visit", "timestamp": "2025-12-31", "v": %s}'


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (LINE % "NaN", "number_not_finite"),
        (LINE % "-Infinity", "number_not_finite"),
        (LINE % "1e400", "number_too_large"),
        (LINE % str(2**63), "number_too_large"),
        (LINE % ("9" * 6_000), "number_too_large"),
        (LINE % r'"\ud800"', "half_character"),
        (LINE % r'"\u0000"', "nul_character"),
        (LINE % '"\0"', "nul_character"),
        (LINE % ("[" * 40 + "]" * 40), "too_deep"),
        (LINE % ("[" * 9_000 + "]" * 9_000), "too_deep"),
        (LINE % ('"' + "x" * 33_000 + '"'), "too_long"),
        (LINE % ('"' + "x" * 90_000 + '"'), "too_long"),
        (LINE % "nope", "not_json"),
        (LINE[:-1], "not_json"),
        (LINE % "1" + " x", "not_json"),
        ("[1, 2]", "not_object"),
        ('"text"', "not_object"),
        (r'{"userId": "c\u0000", "event": "visit", "timestamp": "2025-12-31"}', "nul_character"),
        (r'{"userId": "c1", "event": "v\u0000", "timestamp": "2025-12-31"}', "nul_character"),
        (r'{"userId": "c1", "messageId": "\u0000", "event": "v", "timestamp": "2025-12-31"}', "nul_character"),
        (r'{"userId": "c1", "event": "v", "timestamp": "2025-12-31", "\u0000": 1}', "nul_character"),
        ('{"userId": ["c1"], "event": "visit", "timestamp": "2025-12-31"}', "invalid_id"),
        ('{"userId": true, "event": "visit", "timestamp": "2025-12-31"}', "invalid_id"),
        ('{"userId": "c1", "event": 5, "timestamp": "2025-12-31"}', "missing_event"),
        ('{"userId": "c1", "event": "visit", "timestamp": {"a": 1}}', "invalid_time"),
        ('{"userId": "c1", "event": "visit", "timestamp": 1764547200}', "invalid_time"),
        ('{"userId": "c1", "event": "visit"}', "missing_time"),
        ('{"event": "visit", "timestamp": "2025-12-31"}', "missing_customer"),
    ],
)
def test_a_line_that_cannot_be_used_costs_itself_only(line: str, code: str) -> None:
    good = json.dumps(BASE)
    rows = read(f"{good}\n\n{line}\n{good}\n")
    assert [type(row) for row in rows] == [EventIn, Rejection, EventIn]
    bad = rows[1]
    assert isinstance(bad, Rejection)
    assert (bad.position, bad.line, bad.code) == (2, 3, code)
    assert bad.original == f"{line}\n".encode()[: len(bad.original)]
    assert bad.reason.isprintable()
    assert bad.remedy.isprintable()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "The file is empty"),
        ("\n \n", "The file is empty|no JSON lines"),
        ('[\n{"userId": "c1"},\n', "no JSON lines|column for the customer"),
        ('{\n  "userId": "c1"\n}\n', "no JSON lines"),
        ("[]", "no JSON lines"),
        (b'\xff\xfe{\x00"\x00', "UTF-16"),
        (b'{"userId": "\xff"}', "Line 1 is not UTF-8 text: it holds the byte 0xff"),
        (b'{"userId": "a"}\n{"userId": "\xed\xa0\x80"}', "Line 2 is not UTF-8"),
        (b"\x1f\x8bgarbage", "damaged or not complete"),
    ],
)
def test_files_that_are_no_json_lines(content: str | bytes, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        read(content)


def test_a_byte_order_mark_is_no_fault() -> None:
    assert isinstance(read("\ufeff" + json.dumps(BASE))[0], EventIn)


def test_a_line_without_end_is_skipped_in_little_memory() -> None:
    class Long:
        left = 40_000_000

        def read(self, size: int = -1, /) -> bytes:
            start = json.dumps(BASE).encode() + b'\n{"a": "' if self.left == 40_000_000 else b""
            taken = start + b"x" * max(min(size, self.left) - len(start), 0)
            self.left -= len(taken)
            return taken

    tracemalloc.start()
    try:
        found = [(row.position, row.fault) for row in JsonTable(Long()).rows()]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == [(1, ""), (2, "too_long")]
    assert peak < 2_000_000  # of 40 MB


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["userId", "event", "timestamp", "properties", "traits", "v", "User ID"]),
            values,
            max_size=5,
        ).map(json.dumps)
        | st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(lambda text: text.replace("\n", " ")),
        max_size=6,
    ),
    st.integers(0, 7),
)
def test_every_line_is_an_event_or_rejected_and_the_rest_is_the_same(lines: list[str], after: int) -> None:
    content = "\n".join([json.dumps(BASE), *lines])

    def rows(start: int) -> list[EventIn | Rejection]:
        return list(
            read_events(
                table(content), time_zone=ZoneInfo("UTC"), received_at=RECEIVED, file_digest="ab" * 32, after=start
            )
        )

    found = rows(0)
    filled = [line for line in content.encode().split(b"\n") if line.strip()]
    assert [row.position for row in found] == list(range(1, len(filled) + 1))
    assert rows(after) == found[after:]
