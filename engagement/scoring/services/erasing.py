"""Erasing somebody's activity: their events, what is open, and every block that holds them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from django.utils.translation import gettext_noop

from engagement.errors import ConflictError
from engagement.ingest.erasers import Eraser, Person, register_eraser
from engagement.ingest.services.erasing import erase_events
from engagement.scoring import queries
from engagement.scoring.blocks import BlockError, chunk_of
from engagement.scoring.services.erasing_rules import erase_from_rules, erase_previews
from engagement.scoring.services.erasing_runs import erase_from_runs
from engagement.scoring.services.packing import lock_counting, rewrite_block
from engagement.scoring.services.touching import touch_chunks
from tenants.audit import audit_append
from tenants.scope import organisation_scope

_NAMED: Final = 1_000  # numbers of customers that one entry of the record names
_BLOCKS_AT_ONCE: Final = 100  # about a second, for which storing waits


@dataclass(frozen=True, slots=True)
class Erased:
    """Whose activity went (those merged into the customers too) and how much of it."""

    numbers: tuple[int, ...]
    events: int
    open_rows: int
    blocks: int


def erase_activity(*, organisation_id: int, numbers: Collection[int], now: datetime, on_record: bool = True) -> Erased:
    """Erase all activity of customers, and of everybody who was merged into them; called outside any scope.

    Their events go first, so that nothing counted anew brings them back. A customer lies in one chunk, so only its
    blocks are opened, and written only where they hold somebody; the rows of others stay as they are. What breaks off
    is finished by doing it again. Runs keep what they were made of. It is `on_record` unless it is part of an erasure
    that is. Raises ConflictError for a damaged block.
    """
    with organisation_scope(organisation_id):
        lock_counting(organisation_id=organisation_id)
        targets: dict[int, int] = dict(queries.fetch("merges", organisation_id=organisation_id))
        everybody = _with_merged(numbers, targets)
        events = erase_events(numbers=everybody)
        chunks = sorted({chunk_of(number) for number in everybody})
        touch_chunks(organisation_id=organisation_id, chunks=chunks)
        rows = queries.run("delete_open_customers", organisation_id=organisation_id, numbers=sorted(everybody))
        blocks = queries.fetch("blocks_of_chunks", organisation_id=organisation_id, chunks=chunks)
        if on_record:
            _record(sorted(everybody), events=events, open_rows=rows)
    gone = np.array(sorted(everybody), dtype=np.int64)
    rewritten = 0
    for start in range(0, len(blocks), _BLOCKS_AT_ONCE):
        with organisation_scope(organisation_id):
            lock_counting(organisation_id=organisation_id)
            for day, chunk in blocks[start : start + _BLOCKS_AT_ONCE]:
                try:
                    rewritten += rewrite_block(
                        organisation_id=organisation_id,
                        day=day,
                        chunk=chunk,
                        keep=lambda found: ~np.isin(found.numbers, gone),
                        now=now,
                    )
                except BlockError as error:
                    raise ConflictError(
                        f"The block of {day}, chunk {chunk}, cannot be read: {error}. "
                        "Run verify_activity with --repair, then erase again."
                    ) from error
    return Erased(tuple(sorted(everybody)), events, rows, rewritten)


def _record(everybody: Sequence[int], **counts: int) -> None:
    new = {"customers": everybody[:_NAMED], "count": len(everybody), **counts}
    audit_append(
        act="customer.activity_erased", object_kind="customer", object_id=everybody[0] if everybody else "", new=new
    )


def _with_merged(numbers: Collection[int], targets: Mapping[int, int]) -> set[int]:
    """The customers and whoever was merged into one of them, directly or through others."""
    found = set(numbers)
    while more := {merged for merged, target in targets.items() if target in found} - found:
        found |= more
    return found


def erase_everything_done(*, person: Person, now: datetime) -> Mapping[str, int]:
    """Their events and all activity counted of them, for the register of erasers."""
    done = erase_activity(organisation_id=person.organisation_id, numbers=person.numbers, now=now, on_record=False)
    return {
        gettext_noop("events"): done.events,
        gettext_noop("rows of activity"): done.open_rows,
        gettext_noop("blocks of activity"): done.blocks,
    }


def register() -> None:
    for name, erase, columns in (
        (
            "scoring.activity",
            erase_everything_done,
            {
                "ingest_event.customer_number",
                "ingest_event.message_id",
                "ingest_event.name",
                "ingest_event.properties",
                "scoring_activity_open.customer_number",
                "scoring_activity_block.packed",
            },
        ),
        (
            "scoring.rules",
            erase_from_rules,
            {"scoring_segmentdefinition.rule", "scoring_exclusiondefinition.rule", "scoring_scorerun.uses"},
        ),
        (
            "scoring.runs",
            erase_from_runs,
            {f"scoring_{name}_block.packed" for name in ("count", "score", "member", "identity")},
        ),
        ("scoring.previews", erase_previews, {"scoring_previewjob.result"}),
    ):
        register_eraser(Eraser(name, erase, frozenset(columns)))
