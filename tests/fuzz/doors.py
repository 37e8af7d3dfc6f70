"""Every door of programs that the resolver knows, and what an answer of one may be. A new door is played at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from django.urls import Resolver404, resolve

from tenants.doors import is_event_door
from tests.fuzz.asking import Answer
from tests.isolation.routes import routes

_CHOICE: Final = re.compile(r"\(\?P<\w+>([^()]*)\)|<(?:\w+:)?(\w+)>|\(\?:([^()]*)\)|\(([^()?]*)\)")
_ARGUMENT: Final = "wk-nobody"
_NIL: Final = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Door:
    """One address; `kind` is the last word of those that carry the messages of one family of libraries."""

    path: str

    @property
    def of_family(self) -> bool:
        """Whether its requests and answers have the shape that /v1/batch began."""
        return self.path.startswith("/v1/") and "/projects/" not in self.path

    @property
    def kind(self) -> str:
        return self.path.strip("/").rpartition("/")[2] if self.of_family else ""


def doors() -> list[Door]:
    """Every address of programs, each alternative of its pattern once; raises AssertionError for one it cannot read."""
    found = {path: Door(path) for route in routes() for path in _paths(route.address) if is_event_door(path)}
    return [found[path] for path in sorted(found)]


def _paths(address: str) -> Iterator[str]:
    """The addresses of a pattern: each choice in it made, what may be left out left out."""
    plain = "/" + address.replace("^", "").replace("$", "").replace(r"\Z", "").replace("/?", "")
    parts = _CHOICE.split(plain)
    fixed, choices = parts[::5], []
    for at in range(1, len(parts), 5):
        named, argument, loose, numbered = parts[at : at + 4]
        text = named or loose or numbered
        choices.append(_values(text) if text else ([_NIL, _ARGUMENT] if argument else [""]))
    for chosen in product(*choices):
        path = fixed[0] + "".join(one + rest for one, rest in zip(chosen, fixed[1:], strict=True))
        if _is_known(path):
            yield path


def _values(text: str) -> list[str]:
    """The words of a choice; a class of characters stands for any name."""
    return [_ARGUMENT] if re.search(r"[\[\\+*.]", text) else text.split("|")


def _is_known(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


# ── what an answer may be ────────────────────────────────────────────────────────────────────────────────────

_ANSWERS: Final = frozenset({200, 204, 400, 401, 403, 404, 405, 411, 413, 415, 422, 429})


def faults(door: Door, answer: Answer) -> list[str]:
    """What is wrong with an answer, whatever was asked; nothing where a library can live with it."""
    found = []
    if answer.status not in _ANSWERS:
        found.append(f"status {answer.status}")
    if b"Traceback" in answer.body or b"/site-packages/" in answer.body:
        found.append("the answer shows code of ours")
    if answer.status == 429 and not answer.headers.get("retry-after", "").isdecimal():
        found.append("429 without seconds to wait")
    if answer.headers.get("content-type", "").startswith("application/json") and not _is_json(answer.body):
        found.append("the answer says JSON and is none")
    if door.of_family and answer.status != 204 and "host" not in found:
        found += _family_faults(answer)
    return found


def _family_faults(answer: Answer) -> list[str]:
    """One family's libraries look for {"success": true}, or for a code and a message, both texts."""
    said: Any = answer.json()
    if answer.status == 200:
        return [] if said == {"success": True} or not answer.body else [f"200 with {answer.body[:80]!r}"]
    is_told = isinstance(said, dict) and all(isinstance(said.get(name), str) for name in ("code", "message"))
    return [] if is_told else [f"{answer.status} without code and message"]


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True
