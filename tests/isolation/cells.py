"""Cells of the matrix: one request of one person, made for real, with all that came of it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse

from tenants.models import Organisation
from tests.isolation.bodies import Place, Ref, Sent, Valid, Writer, references
from tests.isolation.bodies_api import API
from tests.isolation.bodies_pages import PAGES
from tests.isolation.journal import Change
from tests.isolation.routes import ENTRIES, FIRM_ONLY, OF_THE_PROGRAM, Arguments, Route
from tests.isolation.stage import Person, Stage

VALID = {**PAGES, **API}
# What a target is called: whose object, under whose address.
OWN, FOREIGN, SIBLING, UNKNOWN = "own", "foreign", "sibling", "unknown"
ELSEWHERE, NOWHERE = "foreign organisation", "unknown organisation"
_MASKS = (
    (re.compile(r'name="csrfmiddlewaretoken" value="\w+"'), ""),
    (re.compile(r'nonce="[^"]*"'), ""),
    (re.compile(r"'nonce-[^']*'"), ""),
)
# Differ between any two answers.
_PASSING = {"x-request-id", "x-correlation-id", "set-cookie", "date", "expires"}
# HEAD is the same view without the body: asked by those whom views tell apart.
_ASK_HEAD = {"admin", "viewer", "stranger", "nobody"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One request. `swapped` names the field that was given another object's name, with whose."""

    route: Route
    method: str
    person: Person
    target: str
    sent: Sent
    place: Place
    swapped: str = ""

    def __str__(self) -> str:
        swapped = f" with {self.swapped}" if self.swapped else ""
        return f"{self.person.name} {self.method} {self.route.name} · {self.target}{swapped}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it: the answer without what differs every time, and every row that is different since."""

    status: int
    text: str  # headers and body
    changes: list[Change]
    said: str = field(repr=False)  # e-mails and log lines

    def stripped(self, typed: tuple[str, ...]) -> str:
        """The answer without what who asked has typed, and without how long it is: that follows from the rest."""
        text = re.sub(r"(?m)^Content-Length: \d+$", "", self.text)
        for value in sorted({*typed}, key=len, reverse=True):
            text = text.replace(value, "·")
        return text

    @property
    def kept(self) -> list[Change]:
        """Changes but those of the session and of a token's last use, which any request may leave behind."""
        return [change for change in self.changes if not (change.table == "django_session" or change.only_says_when)]


class _Lines(logging.Handler):
    """Keeps every line as it would have been written, with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []
        handlers = [handler for handler in logging.getLogger().handlers if handler.formatter is not None]
        self.setFormatter(handlers[0].formatter if handlers else None)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def _listening() -> Iterator[_Lines]:
    root, lines = logging.getLogger(), _Lines()
    before, others = root.level, root.handlers[:]
    root.handlers[:] = [lines]
    root.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        root.handlers[:] = others
        root.setLevel(before)


def perform(cell: Cell) -> Answer:
    """Make the request, note what came of it, and put everything back."""
    kept = cell.place.stage.journal
    mark = kept.mark()
    mail.outbox.clear()
    cache.clear()
    try:
        with _listening() as lines:
            response = cell.sent.by(cell.person)
            text = _text(response)
        mails = [f"{message.subject} {message.body} {message.to}" for message in mail.outbox]
        return Answer(response.status_code, text, kept.since(mark), "\n".join([*lines.lines, *mails]))
    finally:
        kept.undo(mark)


def _text(response: HttpResponse) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    headers = [f"{name}: {value}" for name, value in response.items() if name.lower() not in _PASSING]
    text = "\n".join([*sorted(headers), content.decode(errors="replace")])
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text


# ── which cells there are ────────────────────────────────────────────────────────────────────────────────────


def valid_for(route: Route, method: str) -> Valid:
    """The valid request of a route and method; reading needs none of its own."""
    known = VALID.get(f"{'GET' if method == 'HEAD' else method} {route.name}")
    if known is None and method not in {"GET", "HEAD"}:
        raise LookupError(missing(route, method))
    return known or Valid()


def missing(route: Route, method: str) -> str:
    where = "bodies_api.py" if route.is_api else "bodies_pages.py"
    return (
        f"{method} {route.name} ({route.address}) has no valid request: add "
        f'"{method} {route.name}": Valid(…) to tests/isolation/{where}; bodies.py says how'
    )


@dataclass(frozen=True)
class Block:
    """One method of one route in an organisation: its places, made ready for as long as the block is open."""

    stage: Stage
    route: Route
    method: str

    @property
    def home(self) -> Organisation:
        return self.stage.world.firm if self.route.name in FIRM_ONLY else self.stage.world.ours

    @property
    def foreign(self) -> Organisation:
        world = self.stage.world
        return world.strangers_firm if self.route.name in FIRM_ONLY else world.strange

    @property
    def sibling(self) -> Organisation | None:
        """Another client of the same firm; a firm has none."""
        return None if self.route.name in FIRM_ONLY else self.stage.world.other

    @contextmanager
    def opened(self) -> Iterator[dict[int, Place]]:
        """The place in each organisation, in the state the request needs; everything is put back."""
        mark = self.stage.journal.mark()
        try:
            organisations = [self.home, self.foreign, *([self.sibling] if self.sibling else [])]
            yield {organisation.pk: self._place(organisation) for organisation in organisations}
        finally:
            self.stage.journal.undo(mark)

    def _place(self, organisation: Organisation) -> Place:
        valid = valid_for(self.route, self.method)
        named: Arguments = {**self.stage.arguments(organisation, ENTRIES[self.route.name])}
        if valid.prepare is not None:
            named |= self.stage.arranged(organisation, valid.prepare)
        return Place(self.stage, organisation, named)

    def writer(self, place: Place, *, reader: Person | None = None) -> Writer:
        """Writes as an admin of the place would, as one of its own where it takes one."""
        admin = "stranger" if place.organisation in self.stage.strangers else "admin"
        valid = valid_for(self.route, self.method)
        if valid.by_its_own and place.organisation.pk in self.stage.person("client-admin").roles:
            admin = "client-admin"
        return Writer(place, self.route.name, valid, reader or self.stage.person(admin))

    def people(self) -> list[Person]:
        """Everybody; programs with a token only where a token opens anything."""
        people = [person for person in self.stage.people.values() if self.route.is_api or not person.token]
        return [person for person in people if self.method != "HEAD" or person.name in _ASK_HEAD]


def address_cells(block: Block, places: dict[int, Place]) -> Iterator[Cell]:
    """Every person × own, foreign, sibling's and unknown object, and the foreign and an unknown organisation."""
    home, foreign = places[block.home.pk], places[block.foreign.pk]
    own, theirs = block.writer(home).sent(block.method), block.writer(foreign).sent(block.method)
    targets: list[tuple[str, Sent, Place]] = [(OWN, own, home)]
    if block.route.arguments:
        others = _others(block, places)
        targets += [(name, _to(own, other, block, of=block.home), home) for name, other in others.items()]
    nowhere = Place(block.stage, Organisation(slug="no-such-organisation"), block.route.unknown)
    targets += [(ELSEWHERE, theirs, foreign), (NOWHERE, _to(theirs, nowhere, block), foreign)]
    for person in block.people():
        for target, sent, place in targets:
            mine = _by_asker(block, person, place, sent) if target == OWN else sent
            yield Cell(block.route, block.method, person, target, mine, place)


