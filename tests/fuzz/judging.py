"""What the API's document says of a request and of its answer: whether one obeys it, and what is wrong with the other.

The document's own schemas are asked, as schemathesis reads them; each is made ready once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

import requests
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fuzz.asking import Answer, Request
from tests.fuzz.tally import FAILURE

_JSON: Final = "application/json"
_EVER: Final = frozenset({301, 304, 400, 401, 403, 404, 405, 406, 409, 411, 413, 414, 415, 429})
"""What a request that disobeys the document may meet beside the statuses that the document names."""
_REFUSED: Final = 400
_WHOLE: Final = re.compile(r"-?[0-9]{1,300}")
_ABOUT_NOTHING: Final = requests.Request("GET", "http://testserver/").prepare()  # no check looks at it


@dataclass(frozen=True)
class Judge:
    """Of one operation; `case` is any request of it."""

    operation: Any
    case: Any

    def faults(self, answer: Answer, *, obeys: bool, method: str = "") -> list[str]:
        """What is wrong with an answer. Asked by another method than the operation's, only what holds everywhere."""
        if answer.status >= FAILURE:
            return [f"status {answer.status}"]
        found = ["the answer shows code of ours"] if b"Traceback (most" in answer.body else []
        if method and method != self.operation.method.upper():
            return found
        named = {int(status) for status in self.operation.responses.status_codes}
        if not obeys and answer.status not in named | _EVER:
            found.append(f"status {answer.status}, which no refusal has")
        if answer.status >= _REFUSED and not _tells_why(answer):
            found.append(f"{answer.status} without code and message")
        return found + self._not_as_documented(answer, obeys=obeys)

    def _not_as_documented(self, answer: Answer, *, obeys: bool) -> list[str]:
        heads = {name: [value] for name, value in answer.headers.items()}
        response, found = Response(answer.status, heads, answer.body, _ABOUT_NOTHING, 0.0, verify=False), []
        checks: list[Any] = [content_type_conformance, response_schema_conformance]
        for check in [*checks, status_code_conformance] if obeys else checks:
            try:
                check(None, response, self.case)
            except FailureGroup as group:
                found += [_said(one) for one in group.exceptions]
            except Failure as one:
                found.append(_said(one))
        return found


def _tells_why(answer: Answer) -> bool:
    said: Any = answer.json()
    return isinstance(said, dict) and all(isinstance(said.get(name), str) for name in ("code", "message"))


def _said(failure: BaseException) -> str:
    """Its first line, and which part of the answer it is about."""
    about = str(getattr(failure, "validation_message", "")).strip()[:200]
    return f"{type(failure).__name__}: {str(failure).splitlines()[0]}{about and f': {about}'}"


# ── whether a request obeys ──────────────────────────────────────────────────────────────────────────────────


class Rules:
    """What the document asks of the requests of one operation."""

    def __init__(self, operation: Any) -> None:
        made = operation.schema.adapter.jsonschema_validator_cls
        self._pattern = operation.path.strip("/").split("/")
        self._path = {one.name: made(one.validation_schema) for one in operation.path_parameters}
        self._query = {one.name: made(one.validation_schema) for one in operation.query}
        self._required = {one.name for one in operation.query if one.is_required}
        self._bodies = {one.media_type: made(one.validation_schema) for one in operation.body}
        self._has_body = any(one.is_required for one in operation.body)

    def broken(self, request: Request) -> str:
        """Which part of a request the document does not foresee: address, query, headers or body; "" for none."""
        if not self._is_address(request.path):
            return "address"
        query = parse_qsl(request.query, keep_blank_values=True, errors="surrogateescape")
        if not self._is_query(query):
            return "query"
        if {name.lower() for name in request.headers} & {"accept", "content-encoding", "content-length"}:
            return "headers"
        return "" if self._is_body(request) else "body"

    def _is_address(self, path: str) -> bool:
        pieces = path.strip("/").split("/")
        return (
            path.endswith("/")
            and len(pieces) == len(self._pattern)
            and all(
                _fits(self._path[wanted[1:-1]], piece) if wanted.startswith("{") else wanted == piece
                for wanted, piece in zip(self._pattern, pieces, strict=True)
            )
        )

    def _is_query(self, query: list[tuple[str, str]]) -> bool:
        names = [name for name, _ in query]
        if not self._required <= {*names} <= {*self._query} or len(names) > len({*names}):
            return False
        return all(_fits(self._query[name], value) for name, value in query)

    def _is_body(self, request: Request) -> bool:
        if not request.body:
            return not self._has_body
        kind = {name.lower(): value for name, value in request.headers.items()}.get("content-type", _JSON)
        rule = self._bodies.get(kind)
        if rule is None or kind != _JSON:
            return False  # what is written as a form is not read again here
        try:
            return bool(rule.is_valid(json.loads(request.body.decode(), parse_constant=_no_number)))
        except (ValueError, RecursionError):
            return False


def _no_number(_: str) -> Any:
    raise ValueError


def _fits(rule: Any, text: str) -> bool:
    """Whether a text of an address is what the schema asks for, read as any type."""
    read: list[Any] = [text, [text]]
    read += [int(text)] if _WHOLE.fullmatch(text) else []
    read += [{"true": True, "false": False}[text]] if text in {"true", "false"} else []
    try:
        return any(rule.is_valid(one) for one in read)
    except ValueError:
        return False


def words_of(schema: Any) -> tuple[set[str], list[Any]]:
    """Every name of a property in a schema, and every value that it lists."""
    names: set[str] = set()
    values: list[Any] = []
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            properties = one.get("properties")
            names |= {*properties} if isinstance(properties, Mapping) else set()
            values += one["enum"] if isinstance(one.get("enum"), list) else []
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return names, values
