"""One chunk of customers: from activity and traits to points, scores, bands and segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engagement.scoring import queries
from engagement.scoring.blocks import chunk_of
from engagement.scoring.formula import ScoredCustomers, count_matrix, decay_table, score_variants, variant_index
from engagement.scoring.rules import Rule
from engagement.scoring.runs.activity import Activity, chunk_activity
from engagement.scoring.runs.merges import Merges
from engagement.scoring.runs.plan import RunPlan
from engagement.scoring.runs.population import Known, Population, read_population

NEVER: Final = -1  # days since the last action of somebody without one in the window


@dataclass(frozen=True, eq=False, slots=True)
class ChunkResult:
    """The customers of one chunk who are scored; row i is one customer in every array.

    `masks` holds one (n,) membership per segment of the plan, in its order; `conditions` one per kept condition of the
    plan; `days_since` is NEVER for the silent; `variants` says with which of `plan.variant_weights` each was scored.
    """

    chunk: int
    numbers: NDArray[np.int64]
    scored: ScoredCustomers
    days_since: NDArray[np.int64]
    masks: tuple[NDArray[np.bool_], ...]
    conditions: tuple[NDArray[np.bool_], ...]
    variants: NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class ChunkScoring:
    """A chunk's result with what it was made of: everybody before the exclusion, their counts, the rows as stored."""

    population: Population
    activity: Activity
    counted: Counted
    result: ChunkResult


@dataclass(frozen=True, eq=False, slots=True)
class Counted:
    """How often each of n customers did each action of a plan, and the days since their last: (n, n_actions), (n,)."""

    counts: NDArray[np.int64]
    days_since: NDArray[np.int64]


def n_chunks(organisation_id: int) -> int:
    """How many chunks there are; 0 without customers."""
    last = queries.fetch("last_number", organisation_id=organisation_id)[0][0]
    return 0 if last is None else chunk_of(last) + 1


def counted(*, plan: RunPlan, population: Population, activity: Activity) -> Counted:
    """The plan's counts of a population from rows that may hold more: other days, definitions, customers."""
    ages = plan.as_of.toordinal() - activity.days
    columns = plan.columns_of(activity.definitions)
    positions = population.positions(activity.numbers)
    keep = (ages >= 0) & (ages < plan.window_days) & (columns >= 0) & (positions >= 0)
    rows, ages, columns, positions = activity.where(keep), ages[keep], columns[keep], positions[keep]
    decay = None
    if plan.half_life_days is not None:
        decay = decay_table(half_life_days=plan.half_life_days, window_days=plan.window_days)
    counts = count_matrix(
        customer_index=positions,
        action_index=columns,
        age_days=ages,
        occurrences=np.where(plan.sums_values[columns], rows.values, rows.occurrences),
        n_customers=len(population),
        n_actions=len(plan.actions),
        decay=decay,
    )
    return Counted(counts, _last_action(positions, ages, rows.occurrences, len(population)))


def _last_action(
    positions: NDArray[np.int64], ages: NDArray[np.int64], occurrences: NDArray[np.int64], n: int
) -> NDArray[np.int64]:
    never = np.iinfo(np.int64).max
    last = np.full(n, never, dtype=np.int64)
    acted = occurrences > 0
    np.minimum.at(last, positions[acted], ages[acted])
    return np.where(last == never, NEVER, last)


def scored_of(scored: ScoredCustomers, keep: NDArray[np.bool_]) -> ScoredCustomers:
    """Some of the customers, with all that was found of them."""
    return ScoredCustomers(
        counts=scored.counts[keep],
        points_by_action=scored.points_by_action[keep],
        points=scored.points[keep],
        scores=scored.scores[keep],
        bands=scored.bands[keep],
        n_channels=scored.n_channels[keep],
        scale=scored.scale,
    )


def variants_of(*, plan: RunPlan, population: Population) -> NDArray[np.int64]:
    """With which of `plan.variant_weights` each of the population is scored: by present membership, (n,)."""
    rules = dict(zip((segment.id for segment in plan.segments), plan.rules(), strict=True)) if plan.overrides else {}
    masks = [population.belonging(rules[override.segment_id]) for override in plan.overrides]
    return variant_index(n=len(population), masks=masks)


def score_population(*, plan: RunPlan, population: Population, activity: Activity, merges: Merges) -> ChunkScoring:
    """Everything a plan says about a population: scores, who is left out by the exclusion, who is in which segment.

    Who has weights of his own is known by traits and lists before anything is scored; rules over activity come after.
    `activity` stands under the customers' own numbers; the merges say for whom it counts.
    """
    rows = activity.counting_for(merges.resolved(activity.numbers))
    found = counted(plan=plan, population=population, activity=rows)
    variants = variants_of(plan=plan, population=population)
    scored = score_variants(
        counts=found.counts,
        variant=variants,
        weights=plan.variant_weights,
        bands=plan.bands,
        channel_of_action=plan.channel_of_action,
    )
    known = Known(population, scored, found.days_since)
    masks = tuple(population.matching(rule, known=known) for rule in plan.rules())
    exclusion = plan.exclusion()
    kept = tuple(population.matching(Rule(condition), known=known) for condition in plan.kept_conditions())
    result = ChunkResult(population.chunk, population.numbers, scored, found.days_since, masks, kept, variants)
    if exclusion is not None:
        result = _without(result, population.matching(exclusion, known=known))
    return ChunkScoring(population, activity, found, result)


def _without(result: ChunkResult, excluded: NDArray[np.bool_]) -> ChunkResult:
    keep = ~excluded
    return ChunkResult(
        chunk=result.chunk,
        numbers=result.numbers[keep],
        scored=scored_of(result.scored, keep),
        days_since=result.days_since[keep],
        masks=tuple(mask[keep] for mask in result.masks),
        conditions=tuple(mask[keep] for mask in result.conditions),
        variants=result.variants[keep],
    )


def score_chunk(*, plan: RunPlan, chunk: int, merges: Merges) -> ChunkResult:
    """Everything a plan says about the customers of one chunk; depends on nothing outside it but the merges."""
    activity = chunk_activity(
        organisation_id=plan.organisation_id,
        chunk=chunk,
        first=plan.first_day,
        as_of=plan.as_of,
        others=merges.into(chunk),
    )
    population = read_population(organisation_id=plan.organisation_id, chunk=chunk, rules=plan.all_rules())
    return score_population(plan=plan, population=population, activity=activity, merges=merges).result