def _others(block: Block, places: dict[int, Place]) -> dict[str, Place]:
    """Objects that are not the organisation's own; of what the program brings, only one that there is not."""
    unknown = {UNKNOWN: Place(block.stage, block.home, block.route.unknown)}
    if ENTRIES[block.route.name] in OF_THE_PROGRAM:
        return unknown
    home, foreign = places[block.home.pk], places[block.foreign.pk]
    assert home.arguments != foreign.arguments, f"{block.route.name}: a foreign object is named like an own one"
    siblings = {SIBLING: places[block.sibling.pk]} if block.sibling is not None else {}
    return {FOREIGN: foreign, **unknown, **siblings}


def _by_asker(block: Block, person: Person, place: Place, sent: Sent) -> Sent:
    """The request as this person writes it; who cannot read what it takes sends what an admin would."""
    reaches = {place.organisation.pk, place.organisation.firm_id} <= person.roles.keys()
    if not (valid_for(block.route, block.method).by_asker and reaches):
        return sent
    return block.writer(place, reader=person).sent(block.method)


def _to(sent: Sent, place: Place, block: Block, *, of: Organisation | None = None) -> Sent:
    """The same request to another address."""
    query = urlsplit(sent.address).query
    path = place.address(block.route.name, of=of)
    address = f"{path}?{query}" if query else path
    return Sent(sent.method, address, sent.content, sent.content_type, sent.typed)


def field_cells(block: Block, places: dict[int, Place], people: list[Person]) -> Iterator[list[Cell]]:
    """For each reference of a valid request and each of these people: foreign, sibling's and unknown name in a row."""
    home, valid = places[block.home.pk], valid_for(block.route, block.method)
    for ref in references(valid.body, valid.query):
        for person in people:
            writer = block.writer(home, reader=person if valid.by_asker else None)
            yield [
                Cell(block.route, block.method, person, OWN, sent, home, swapped=f"{ref.maker.__name__}: {whose}")
                for whose, sent in _swapped(block, writer, ref)
            ]


def _swapped(block: Block, writer: Writer, ref: Ref) -> Iterator[tuple[str, Sent]]:
    own = ref.of(block.stage, block.home)
    others = {FOREIGN: block.foreign, SIBLING: block.sibling}
    for whose, organisation in others.items():
        if organisation is not None and (named := ref.of(block.stage, organisation)) != own:
            yield whose, writer.sent(block.method, swapped=ref, by=lambda _, named=named: named)  # type: ignore[misc]
    nobodys = ref.of_nobody(block.stage, block.home)
    yield UNKNOWN, writer.sent(block.method, swapped=ref, by=lambda _: nobodys)
