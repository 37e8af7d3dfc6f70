"""A block of the matrix run and judged: every cell of one method of one route."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from tests.isolation import outside
from tests.isolation.cells import ELSEWHERE, NOWHERE, OWN, Answer, Block, Cell, address_cells, field_cells, perform
from tests.isolation.judging import difference, expected, is_granted, leaks, problems, succeeding
from tests.isolation.routes import PUBLIC, Route, routes
from tests.isolation.stage import Stage
from tests.isolation.tally import Tally

Chosen = Callable[[Cell], bool]


def judged(block: Block, tally: Tally, *, chosen: Chosen = lambda _: True) -> list[str]:
    """Everybody × every target of one route and method: what is wrong, as sentences."""
    with block.opened() as places:
        done = [(cell, perform(cell)) for cell in address_cells(block, places) if chosen(cell)]
    found = [problem for cell, answer in done for problem in problems(cell, answer)]
    found += [problem for alike in _alike(done) for problem in difference(alike)]
    _count(tally, done)
    return found


def _alike(done: list[tuple[Cell, Answer]]) -> Iterator[list[tuple[Cell, Answer]]]:
    """Answers to one person that may not tell a foreign thing from an unknown one."""
    groups: dict[tuple[str, bool], list[tuple[Cell, Answer]]] = {}
    for cell, answer in done:
        outer = cell.target in {ELSEWHERE, NOWHERE}
        is_own = cell.target == OWN or (outer and cell.person.is_stranger)
        if not is_own:
            groups.setdefault((cell.person.name, outer), []).append((cell, answer))
    return (group for group in groups.values() if len(group) > 1)


def judged_fields(block: Block, tally: Tally) -> list[str]:
    """Whoever is granted the request × every name of an object in its query and body, swapped for others' names."""
    found: list[str] = []
    with block.opened() as places:
        own = [cell for cell in address_cells(block, places) if cell.target == OWN and not cell.person.is_nobody]
        people = [cell.person for cell in own if expected(cell) == succeeding(cell)]
        for alike in field_cells(block, places, people):
            done = [(cell, perform(cell)) for cell in alike]
            found += [problem for cell, answer in done for problem in problems(cell, answer)]
            found += difference(done)
            _count(tally, done)
    return found


def judged_outside(stage: Stage, route: Route, method: str, tally: Tally) -> list[str]:
    """The same for a route outside any organisation."""
    done = [(cell, perform(cell)) for cell in outside.cells(stage, route, method)]
    found = [
        f"{cell}: {answer.status}, not {sorted(outside.expected(cell))}"
        for cell, answer in done
        if route.name not in PUBLIC and answer.status not in outside.expected(cell)
    ]
    found += [problem for cell, answer in done for problem in leaks(cell, answer)]
    found += [problem for alike in _alike_outside(done) for problem in difference(alike)]
    _count(tally, done)
    return found


def _alike_outside(done: list[tuple[Cell, Answer]]) -> Iterator[list[tuple[Cell, Answer]]]:
    groups: dict[str, list[tuple[Cell, Answer]]] = {}
    for cell, answer in done:
        if cell.target != OWN and not cell.person.is_stranger:
            groups.setdefault(cell.person.name, []).append((cell, answer))
    return (group for group in groups.values() if len(group) > 1)


def _count(tally: Tally, done: list[tuple[Cell, Answer]]) -> None:
    tally.counts["cells"] += len(done)
    tally.counts["leaks"] += sum(bool(list(leaks(cell, answer))) for cell, answer in done)


def granted_writes(stage: Stage, found: Collection[Route]) -> Iterator[tuple[Cell, Answer]]:
    """Every valid request that changes something, made once by somebody who may: for checks of what it leaves behind.

    The answer's `changes` are the rows it changed, by table: an entry of a log that every such request must write is
    there or is not.
    """
    for route in found:
        for method in route.methods:
            if not route.in_organisation or method in {"GET", "HEAD"}:
                continue
            block = Block(stage, route, method)
            with block.opened() as places:
                own = (cell for cell in address_cells(block, places) if cell.target == OWN)
                cell = next(cell for cell in own if expected(cell) == succeeding(cell))
                answer = perform(cell)
            assert is_granted(cell, answer), f"{cell}: {answer.status}"
            yield cell, answer


def visits(stage: Stage) -> Iterator[tuple[Route, Any]]:
    """Every address but those of client libraries looked at once, by an admin where it is not open to everybody."""
    for route in routes():
        if route.in_organisation:
            block = Block(stage, route, "GET")
            with block.opened() as places:
                yield route, block.writer(places[block.home.pk]).sent("GET").by(stage.person("admin"))
        elif not route.name.startswith(("accept", "hook")):
            name = "nobody" if route.name in PUBLIC else "admin"
            cell = next(cell for cell in outside.cells(stage, route, "GET") if cell.person.name == name)
            yield route, cell.sent.by(cell.person)
