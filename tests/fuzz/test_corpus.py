"""The corpus of odd inputs: each at its own door comes to what the index says, and no door breaks at any."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db import transaction

from engagement.ingest.contracts import parse
from engagement.ingest.contracts.counting import MESSAGES_MAX
from engagement.ingest.models import IngestBatch, RejectedEvent
from tests.conftest import NOW, World
from tests.fuzz.asking import ask
from tests.fuzz.corpus import FOLDER, Entry, anywhere, corpus
from tests.fuzz.doors import doors, faults
from tests.ingest.sending import one, rows, work, write_key

ENTRIES = corpus()
_SHARE = 4


@pytest.fixture(autouse=True)
def _unlimited(settings: Any) -> None:
    """Hundreds of wrong keys are what this is about, not how many there are."""
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "off")


def test_every_file_stands_in_the_index_once() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted([*(entry.file for entry in ENTRIES), "index.json"])
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES) > 150


def test_every_kind_of_oddity_that_was_asked_for_is_there() -> None:
    """By the names of the entries, so that none is lost when they are sorted anew."""
    names = " ".join(entry.name for entry in ENTRIES)
    for wanted in (
        "nul", "surrogate", "nan", "infinity", "1e400", "depth-10000", "duplicate-keys", "utf-16", "utf-8-bom",
        "clock", "year-0", "year-9999", "year-294276", "negative-epoch", "integer-2-64", "gzip-bomb",
        "gzip-truncated", "gzip-of-gzip", "empty-body", "list", "null", "text-1-mb", "100000-empty-messages",
        "formula", "emoji", "combining", "right-to-left", "length-", "content-type-", "key-in-",
    ):  # fmt: skip
        assert wanted in names, wanted


def test_each_comes_to_what_the_index_says(world: World, broker: Any) -> None:
    """Each in a world of its own: what it left behind is undone."""
    key = write_key(world.ours)
    found = {entry.name: outcome(world, entry, key=key) for entry in ENTRIES}
    assert found == {entry.name: expected(entry) for entry in ENTRIES}


def test_as_many_messages_as_are_taken_at_once_are_each_rejected() -> None:
    """Twenty thousand that say nothing; one more is refused at the door."""
    body = b'{"batch":[' + b",".join([b"{}"] * MESSAGES_MAX) + b"]}"
    parsed = parse(body, kind="batch", received_at=NOW)
    assert Counter(one.code for one in parsed.rejections) == {"unknown_type": MESSAGES_MAX}


def test_no_door_breaks_at_any_of_it(world: World, broker: Any) -> None:
    """Whatever it means elsewhere, it is answered as that door answers. A share for each; `make fuzz` plays all."""
    key, bad = write_key(world.ours), []
    for number, door in enumerate(doors()):
        for entry in anywhere()[number % _SHARE :: _SHARE]:
            answer = ask(entry.request(door.path, key=key))
            bad += [f"{entry.name} at {door.path}: {fault}" for fault in faults(door, answer)]
    assert bad == []


def expected(entry: Entry) -> dict[str, Any]:
    if entry.status != 200:
        return {"status": entry.status, "code": entry.code, "kept": 0}
    counts = (entry.stored, entry.duplicates, sum(entry.rejected.values()))
    return {"status": 200, "code": "", "kept": 1, "state": "done", "counts": counts, "rejected": entry.rejected}


def outcome(world: World, entry: Entry, *, key: str) -> dict[str, Any]:
    """What really comes of it, the batch worked through; nothing of it stays."""
    with transaction.atomic():
        found = _outcome(world, entry, key=key)
        transaction.set_rollback(True)
    return found


def _outcome(world: World, entry: Entry, *, key: str) -> dict[str, Any]:
    answer = ask(entry.request(f"/v1/{entry.kind}", key=key))
    kept = rows(world.ours, IngestBatch, "id")
    said = answer.json()
    code = said.get("code", "") if isinstance(said, dict) else ""
    if answer.status != 200:
        return {"status": answer.status, "code": code, "kept": len(kept)}
    counts = work(world.ours, kept[0])
    assert counts is not None
    return {
        "status": answer.status,
        "code": code,
        "kept": len(kept),
        "state": one(world.ours, IngestBatch, kept[0]).state,
        "counts": (counts.stored, counts.duplicates, counts.rejected),
        "rejected": dict(Counter(rows(world.ours, RejectedEvent, "code"))),
    }
