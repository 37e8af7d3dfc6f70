"""A run's points divided by the values of an event property: its own blocks, and the events of its window.

What is kept are sums by segment and value. A value that fewer customers of a segment have than numbers may rest on
stands with the others there, so that no value names somebody; so does what lies beyond the first twenty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.blocks import CHUNK_BITS
from engagement.scoring.formula import DECAY_SCALE, decay_table, score_variants, variant_index
from engagement.scoring.formula.breakdown import divided, summed
from engagement.scoring.local_days import local_days
from engagement.scoring.models import ActionDefinition, ScoreRun
from engagement.scoring.runs.merges import Merges
from engagement.scoring.runs.plan import RunPlan, plan_of
from engagement.scoring.runs.store import read_chunk
from engagement.scoring.services.counting import EventSpan, Valued, rule_of, valued_events
from tenants.models import Organisation

SHOWN: Final = 20
GONE: Final = -1
Sums = dict[int, tuple[int, int, int]]
_EVERYBODY: Final = "all"
_NONE: Final = np.zeros(0, dtype=np.int64)


def broken_down(*, run: ScoreRun, path: str, organisation: Organisation) -> tuple[int, dict[str, Any]]:
    """How many events were read, and the result: `scale`, and by segment rows of kind, value and sums.

    Reads in the scope at hand, chunk by chunk; memory grows with customers × actions × values that occur together.
    """
    plan, known = plan_of(run), dict[str | None, int]()
    columns, events = _events(plan, path, organisation, known)
    found: dict[str, Sums] = {segment.key: {} for segment in plan.segments}
    merged = _roots(run, plan)
    columns[0] = _as_roots(columns[0], merged)
    for chunk in range(run.chunks):
        of_chunk = columns[:, columns[0] >> CHUNK_BITS == chunk]
        for key, sums in _chunk(run, plan, chunk, of_chunk).items():
            _add(found[key], sums)
    names = {at: value for value, at in known.items()}
    top = _top(found.get(_EVERYBODY, {}), names, minimum=organisation.minimum_n)
    scale = DECAY_SCALE if plan.half_life_days else 1
    rows = {key: _rows(sums, names, top, minimum=organisation.minimum_n) for key, sums in found.items()}
    return events, {"scale": scale, "segments": rows}


def _events(
    plan: RunPlan, path: str, organisation: Organisation, known: dict[str | None, int]
) -> tuple[NDArray[np.int64], int]:
    """Customer, action, value and weight of what counts in the window, added up; and how many events that were."""
    numbers = [action.definition for action in plan.actions]
    definitions = ActionDefinition.objects.filter(number__in=numbers)
    rules = {one.number: rule_of(one) for one in definitions}
    span = EventSpan(since=plan.window_from, to=plan.window_to)
    decay = None
    if plan.half_life_days:
        decay = decay_table(half_life_days=plan.half_life_days, window_days=plan.window_days)
    parts, events = [np.zeros((4, 0), dtype=np.int64)], 0
    for part in valued_events(organisation_id=organisation.pk, rules=rules, span=span, path=path, known=known):
        parts.append(_weighed(part, plan, organisation, decay))
        events += len(part.instants)
    return _added_up(np.concatenate(parts, axis=1)), events


def _weighed(
    part: Valued, plan: RunPlan, organisation: Organisation, decay: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    ages = plan.as_of.toordinal() - local_days(instants=part.instants, zone=organisation.zone)
    columns = plan.columns_of(part.definitions)
    keep = (ages >= 0) & (ages < plan.window_days) & (columns >= 0) & (part.occurrences > 0)
    weights = part.occurrences if decay is None else part.occurrences * decay[np.clip(ages, 0, plan.window_days - 1)]
    return _added_up(np.stack([part.numbers, columns, part.values, weights])[:, keep])


def _added_up(columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each customer, action and value once; weights are added."""
    order = np.lexsort(columns[2::-1])
    columns = columns[:, order]
    if columns.shape[1] == 0:
        return columns
    new = np.append(True, (np.diff(columns[:3], axis=1) != 0).any(axis=0))
    starts = np.flatnonzero(new)
    return np.vstack([columns[:3, starts], np.add.reduceat(columns[3], starts)])


