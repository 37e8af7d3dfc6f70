"""Requests to the API that nearly are good ones: of a good request one part is changed, or a few.

A generated body seldom comes past what is looked at first; one that is good but for a value comes to what lies behind.
Values are odd ones, words of the document, and names of objects that are there. Each costs a fraction of a millisecond.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final
from urllib.parse import parse_qsl, quote_from_bytes, unquote, urlsplit

from tests.fuzz.asking import Request
from tests.fuzz.bodies import ODD, changed, torn, written
from tests.fuzz.judging import words_of
from tests.isolation.bodies import Sent

_JSON: Final = "application/json"
_LIKELY: Final[tuple[Any, ...]] = (
    "0", "1", "-1", "1.5", "0.001", "1e3", "100000000000000000000", "٣", "1" * 19, 2, 31, 2**31, -(2**31), 1.5,
    "2026-02-28", "2026-02-30", "2026-03", "0001-01-01", "2026-02-27T10:00:00+14:00", "on", "off", "true", "gold",
    "a@b.example", "https://x.example/", "00000000-0000-0000-0000-000000000000", "plan", "month", "all", "a" * 300,
    {"all": []}, {"any": [{"trait": "plan", "op": "is", "value": "gold"}]}, {"event_names": ["visit"]}, ["visit", None],
)  # fmt: skip
_TEXTS: Final = tuple(str(one) for one in (*ODD, *_LIKELY) if not isinstance(one, list | dict))
_NAMES: Final = ("limit", "offset", "page", "cursor", "format", "segment", "run", "as_of", "from", "to", "q", "days")
_KINDS: Final = (
    "", "a", "text/plain", "application/json; charset=utf-16", "application/x-www-form-urlencoded", "\xff/json",
    "multipart/form-data; boundary=x", "application/xml", _JSON,
)  # fmt: skip
_HEADERS: Final = (
    ("Accept", "text/html"), ("Accept", "application/json; indent=99999"), ("Accept", "*/*;q=a"), ("Accept", ""),
    ("Accept-Language", "de"), ("Accept-Language", "x" * 600), ("If-None-Match", '"a'), ("If-None-Match", "*"),
    ("Range", "bytes=9-1"), ("Content-Encoding", "gzip"), ("Content-Length", "1"), ("X-HTTP-Method-Override", "PUT"),
    ("X-Request-ID", "é" * 300), ("Idempotency-Key", "\0"), ("If-Modified-Since", "0"), ("Cookie", "sessionid=a:b"),
)  # fmt: skip
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "x")
_RAW: Final = (
    b"",
    b"[]",
    b"null",
    b"1",
    b'"a"',
    b"{}",
    b"[" * 5_000,
    b"\xff\xfe{\0",
    b"\xef\xbb\xbf{}",
    b"a=1&b=2",
    b"NaN",
)
_SLUG: Final = 4  # where the address names the organisation


@dataclass
class _Draft:
    """One request while it is changed; `raw` instead of `body` once its bytes are written."""

    method: str
    pieces: list[str]
    query: list[tuple[str, str]]
    body: Any = None
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


class Nearly:
    """Makes them of one operation's good request; `known` are names of objects that are there, by any name."""

    def __init__(self, operation: Any, sent: Sent, *, known: list[Any], random: Random) -> None:
        address = urlsplit(sent.address)
        is_json = sent.content_type == _JSON and bool(operation.body)
        self._good = _Draft(
            method=operation.method.upper(),
            pieces=unquote(address.path).split("/"),
            query=parse_qsl(address.query, keep_blank_values=True),
            body=json.loads(sent.content) if is_json else None,
            raw=sent.content if operation.body and not is_json else None,
            headers={"Content-Type": sent.content_type} if operation.body else {},
        )
        self._random = random
        self._arguments = [at for at, piece in enumerate(operation.path.split("/")) if piece.startswith("{")]
        query = {one.name: words_of(one.validation_schema)[1] for one in operation.query}
        bodies = [words_of(one.validation_schema) for one in operation.body]
        self._queries = [*query, *query, *query, *_NAMES] or [*_NAMES]
        self._fields = sorted({name for names, _ in bodies for name in names}) or [*_NAMES]
        likely = [*_LIKELY, *known, *(value for _, values in bodies for value in values)]
        self._values = [*ODD, *likely, *likely]
        self._texts = [*_TEXTS, *map(str, known * 2), *(str(one) for values in query.values() for one in values * 3)]
        self._ways = self._weighed(has_body=bool(operation.body), has_query=bool(query))

    def _weighed(self, *, has_body: bool, has_query: bool) -> list[Callable[[_Draft], None]]:
        """Ways to change a request, each as often as it is worth here."""
        ways: list[tuple[Callable[[_Draft], None], int]] = [
            (self._other_value, 10 if has_body else 0),
            (self._other_bytes, 2 if has_body else 1),
            (self._other_query, 6 if has_query else 2),
            (self._other_address, 3 if len(self._arguments) > 1 else 1),
            (self._other_header, 1),
            (self._other_kind, 1),
        ]
        return [way for way, weight in ways for _ in range(weight)]

    def good(self) -> Request:
        """The request that succeeds."""
        return self._request(deepcopy(self._good))

    def request(self) -> Request:
        """One with a part changed, or a few."""
        random, draft = self._random, deepcopy(self._good)
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            random.choice(self._ways)(draft)
        if random.random() < 0.02:
            draft = replace(draft, method=random.choice(_METHODS))
        return self._request(draft)

    def _request(self, draft: _Draft) -> Request:
        body = draft.raw if draft.raw is not None else b""
        if draft.raw is None and draft.body is not None:
            body = written(draft.body, self._random)
        query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in draft.query)
        return Request("/".join(draft.pieces), body, method=draft.method, query=query, headers=draft.headers)

    def _other_value(self, draft: _Draft) -> None:
        if draft.raw is not None:
            draft.raw = torn(draft.raw, self._random)
            return
        body = {} if draft.body is None else draft.body
        draft.body = changed(body, self._random, names=self._fields, values=self._values)
        if not draft.body and self._random.random() < 0.5:
            draft.body = {self._random.choice(self._fields): deepcopy(self._random.choice(self._values))}

    def _other_bytes(self, draft: _Draft) -> None:
        raw = draft.raw if draft.raw is not None else written(draft.body or {}, self._random)
        draft.raw = torn(raw, self._random) if self._random.random() < 0.6 else self._random.choice(_RAW)

    def _other_query(self, draft: _Draft) -> None:
        random = self._random
        if draft.query and random.random() < 0.2:
            del draft.query[random.randrange(len(draft.query))]
        draft.query.append((random.choice(self._queries), random.choice(self._texts)[:3_000]))

    def _other_address(self, draft: _Draft) -> None:
        random = self._random
        own = [at for at in self._arguments if at > _SLUG] or self._arguments
        at = random.choice(own) if own and random.random() < 0.9 else random.randrange(_SLUG, len(draft.pieces))
        draft.pieces[at] = random.choice(self._texts)[:200]

    def _other_header(self, draft: _Draft) -> None:
        name, value = self._random.choice(_HEADERS)
        draft.headers[name] = value

    def _other_kind(self, draft: _Draft) -> None:
        draft.headers["Content-Type"] = self._random.choice(_KINDS)
        draft.raw = draft.raw if draft.raw is not None else self._random.choice(_RAW)


def _quoted(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"))
