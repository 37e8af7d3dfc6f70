"""One chunk of a run computed and stored: blocks, sums, and the states of its ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import NDArray

from engagement.scoring import queries
from engagement.scoring.formula import SegmentSums, all_segment_sums
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.activity import chunk_activity
from engagement.scoring.runs.chunk import ChunkResult, ChunkScoring, score_population, scored_of
from engagement.scoring.runs.erased import erased_states
from engagement.scoring.runs.explain import Chains, Gone, OldChunk
from engagement.scoring.runs.merges import Merges
from engagement.scoring.runs.parts import Part, write_part
from engagement.scoring.runs.plan import RunPlan, plan_of
from engagement.scoring.runs.population import read_population
from engagement.scoring.runs.store import pack_chunk, read_chunk, write_chunk
from engagement.scoring.runs.walk import explain


def compute_chunk(*, run: ScoreRun, plan: RunPlan, chunk: int, merges: Merges, is_shared: bool = True) -> Part:
    """Score a chunk, explain it against the run's base, store both in the transaction at hand.

    Where it is shared, the states of its ledger are stored too, for whoever adds them up.

    The same data give the same bytes, however many workers there are and however often it is done.
    """
    old = None if run.base is None else _old_chunk(run.base, chunk)
    others = merges.into(chunk) if old is None else merges.into(chunk).joined_by(old.merges.into(chunk))
    activity = chunk_activity(
        organisation_id=plan.organisation_id,
        chunk=chunk,
        first=plan.first_day if old is None else min(plan.first_day, old.plan.first_day),
        as_of=plan.as_of,
        others=others,
    )
    rules = plan.all_rules() if old is None else (*plan.all_rules(), *old.plan.all_rules())
    population = read_population(organisation_id=plan.organisation_id, chunk=chunk, rules=rules)
    scoring = score_population(plan=plan, population=population, activity=activity, merges=merges)
    packed = pack_chunk(scoring.result, merges=merges.touching(chunk))
    write_chunk(run=run, chunk=chunk, packed=packed)
    digest = hashlib.sha256()
    for block in packed.blocks():
        digest.update(block)
    sums, by_variant = result_sums(plan=plan, result=scoring.result)
    part = Part(
        chunk=chunk,
        customers=len(scoring.result.numbers),
        digest=digest.hexdigest(),
        sums=sums,
        chains=None if old is None else _chains(old, plan, scoring, merges),
        by_variant=by_variant,
    )
    write_part(run=run, part=part if is_shared else replace(part, chains=None))
    return part


def empty_sums(plan: RunPlan) -> Sequence[SegmentSums]:
    """The sums of nobody, one per segment of the plan."""
    return [SegmentSums.empty(n_actions=len(plan.actions), scale=plan.weights.scale)] * len(plan.segments)


def result_sums(
    *, plan: RunPlan, result: ChunkResult
) -> tuple[tuple[SegmentSums, ...], tuple[tuple[SegmentSums, ...], ...]]:
    """The sums of each segment, and their parts by variant where there is more than one."""
    masks = np.stack(result.masks) if result.masks else np.zeros((0, len(result.numbers)), dtype=np.bool_)
    if not plan.overrides:
        return all_segment_sums(scored=result.scored, masks=masks), ()
    by_variant = []
    for variant in range(1 + len(plan.overrides)):
        of_one = result.variants == variant
        by_variant.append(all_segment_sums(scored=scored_of(result.scored, of_one), masks=masks[:, of_one]))
    whole = [reduce(add, of_segment) for of_segment in zip(*by_variant, strict=True)]
    return tuple(whole), tuple(by_variant)


def _old_chunk(base: ScoreRun, chunk: int) -> OldChunk:
    plan = plan_of(base)
    stored, masks, merges = read_chunk(run=base, chunk=chunk, n_actions=len(plan.actions))
    by_segment = {segment.id: mask for segment, mask in zip(plan.segments, masks, strict=False)}
    return OldChunk(plan, stored, by_segment, merges, erased_states(run=base, plan=plan, chunk=chunk))


def _chains(old: OldChunk, plan: RunPlan, scoring: ChunkScoring, merges: Merges) -> Chains:
    left = old.stored.numbers[scoring.population.positions(old.stored.numbers) < 0]
    gone = _gone(plan.organisation_id, left)
    return explain(old=old, plan=plan, scoring=scoring, gone=gone, merges=merges)


def _gone(organisation_id: int, numbers: NDArray[np.int64]) -> Gone:
    if not len(numbers):
        return Gone(numbers, numbers)
    rows = queries.fetch("gone_customers", organisation_id=organisation_id, numbers=numbers.tolist())
    known = np.array([number for number, _ in rows], dtype=np.int64)
    merged = np.array([number for number, is_merged in rows if is_merged], dtype=np.int64)
    return Gone(erased=np.setdiff1d(numbers, known), merged=merged)
