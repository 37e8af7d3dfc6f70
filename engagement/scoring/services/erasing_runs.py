"""Taking somebody out of the packed results of past runs, while what those runs said stays.

Snapshots and parts are sums and are not touched. What the person added to them is kept as a sum as well (ErasedPart):
Σ of the blocks and what was taken out is what the run said, chunk by chunk and segment by segment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.utils.translation import gettext_noop
from numpy.typing import NDArray

from engagement.ingest.erasers import NotYetError, Person
from engagement.scoring import queries
from engagement.scoring.blocks import chunk_of, pack, pack_masks, unpack, unpack_masks
from engagement.scoring.formula import score_variants, variant_index
from engagement.scoring.models import ErasedPart, RunPart, ScoreRun
from engagement.scoring.runs.chunk import ChunkResult
from engagement.scoring.runs.compute import result_sums
from engagement.scoring.runs.merges import Merges
from engagement.scoring.runs.parts import added, sums_from_json, sums_to_json
from engagement.scoring.runs.plan import RunPlan, plan_of
from engagement.scoring.runs.store import PackedChunk, packed_identities, read_chunk
from engagement.scoring.services.touching import touch_chunks
from tenants.scope import organisation_scope

# A run that began before somebody was erased may still hold them when it is done; one this old has died.
RUN_AT_MOST: Final = timedelta(hours=6)
Mask = NDArray[np.bool_]


def erase_from_runs(*, person: Person, now: datetime) -> Mapping[str, int]:
    """Take them out of the blocks of every run that has some; raises NotYetError while an earlier run is under way."""
    chunks = sorted({chunk_of(number) for number in person.numbers})
    with organisation_scope(person.organisation_id, write=False):
        running = ScoreRun.objects.filter(
            state=ScoreRun.State.RUNNING, started_at__lte=person.erased_at, started_at__gt=now - RUN_AT_MOST
        )
        is_running = running.exists()
        found = queries.fetch("blocks_with_customers", organisation_id=person.organisation_id, chunks=chunks)
    runs = set()
    for run_id, chunk in found:
        with organisation_scope(person.organisation_id):
            queries.fetch("lock_thinning", organisation=person.organisation_id % 2**31)
            if erase_from_chunk(run_id=run_id, chunk=chunk, numbers=person.numbers):
                runs.add(run_id)
    if is_running:
        raise NotYetError(gettext_noop("a scoring that began before is under way"))
    return {gettext_noop("results of scorings"): len(runs)}


def erase_from_chunk(*, run_id: UUID, chunk: int, numbers: tuple[int, ...]) -> bool:
    """Take customers out of one chunk of a run, in the transaction at hand; False where it holds none of them."""
    run = ScoreRun.objects.select_for_update().get(pk=run_id)
    plan = plan_of(run)
    stored, masks, merges = read_chunk(run=run, chunk=chunk, n_actions=len(plan.actions))
    gone = np.isin(stored.numbers, np.array(numbers, dtype=np.int64))
    left = _merges_left(merges, numbers)
    if not gone.any() and len(left) == len(merges):
        return False
    blocks = dict(zip(("counts", "scores", "members"), _raw_blocks(run, chunk), strict=True))
    packed = PackedChunk(
        counts=_kept(blocks["counts"], ~gone),
        scores=_kept(blocks["scores"], ~gone),
        members=pack_masks([mask[~gone] for mask in unpack_masks(blocks["members"], rows=len(gone))]),
        identities=packed_identities(left),
    )
    if gone.any():
        _keep_sums(run, plan, chunk, _result_of(plan, chunk, stored, masks, gone))
    touch_chunks(organisation_id=run.organisation_id, chunks=[chunk])
    _replace(run, chunk, packed)
    return True


def _raw_blocks(run: ScoreRun, chunk: int) -> tuple[Any, Any, Any]:
    ((counts, scores, members, _),) = queries.fetch_packed(
        "stored_chunk", organisation_id=run.organisation_id, run_id=run.id, chunk=chunk
    )
    return counts, scores, members


def _kept(packed: bytes, keep: Mask) -> bytes:
    return pack([column[keep] for column in unpack(packed)])


def _merges_left(merges: Merges, numbers: tuple[int, ...]) -> Merges:
    theirs = np.array(numbers, dtype=np.int64)
    keep = ~(np.isin(merges.numbers, theirs) | np.isin(merges.roots, theirs))
    return Merges(merges.numbers[keep], merges.roots[keep])


def _result_of(plan: RunPlan, chunk: int, stored: Any, masks: tuple[Mask, ...], gone: Mask) -> ChunkResult:
    """What the run said about the customers who go, as it was computed: from their counts and stored memberships."""
    of_segment = {segment.id: mask[gone] for segment, mask in zip(plan.segments, masks, strict=False)}
    variant = variant_index(n=int(gone.sum()), masks=[of_segment[one.segment_id] for one in plan.overrides])
    scored = score_variants(
        counts=stored.counts[gone],
        variant=variant,
        weights=plan.variant_weights,
        bands=plan.bands,
        channel_of_action=plan.channel_of_action,
    )
    return ChunkResult(
        chunk=chunk,
        numbers=stored.numbers[gone],
        scored=scored,
        days_since=stored.days_since[gone],
        masks=tuple(of_segment.values()),
        conditions=(),
        variants=variant,
    )


def _keep_sums(run: ScoreRun, plan: RunPlan, chunk: int, result: ChunkResult) -> None:
    """Add what goes to what went before."""
    sums, by_variant = result_sums(plan=plan, result=result)
    customers = len(result.numbers)
    before = ErasedPart.objects.filter(run=run, chunk=chunk).first()
    if before is not None:
        sums_before, variants_before = sums_from_json(before.sums)
        sums = added(sums_before, sums)
        by_variant = tuple(added(*pair) for pair in zip(variants_before, by_variant, strict=True))
        customers += before.customers
    ErasedPart.objects.update_or_create(
        organisation_id=run.organisation_id,
        run=run,
        chunk=chunk,
        defaults={"customers": customers, "sums": sums_to_json(sums, by_variant)},
    )


def _replace(run: ScoreRun, chunk: int, packed: PackedChunk) -> None:
    """The blocks are these from now on; their digests too, so that nobody takes what he remembers for them."""
    bound: dict[str, Any] = {"organisation_id": run.organisation_id, "run_id": run.id, "chunk": chunk}
    queries.run(
        "replace_blocks",
        counts=packed.counts,
        scores=packed.scores,
        members=packed.members,
        identities=packed.identities,
        **bound,
    )
    of_chunk, of_run = hashlib.sha256(), hashlib.sha256()
    for block in packed.blocks():
        of_chunk.update(block)
    queries.run("part_digest", digest=of_chunk.hexdigest(), **bound)
    digests = list(RunPart.objects.filter(run_id=run.id).order_by("chunk").values_list("digest", flat=True))
    for digest in digests or [run.digest or "", of_chunk.hexdigest()]:
        of_run.update(bytes.fromhex(digest))
    ScoreRun.objects.filter(pk=run.pk).update(digest=of_run.hexdigest())
