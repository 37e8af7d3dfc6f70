"""The matrix is red when the walls are down, and green while either of them stands.

An admin, who may do everything, makes every request of the matrix to an own, a foreign, a sibling's and an unknown
object, three times over: without the managers, without the policies, without both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from unittest import mock

import pytest

from tenants.actor import Actor, Reach
from tenants.models import Organisation
from tests.isolation import canary
from tests.isolation.cells import ELSEWHERE, NOWHERE, Block, Cell
from tests.isolation.matrix import judged
from tests.isolation.routes import routes
from tests.isolation.sabotage import managers_off, policies_off
from tests.isolation.stage import Stage
from tests.isolation.tally import Tally

INSIDE = [route for route in routes() if route.in_organisation]
LAYERS = {"managers": managers_off, "policies": policies_off}
# Cells that rest on the two layers and nothing else; most services name the organisation themselves as well.
FOUND = {
    "admin GET member-role · foreign", "admin POST member-remove · foreign", "admin DELETE api-member · sibling",
    "admin PATCH api-member · foreign", "admin GET run · foreign", "admin GET api-run · sibling",
    "admin GET target-history · foreign", "admin POST target-retire · foreign", "admin DELETE api-target · foreign",
    "admin GET scorecard · own", "admin GET customers · own", "admin GET members · own",
    "admin GET api-members · own", "admin GET api-targets · own", "admin GET explained · own",
}  # fmt: skip
_FEWEST = 60  # red cells without both; fewer would mean that the matrix has gone blind


def _within(cell: Cell) -> bool:
    return cell.person.name == "admin" and cell.target not in {ELSEWHERE, NOWHERE}


def _red(stage: Stage, tally: Tally, *off: str) -> dict[str, list[str]]:
    """What is wrong by cell, with these layers off."""
    found: dict[str, list[str]] = {}
    with ExitStack() as stack:
        for name in off:
            stack.enter_context(LAYERS[name]())
        for route in INSIDE:
            for method in (method for method in route.methods if method != "HEAD"):
                for problem in _problems(Block(stage, route, method), tally):
                    found.setdefault(problem.partition(": ")[0], []).append(problem)
    return found


def _problems(block: Block, tally: Tally) -> list[str]:
    try:
        return judged(block, tally, chosen=_within)
    except AssertionError as error:  # a form that can no longer be read, for one
        return [f"admin {block.method} {block.route.name} · own: {error}"]


@pytest.mark.parametrize("off", ["managers", "policies"])
def test_either_layer_alone_is_enough(stage: Stage, tally: Tally, off: str) -> None:
    assert _red(stage, tally, off) == {}


def test_without_both_the_matrix_is_red(stage: Stage, tally: Tally) -> None:
    red = _red(stage, Tally(), "managers", "policies")
    assert sorted(FOUND - red.keys()) == []
    assert len(red) >= _FEWEST, sorted(red)
    said = [text for texts in red.values() for text in texts]
    assert any("changed a row of tenants_membership of organisation" in text for text in said)
    assert sum("in the answer" in text for text in said) >= len(FOUND)
    tally.counts["red_without_both"] = len(red)


@pytest.fixture
def open_doors() -> Iterator[None]:
    """As if the middleware looked nobody's memberships up: every organisation opens to every signed-in person."""

    def reach(self: Actor, slug: str) -> Reach | None:
        known = next((reach for reach in self.reaches if reach.slug == slug), None)
        return known or _any(slug)

    with mock.patch.object(Actor, "reach", reach):
        yield


def _any(slug: str) -> Reach | None:
    with managers_off(), policies_off():
        found = Organisation.objects.filter(slug=slug).first()
    return None if found is None else Reach(found.pk, found.slug, found.name, found.kind, found.firm_id, "viewer")


@pytest.mark.usefixtures("open_doors")
def test_without_the_door_every_foreign_page_is_seen(stage: Stage, tally: Tally) -> None:
    """The two layers do what they are told; who may tell them is decided at the door."""
    pages = [route for route in INSIDE if route.name in {"scorecard", "actions", "segments", "api-segments", "runs"}]
    for route in pages:
        found = judged(
            Block(stage, route, "GET"), Tally(), chosen=lambda c: c.person.name == "viewer" and c.target == ELSEWHERE
        )
        assert any(f"{canary.FOREIGN} in the answer" in text for text in found), route.name
