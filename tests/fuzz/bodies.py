"""Bodies that nobody wrote: what hypothesis makes, and what client libraries really sent with something done to it.

Mutations cost microseconds, so that most of a long round is about requests that nearly are right; hypothesis finds the
odd value. Everything comes of a seed.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.asking import Request
from tests.fuzz.doors import Door

CAPTURES: Final = Path(__file__).parent.parent / "ingest" / "captures"
_METHODS: Final = ("POST",) * 12 + ("GET", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD")
_ENCODINGS: Final = ("", "", "", "", "gzip", "gzip", "identity", "deflate", "x-gzip", "\xff")
_TYPES: Final = (
    "application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "a",
)  # fmt: skip
ODD: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1e308, -0.0, 2**63, 2**64, -(2**63) - 1, 10**400, float("nan"), float("inf"), "", " ",
    "\0", "\ud83d", "\ude00", "é", "=1+1", "x" * 201, "x" * 33_000, [], {}, [[]], [{}], {"": {}}, {"$date": 1},
    "2026-03-01T10:00:00Z", "0000-01-01", "9999-12-31T23:59:59-12:00", "2026-03-01", 1772359200, 1772359200000, -1,
    "null", "\u202e", "👩‍👩‍👧", "\\N", "\\.", "../../etc/passwd", "%00", "%s%n", "{{7*7}}", "<script>", "'; --",
)  # fmt: skip
_FIELDS: Final = (
    "type", "event", "name", "userId", "anonymousId", "previousId", "groupId", "messageId", "timestamp",
    "originalTimestamp", "sentAt", "properties", "traits", "context", "batch", "writeKey", "api_key", "category",
    "distinct_id", "$insert_id", "time", "token", "events", "event_type", "user_id", "device_id", "data", "uuid",
)  # fmt: skip


def captured() -> list[Any]:
    """The bodies of every recorded request."""
    found = []
    for path in sorted(CAPTURES.rglob("*.json")):
        for one in json.loads(path.read_text()).get("requests", []):
            found += [one["json"]] if one.get("json") is not None else []
    return found


class Mutations:
    """Requests made of recorded ones by chance."""

    def __init__(self, *, chance: int, key: str) -> None:
        self._random, self._key = Random(chance), key
        self._bodies = [json.dumps(body) for body in captured()]

    def request(self, door: Door) -> Request:
        """One request to a door: a recorded body, changed in its values, then in its bytes, or not at all."""
        random = self._random
        body = json.loads(random.choice(self._bodies))
        if door.kind not in {"", "batch", "b", "import"} and isinstance(body, dict) and body.get("batch"):
            body = random.choice(body["batch"])
        for _ in range(random.choice((0, 1, 1, 2, 5))):
            body = changed(body, random)
        raw = written(body, random)
        return self._sent(door, torn(raw, random) if random.random() < 0.3 else raw)

    def sent(self, door: Door, raw: bytes) -> Request:
        """A body that hypothesis made, with headers by chance."""
        return self._sent(door, raw)

    def _sent(self, door: Door, raw: bytes) -> Request:
        random = self._random
        headers = {"Content-Type": random.choice(_TYPES)} if random.random() < 0.5 else {}
        encoding = random.choice(_ENCODINGS)
        if encoding:
            headers["Content-Encoding"] = encoding
        if "gzip" in encoding and random.random() < 0.8:
            raw = gzip.compress(raw, 1)
        place = random.random()
        if place < 0.6:
            headers["Authorization"] = f"Bearer {self._key}"
        elif place < 0.8:
            headers["Authorization"] = f"Basic {base64.b64encode(f'{self._key}:'.encode()).decode()}"
        elif place < 0.9:
            headers["Authorization"] = torn(f"Bearer {self._key}".encode(), random).decode("latin-1")
        query = random.choice(("", "", "", "verbose=1&ip=0", "data=e30=", "data=%00", "_=1&ver=1.449.2", "%ff=%fe"))
        method = random.choice(_METHODS)
        return Request(door.path, raw, method=method, query=query, headers=headers)


def changed(body: Any, random: Random, *, names: Sequence[str] = _FIELDS, values: Sequence[Any] = ODD) -> Any:
    """A body with one value somewhere replaced, taken away, doubled or added; it may be changed in place."""
    places = list(_places(body))
    if not places:
        return deepcopy(random.choice(values))
    holder, at = random.choice(places)
    what = random.randrange(5)
    if what == 0:
        del holder[at]
    elif what == 1 and isinstance(holder, list):
        holder.append(holder[at])
    elif what == 2 and isinstance(holder, dict):
        holder[random.choice(names)] = deepcopy(random.choice(values))
    elif what == 3:
        holder[at] = _nested(random.choice((3, 40, 70, 120)))
    else:
        holder[at] = deepcopy(random.choice(values))
    return body


def torn(raw: bytes, random: Random) -> bytes:
    """Bytes turned, cut out, doubled or put in."""
    found = bytearray(raw)
    for _ in range(random.choice((1, 1, 2, 8))):
        at = random.randrange(len(found) + 1)
        what = random.randrange(5)
        if what == 0 and at < len(found):
            found[at] = random.randrange(256)
        elif what == 1:
            del found[at : at + random.choice((1, 2, 20))]
        elif what == 2:
            found[at:at] = found[at : at + 30]
        elif what == 3:
            found[at:at] = random.choice((b"\0", b"\xff", b"NaN", b'"', b"{", b"[" * 200, b"\\ud83d", b"1e400", b","))
        else:
            del found[at:]
    return bytes(found)


def _places(body: Any) -> Iterator[tuple[Any, Any]]:
    """Every value below, as the object or list that holds it and where."""
    keys = list(body) if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else ()
    for at in keys:
        yield body, at
        yield from _places(body[at])


def _nested(levels: int) -> Any:
    found: Any = 1
    for level in range(levels):
        found = [found] if level % 2 else {"a": found}
    return found


def written(body: Any, random: Random) -> bytes:
    """As JSON: with escapes or without, halves of characters as bytes where they are written plain."""
    try:
        if random.random() < 0.5:
            return json.dumps(body).encode()
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    except RecursionError:
        return b"[" * 5_000


# ── what hypothesis makes ────────────────────────────────────────────────────────────────────────────────────

_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=20)  # lone surrogates and NUL among them
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT | st.sampled_from(ODD[:20]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)
_MESSAGE = st.dictionaries(st.sampled_from(_FIELDS), _JSON, max_size=8)
_BATCH = st.fixed_dictionaries({"batch": st.lists(_MESSAGE | _JSON, max_size=6)}, optional={"sentAt": _JSON})
BODIES = st.one_of(
    st.binary(max_size=200),
    st.binary(max_size=60).map(lambda rest: b"\x1f\x8b" + rest),
    st.one_of(_JSON, _MESSAGE, _BATCH).map(lambda value: json.dumps(value).encode()),
    st.one_of(_MESSAGE, _BATCH).map(lambda one: json.dumps(one, ensure_ascii=False).encode("utf-8", "surrogatepass")),
)


def made(number: int, *, chance: int, use: Callable[[bytes], None]) -> None:
    """Hand that many bodies of hypothesis to `use`, of a seed."""

    @seed(chance)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(BODIES)
    def each(body: bytes) -> None:
        use(body)

    each()
