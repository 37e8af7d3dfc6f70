"""Pages asked, and their forms sent, with something done to what a browser would have sent, as an admin signed in.

Every address for people that the resolver knows is asked in the state that a good request of it needs (the world of
tests/isolation); what each request changed is undone before the next, so that one that succeeds leaves the others their
object. An answer may be anything but 500 and more, and shows no code of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from urllib.parse import parse_qsl, quote_from_bytes, urlsplit

from django.conf import settings
from django.core import mail
from django.core.cache import cache

from tests.conftest import empty_database
from tests.fuzz.asking import Answer, Request, ask, connections_kept
from tests.fuzz.bodies import ODD, torn
from tests.fuzz.quiet import sessions_as_just_used
from tests.fuzz.tally import FAILURE, Tally
from tests.isolation import outside
from tests.isolation.bodies import Sent
from tests.isolation.cells import OWN, Block
from tests.isolation.routes import PUBLIC, Route, routes
from tests.isolation.stage import Stage, staged

_OF_THE_MACHINE: Final = {"readyz"}  # answers for the broker and the disk, which are not there in a test
_TOKEN: Final = "a" * 32  # in cookie and header alike, as a browser has it
_FORM: Final = "application/x-www-form-urlencoded"
_TEXTS: Final = (
    *(str(one) for one in ODD if not isinstance(one, list | dict)), "9" * 400, "-1", "1,5", "1.5", "NaN", "1e400",
    "2026-02-30", "0001-01-01", "٣", "１２", "on", "off", "\ud83d", "00000000-0000-0000-0000-000000000000",
    "a@b.example", "https://x.example/", "\x00\x01", "\r\nX: y", "a" * 300, "{}", "[]", '{"all": []}', "1" * 19,
)  # fmt: skip
_NAMED: Final = re.compile(r'name="([\w-]{1,40})"|[?;&]([a-z_]{1,30})=')
_NAMES: Final = ("page", "q", "segment", "days", "as_of", "from", "to", "next", "sort", "of", "set", "act")
_HEADERS: Final[tuple[dict[str, str], ...]] = (
    {}, {}, {}, {}, {"HX-Request": "true"}, {"HX-Request": "true", "HX-Target": "\xff"}, {"Accept": "application/json"},
    {"Accept-Language": "de, *;q=2"}, {"Accept-Language": "x" * 600}, {"If-None-Match": '"a', "Range": "bytes=9-1"},
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Good:
    """A request as a browser sends it: its parts, ready to be changed."""

    sent: Sent
    path: str
    query: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str], ...]


@dataclass
class Pages:
    """Plays pages and forms; `chance` makes a round the same again."""

    tally: Tally
    chance: int
    _random: Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = Random(self.chance)

    def play(self, number: int) -> None:
        """That many requests, the addresses in turn; builds its own world and empties the database afterwards."""
        with ExitStack() as ends:
            ends.callback(empty_database)
            self.on(ends.enter_context(staged()), number)

    def on(self, stage: Stage, number: int, *, only: str = "") -> None:
        """The same in a world that stands; `only` is a part of the names to keep to."""
        found = [one for one in addresses() if only in one[0].name]
        sessions_as_just_used(stage, "admin", "consultant")
        rest = number
        with connections_kept():
            for index, (route, method) in enumerate(found):
                share = rest // (len(found) - index)
                if share:
                    self._address(stage, route, method, share)
                rest -= share

    def _address(self, stage: Stage, route: Route, method: str, number: int) -> None:
        block, cookie = Block(stage, route, method), _cookie(stage, route)
        with block.opened() as places:
            good = _good(_sent(stage, block, places))
            mark, names = stage.journal.mark(), list(_NAMES)
            for turn in range(number):
                request = self._request(good, names) if turn else _as_it_is(good)
                answer = ask(_by(request, cookie, self._random.choice(_HEADERS) if turn else {}))
                names += _names_of(answer) if not turn else []
                self._note(f"{method} {route.name}", request, answer)
                if stage.journal.mark() != mark:
                    stage.journal.undo(mark)
                    cache.clear()
                    mail.outbox = []

    def _note(self, name: str, request: Request, answer: Answer) -> None:
        found = [f"status {answer.status}"] if answer.status >= FAILURE else []
        found += ["the answer shows code of ours"] if b"Traceback (most" in answer.body else []
        sent = f"{request.path}?{request.query} {request.body[:600]!r}"
        self.tally.note(name, answer.status, found, sent=sent)

    def _request(self, good: _Good, names: list[str]) -> Request:
        """One of its parts changed, or two: a field of the form, of the query, a piece of the address, bytes."""
        random = self._random
        path, query, body = good.path, _written(good.query), good.sent.content
        for _ in range(random.choice((1, 1, 2))):
            what = random.random()
            if good.fields and what < 0.7:
                body = _written(self._changed(good.fields, names)).encode()
            elif body and what < 0.8:
                body = torn(body, random)
            elif what < 0.9:
                query = _written(self._changed(good.query, names))
            else:
                path = self._elsewhere(path)
        return Request(
            path, body, method=good.sent.method, query=query, headers={"Content-Type": good.sent.content_type}
        )

    def _changed(self, pairs: tuple[tuple[str, str], ...], names: list[str]) -> list[tuple[str, str]]:
        random, changed = self._random, list(pairs)
        for _ in range(random.choice((1, 1, 1, 2, 4))):
            what, at = random.randrange(6), random.randrange(len(changed)) if changed else 0
            if what == 0 or not changed:
                changed.append((random.choice(names), random.choice(_TEXTS)))
            elif what == 1:
                del changed[at]
            elif what == 2:
                changed.insert(at, (changed[at][0], random.choice(_TEXTS)))
            else:
                changed[at] = (changed[at][0], random.choice(_TEXTS))
        return changed

    def _elsewhere(self, path: str) -> str:
        """One piece of the address another one; the first and second lead to the organisation and stay."""
        pieces = path.split("/")
        at = self._random.randrange(min(3, len(pieces) - 1), len(pieces))
        pieces[at] = self._random.choice(_TEXTS)[:200]
        return "/".join(pieces)


def addresses() -> list[tuple[Route, str]]:
    """Every address for people with each of its methods."""
    found = []
    for route in routes():
        if route.is_api or route.name in _OF_THE_MACHINE or route.name.startswith(("accept", "hook")):
            continue
        methods = route.methods if route.in_organisation else outside.methods(route)
        found += [(route, method) for method in methods if method != "HEAD"]
    return sorted(found, key=lambda one: (one[0].address, one[1]))


def _cookie(stage: Stage, route: Route) -> str:
    """Of an admin, and of nobody where the address is open to everybody; accounts are the consultant's."""
    name = "admin" if route.in_organisation or route.of_firm else "consultant"
    cookies = {settings.CSRF_COOKIE_NAME: _TOKEN}
    if route.name not in PUBLIC:
        cookies[settings.SESSION_COOKIE_NAME] = stage.person(name).session
    return "; ".join(f"{key}={value}" for key, value in cookies.items())


