"""Who is checked: scores of a day by packed counts, and what its customers did in the days after; chunk by chunk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula import OWN, Weights, variant_index, variant_points, variant_scores
from engagement.scoring.models import ScoreRun, WeightSet
from engagement.scoring.runs.activity import chunk_activity
from engagement.scoring.runs.chunk import NEVER
from engagement.scoring.runs.merges import Merges
from engagement.scoring.runs.plan import RunPlan, plan_of, plan_with
from engagement.scoring.runs.store import StoredChunk, read_chunk
from engagement.validity.formula.sampling import sample_keys
from engagement.validity.models import Outcome
from engagement.validity.types import Reason
from tenants.models import Organisation

# Enough that an interval of a weight no longer changes what is printed, and few enough to be fitted 200 times.
SAMPLE: Final = 50_000

Mask = NDArray[np.bool_]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """A check's inputs: the run, the weights (of the set in force where its counts serve), the outcome's actions.

    `columns` are the places of the plan's actions in the run's counts; `is_outcome` (n_actions,) says which of them are
    the outcome; `definitions` are those of the actions that say somebody stayed.
    """

    run: ScoreRun
    plan: RunPlan
    columns: tuple[int, ...]
    is_outcome: tuple[bool, ...]
    definitions: tuple[int, ...]
    asks_before: tuple[int, ...]  # columns of which one must have been done in the window; none: anything at all
    days: int

    @property
    def whole(self) -> tuple[Weights, ...]:
        """The weights of each variant."""
        return self.plan.variant_weights

    @property
    def guarded(self) -> tuple[Weights, ...]:
        """The same without the outcome's actions; the caller has seen that something is left."""
        keep = ~np.array(self.is_outcome, dtype=np.bool_)
        return tuple(replace(its, weight_thousandths=its.weight_thousandths * keep) for its in self.whole)

    @property
    def reason(self) -> Reason | None:
        """Why nothing can be checked; None where it can."""
        keep = ~np.array(self.is_outcome, dtype=np.bool_)
        left = all((its.weight_thousandths[keep] > 0).any() for its in self.whole)
        return None if left else Reason.ONLY_OUTCOME


def check_plan(*, organisation: Organisation, run: ScoreRun, outcome: Outcome) -> CheckPlan | Reason:
    """What a check of a run is made with, or why there is none."""
    own = plan_of(run)
    plan = _present(organisation, own) or own
    known = {action.key: action.definition for action in own.actions}
    if not set(outcome.action_keys) <= known.keys():
        return Reason.UNKNOWN_ACTIONS
    places = {action.definition: at for at, action in enumerate(own.actions)}
    wanted = tuple(known[key] for key in outcome.action_keys)
    found = CheckPlan(
        run=run,
        plan=plan,
        columns=tuple(places[action.definition] for action in plan.actions),
        is_outcome=tuple(action.key in outcome.action_keys for action in plan.actions),
        definitions=wanted or tuple(places),
        asks_before=tuple(places[one] for one in wanted) if outcome.kind == Outcome.Kind.NO_REPEAT else (),
        days=outcome.days,
    )
    return found.reason or found


def _present(organisation: Organisation, own: RunPlan) -> RunPlan | None:
    """The set in force over the run's counts; None where it is the run's own, or needs other counts."""
    published = WeightSet.objects.filter(state=WeightSet.State.PUBLISHED).first()
    if published is None or str(published.pk) == own.weight_set_id:
        return None
    plan = plan_with(organisation=organisation, as_of=own.as_of, weight_set=published)
    known = {action.definition for action in own.actions}
    places = [at for at, action in enumerate(plan.actions) if action.definition in known]
    lost = set(range(len(plan.actions))) - set(places)
    worth = any(its.weight_thousandths[at] for its in plan.variant_weights for at in lost)
    segments = {segment.id for segment in own.segments}
    strange = any(override.segment_id not in segments for override in plan.overrides)
    windows = [(one.window_days, one.half_life_days) for one in (plan, own)]
    if windows[0] != windows[1] or worth or strange or plan.obstacle:
        return None
    return replace(
        plan,
        actions=tuple(plan.actions[at] for at in places),
        segments=own.segments,
        overrides=tuple(override.reduced_to(places) for override in plan.overrides),
    )


@dataclass(frozen=True, eq=False, slots=True)
class ChunkFound:
    """Customers of one chunk who are checked; row i is one customer in every array."""

    whole: NDArray[np.int32]  # scores, millionths
    guarded: NDArray[np.int32]
    outcome: Mask
    masks: tuple[Mask, ...]  # one per segment of the run
    left_out: int
    sample: Sample


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """Some of those with the set's own numbers: keys (k,), counts (k, n_actions) × scale, whether they stayed."""

    keys: NDArray[np.uint64]
    counts: Whole
    stayed: Mask
    n: int = 0  # of how many

    def joined_by(self, other: Sample) -> Sample:
        """Of both those with the smallest keys, at most SAMPLE: the same whatever the order of the chunks."""
        keys = np.concatenate([self.keys, other.keys])
        keep = np.argsort(keys, kind="stable")[:SAMPLE]
        counts = np.concatenate([self.counts, other.counts])[keep]
        return Sample(keys[keep], counts, np.concatenate([self.stayed, other.stayed])[keep], self.n + other.n)


