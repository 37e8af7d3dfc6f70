"""From the old run's numbers to the new one's, one cause at a time, for the customers of one chunk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula import (
    IntArray,
    ScoredCustomers,
    add_counts,
    count_matrix,
    score_variants,
    variant_points,
    variant_scores,
)
from engagement.scoring.rules import DAYS, Rule, evaluate
from engagement.scoring.runs.activity import Activity
from engagement.scoring.runs.chunk import NEVER, ChunkScoring, Counted, counted
from engagement.scoring.runs.explain import (
    Chains,
    Gone,
    Mask,
    OldChunk,
    Point,
    chain_labels,
    sums_of,
    with_erased,
    with_new_definitions,
)
from engagement.scoring.runs.merges import Merges
from engagement.scoring.runs.plan import RunPlan
from engagement.scoring.runs.population import Known
from engagement.scoring.runs.variants import OldVariants, old_variants


def explain(*, old: OldChunk, plan: RunPlan, scoring: ChunkScoring, gone: Gone, merges: Merges) -> Chains:
    """The chains of one chunk, from what the old run said to what the new plan gave (`scoring`).

    `scoring.activity` holds the rows of both windows under the customers' own numbers, with those of customers merged
    into the chunk by either run; `gone` names the old run's customers who cannot be scored any more. Memberships by
    rules that changed, or that look at activity, follow each state: whom a rule tells apart from the state before
    moves, and nobody else. A trait that changed is "left" and "joined"; a time zone that changed is "late". Which of
    the old set's weights score somebody, where segments have their own, is in `variants.OldVariants`.
    """
    walk = _Walk(old=old, plan=plan, scoring=scoring, gone=gone, merges=merges)
    states = with_erased(sums_of(walk.states()), old=old, plan=plan) if old.erased else sums_of(walk.states())
    return Chains(chain_labels(old.plan), tuple(zip(*states, strict=True)))


class _Walk:
    def __init__(self, *, old: OldChunk, plan: RunPlan, scoring: ChunkScoring, gone: Gone, merges: Merges) -> None:
        self.old, self.plan, self.scoring, self.gone = old, plan, scoring, gone
        self.everybody = scoring.population.joined_by(old.stored.numbers)
        self.numbers = self.everybody.numbers
        self.known: Mask = self._among(scoring.population.numbers)
        self.then = scoring.activity.counting_for(old.merges.resolved(scoring.activity.numbers))
        self.now = scoring.activity.counting_for(merges.resolved(scoring.activity.numbers))
        rules = [rule for one in (old.plan, plan) for rule in (*one.rules(), one.exclusion()) if rule is not None]
        self.needs_days = any(DAYS in rule.activities() for rule in rules)
        self.hybrid = with_new_definitions(old=old.plan, new=plan)
        self.final = self._scattered_masks(scoring.result.masks, scoring.result.numbers)
        self.finally_scored: Mask = self._among(scoring.result.numbers)
        self._seen: list[tuple[Point | None, Known]] = []
        self.weights = self.hybrid.variant_weights
        self.variants: OldVariants = old_variants(old=old, plan=plan, everybody=self.everybody, known=self.known)

    def states(self) -> list[Point]:
        """The states in the order of `chain_labels`."""
        before = self._before()
        late = self._late(before)
        defined = self._defined(late)
        identified = self._identified(defined)
        stayed = replace(identified, members=identified.members & self.final)
        aged = self._counted(stayed, self._as_of_now(), self.now, last=self.old.plan.as_of.toordinal())
        acted = list(self._acted(aged))
        joined = replace(acted[-1], scored=self.finally_scored, members=self.final)
        joined = self._with_variants(joined, self.variants.joined)
        return [before, late, defined, identified, stayed, aged, *acted, joined, self._weighted(joined)]

    def _before(self) -> Point:
        stored, numbers = self.old.stored, self.old.stored.numbers
        masks = [self.old.masks.get(segment.id) for segment in self.plan.segments]
        nobody = np.zeros(len(numbers), dtype=np.bool_)
        return Point(
            counts=self._scattered(stored.counts, numbers),
            scores=self._scattered(stored.scores, numbers),
            points=self._scattered(stored.points, numbers),
            scale=self.old.plan.weights.scale,
            scored=self._among(numbers),
            members=self._scattered_masks([nobody if mask is None else mask for mask in masks], numbers),
            days_since=self._scattered(stored.days_since - NEVER, numbers) + NEVER,
            variants=self.variants.before,
        )

    def _late(self, before: Point) -> Point:
        """The old run computed again; what is known of the erased is what the old run kept."""
        late = self._with_erased(self._counted(before, self.old.plan, self.then))
        rules = self._rules_then()
        return self._followed(before, late, rules, rules)

    def _defined(self, late: Point) -> Point:
        defined = self._with_variants(late, self.variants.defined)
        if self.hybrid.actions != self.old.plan.actions:
            defined = self._with_erased(self._counted(defined, self.hybrid, self.then))
        defined = self._followed(late, defined, self._rules_then(), self.plan.rules())
        return self._excluded(late, defined)

    def _identified(self, defined: Point) -> Point:
        same = np.array_equal(self.then.numbers, self.now.numbers)
        identified = defined if same else self._counted(defined, self.hybrid, self.now)
        rules = self.plan.rules()
        identified = self._followed(defined, identified, rules, rules)
        gone = self._among(np.concatenate([self.gone.erased, self.gone.merged]))
        back = self._among(self.old.merges.numbers) & self.finally_scored & ~identified.scored
        return replace(
            identified,
            scored=(identified.scored & ~gone) | back,
            members=np.where(back, self.final, identified.members),
        )

    def _acted(self, aged: Point) -> Iterator[Point]:
        """New activity, one action after the other, in the order of the old plan."""
        counts = self._counted(aged, self._as_of_now(), self.now).counts
        point = aged
        for column in range(counts.shape[1]):
            if not np.array_equal(counts[:, column], point.counts[:, column]):
                mixed = point.counts.copy()
                mixed[:, column] = counts[:, column]
                caps = self._of_each(point, [weights.cap_units[column] for weights in self.weights])
                worth = self._of_each(point, [weights.weight_thousandths[column] for weights in self.weights])
                gained: IntArray = np.minimum(counts[:, column], caps) - np.minimum(point.counts[:, column], caps)
                points = point.points + gained * worth
                scores = variant_scores(points=points, variant=point.variants, weights=self.weights)
                point = replace(point, counts=mixed, points=points, scores=scores)
            yield point

    def _of_each(self, point: Point, by_variant: Sequence[np.int64]) -> IntArray:
        """A number of each one's own weights, (n,); (1,) for all where there is one set of weights."""
        numbers = np.array(by_variant, dtype=np.int64)
        return numbers if len(numbers) == 1 else numbers[point.variants]

    def _weighted(self, joined: Point) -> Point:
        result = self.scoring.result
        return replace(
            joined,
            scores=self._scattered(result.scored.scores, result.numbers),
            points=self._scattered(result.scored.points, result.numbers),
            scale=result.scored.scale,
        )

    # What the states are made with.

    def _as_of_now(self) -> RunPlan:
        return replace(self.hybrid, as_of=self.plan.as_of)

    def _counted(self, point: Point, plan: RunPlan, rows: Activity, *, last: int | None = None) -> Point:
        """The state with counts of the plan's window, of days up to `last`, and what they give."""
        if last is None and self._counts_the_same(plan, rows):
            found = self.scoring.counted
        elif self._counts_alike(plan, rows):
            found = Counted(self._from_the_new_counts(plan, rows, last=last), point.days_since)
        else:
            kept = rows if last is None else rows.where(rows.days <= last)
            found = counted(plan=plan, population=self.everybody, activity=kept)
        return self._with_counts(point, found.counts, days_since=found.days_since)

    def _with_counts(self, point: Point, counts: IntArray, *, days_since: IntArray) -> Point:
        points = variant_points(counts=counts, variant=point.variants, weights=self.weights)
        scores = variant_scores(points=points, variant=point.variants, weights=self.weights)
        return replace(point, counts=counts, points=points, scores=scores, days_since=days_since)

    def _counts_the_same(self, plan: RunPlan, rows: Activity) -> bool:
        """Whether the plan counts what the new run did, on the same days and for the same people."""
        windows = [(one.as_of, one.window_days, one.half_life_days) for one in (plan, self.plan)]
        return (
            windows[0] == windows[1]
            and self._same_actions(plan)
            and self._same_people(rows)
            and len(self.numbers) == len(self.scoring.population)
        )

    def _same_actions(self, plan: RunPlan) -> bool:
        pairs = [[(action.definition, action.measure) for action in one.actions] for one in (plan, self.plan)]
        return pairs[0] == pairs[1]

    def _same_people(self, rows: Activity) -> bool:
        return rows is self.now or np.array_equal(rows.numbers, self.now.numbers)

    def _with_variants(self, point: Point, variants: IntArray) -> Point:
        """The same counts, scored with these of the old set's weights; the state itself where nobody's are others."""
        if np.array_equal(point.variants, variants):
            return point
        return self._with_counts(replace(point, variants=variants), point.counts, days_since=point.days_since)

    def _counts_alike(self, plan: RunPlan, rows: Activity) -> bool:
        """Whether the plan counts the same things as the new run did, but for the days."""
        no_decay = plan.half_life_days is None and self.plan.half_life_days is None
        return self._same_actions(plan) and no_decay and self._same_people(rows) and not self.needs_days

    def _from_the_new_counts(self, plan: RunPlan, rows: Activity, *, last: int | None) -> IntArray:
        """The new run's counts, with the days that only one of the two windows holds added or taken away."""
        of_new = self._scattered(self.scoring.counted.counts, self.scoring.population.numbers)
        positions = self.everybody.positions(rows.numbers)
        wanted = self._inside(plan, rows) & (rows.days <= (plan.as_of.toordinal() if last is None else last))
        had = self._inside(self.plan, rows) & self.known[positions]
        differs = (wanted != had) & (positions >= 0)
        some, positions, columns = rows.where(differs), positions[differs], plan.columns_of(rows.definitions[differs])
        used = columns >= 0
        some, positions, columns = some.where(used), positions[used], columns[used]
        amounts = np.where(plan.sums_values[columns], some.values, some.occurrences)
        delta = count_matrix(
            customer_index=positions,
            action_index=columns,
            age_days=np.zeros(len(positions), dtype=np.int64),
            occurrences=np.where(wanted[differs][used], amounts, -amounts),
            n_customers=len(self.everybody),
            n_actions=len(plan.actions),
        )
        return add_counts(left=of_new, right=delta)

    @staticmethod
    def _inside(plan: RunPlan, rows: Activity) -> Mask:
        inside: Mask = (rows.days <= plan.as_of.toordinal()) & (rows.days >= plan.first_day.toordinal())
        return inside

    def _with_erased(self, point: Point) -> Point:
        if not len(self.gone.erased):
            return point
        stored = self.old.stored
        erased = np.isin(stored.numbers, self.gone.erased)
        places = self.everybody.positions(stored.numbers[erased])
        counts, days_since = point.counts.copy(), point.days_since.copy()
        counts[places], days_since[places] = stored.counts[erased], stored.days_since[erased]
        return self._with_counts(point, counts, days_since=days_since)

    def _rules_then(self) -> tuple[Rule | None, ...]:
        """The old run's rule of each of the new plan's segments; None for a segment it did not know."""
        ids = (segment.id for segment in self.old.plan.segments)
        rules = dict(zip(ids, self.old.plan.rules(), strict=True))
        return tuple(rules.get(segment.id) for segment in self.plan.segments)

    def _followed(
        self, before: Point, after: Point, rules_before: Sequence[Rule | None], rules_after: Sequence[Rule | None]
    ) -> Point:
        """Memberships after a step: whom the rules tell apart between the two states moves, and nobody else."""
        members, is_same = before.members, _same_activity(before, after)
        for at, (rule_before, rule_after) in enumerate(zip(rules_before, rules_after, strict=True)):
            if rule_before is None or rule_after is None:
                continue
            if rule_before == rule_after and (is_same or not rule_after.activities()):
                continue
            was, is_now = self._matching(rule_before, before), self._matching(rule_after, after)
            if members is before.members:
                members = members.copy()
            members[at] = np.where((was != is_now) & self.known, is_now, members[at])
        return replace(after, members=members)

    def _excluded(self, late: Point, defined: Point) -> Point:
        """Who is left out by another exclusion, and who is not any more."""
        before, after = self.old.plan.exclusion(), self.plan.exclusion()
        if before == after:
            return defined
        nobody = np.zeros(len(self.numbers), dtype=np.bool_)
        was = nobody if before is None else self._matching(before, late)
        is_now = nobody if after is None else self._matching(after, defined)
        changed = (was != is_now) & self.known
        scored = np.where(changed, ~is_now, defined.scored)
        back = scored & ~defined.scored
        return replace(defined, scored=scored, members=np.where(back, self.final, defined.members))

    def _matching(self, rule: Rule, point: Point) -> Mask:
        if not self.everybody.combinations.n:
            return np.zeros(len(self.numbers), dtype=np.bool_)
        if not rule.activities():
            return self.everybody.matching(rule, known=self._columns(None))
        return evaluate(rule=rule, columns=self._columns(point))

    def _columns(self, point: Point | None) -> Known:
        """What rules see of a state; the last few are kept, because every rule looks at the same ones."""
        for seen, columns in self._seen:
            if seen is point:
                return columns
        self._seen = [*self._seen[-2:], (point, self._columns_of(point))]
        return self._seen[-1][1]

    def _columns_of(self, point: Point | None) -> Known:
        plan = self.hybrid
        n = len(self.numbers)
        scored: ScoredCustomers = score_variants(
            counts=np.zeros((n, len(plan.actions)), dtype=np.int64) if point is None else point.counts,
            variant=np.zeros(n, dtype=np.int64) if point is None else point.variants,
            weights=self.weights,
            bands=plan.bands,
            channel_of_action=plan.channel_of_action,
        )
        never = np.full(n, NEVER, dtype=np.int64)
        return Known(self.everybody, scored, never if point is None else point.days_since)

    def _among(self, numbers: NDArray[np.int64]) -> Mask:
        """Whether each of everybody is one of the numbers, which may hold others too."""
        places = self.everybody.positions(numbers)
        found = np.zeros(len(self.numbers), dtype=np.bool_)
        found[places[places >= 0]] = True
        return found

    def _scattered(self, values: NDArray[np.int64], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        found = np.zeros((len(self.numbers), *values.shape[1:]), dtype=np.int64)
        found[self.everybody.positions(numbers)] = values
        return found

    def _scattered_masks(self, masks: Sequence[Mask], numbers: NDArray[np.int64]) -> Mask:
        if masks and np.array_equal(numbers, self.numbers):
            return np.stack(masks)
        found = np.zeros((len(masks), len(self.numbers)), dtype=np.bool_)
        if masks:
            found[:, self.everybody.positions(numbers)] = np.stack(masks)
        return found


def _same_activity(one: Point, other: Point) -> bool:
    """Whether rules over activity find the same people in both states."""
    pairs = [(getattr(one, name), getattr(other, name)) for name in ("counts", "days_since", "variants")]
    return all(np.array_equal(*pair) for pair in pairs)
