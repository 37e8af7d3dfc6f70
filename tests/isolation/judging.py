"""What each cell's answer must be, and what may not have come of it: sentences about what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from tenants.models import Organisation
from tenants.permissions import LIMITED, ROLE_PERMISSIONS, Permission
from tests.isolation import canary
from tests.isolation.cells import ELSEWHERE, OWN, Answer, Cell, valid_for

_READING = {"GET", "HEAD"}
# To take a file is an act, and stands on record.
_RECORD = {"tenants_auditentry", "tenants_auditchain"}
# A preview is sent like a change and keeps nothing.
# What-if numbers; and the rows of a file as they would be read.
_KEEPS_NOTHING = {"weights-preview", "api-weights-preview", "import-mapping"}


def expected(cell: Cell) -> frozenset[int]:
    """The statuses that the table of roles and permissions asks for."""
    if cell.person.is_nobody:
        return frozenset({401 if cell.route.is_api else 302})
    role = cell.person.role_in(_organisation(cell))
    if role is None:
        return frozenset({404})
    if not _may(cell, role):
        return frozenset({403})
    return succeeding(cell) if cell.target in {OWN, ELSEWHERE} and _reaches(cell) else frozenset({404})


def _may(cell: Cell, role: str) -> bool:
    permission = (cell.route.permissions or {})["GET" if cell.method == "HEAD" else cell.method]
    if cell.person.limited_to and not (cell.route.honours_limits and permission in LIMITED[cell.person.limited_to]):
        return False
    valid = valid_for(cell.route, cell.method)
    if cell.person.is_program and cell.target == OWN and valid.by_a_person:
        return False
    if cell.target == OWN and valid.by_its_writer and Permission.ANSWER not in ROLE_PERMISSIONS[role]:
        return False
    firm = cell.place.organisation.firm_id
    if valid.by_the_firm and firm is not None and cell.person.roles.get(firm) != "admin":
        return False
    if valid.by_its_own and firm in cell.person.roles and _has_its_own(cell, firm, role):
        return False
    return permission in ROLE_PERMISSIONS[role]


def _has_its_own(cell: Cell, firm: int | None, role: str) -> bool:
    """Whether a person of the stage has the role at the client of a cell, and none in its firm."""
    client, people = cell.place.organisation.pk, cell.place.stage.people.values()
    return any(one.roles.get(client) == role and firm not in one.roles and not one.is_program for one in people)


def _reaches(cell: Cell) -> bool:
    """Some requests read from the client's firm, which a person of the client alone does not see."""
    firm = cell.place.organisation.firm_id
    return not valid_for(cell.route, cell.method).through_firm or firm in cell.person.roles


def succeeding(cell: Cell) -> frozenset[int]:
    """The statuses by which this request is known to have been granted."""
    usual = {"GET": {200}, "HEAD": {200}, "DELETE": {200, 204}}.get(
        cell.method, {200, 201, 202} if cell.route.is_api else {302}
    )
    return valid_for(cell.route, cell.method).expects or frozenset(usual)


def _organisation(cell: Cell) -> Organisation | None:
    """Whose address it is; None for one that nobody has."""
    return cell.place.organisation if cell.target != "unknown organisation" else None


def is_granted(cell: Cell, answer: Answer) -> bool:
    return not cell.person.is_nobody and answer.status in succeeding(cell)


def problems(cell: Cell, answer: Answer) -> Iterator[str]:
    """All that one cell shows by itself."""
    if not cell.swapped:
        if answer.status not in expected(cell):
            yield f"{cell}: {answer.status}, not {sorted(expected(cell))}"
        yield from _idle(cell, answer)
    if answer.status >= 500:
        yield f"{cell}: {answer.status}"
    yield from leaks(cell, answer)
    yield from _touched(cell, answer)


def leaks(cell: Cell, answer: Answer) -> Iterator[str]:
    """Where a canary of others stands in an answer, an e-mail or a log line."""
    sent = (*cell.sent.typed, cell.sent.address, *map(str, cell.place.arguments.values()))
    marks = _marks(cell)
    for where, text in (("answer", answer.text), ("e-mail or log line", answer.said)):
        shown = canary.shown_in(text, sent=tuple(part for value in sent for part in _parts(value)), marks=marks)
        if shown:
            yield f"{cell}: {shown} in the {where}"


def _parts(value: str) -> tuple[str, ...]:
    """What was typed, as a whole and by the parts of an address."""
    return (value, *(part for part in value.split("/") if len(part) >= len(canary.OWN))) if "/" in value else (value,)


def _marks(cell: Cell) -> tuple[str, ...]:
    if cell.person.is_stranger:
        return (canary.OWN, canary.SIBLING)
    is_clients = cell.place.organisation.kind == Organisation.Kind.CLIENT and cell.route.in_organisation
    return (canary.FOREIGN, canary.SIBLING) if is_clients else (canary.FOREIGN,)


def _touched(cell: Cell, answer: Answer) -> Iterator[str]:
    """Rows of organisations that the request may not change: any, unless it was granted and is no reading."""
    granted = {cell.place.organisation.pk} if is_granted(cell, answer) else set()
    stage = cell.place.stage
    known = {organisation.pk for organisation in stage.organisations}
    for change in answer.kept:
        may = granted if cell.method not in _READING or change.table in _RECORD else set()
        if granted and change.table in valid_for(cell.route, cell.method).in_clients:
            may = may | {one.pk for one in stage.organisations if one.firm_id == cell.place.organisation.pk}
        for organisation in sorted((change.organisations & known) - may):
            yield f"{cell}: {answer.status}, and changed a row of {change.table} of organisation {organisation}"
        if not cell.person.is_stranger and str(stage.world.stranger.pk) in str((change.old, change.new)):
            yield f"{cell}: {answer.status}, and changed a row of {change.table} of the stranger"


def _idle(cell: Cell, answer: Answer) -> Iterator[str]:
    """The control of the refusals: a valid request that is granted does something."""
    writes = cell.method not in _READING and cell.route.name not in _KEEPS_NOTHING
    if writes and is_granted(cell, answer) and not answer.kept:
        yield f"{cell}: {answer.status}, and nothing changed"


def difference(alike: list[tuple[Cell, Answer]]) -> Iterator[str]:
    """Answers that must be the same byte for byte, what was typed apart, and are not."""
    (first, answer), *others = alike
    for cell, other in others:
        if (other.status, _compared(cell, other)) != (answer.status, _compared(first, answer)):
            yield f"{cell}: answered otherwise than {first}: {other.status}, {answer.status}"


def _compared(cell: Cell, answer: Answer) -> str:
    if cell.swapped:
        return answer.stripped(cell.sent.typed)
    # Who is not signed in is led to the sign-in page and back, so the address stands in the answer.
    there = (cell.sent.address, quote(cell.sent.address))
    return answer.stripped(there) if cell.person.is_nobody else answer.text
