"""One chunk of customers: from activity and traits to points, scores, bands and segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.blocks import CHUNK_BITS, chunk_of
from engagement.scoring.formula import ScoredCustomers, count_matrix, decay_table, score_customers
from engagement.scoring.rules import Rule, evaluate
from engagement.scoring.runs import queries
from engagement.scoring.runs.plan import RunPlan

NEVER: Final = -1  # days since the last action of somebody without one in the window


@dataclass(frozen=True, eq=False, slots=True)
class ChunkResult:
    """The customers of one chunk who are scored; row i is one customer in every array.

    `masks` holds one (n,) membership per segment of the plan, in its order; `days_since` is NEVER for the silent.
    """

    chunk: int
    numbers: NDArray[np.int64]
    scored: ScoredCustomers
    days_since: NDArray[np.int64]
    masks: tuple[NDArray[np.bool_], ...]


@dataclass(frozen=True, eq=False, slots=True)
class ChunkColumns:
    """What rules may look at, by the protocol of scoring.rules."""

    numbers: NDArray[np.int64]
    identities: NDArray[np.object_]
    traits: Mapping[str, NDArray[np.object_]]
    scored: ScoredCustomers
    days_since: NDArray[np.int64]

    @property
    def n(self) -> int:
        return len(self.numbers)

    def trait(self, name: str) -> NDArray[np.object_]:
        return self.traits[name]

    def external_ids(self) -> NDArray[np.object_]:
        return self.identities

    def activity(self, name: str) -> NDArray[np.int64]:
        scored = self.scored
        found: dict[str, NDArray[np.int64]] = {
            "points": scored.points // scored.scale,
            "score": scored.scores,
            "band": scored.bands.astype(np.int64),
            "days_since_last_action": self.days_since,
            "channels": scored.n_channels,
            "actions": scored.counts.sum(axis=1) // scored.scale,
        }
        return found[name]


def roots(merges: Mapping[int, int]) -> dict[int, int]:
    """Whom each merged customer finally is; a chain is followed to its end, a circle to where it was entered."""
    found = {}
    for number in merges:
        seen = {number}
        root = merges[number]
        while root in merges and root not in seen:
            seen.add(root)
            root = merges[root]
        found[number] = root
    return found


def load_merges(organisation_id: int) -> dict[int, int]:
    """Merged customer → the customer their activity counts for."""
    return roots(dict(queries.fetch("merges", organisation_id=organisation_id)))


def n_chunks(organisation_id: int) -> int:
    """How many chunks there are; 0 without customers."""
    last = queries.fetch("last_number", organisation_id=organisation_id)[0][0]
    return 0 if last is None else chunk_of(last) + 1


def _activity(plan: RunPlan, chunk: int, merges: Mapping[int, int]) -> tuple[Any, NDArray[np.int64]]:
    """Rows of the chunk's customers and of those merged into them, with the number each counts for."""
    definitions = [action.definition for action in plan.actions]
    window: dict[str, Any] = {
        "organisation_id": plan.organisation_id,
        "first": plan.first_day,
        "as_of": plan.as_of,
        "definitions": definitions,
    }
    rows = queries.activity_rows(**window, low=chunk << CHUNK_BITS, high=(chunk + 1) << CHUNK_BITS)
    numbers = rows["number"].astype(np.int64)
    here = [number for number, root in merges.items() if chunk_of(root) == chunk]
    if not merges:
        return rows, numbers
    keep = ~np.isin(numbers, np.fromiter(merges, dtype=np.int64, count=len(merges)))
    rows, numbers = rows[keep], numbers[keep]
    if here:
        merged = queries.activity_rows_of(**window, numbers=here)
        rows = np.concatenate([rows, merged])
        numbers = np.concatenate([numbers, np.array([merges[int(n)] for n in merged["number"]], dtype=np.int64)])
    return rows, numbers


def _amounts(plan: RunPlan, rows: Any, action_index: NDArray[np.int64]) -> NDArray[np.int64]:
    """What counts of each row: occurrences, or the value where the action sums a property."""
    sums = np.array([action.measure == "sum" for action in plan.actions], dtype=np.bool_)
    amounts: NDArray[np.int64] = np.where(sums[action_index], rows["value"], rows["occurrences"]).astype(np.int64)
    return amounts