def chunk_found(*, check: CheckPlan, chunk: int, merges: Merges) -> ChunkFound:
    """One chunk of a check: whom the run counted something of, with what came after. Reads in the scope at hand."""
    stored, masks, _then = read_chunk(run=check.run, chunk=chunk, n_actions=len(check.run.uses["actions"]))
    masks = masks or (np.zeros(0, dtype=np.bool_),) * len(check.plan.segments)
    before = stored.days_since != NEVER
    if check.asks_before:
        before = (stored.counts[:, list(check.asks_before)] > 0).any(axis=1)
    merged = np.isin(stored.numbers, merges.numbers)
    keep = np.flatnonzero(before & ~merged)
    stayed = _stayed(check, chunk, merges, stored)[keep]
    counts, own = stored.counts[keep][:, list(check.columns)], tuple(mask[keep] for mask in masks)
    variants = _variants(check.plan, own, n=len(keep))
    return ChunkFound(
        whole=_scores(counts, variants, check.whole),
        guarded=_scores(counts, variants, check.guarded),
        outcome=~stayed,
        masks=own[: len(check.plan.segments)],
        left_out=int(np.count_nonzero(before & merged)),
        sample=_sample(stored.numbers[keep], counts, stayed, variants == OWN),
    )


def _stayed(check: CheckPlan, chunk: int, merges: Merges, stored: StoredChunk) -> Mask:
    """Who of a chunk did one of the actions in the days after; who was merged since counts as whom into."""
    day = check.run.as_of
    rows = chunk_activity(
        organisation_id=check.run.organisation_id,
        chunk=chunk,
        first=day + timedelta(days=1),
        as_of=day + timedelta(days=check.days),
        others=merges.into(chunk),
    )
    acted = np.isin(rows.definitions, check.definitions) & (rows.occurrences > 0)
    found: Mask = np.isin(stored.numbers, merges.resolved(rows.numbers[acted]))
    return found


def _variants(plan: RunPlan, masks: Sequence[Mask], *, n: int) -> Whole:
    places = {segment.id: at for at, segment in enumerate(plan.segments)}
    return variant_index(n=n, masks=[masks[places[override.segment_id]] for override in plan.overrides])


def _scores(counts: Whole, variants: Whole, weights: Sequence[Weights]) -> NDArray[np.int32]:
    points = variant_points(counts=counts, variant=variants, weights=weights)
    return variant_scores(points=points, variant=variants, weights=weights).astype(np.int32)


def _sample(numbers: Whole, counts: Whole, stayed: Mask, own: Mask) -> Sample:
    at = np.flatnonzero(own)
    keys = sample_keys(numbers[at])
    at = at[np.argsort(keys, kind="stable")[:SAMPLE]]
    return Sample(sample_keys(numbers[at]), counts[at], stayed[at], int(np.count_nonzero(own)))


@dataclass(slots=True)
class Gathered:
    """All chunks of a check: some 14 bytes a customer and a bit per segment."""

    check: CheckPlan
    whole: list[NDArray[np.int32]] = field(default_factory=list)
    guarded: list[NDArray[np.int32]] = field(default_factory=list)
    outcome: list[Mask] = field(default_factory=list)
    masks: list[tuple[NDArray[np.uint8], ...]] = field(default_factory=list)
    left_out: int = 0
    sample: Sample | None = None

    def add(self, found: ChunkFound) -> None:
        """One more chunk."""
        self.whole.append(found.whole)
        self.guarded.append(found.guarded)
        self.outcome.append(found.outcome)
        self.masks.append(tuple(np.packbits(mask) for mask in found.masks))
        self.left_out += found.left_out
        self.sample = found.sample if self.sample is None else self.sample.joined_by(found.sample)

    def of_segment(self, place: int) -> tuple[Whole, Whole, Mask]:
        """Whole and guarded scores and the outcome of a segment's members, by its place in the run's plan."""
        kept = [
            np.unpackbits(packed[place], count=len(outcome)).astype(np.bool_)
            for packed, outcome in zip(self.masks, self.outcome, strict=True)
        ]
        keep = np.concatenate([np.zeros(0, dtype=np.bool_), *kept])
        none = np.zeros(0, dtype=np.int32)
        whole, guarded = (np.concatenate([none, *parts])[keep].astype(np.int64) for parts in (self.whole, self.guarded))
        outcome: Mask = np.concatenate([np.zeros(0, dtype=np.bool_), *self.outcome])[keep]
        return whole, guarded, outcome