def _sent(stage: Stage, block: Block, places: dict[int, Any]) -> Sent:
    """A good request to the address."""
    if block.route.in_organisation:
        return block.writer(places[block.home.pk]).sent(block.method)
    name = "nobody" if block.route.name in PUBLIC else "admin" if block.route.of_firm else "consultant"
    cells = outside.cells(stage, block.route, block.method)
    return next(cell.sent for cell in cells if cell.person.name == name and cell.target == OWN)


def _good(sent: Sent) -> _Good:
    address = urlsplit(sent.address)
    fields = parse_qsl(sent.content.decode(), keep_blank_values=True) if sent.content_type == _FORM else []
    return _Good(sent, address.path, tuple(parse_qsl(address.query, keep_blank_values=True)), tuple(fields))


def _as_it_is(good: _Good) -> Request:
    query = urlsplit(good.sent.address).query
    kind = {"Content-Type": good.sent.content_type}
    return Request(good.path, good.sent.content, method=good.sent.method, query=query, headers=kind)


def _by(request: Request, cookie: str, headers: dict[str, str]) -> Request:
    said = {**request.headers, **headers, "Cookie": cookie, "X-CSRFToken": _TOKEN}
    return Request(request.path, request.body, method=request.method, query=request.query, headers=said)


def _written(pairs: Iterable[tuple[str, str]]) -> str:
    """As a form or a query writes it; halves of characters stay what they are."""
    parts = [
        quote_from_bytes(name.encode("utf-8", "surrogatepass")) + "=" + quote_from_bytes(_raw(value))
        for name, value in pairs
    ]
    return "&".join(parts)


def _raw(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _names_of(answer: Answer) -> list[str]:
    """What the page itself calls its fields."""
    text = answer.body.decode("utf-8", "replace")
    return sorted({first or second for first, second in _NAMED.findall(text)} - {"csrfmiddlewaretoken"})
