"""Cells outside any organisation: one's own account, a firm's portfolio, and what is open to everybody."""

from __future__ import annotations

from collections.abc import Iterator

from tenants.permissions import Permission
from tests.isolation.bodies import Place, Sent
from tests.isolation.cells import FOREIGN, NOWHERE, OWN, UNKNOWN, VALID, Block, Cell
from tests.isolation.routes import ENTRIES, Maker, Route
from tests.isolation.stage import Person, Stage

# Routes that answer only to what is sent to them; looking at them says so and nothing else.
_ONLY_POSTED = {"logout", "account_logout", "session-end"}


def methods(route: Route) -> list[str]:
    """What can be done there: looking, and whatever a valid request is written for."""
    written = [key.partition(" ")[0] for key in VALID if key.partition(" ")[2] == route.name]
    return sorted({"GET", *written, *(method for method in route.methods if method != "HEAD")})


def cells(stage: Stage, route: Route, method: str) -> Iterator[Cell]:
    """Everybody × their own, a foreign and an unknown object or firm."""
    block = Block(stage, route, method)
    for person in block.people():
        for target, place in _places(stage, route):
            # Only one's own page holds the form, and only who is signed in has one.
            yield Cell(route, method, person, target, _sent(block, place, person, target), place)


def _places(stage: Stage, route: Route) -> Iterator[tuple[str, Place]]:
    world = stage.world
    if route.of_firm:
        yield OWN, Place(stage, world.firm, {})
        yield FOREIGN, Place(stage, world.strangers_firm, {})
        yield NOWHERE, Place(stage, type(world.firm)(slug="no-such-firm"), {})
        return
    maker = ENTRIES[route.name]
    own = stage.arguments(world.ours, maker)
    yield OWN, Place(stage, world.ours, own or route.unknown)
    if own:
        yield FOREIGN, Place(stage, world.ours, stage.arguments(world.strange, maker))
        yield UNKNOWN, Place(stage, world.ours, route.unknown)


def _sent(block: Block, place: Place, person: Person, target: str) -> Sent:
    """As the person themselves would send it; who has no such page sends what its owner would."""
    owner = person if is_owner(person, block.route, target) and not _refuses(person, block.route) else None
    if owner is None and block.method != "GET":
        own = Place(place.stage, place.stage.world.ours, place.stage.arguments(place.stage.world.ours, _maker(block)))
        written = block.writer(own, reader=place.stage.person("consultant")).sent(block.method)
        return Sent(written.method, place.address(block.route.name), written.content, written.content_type)
    return block.writer(place, reader=owner).sent(block.method)


def _maker(block: Block) -> Maker:
    return ENTRIES[block.route.name]


def is_owner(person: Person, route: Route, target: str) -> bool:
    """Whether it is the person's own: everybody has an account; the tokens are the consultant's and the stranger's."""
    if not route.arguments:
        return not person.is_nobody
    return person.name in {OWN: {"consultant", "token"}, FOREIGN: {"stranger"}}.get(target, set())


def expected(cell: Cell) -> frozenset[int]:
    """The statuses that are right for this person."""
    if cell.person.is_nobody:
        return frozenset({401 if cell.route.is_api else 302})
    if cell.route.of_firm:
        may = cell.target != NOWHERE and cell.person.role_in(cell.place.organisation) is not None
        return frozenset({200 if may else 404})
    if (cell.route.permissions or {}).get("*") == Permission.OPERATE:
        return _LOOKING | {405} if cell.person.name == "operator" else frozenset({404})
    return _of_an_account(cell)


def _of_an_account(cell: Cell) -> frozenset[int]:
    if cell.method == "GET" and cell.route.name in _ONLY_POSTED:
        return frozenset({405})
    if not is_owner(cell.person, cell.route, cell.target):
        return frozenset({404})
    if _refuses(cell.person, cell.route):
        return frozenset({403})
    if cell.method == "GET":
        return _LOOKING | {404} if cell.route.name.startswith("mfa_") else _LOOKING  # no second factor: nothing of it
    return VALID[f"{cell.method} {cell.route.name}"].expects or frozenset({302})


def _refuses(person: Person, route: Route) -> bool:
    """What an operator does for an organisation no program does for them."""
    return route.name == "token-new" and person.name == "operator"


_LOOKING = frozenset({200, 302})
