"""Requests to the API, made by schemathesis of its document and of good requests with a part changed, in this process.

Each operation is asked in the state that a good request of it needs (the world of tests/isolation), with names of
objects that are there as often as with names that nobody has; what its requests changed is undone after it. An answer
holds what the document says of its status, and who obeys the document meets no other status than it names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache as remembered
from pathlib import Path
from random import Random
from typing import Any, Final

import schemathesis
from django.core.cache import cache
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.transport.wsgi import WSGI_TRANSPORT
from werkzeug.test import EnvironBuilder

from tests.conftest import api_token, empty_database
from tests.fuzz.asking import Answer, Request, answered, application, connections_kept
from tests.fuzz.judging import Judge, Rules
from tests.fuzz.near import Nearly
from tests.fuzz.quiet import token_as_just_used
from tests.fuzz.tally import Tally
from tests.isolation.bodies import Place
from tests.isolation.cells import Block
from tests.isolation.routes import Route, routes
from tests.isolation.stage import Stage, staged

DOCUMENT: Final = Path(__file__).resolve().parent.parent.parent / "engagement" / "openapi.yaml"
OTHERWISE: Final = " · not as documented"
_ARGUMENT: Final = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")
_MODES: Final = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
_TURNS: Final = 2 * len(_MODES)
_OF_THE_DOCUMENT: Final = 5  # one request in so many: one of schemathesis costs as much as ten of the others


@dataclass(frozen=True, slots=True)
class _Asked:
    """One operation, asked in one state; `undo` puts back what a request changed."""

    operation: Any
    judge: Judge
    headers: dict[str, str]
    undo: Callable[[], None]


def _put_back(stage: Stage, mark: int) -> None:
    if stage.journal.mark() != mark:
        stage.journal.undo(mark)
        cache.clear()


@dataclass
class Api:
    """Plays the document; `chance` makes a round the same again."""

    tally: Tally
    chance: int

    def play(self, number: int) -> None:
        """That many requests, the operations in turn; builds its own world and empties the database afterwards."""
        with ExitStack() as ends:
            ends.callback(empty_database)
            self.on(ends.enter_context(staged()), number)

    def on(self, stage: Stage, number: int, *, only: str = "") -> None:
        """The same in a world that stands; `only` is a part of the addresses to keep to."""
        token = api_token(stage.world.admin)
        token_as_just_used(token)
        found = [one for one in operations() if only in one.path]
        rest = number
        with connections_kept():
            for index, operation in enumerate(found):
                share = rest // (len(found) - index)
                self._operation(stage, operation, share, token=token)
                rest -= share

    def _operation(self, stage: Stage, operation: Any, number: int, *, token: str) -> None:
        block = Block(stage, route_of(operation.path), operation.method.upper())
        with block.opened() as places:
            place = places[block.home.pk]
            near = Nearly(
                operation,
                block.writer(place).sent(block.method),
                known=_known(stage, place),
                random=Random(self.chance * 1_000 + sum(operation.label.encode())),
            )
            mark = stage.journal.mark()
            headers = {"Authorization": f"Bearer {token}"}
            what = _Asked(operation, Judge(operation, operation.Case()), headers, undo=lambda: _put_back(stage, mark))
            by_document = min(number, max(_TURNS, number // _OF_THE_DOCUMENT))
            asked = self._by_document(what, place, by_document)
            self._nearly(what, near, number - asked)

    def _nearly(self, what: _Asked, near: Nearly, number: int) -> None:
        rules = Rules(what.operation)
        for turn in range(number):
            request = near.request() if turn else near.good()
            broken = rules.broken(request)
            answer = answered(_with(request, what.headers).environ())
            what.undo()
            found = what.judge.faults(answer, obeys=not broken, method=request.method)
            self._note(what, answer, found, sent=_shown(request), obeys=not broken, method=request.method)
            if broken and answer.status < 300 and request.method == what.operation.method.upper():
                self.tally.worked[f"taken though not as documented in its {broken}"] += 1

    def _by_document(self, what: _Asked, place: Place, number: int) -> int:
        """How many of them were asked: what no client could send is none."""
        arguments = route_of(what.operation.path).arguments
        named = {"slug": place.organisation.slug, **{name: str(place.arguments[name]) for name in arguments}}
        asked = 0
        turns = [(mode, known) for mode in _MODES for known in (named, {"slug": named["slug"]})]
        for turn, (wanted, known) in enumerate(turns):
            share = number // len(turns) + (turn < number % len(turns))
            mode = wanted if _can_be_wrong(what.operation) else GenerationMode.POSITIVE
            if share:
                asked += self._cases(what, mode, known, share)
        return asked

    def _cases(self, what: _Asked, mode: GenerationMode, known: dict[str, str], number: int) -> int:
        """What there are fewer of than asked for is asked again: the same request twice is a request too."""
        own = {name: value for name, value in known.items() if f"{{{name}}}" in what.operation.path}
        strategy = what.operation.as_strategy(generation_mode=mode, path_parameters=own or None)
        asked = 0

        def each(case: Any) -> None:
            nonlocal asked
            asked += self._ask(case, what, obeys=mode is GenerationMode.POSITIVE)

        while asked < number:
            self.chance += 1
            before = asked
            _made(strategy, number - asked, chance=self.chance, use=each)
            if asked == before:
                break
        return asked

    def _ask(self, case: Any, what: _Asked, *, obeys: bool) -> bool:
        """Whether it could be asked."""
        try:
            made = EnvironBuilder(**WSGI_TRANSPORT.serialize_case(case, headers=what.headers))
            environ = made.get_environ()
        except ValueError:
            return False  # no web client could send it
        answer = answered(environ)
        made.close()
        what.undo()
        found = what.judge.faults(answer, obeys=obeys)
        sent = f"{case.path_parameters} ?{case.query} {str(case.body)[:300]}"
        self._note(what, answer, found, sent=sent, obeys=obeys)
        return True

    def _note(
        self, what: _Asked, answer: Answer, found: list[str], *, sent: str, obeys: bool, method: str = ""
    ) -> None:
        operation = f"{method or what.operation.method.upper()} {what.operation.path}"
        name = operation if obeys else operation + OTHERWISE
        self.tally.note(name, answer.status, found, sent=f"{sent} -> {answer.body[:300]!r}")


def _known(stage: Stage, place: Place) -> list[Any]:
    """Names of objects that are there: the organisation's own, and some that are another's."""
    own = [value for named in stage.objects[place.organisation.pk].values() for value in named.values()]
    others = [value for named in stage.objects[stage.world.strange.pk].values() for value in named.values()]
    plain = [value if isinstance(value, int) else str(value) for value in [*own, *others[:10]]]
    return list(dict.fromkeys(plain))


def _with(request: Request, headers: dict[str, str]) -> Request:
    said = {**request.headers, **headers}
    return Request(request.path, request.body, method=request.method, query=request.query, headers=said)


def _shown(request: Request) -> str:
    return f"{request.method} {request.path}?{request.query[:300]} {dict(request.headers)} {request.body[:600]!r}"


def _made(strategy: Any, number: int, *, chance: int, use: Any) -> None:
    @seed(chance)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def each(case: Any) -> None:
        use(case)

    each()


@remembered
def operations() -> list[Any]:
    """Every operation of the document, asked in this process; read once."""
    schema = schemathesis.openapi.from_path(str(DOCUMENT))
    schema.app = application()
    found = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    return sorted(found, key=lambda one: (one.path, one.method))


def route_of(path: str) -> Route:
    """The route behind an address of the document."""
    return _by_path()[path]


@remembered
def _by_path() -> dict[str, Route]:
    return {"/" + _ARGUMENT.sub(r"{\1}", route.address): route for route in routes()}


def _can_be_wrong(operation: Any) -> bool:
    """Whether there is anything in the request of which the document could be disobeyed."""
    return any(True for _ in _parts(operation))


def _parts(operation: Any) -> Iterator[Any]:
    yield from operation.query
    yield from operation.body
