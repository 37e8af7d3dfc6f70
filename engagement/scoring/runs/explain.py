"""The states a ledger is made of, for the customers of one chunk: from what a run said to what the next one says.

Each state switches one cause more (formula/ledger.py). All of them are computed from the same rows of activity, read
once, and summed per segment, so that the states of chunks add up. What is kept of the old run are its blocks: who was
scored, their counts, scores and segments, and who counted for whom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula import IntArray, sums_over_masks
from engagement.scoring.formula.ledger import BEFORE, State, StateSums
from engagement.scoring.runs.merges import Merges
from engagement.scoring.runs.plan import PlannedAction, RunPlan
from engagement.scoring.runs.store import StoredChunk

Mask = NDArray[np.bool_]
Labels = tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, eq=False, slots=True)
class OldChunk:
    """What the old run said about one chunk: its plan, rows, memberships by segment id, and who counted for whom.

    `erased` are the sums, by segment id, of those whose rows were taken out of it since.
    """

    plan: RunPlan
    stored: StoredChunk
    masks: dict[str, Mask]
    merges: Merges
    erased: Mapping[str, StateSums] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, slots=True)
class Gone:
    """Customers of the old run who are not among those who may be scored now: erased ones and merged ones."""

    erased: NDArray[np.int64]
    merged: NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Chains:
    """The states of every segment of the new plan, in its order, over the customers of some chunks.

    `labels` are cause and action of each state; `sums` are [segment][state].
    """

    labels: Labels
    sums: tuple[tuple[StateSums, ...], ...]

    def __add__(self, other: Chains) -> Chains:
        if self.labels != other.labels:
            raise ValueError("chains of different causes cannot be added")
        pairs = zip(self.sums, other.sums, strict=True)
        return Chains(self.labels, tuple(tuple(a + b for a, b in zip(*pair, strict=True)) for pair in pairs))

    def states(self, segment: int) -> tuple[State, ...]:
        """The chain of one segment, for formula.ledger_of."""
        named = zip(self.labels, self.sums[segment], strict=True)
        return tuple(State(cause, action, sums) for (cause, action), sums in named)


def chain_labels(old: RunPlan) -> Labels:
    """The causes in their order, new activity by the actions of the old plan; the same for every chunk."""
    first = ("late", "definitions", "identity", "left", "ageing")
    new = [("new", action.key) for action in old.actions]
    return ((BEFORE, None), *((cause, None) for cause in first), *new, ("joined", None), ("weights", None))


def with_new_definitions(*, old: RunPlan, new: RunPlan) -> RunPlan:
    """The old plan with the new one's definitions of the same actions; order, weights and caps stay."""
    by_key = {action.key: action for action in new.actions}

    def swapped(action: PlannedAction) -> PlannedAction:
        now = by_key.get(action.key, action)
        return replace(action, definition=now.definition, measure=now.measure)

    return replace(old, actions=tuple(swapped(action) for action in old.actions))


@dataclass(frozen=True, eq=False, slots=True)
class Point:
    """Everybody of both runs in one state: scores and points (n,), who is scored at all (n,), memberships (s, n).

    `counts` (n, n_actions) and `points` are in the old plan's unit (`scale`) until the last state, and `variants` (n,)
    say which of the old plan's weights they come from.
    """

    counts: IntArray
    scores: IntArray
    points: IntArray
    scale: int
    scored: Mask
    members: Mask
    days_since: IntArray
    variants: IntArray


def with_erased(
    states: Sequence[tuple[StateSums, ...]], *, old: OldChunk, plan: RunPlan
) -> list[tuple[StateSums, ...]]:
    """The states with what was taken out of the old run since, up to "identity": there the erased are gone.

    `states` are sums by segment of the new plan, in the order of `chain_labels`.
    """
    before_identity = [cause for cause, _ in chain_labels(old.plan)].index("identity")
    nothing = StateSums(0, 0, 0, old.plan.weights.scale)
    out = [old.erased.get(segment.id, nothing) for segment in plan.segments]
    return [
        tuple(a + b for a, b in zip(sums, out, strict=True)) if at < before_identity else sums
        for at, sums in enumerate(states)
    ]


def sums_of(points: Sequence[Point]) -> list[tuple[StateSums, ...]]:
    """Per state the sums of every segment; states with the same members are summed in one go."""
    groups: dict[tuple[int, int], list[int]] = {}
    for at, point in enumerate(points):
        groups.setdefault((id(point.members), id(point.scored)), []).append(at)
    found: list[tuple[StateSums, ...]] = [()] * len(points)
    for places in groups.values():
        first = points[places[0]]
        columns = [column for at in places for column in (points[at].scores, points[at].points)]
        members = first.members & first.scored
        rows = sums_over_masks(masks=members, columns=columns)
        n = [int(total) for total in members.sum(axis=1)]
        for place, at in enumerate(places):
            found[at] = tuple(
                StateSums(n_of, row[2 * place], row[2 * place + 1], points[at].scale)
                for n_of, row in zip(n, rows, strict=True)
            )
    return found
