"""Whatever may change the result of a chunk notes it, in the same transaction; no statement is left out."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from engagement.ingest.services.identity import Link, merge_again, merge_customers, undo_merge
from engagement.scoring import queries
from engagement.scoring.activity_blocks import DayRows
from engagement.scoring.models import ActionDefinition, ChunkTouch
from engagement.scoring.services.activity import add_open, recount_days
from engagement.scoring.services.erasing import erase_activity
from engagement.scoring.services.packing import pack_closed_days, rewrite_block
from engagement.scoring.services.roll_up import rebuild_activity, roll_up_definition, write_days
from engagement.scoring.services.verifying import verify_activity
from tenants.scope import organisation_scope
from tenants.tenancy import new_id
from tests.conftest import NOW
from tests.insights.chunked_world import AS_OF, CHUNKS, filled
from tests.insights.scoring_world import Small, add_customers

ROOT = Path(__file__).parents[2]
MERGED = {"number": (1 << 16) + 500, "target": (3 << 16) + 1}
WRITES = re.compile(
    r"(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO)\s+"
    r"(?:scoring_activity_open|scoring_activity_block|ingest_customer)\b",
    re.IGNORECASE,
)
NOTES = "INSERT INTO scoring_chunk_touch"
# Statements that do not note anything themselves: which test below shows that their callers do, or why they need not.
BY_THEIR_CALLERS = {
    "delete_open_customers": "erase",
    "delete_days": "recount",
    "delete_block_days": "recount",
    "delete_open_since": "rebuild",
    "delete_blocks_since": "rebuild",
    "delete_definitions": "roll up one",
    "put_day_block": "rewrite",
    "delete_day_block": "empty",
    "take_open_day": "pack",  # packing moves rows into blocks: no number changes, and nothing is noted
}
MODELS = ("Customer.objects", "ActivityOpen.objects", "ActivityBlock.objects")
WAYS_TO_WRITE = {"update", "create", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}


def _writing_statements() -> Iterator[tuple[str, str]]:
    for path in sorted([*ROOT.glob("engagement/*/sql/*.sql"), *ROOT.glob("tenants/sql/*.sql")]):
        text = path.read_text()
        if WRITES.search(text):
            yield path.stem, text


def test_every_statement_that_writes_notes_its_chunks_or_is_on_the_list() -> None:
    found = dict(_writing_statements())
    known = {"add_activity", "add_customers", "change_traits", "merge_customers", "undo_merge", "exclude_customer"}
    assert known <= found.keys()
    assert {name for name, text in found.items() if NOTES not in text} == BY_THEIR_CALLERS.keys()


def orm_writes(source: str) -> list[int]:
    """Lines on which a model of these tables is written through the ORM, past the statements."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [
        call.lineno
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in WAYS_TO_WRITE
        and ast.unparse(call.func).startswith(MODELS)
    ]


def test_nothing_writes_past_the_statements() -> None:
    assert orm_writes("Customer.objects.filter(number=1).update(excluded=True)") == [1]
    assert orm_writes("Customer.objects.filter(number=1).count()") == []
    paths = [path for folder in ("engagement", "tenants") for path in (ROOT / folder).rglob("*.py")]
    assert {str(path): lines for path in paths if (lines := orm_writes(path.read_text()))} == {}
    inline = [str(path) for path in paths if "migrations" not in path.parts and WRITES.search(path.read_text())]
    assert inline == []


def _erase(small: Small) -> None:
    erase_activity(organisation_id=small.id, numbers=[(2 << 16) + 1], now=NOW)


def _recount(small: Small) -> None:
    with organisation_scope(small.id):
        recount_days(organisation=small.organisation, days=[AS_OF])


def _rebuild(small: Small) -> None:
    rebuild_activity(organisation_id=small.id, now=NOW)


def _roll_up_one(small: Small) -> None:
    with organisation_scope(small.id):
        definition_id = ActionDefinition.objects.get(number=small.definitions["visit"]).pk
    roll_up_definition(organisation_id=small.id, definition_id=definition_id, now=NOW)


def _rewrite(small: Small, keep: int = 1) -> None:
    with organisation_scope(small.id):
        blocks = queries.fetch("blocks_of_chunks", organisation_id=small.id, chunks=[2])
        for day, chunk in blocks:
            rewrite_block(
                organisation_id=small.id, day=day, chunk=chunk, now=NOW,
                keep=lambda rows: np.arange(len(rows)) < keep,
            )  # fmt: skip


def _empty(small: Small) -> None:
    _rewrite(small, keep=0)


def _rows(small: Small) -> DayRows:
    return DayRows(*(np.array([value]) for value in ((2 << 16) + 3, small.definitions["visit"], 1, 0)))


def _closed(small: Small) -> None:
    with organisation_scope(small.id):
        write_days(organisation=small.organisation, days={AS_OF - timedelta(days=40): _rows(small)}, now=NOW)


def _open(small: Small) -> None:
    with organisation_scope(small.id):
        add_open(organisation_id=small.id, days={AS_OF: _rows(small)})


def _merge(small: Small) -> None:
    number = MERGED["number"]
    add_customers(small, [(number, {})], identified=False)
    _forget(small)
    with organisation_scope(small.id):
        links = [Link(number, MERGED["target"])]
        merge_customers(organisation_id=small.id, links=links, source_id=new_id(), now=NOW)


def _undo(small: Small) -> None:
    _merge(small)
    _forget(small)
    with organisation_scope(small.id):
        undo_merge(organisation=small.organisation, **MERGED, reason="A tablet", user=None, now=NOW)


def _again(small: Small) -> None:
    _undo(small)
    _forget(small)
    with organisation_scope(small.id):
        merge_again(organisation=small.organisation, **MERGED, reason="A tablet", user=None, now=NOW)


def _pack(small: Small) -> None:
    _open(small)
    _forget(small)
    assert pack_closed_days(organisation_id=small.id, now=NOW + timedelta(days=30)) > 0


def _repair(small: Small) -> None:
    assert verify_activity(organisation_id=small.id, now=NOW, repair=True).repaired


EVERY = set(range(CHUNKS))
SERVICES: dict[str, tuple[Callable[[Small], None], set[int]]] = {
    "erase": (_erase, {2}),
    "recount": (_recount, EVERY),
    "rebuild": (_rebuild, EVERY),
    "roll up one": (_roll_up_one, EVERY),
    "rewrite": (_rewrite, {2}),
    "empty": (_empty, {2}),
    "closed days": (_closed, {2}),
    "open days": (_open, {2}),
    "repair": (_repair, EVERY),
    "merge": (_merge, {1, 3}),
    "undo": (_undo, {1, 3}),
    "merge again": (_again, {1, 3}),
    "pack": (_pack, set()),
}


def _forget(small: Small) -> None:
    with organisation_scope(small.id):
        ChunkTouch.objects.all().delete()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", list(SERVICES))
def test_what_a_service_notes(name: str) -> None:
    act, chunks = SERVICES[name]
    small = filled()
    _forget(small)
    act(small)
    with organisation_scope(small.id, write=False):
        assert set(ChunkTouch.objects.values_list("chunk", flat=True)) == chunks


def test_the_list_names_tests_that_there_are() -> None:
    assert set(BY_THEIR_CALLERS.values()) <= SERVICES.keys()
