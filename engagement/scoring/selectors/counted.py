"""Where the counts of a preview come from: the blocks of the run in force where they serve, else activity."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from numpy.typing import NDArray

from engagement.scoring import queries
from engagement.scoring.formula import (
    OWN,
    Column,
    Formula,
    IntArray,
    Members,
    OwnNumbers,
    Scored,
    Side,
    scale_of,
    score_variant_points,
    step_of,
    variant_column_points,
    variant_index,
)
from engagement.scoring.models import ScoreRun
from engagement.scoring.rules import evaluate
from engagement.scoring.runs.chunk import n_chunks, score_chunk
from engagement.scoring.runs.merges import Merges, load_merges
from engagement.scoring.runs.plan import RunPlan
from engagement.scoring.runs.unpacked import UnpackedChunk, unpacked

# What a rule sees of every action that is counted, those of weight 0 included.
_OF_ALL_ACTIONS: Final = frozenset({"days_since_last_action", "channels", "actions"})

SidePair = tuple[Side | None, Side]


@dataclass(frozen=True, slots=True)
class Compared:
    """The plan of the set in force (None before the first) and that of the draft.

    `is_decided`: the draft has full points; without, it has points but no scores.
    """

    before: RunPlan | None
    after: RunPlan
    is_decided: bool


@dataclass(frozen=True, slots=True)
class Spread:
    """`n` customers who stand for all; `n_rest` of them are scored with the set's own numbers, and have `counts`.

    `counts` by action, in units of `scale` to an occurrence; place i is one customer everywhere.
    """

    n: int
    n_rest: int
    scale: int
    counts: Mapping[str, tuple[int, ...]]


def formula_of(plan: RunPlan) -> Formula:
    """The plan's weight set as arithmetic takes it."""
    keys = {segment.id: segment.key for segment in plan.segments}
    return Formula(
        actions={action.key: (action.weight_thousandths, action.cap) for action in plan.actions},
        full_points_thousandths=plan.full_points_thousandths,
        window_days=plan.window_days,
        half_life_days=plan.half_life_days,
        own=tuple(
            OwnNumbers(
                segment=keys[override.segment_id],
                actions={
                    action.key: (weight, cap)
                    for action, weight, cap in zip(
                        plan.actions, override.weight_thousandths, override.caps, strict=True
                    )
                },
                full_points_thousandths=override.full_points_thousandths,
            )
            for override in plan.overrides
        ),
    )


def last_number(organisation_id: int) -> int:
    """The largest customer number, 0 without customers: at most so many are scored."""
    return int(queries.fetch("last_number", organisation_id=organisation_id)[0][0] or 0)


def why_counts_do_not_serve(*, run: RunPlan, plan: RunPlan) -> str:
    """Why the counts of a run say nothing about a plan, as the middle of a sentence; "" where they are all it needs.

    Weights, caps and full points need no other counts. What a rule finds by points is found again, with what it asks of
    traits as the run kept it. Who has weights of his own is kept too, for the segments of the run.
    """
    if run.window_days != plan.window_days:
        text = ngettext(
            "another window ({n} day in place of {former})",
            "another window ({n} days in place of {former})",
            plan.window_days,
        )
        return text.format(n=plan.window_days, former=run.window_days)
    if run.half_life_days != plan.half_life_days:
        return _("another half-life")
    known, own = ({action.definition for action in one.actions} for one in (run, plan))
    numbers = zip(plan.actions, *(override.weight_thousandths for override in plan.overrides), strict=True)
    worth = [action for action, *own in numbers if action.weight_thousandths or any(own)]
    lacking = [action.name for action in worth if action.definition not in known]
    if lacking:
        return _("an action that the latest scoring did not count so ({action})").format(action=lacking[0])
    strange = {override.segment_id for override in plan.overrides} - {segment.id for segment in run.segments}
    if strange:
        name = next(segment.name for segment in plan.segments if segment.id in strange)
        text = _("weights of its own for a segment that the latest scoring did not know ({segment})")
        return text.format(segment=name)
    return _why_rules_do_not(run, plan, has_same_actions=known == own)


