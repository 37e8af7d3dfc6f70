"""Valid requests: for every route and method what makes it succeed with the right role and an own object.

A refusal means something only where the same request would have been granted, so a method that writes and has no entry
here is red. To add one: write `"POST name-of-the-route": Valid(…)` into bodies_pages.py or bodies_api.py.

- A page's form is mostly `Valid(Served(…))`: the form is read from the page as it is served, and only what a person
  would type is written down.
- JSON is a plain dict; `Read` takes a value from another address first, such as a draft's `changed_at`.
- Whatever names an object of an organisation is a `Ref`, never a literal: the matrix swaps each for a foreign object's
  and for one that nobody has, and compares the answers.
- `prepare` brings the organisation into the state the request needs (a proposed set, say) and may return other
  arguments for the address. It is undone afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse
from django.utils.http import urlencode

from tenants.models import Organisation
from tests.isolation.routes import Arguments, Maker, routes
from tests.isolation.served import served_form
from tests.isolation.stage import Person, Stage

_FORM = "application/x-www-form-urlencoded"
_NOBODYS = {int: 987_654_321, UUID: UUID(int=0x7F3A << 96)}
Prepare = Callable[[Stage, Organisation], Arguments]


@dataclass(frozen=True, slots=True)
class Ref:
    """Something that names an object: one of its arguments, as a value, or within a field's name."""

    maker: Maker
    argument: str = "key"
    within: str = "{}"

    def of(self, stage: Stage, organisation: Organisation) -> str | int:
        """As the organisation's own object is named."""
        return self._said(stage.arguments(organisation, self.maker)[self.argument])

    def of_nobody(self, stage: Stage, organisation: Organisation) -> str | int:
        """As an object of the same kind would be named that does not exist."""
        known = stage.arguments(organisation, self.maker)[self.argument]
        unknown = {"email": "nobody@example.com"}.get(self.argument, "no-such-thing")
        return self._said(_NOBODYS.get(type(known), unknown))

    def _said(self, value: object) -> str | int:
        return value if isinstance(value, int) else self.within.format(value)


@dataclass(frozen=True, slots=True)
class Read:
    """A value of an answer of the API, by its name, or what is made of it."""

    route: str
    name: str
    query: tuple[tuple[str, Any], ...] = ()
    pick: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True, slots=True)
class Prepared:
    """Something that `prepare` returned beside the arguments of the address."""

    name: str


@dataclass(frozen=True, slots=True)
class Served:
    """The form of a page as it is served, with what a person types.

    `at` is the page's route where it is another, `form` the route its form posts to where a button posts elsewhere.
    """

    typed: Mapping[Any, Any] = field(default_factory=dict)
    at: str = ""
    form: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """Fields and a file, as a browser or a client library sends them."""

    fields: Mapping[str, str]
    name: str
    content: bytes


Body = Mapping[str, Any] | Served | Upload | None


