"""A day scored again: chunks that nobody has written since are taken over from the run in force, not computed.

Every transaction that writes something by which a chunk's result may change notes the chunk and its own number (table
scoring_chunk_touch). A run keeps the database's name of the moment it saw. So a chunk stands as it was exactly if that
moment sees every transaction that has touched it, in whatever order they began and committed. Activity of customers
merged into a chunk may lie in others: those count too, and who counts for whom has to be the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from engagement.scoring import queries
from engagement.scoring.blocks import CHUNK_BITS
from engagement.scoring.formula import StateSums
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.explain import Chains, chain_labels
from engagement.scoring.runs.merges import Merges
from engagement.scoring.runs.parts import Part, read_parts, write_part
from engagement.scoring.runs.plan import RunPlan, plan_of
from engagement.scoring.runs.store import packed_blocks, packed_identities

# A run is a base for so long after it began; touches are kept a day longer, whatever the clocks of workers say.
REUSED_FOR: Final = timedelta(days=2)
KEPT_FOR: Final = timedelta(days=3)
_MOMENT: Final = re.compile(r"(\d+)/(\d+:\d+:[\d,]*)")


def take_over(*, run: ScoreRun, plan: RunPlan, merges: Merges, moment: str, now: datetime) -> tuple[Part, ...]:
    """Store the chunks of the base that stand as they were; returns their parts, none where it cannot be told.

    In the transaction that sees the run's data; `moment` is its name and `merges` are those it sees.
    """
    base = run.base
    snapshot = None if base is None else _usable(base, plan=plan, moment=moment, now=now)
    if base is None or snapshot is None:
        return ()
    parts = {part.chunk: part for part in read_parts(base)}
    chunks = _untouched(base, chunks=parts, snapshot=snapshot, merges=merges)
    if not chunks:
        return ()
    bound = {"organisation_id": run.organisation_id, "run_id": run.id, "base_id": base.id}
    queries.run("copy_blocks", chunks=chunks, **bound)
    taken = tuple(replace(parts[chunk], chains=_nothing_moved(plan, parts[chunk])) for chunk in chunks)
    for part in taken:
        write_part(run=run, part=part)
    return taken


def _usable(base: ScoreRun, *, plan: RunPlan, moment: str, now: datetime) -> str | None:
    """The snapshot that the base saw, where it scored the same day in the same way in this database; else None."""
    then, here = _MOMENT.fullmatch(base.moment), _MOMENT.fullmatch(moment)
    if then is None or here is None or then[1] != here[1]:
        return None
    if base.started_at < now - REUSED_FOR:
        return None
    # All that is recorded, code version too, and what stands beside it: the day, the window's instants, the weight set.
    is_same = base.uses == json.loads(json.dumps(plan.to_json())) and plan_of(base) == plan
    return then[2] if is_same else None


def _untouched(base: ScoreRun, *, chunks: Iterable[int], snapshot: str, merges: Merges) -> list[int]:
    rows = queries.fetch("chunks_touched", organisation_id=base.organisation_id, snapshot=snapshot)
    touched = np.array([chunk for (chunk,) in rows], dtype=np.int64)
    identities = dict(packed_blocks(table="identity", run=base))
    found = []
    for chunk in sorted(chunks):
        read = np.append(merges.into(chunk).numbers >> CHUNK_BITS, chunk)
        same_people = identities.get(chunk) == packed_identities(merges.touching(chunk))
        if same_people and not np.isin(read, touched).any():
            found.append(chunk)
    return found


def _nothing_moved(plan: RunPlan, part: Part) -> Chains:
    """The ledger of a chunk that stands as it was: every state is the last one."""
    labels = chain_labels(plan)
    sums: Sequence[StateSums] = [
        StateSums(one.n, one.sum_score_millionths, one.sum_points, one.scale) for one in part.sums
    ]
    return Chains(labels, tuple((of_segment,) * len(labels) for of_segment in sums))