def _why_rules_do_not(run: RunPlan, plan: RunPlan, *, has_same_actions: bool) -> str:
    if any(rule and rule.activities() for rule in (run.exclusion(), plan.exclusion())):
        return _("a rule that leaves customers out by what they do")
    by_activity = [rule for rule in run.rules() if rule.activities()]
    if run.kept_conditions() and not run.keeps_conditions:
        return _("a segment whose rule looks at points and at traits")
    if not has_same_actions and any(_OF_ALL_ACTIONS & {*rule.activities()} for rule in by_activity):
        return _("a segment whose rule looks at actions, which are not the same")
    return ""


# ── from the blocks of a run ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, eq=False, slots=True)
class KeptColumns:
    """What rules over activity may look at, by the protocol of scoring.rules."""

    chunk: UnpackedChunk
    columns: Mapping[str, Column]
    scored: Scored
    scale: int

    @property
    def n(self) -> int:
        return self.chunk.n

    def trait(self, name: str) -> NDArray[np.object_]:
        raise LookupError(f"{name}: traits are not kept with a run")

    def external_ids(self) -> NDArray[np.object_]:
        raise LookupError("external ids are not kept with a run")

    def activity(self, name: str) -> IntArray:
        found: IntArray = _ACTIVITIES[name](self)
        return found


_ACTIVITIES: Mapping[str, Any] = {
    "points": lambda kept: kept.scored.points // kept.scale,
    "score": lambda kept: kept.scored.scores,
    "band": lambda kept: kept.scored.bands.astype(np.int64),
    "days_since_last_action": lambda kept: kept.chunk.days_since.astype(np.int64),
    "channels": lambda kept: kept.chunk.n_channels.astype(np.int64),
    "actions": lambda kept: sum(c.astype(np.int64) for c in kept.columns.values()) // kept.scale,
}


class RunCounts:
    """The blocks of a run, as sides under any plan that they serve."""

    def __init__(self, *, run: ScoreRun, plan: RunPlan) -> None:
        self.plan = plan
        self._unpacked = unpacked(run)
        self.chunks = self._unpacked.chunks
        self._places = {action.definition: place for place, action in enumerate(plan.actions)}
        rules = plan.rules()
        self._by_activity = {place: rule for place, rule in enumerate(rules, start=1) if rule.activities()}
        self._conditions = plan.kept_conditions()

    def reduced(self, plan: RunPlan) -> RunPlan:
        """The plan with the actions that the run counted, and its segments."""
        places = [place for place, action in enumerate(plan.actions) if action.definition in self._places]
        return replace(
            plan,
            actions=tuple(plan.actions[place] for place in places),
            segments=self.plan.segments,
            overrides=tuple(override.reduced_to(places) for override in plan.overrides),
        )

    def ranks_before(self, compared: Compared) -> Callable[[], IntArray] | None:
        """The ranks under the run's own set, which are computed once; None for another set."""
        if compared.before is not self.plan:
            return None
        return lambda: self._unpacked.active_ranks(step=step_of(formula_of(self.plan)))

    def spread(self, plan: RunPlan) -> Spread:
        """Counts of a few customers who stand for all, by the plan's actions."""
        found: dict[str, list[int]] = {action.key: [] for action in plan.actions}
        n = n_rest = 0
        for chunk, rows in zip(self.chunks, self._unpacked.spread(), strict=True):
            variants = self._variants(plan, chunk)
            rest = rows if variants is None else rows[variants[rows] == OWN]
            n, n_rest = n + len(rows), n_rest + len(rest)
            for key, column in self._columns(plan, chunk).items():
                found[key] += column[rest].tolist()
        return Spread(
            n=n,
            n_rest=n_rest,
            scale=scale_of(formula_of(plan)),
            counts={key: tuple(counts) for key, counts in found.items()},
        )

    def pairs(self, compared: Compared) -> Iterator[SidePair]:
        """Both sides, chunk by chunk."""
        before = compared.before
        for chunk in self.chunks:
            first = None if before is None else self._before(before, chunk)
            yield first, self._side(compared.after, chunk, is_decided=compared.is_decided)

    def _variants(self, plan: RunPlan, chunk: UnpackedChunk) -> IntArray | None:
        """Who is scored with which of the plan's weights, by stored membership; None where there is one set of them."""
        if not plan.overrides:
            return None
        places = {segment.id: place for place, segment in enumerate(self.plan.segments, start=1)}
        masks = [chunk.members.mask(places[override.segment_id], n=chunk.n) for override in plan.overrides]
        return variant_index(n=chunk.n, masks=masks)

    def _columns(self, plan: RunPlan, chunk: UnpackedChunk) -> dict[str, Column]:
        return {action.key: chunk.columns[self._places[action.definition]] for action in plan.actions}

    def _active(self, plan: RunPlan, chunk: UnpackedChunk, columns: Mapping[str, Column]) -> NDArray[np.bool_]:
        if len(plan.actions) == len(self.plan.actions):
            return chunk.n_channels > 0
        done = np.zeros(chunk.n, dtype=np.bool_)
        for column in columns.values():
            done |= column != 0
        return done

    def _before(self, plan: RunPlan, chunk: UnpackedChunk) -> Side:
        if plan is not self.plan:
            return self._side(plan, chunk, is_decided=True)
        columns = self._columns(plan, chunk)
        return Side(
            numbers=chunk.numbers,
            columns=columns,
            active=chunk.n_channels > 0,
            points=chunk.scored.points,
            scored=chunk.scored,
            members=chunk.members,
            levels=chunk.levels,
            variants=self._variants(plan, chunk),
        )

    def _side(self, plan: RunPlan, chunk: UnpackedChunk, *, is_decided: bool) -> Side:
        columns = self._columns(plan, chunk)
        weights, variants = plan.variant_weights, self._variants(plan, chunk)
        index = variant_index(n=chunk.n, masks=()) if variants is None else variants
        points = variant_column_points(columns=list(columns.values()), variant=index, weights=weights)
        scored, members = None, chunk.members
        if is_decided:
            scored = score_variant_points(points=points, variant=index, weights=weights, bands=plan.bands)
        if scored is not None and self._by_activity:
            members = self._members(KeptColumns(chunk, columns, scored, weights[0].scale))
        active = self._active(plan, chunk, columns)
        return Side(chunk.numbers, columns, active, points, scored, members, variants=variants)

    def _members(self, kept: KeptColumns) -> Members:
        """Stored membership, with the rules over activity found again."""
        known = dict(zip(self._conditions, kept.chunk.conditions, strict=True))
        found = {place: evaluate(rule=rule, columns=kept, known=known) for place, rule in self._by_activity.items()}
        return kept.chunk.members.replaced(found)