@dataclass(frozen=True, slots=True)
class Valid:
    """What makes a request succeed.

    `expects`: its statuses, where they are others than its kind's usual ones. `through_firm`: it reads from the
    client's firm. `by_asker`: what is read for it depends on who reads, so each person writes it for themselves.
    `by_the_firm`: whatever the role at the client, it takes an admin of its firm.
    `by_its_own`: where a client has somebody of its own with the role, nobody of the firm does it instead.
    `by_its_writer`: with a role that may not answer questions it takes whoever wrote the object.
    `by_a_person`: a program with a token of the organisation is refused, because somebody has to answer for it.
    `in_clients`: tables in which a firm's request may change rows of the firm's own clients, in a scope of each.
    """

    body: Body = None
    query: Mapping[str, Any] = field(default_factory=dict)
    prepare: Prepare | None = None
    expects: frozenset[int] = frozenset()
    through_firm: bool = False
    by_asker: bool = False
    by_a_person: bool = False
    by_the_firm: bool = False
    by_its_own: bool = False
    by_its_writer: bool = False
    in_clients: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sent:
    """A whole request but for who sends it."""

    method: str
    address: str
    content: bytes = b""
    content_type: str = _FORM
    typed: tuple[str, ...] = ()  # what names objects in it: taken out of answers before they are compared

    def by(self, person: Person) -> Any:
        """The answer to this person."""
        return person.client().generic(self.method, self.address, self.content, self.content_type)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request goes: the organisation of the address, and the arguments of its object."""

    stage: Stage
    organisation: Organisation
    arguments: Arguments

    def address(self, route: str, *, of: Organisation | None = None, query: Mapping[str, Any] | None = None) -> str:
        named = _arguments_of(route)
        chosen = {key: value for key, value in self.arguments.items() if key in named}
        slug = {"slug": (of or self.organisation).slug} if "slug" in named else {}
        path = reverse(route, kwargs={**slug, **chosen})
        return f"{path}?{urlencode(query)}" if query else path


def _arguments_of(route: str) -> set[str]:
    if not _NAMED:
        _NAMED.update({each.name: {*each.arguments, *(["slug"] if "<slug:slug>" in each.address else [])}
                       for each in routes()})  # fmt: skip
    return _NAMED[route]


_NAMED: dict[str, set[str]] = {}


def references(body: Body, query: Mapping[str, Any]) -> list[Ref]:
    """Every place in a request that names an object, in order."""
    within = body.typed if isinstance(body, Served) else body if isinstance(body, Mapping) else {}
    return [*_references(within), *_references(query)]


def _references(value: Any) -> list[Ref]:
    if isinstance(value, Ref):
        return [value]
    if isinstance(value, Mapping):
        return [ref for pair in value.items() for part in pair for ref in _references(part)]
    if isinstance(value, list | tuple):
        return [ref for part in value for ref in _references(part)]
    return []


Swap = Callable[[Ref], str | int]


def fill(value: Any, *, swap: Swap, read: Callable[[Read | Prepared], Any]) -> Any:
    """A body with every reference named and every value read."""
    if isinstance(value, Ref):
        return swap(value)
    if isinstance(value, Read | Prepared):
        return read(value)
    if isinstance(value, Mapping):
        return {
            fill(key, swap=swap, read=read): fill(part, swap=swap, read=read) for key, part in value.items()
        }  # fmt: skip
    if isinstance(value, list | tuple):
        return [fill(part, swap=swap, read=read) for part in value]
    return value


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes valid requests for one place, reading what has to be read as somebody who may."""

    place: Place
    route: str
    valid: Valid
    reader: Person

    def sent(self, method: str, *, swapped: Ref | None = None, by: Swap | None = None) -> Sent:
        """The request to the own object; with `swapped` that one reference is named as `by` says."""

        def swap(ref: Ref) -> str | int:
            named = by(ref) if by is not None and ref is swapped else ref.of(self.place.stage, self.place.organisation)
            typed.append(str(named))
            return named

        typed: list[str] = []
        query = fill(self.valid.query, swap=swap, read=self._read)
        address = self.place.address(self.route, query=query)
        content, content_type = self._written(method, address, swap)
        return Sent(method, address, content, content_type, tuple(typed))

    def _written(self, method: str, address: str, swap: Swap) -> tuple[bytes, str]:
        body, is_api = self.valid.body, address.startswith("/api/")
        if method in {"GET", "HEAD"} or (body is None and not is_api):
            return b"", _FORM
        if isinstance(body, Upload):
            return _multipart(body)
        if isinstance(body, Served):
            typed = fill(body.typed, swap=swap, read=self._read)
            return urlencode({**self._form(body, address), **typed}, doseq=True).encode(), _FORM
        return json.dumps(fill(body or {}, swap=swap, read=self._read), default=str).encode(), "application/json"

    def _form(self, body: Served, address: str) -> dict[str, Any]:
        query = fill(self.valid.query, swap=self._own, read=self._read)
        page = self.place.address(body.at or self.route, query=query)
        answer = self.reader.client().get(page)
        assert answer.status_code == 200, f"{page} answers {answer.status_code}, so its form cannot be read"
        to = self.place.address(body.form) if body.form else address
        return served_form(answer.content.decode(), page=page, address=to)

    def _own(self, ref: Ref) -> str | int:
        return ref.of(self.place.stage, self.place.organisation)

    def _read(self, wanted: Read | Prepared) -> Any:
        if isinstance(wanted, Prepared):
            return self.place.arguments[wanted.name]
        query = fill(dict(wanted.query), swap=self._own, read=self._read)
        address = self.place.address(wanted.route, query=query)
        answer = self.reader.client().get(address)
        assert answer.status_code == 200, f"{address} answers {answer.status_code}"
        return wanted.pick(answer.json()[wanted.name])


def _multipart(body: Upload) -> tuple[bytes, str]:
    file = SimpleUploadedFile(body.name, body.content, "text/csv")
    return encode_multipart(BOUNDARY, {**body.fields, "file": file}), MULTIPART_CONTENT