def _last_action(
    index: NDArray[np.int64], ages: NDArray[np.int64], occurrences: NDArray[np.int64], n: int
) -> NDArray[np.int64]:
    never = np.iinfo(np.int64).max
    last = np.full(n, never, dtype=np.int64)
    counted = occurrences > 0
    np.minimum.at(last, index[counted], ages[counted])
    return np.where(last == never, NEVER, last)


def score_numbers(
    *, plan: RunPlan, chunk: int, numbers: NDArray[np.int64], merges: Mapping[int, int]
) -> tuple[ScoredCustomers, NDArray[np.int64]]:
    """Scores and days since the last action of the given customers (sorted numbers of one chunk)."""
    rows, for_whom = _activity(plan, chunk, merges)
    position = np.searchsorted(numbers, for_whom)
    position[position == len(numbers)] = 0
    known = numbers[position] == for_whom if len(numbers) else np.zeros(len(for_whom), dtype=np.bool_)
    rows, index = rows[known], position[known].astype(np.int64)
    order = np.array([action.definition for action in plan.actions], dtype=np.int64)
    action_index = np.searchsorted(order, rows["definition"].astype(np.int64)).astype(np.int64)
    ages = rows["age_days"].astype(np.int64)
    decay = None
    if plan.half_life_days is not None:
        decay = decay_table(half_life_days=plan.half_life_days, window_days=plan.window_days)
    counts = count_matrix(
        customer_index=index,
        action_index=action_index,
        age_days=ages,
        occurrences=_amounts(plan, rows, action_index),
        n_customers=len(numbers),
        n_actions=len(plan.actions),
        decay=decay,
    )
    scored = score_customers(
        counts=counts, weights=plan.weights, bands=plan.bands, channel_of_action=plan.channel_of_action
    )
    return scored, _last_action(index, ages, rows["occurrences"].astype(np.int64), len(numbers))


def _columns(plan: RunPlan, chunk: int, merges: Mapping[int, int], rules: tuple[Rule, ...]) -> ChunkColumns:
    names = sorted({name for rule in rules for name in rule.traits()})
    rows = queries.fetch(
        "customers",
        organisation_id=plan.organisation_id,
        low=chunk << CHUNK_BITS,
        high=(chunk + 1) << CHUNK_BITS,
        traits=names,
    )
    numbers = np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))
    identities = np.array([row[1] for row in rows], dtype=np.object_)
    traits = {name: np.array([row[2][at] for row in rows], dtype=np.object_) for at, name in enumerate(names)}
    scored, days_since = score_numbers(plan=plan, chunk=chunk, numbers=numbers, merges=merges)
    return ChunkColumns(numbers, identities, traits, scored, days_since)


def _kept(scored: ScoredCustomers, keep: NDArray[np.bool_]) -> ScoredCustomers:
    return ScoredCustomers(
        counts=scored.counts[keep],
        points_by_action=scored.points_by_action[keep],
        points=scored.points[keep],
        scores=scored.scores[keep],
        bands=scored.bands[keep],
        n_channels=scored.n_channels[keep],
        scale=scored.scale,
    )


def score_chunk(*, plan: RunPlan, chunk: int, merges: Mapping[int, int]) -> ChunkResult:
    """Everything a run says about the customers of one chunk; depends on nothing outside it but the merges."""
    exclusion = plan.exclusion()
    rules = plan.rules()
    columns = _columns(plan, chunk, merges, (*rules, exclusion) if exclusion else rules)
    keep = ~evaluate(rule=exclusion, columns=columns) if exclusion else np.ones(columns.n, dtype=np.bool_)
    return ChunkResult(
        chunk=chunk,
        numbers=columns.numbers[keep],
        scored=_kept(columns.scored, keep),
        days_since=columns.days_since[keep],
        masks=tuple(evaluate(rule=rule, columns=columns)[keep] for rule in rules),
    )