def rebanded(*, plan: RunPlan, good: int, excellent: int) -> RunPlan:
    """The run's plan under the organisation's present thresholds; the very object where they are the same."""
    if (plan.good_thousandths, plan.excellent_thousandths) == (good, excellent):
        return plan
    return replace(plan, good_thousandths=good, excellent_thousandths=excellent)


# ── from activity ────────────────────────────────────────────────────────────────────────────────────────────


def activity_pair(*, compared: Compared, chunk: int, merges: Merges) -> SidePair:
    """Both sides of one chunk, by the code that a run uses; reads all activity of the windows."""
    before = None if compared.before is None else _activity_side(compared.before, chunk, merges, is_decided=True)
    return before, _activity_side(compared.after, chunk, merges, is_decided=compared.is_decided)


def activity_pairs(*, compared: Compared) -> Iterable[SidePair]:
    """Both sides of every chunk."""
    organisation_id = compared.after.organisation_id
    merges = load_merges(organisation_id)
    for chunk in range(n_chunks(organisation_id)):
        yield activity_pair(compared=compared, chunk=chunk, merges=merges)


def _activity_side(plan: RunPlan, chunk: int, merges: Merges, *, is_decided: bool) -> Side:
    result = score_chunk(plan=plan, chunk=chunk, merges=merges)
    scored = result.scored
    rows = np.ascontiguousarray(scored.counts.T)
    return Side(
        numbers=result.numbers,
        columns={action.key: rows[place] for place, action in enumerate(plan.actions)},
        active=scored.active,
        points=scored.points,
        scored=Scored(scored.points, scored.scores, scored.bands) if is_decided else None,
        members=Members.of_masks([np.ones(len(result.numbers), dtype=np.bool_), *result.masks]),
        variants=result.variants if plan.overrides else None,
    )