def _roots(run: ScoreRun, plan: RunPlan) -> Merges:
    """Who counted for whom in the run."""
    found = [read_chunk(run=run, chunk=chunk, n_actions=len(plan.actions))[2] for chunk in range(run.chunks)]
    numbers = np.concatenate([_NONE, *(one.numbers for one in found)])
    roots = np.concatenate([_NONE, *(one.roots for one in found)])
    numbers, first = np.unique(numbers, return_index=True)
    return Merges(numbers, roots[first])


def _as_roots(numbers: NDArray[np.int64], merged: Merges) -> NDArray[np.int64]:
    if not len(merged.numbers):
        return numbers
    at = np.minimum(np.searchsorted(merged.numbers, numbers), len(merged.numbers) - 1)
    return np.where(merged.numbers[at] == numbers, merged.roots[at], numbers)


def _chunk(run: ScoreRun, plan: RunPlan, chunk: int, columns: NDArray[np.int64]) -> Mapping[str, Sums]:
    stored, masks, _ = read_chunk(run=run, chunk=chunk, n_actions=len(plan.actions))
    if not len(stored.numbers):
        return {}
    of_segment = {segment.id: mask for segment, mask in zip(plan.segments, masks, strict=False)}
    scored = score_variants(
        counts=stored.counts,
        variant=variant_index(n=len(stored.numbers), masks=[of_segment[one.segment_id] for one in plan.overrides]),
        weights=plan.variant_weights,
        bands=plan.bands,
        channel_of_action=plan.channel_of_action,
    )
    at = np.minimum(np.searchsorted(stored.numbers, columns[0]), len(stored.numbers) - 1)
    there = stored.numbers[at] == columns[0]
    added = _added_up(np.vstack([at[there], columns[1:, there]]))
    cells = divided(
        rows=added[0], columns=added[1], values=added[2], weights=added[3],
        points=scored.points_by_action.astype(np.int64), counts=stored.counts, is_count=~plan.sums_values, gone=GONE,
    )  # fmt: skip
    return {segment.key: summed(cells, member=of_segment[segment.id]) for segment in plan.segments}


def _add(found: Sums, more: Sums) -> None:
    """Customers are of one chunk only, so they add up as well."""
    for value, sums in more.items():
        points, occurrences, customers = found.get(value, (0, 0, 0))
        found[value] = points + sums[0], occurrences + sums[1], customers + sums[2]


def _top(sums: Sums, names: Mapping[int, str | None], *, minimum: int) -> list[int]:
    """The values with the most points over everybody, the best first; of equal ones by name."""
    named = [at for at, (_, _, customers) in sums.items() if names.get(at) is not None and customers >= minimum]
    return sorted(named, key=lambda at: (-sums[at][0], names[at]))[:SHOWN]


def _rows(sums: Sums, names: Mapping[int, str | None], top: list[int], *, minimum: int) -> list[dict[str, Any]]:
    """Named values first, then the others together, those without the property, those whose events are gone."""
    rows: list[dict[str, Any]] = []
    other = [0, 0]
    has_other = False
    for at in [*top, *(at for at in sums if at not in top)]:
        if at not in sums:
            continue
        points, occurrences, customers = sums[at]
        name = names.get(at)
        if at in top and customers >= minimum:
            rows.append(_row("named", name, points, occurrences, customers))
        elif at == GONE or name is None:
            rows.append(_row("gone" if at == GONE else "unnamed", None, points, occurrences, customers))
        else:
            other, has_other = [other[0] + points, other[1] + occurrences], True
    if has_other:
        rows.append(_row("other", None, other[0], other[1], None))
    order = ("named", "other", "unnamed", "gone")
    return sorted(rows, key=lambda row: order.index(row["kind"]))


def _row(kind: str, value: str | None, points: int, occurrences: int, customers: int | None) -> dict[str, Any]:
    """Large whole numbers are text in JSON: no reader may round them."""
    return {
        "kind": kind, "value": value, "points": str(points), "occurrences": str(occurrences), "customers": customers
    }  # fmt: skip
