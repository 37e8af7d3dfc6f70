"""What the page of write keys says of each library, run as it stands there: one event, stored once, is all it takes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from engagement.ingest.models import Event, IngestBatch, WriteKey
from engagement.ingest.snippets import Snippet, families
from tenants.models import Organisation
from tests.clients.installing import HERE, NODE, PYTHON
from tests.clients.matrix import Cell, Place, Sent
from tests.ingest.sending import rows, write_key

PATIENCE_SECONDS: Final = 90


@dataclass(frozen=True, slots=True)
class Example:
    """A snippet of the page, pointed at the server with a key of its own: by that its event is found."""

    snippet: Snippet
    key_id: UUID


def examples(*, place: Place, present: Collection[str], wanted: str = "") -> list[Example]:
    """Every snippet of the page that can be run with what is present; `wanted` is part of a library's name."""
    names = [one.library for family in families(address=place.address) for one in family.snippets]
    found = [_example(name, place=place) for name in names if wanted in name]
    return [one for one in found if runs_in(one.snippet) in {*present, "shell"}]


def _example(name: str, *, place: Place) -> Example:
    known, secret = set(rows(place.home, WriteKey, "id")), write_key(place.home, name)
    (made,) = set(rows(place.home, WriteKey, "id")) - known
    pointed = families(address=place.address, key=secret)
    (snippet,) = (one for family in pointed for one in family.snippets if one.library == name)
    return Example(snippet, made)


def runs_in(snippet: Snippet) -> str:
    """What it takes to run it, in the words of the matrix: python, node or browser; a shell is everywhere."""
    return snippet.language.lower()


def sent_of(example: Example, *, place: Place) -> Sent:
    """Run the lines; what went wrong stands where a library says it."""
    said = run(example.snippet, address=place.address)
    return Sent(failures=[said] if said else [], seen=())


def cell_of(example: Example, sent: Sent, *, home: Organisation) -> Cell:
    """Whether its one event is stored, once, once everything that came is."""
    came = rows(home, IngestBatch, "id", key_id=example.key_id)
    found = rows(home, Event, "properties", name="Order Completed", source_id__in=came)
    stored = sum(properties.get("total") == 25 for properties in found)
    is_right = stored == 1 and not sent.failures
    return Cell(example.snippet.library, "snippet", "ok" if is_right else f"WRONG: stored {stored}, {sent.failures}")


def run(snippet: Snippet, *, address: str, python: str = str(PYTHON)) -> str:
    """Run the lines as they stand, with the library of that name; what went wrong, or nothing."""
    commands = {
        "python": [python, "-c", snippet.code],
        "node": ["node", "-e", snippet.code],
        "browser": [
            sys.executable,
            "-m",
            "tests.clients.browsing",
            snippet.library,
            address,
            "",
            json.dumps(snippet.code),
        ],
        "shell": [shutil.which("sh") or "sh", "-c", snippet.code],
    }
    where = NODE if runs_in(snippet) == "node" else HERE.parent.parent
    try:
        done = subprocess.run(
            commands[runs_in(snippet)], cwd=where, env={**os.environ, "CLIENTS_NODE": str(NODE)},
            capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return done.stderr[-300:] if done.returncode else ""
