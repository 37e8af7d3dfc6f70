"""What a weight set would give: computed now, from stored activity, by the very code that scores.

Reads all activity of the window: seconds for a few hundred thousand customers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engagement.errors import InvalidInputError
from engagement.scoring.formula import (
    WEIGHT_SCALE,
    FullPointsMethod,
    IntArray,
    ScoredCustomers,
    SegmentSums,
    score_customers,
    segment_sums,
    suggest_full_points,
)
from engagement.scoring.models import ActionDefinition, ExclusionDefinition, Weight, WeightSet
from engagement.scoring.runs.chunk import score_chunks
from engagement.scoring.runs.plan import PlannedAction, RunPlan, window_instants
from engagement.scoring.selectors.weights import to_points
from engagement.scoring.types import ActionPart, DraftPreview, FullPointsSuggestion, Histogram, Level
from tenants.models import Organisation

N_BINS: Final = 20  # and an open one
_BINS_REACH: Final = 3  # times full points, about: who lies far beyond need not be told apart

Points = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class _Everybody:
    """All scored customers under one plan: exact sums, points with who is active, and the counts of each chunk."""

    sums: SegmentSums
    points: Points
    active: NDArray[np.bool_]
    counts: tuple[IntArray, ...]


def suggestion(*, organisation: Organisation, weight_set: WeightSet, as_of: date) -> FullPointsSuggestion | None:
    """Full points that fit the set's weights, from the activity of its window that ends with `as_of`.

    None when no action with a weight above 0 has been counted, or when amounts are too large to be added up.
    """
    plan = _plan(organisation, weight_set, as_of=as_of)
    everybody, _ = _try(plan, _chunks(plan))
    return None if everybody is None else _suggestion(everybody, plan)


def draft_preview(*, organisation: Organisation, as_of: date) -> DraftPreview | None:
    """The draft (or the proposal that waits) beside the set in force, everybody scored under both; None without."""
    rows = {row.state: row for row in WeightSet.objects.exclude(state=WeightSet.State.RETIRED)}
    row = rows.get(WeightSet.State.DRAFT) or rows.get(WeightSet.State.PROPOSED)
    published = rows.get(WeightSet.State.PUBLISHED)
    if row is None:
        return None
    plan = _plan(organisation, row, as_of=as_of)
    everybody, problem = _try(plan, _chunks(plan))
    draft = _level(organisation, plan, everybody) if row.full_points_thousandths is not None else None
    return DraftPreview(
        as_of=as_of,
        now=None if published is None else _level_now(organisation, published, plan=plan, everybody=everybody),
        draft=draft,
        parts=_parts(organisation, plan, everybody),
        suggestion=None if everybody is None else _suggestion(everybody, plan),
        reason=problem or _reason(row, everybody),
    )


def _try(plan: RunPlan, chunks: Iterable[ScoredCustomers]) -> tuple[_Everybody | None, str]:
    """Everybody, or why they cannot be scored: amounts that do not add up exactly are the one thing data can do."""
    try:
        everybody = _gathered(plan, chunks)
    except InvalidInputError as error:
        return None, error.message
    return everybody, "" if everybody else "No action with a weight above 0 has been counted yet."


def _reason(row: WeightSet, everybody: _Everybody | None) -> str:
    if everybody is None or not everybody.sums.n:
        return "There are no customers yet."
    return "Full points are not decided yet." if row.full_points_thousandths is None else ""


def _level_now(
    organisation: Organisation, row: WeightSet, *, plan: RunPlan, everybody: _Everybody | None
) -> Level | None:
    """The set in force, from the draft's counts where they are its own too: activity is then read once."""
    now = _plan(organisation, row, as_of=plan.as_of)
    if everybody is not None and _counts_alike(now, plan):
        definitions = {action.definition for action in now.actions}
        places = [place for place, action in enumerate(plan.actions) if action.definition in definitions]
        rescored = (_rescored(now, counts[:, places]) for counts in everybody.counts)
        return _level(organisation, now, _try(now, rescored)[0])
    return _level(organisation, now, _try(now, _chunks(now))[0])


def _counts_alike(now: RunPlan, draft: RunPlan) -> bool:
    """Whether what the draft counted, and of whom, holds every count of the set in force."""
    exclusion = now.exclusion()
    return (
        (now.window_days, now.half_life_days) == (draft.window_days, draft.half_life_days)
        and not (exclusion and exclusion.activities())  # points, and so who is left out, depend on the weights
        and {action.definition for action in now.actions} <= {action.definition for action in draft.actions}
    )


def _rescored(plan: RunPlan, counts: IntArray) -> ScoredCustomers:
    return score_customers(
        counts=counts, weights=plan.weights, bands=plan.bands, channel_of_action=plan.channel_of_action
    )


def _level(organisation: Organisation, plan: RunPlan, everybody: _Everybody | None) -> Level | None:
    """None where nothing can be scored; below the organisation's minimum there is no number, as everywhere."""
    if everybody is None:
        return None
    sums = everybody.sums
    shown = sums.n >= organisation.minimum_n
    poor, good, excellent = sums.band_counts
    return Level(
        number=plan.weight_set_number,
        n=sums.n,
        score=sums.score if shown else None,
        points_per_customer=sums.points_per_customer if shown else None,
        poor=poor,
        good=good,
        excellent=excellent,
    )


def _parts(organisation: Organisation, plan: RunPlan, everybody: _Everybody | None) -> tuple[ActionPart, ...]:
    if everybody is None:
        return ()
    sums = everybody.sums
    by_action = sums.points_per_customer_by_action if sums.n >= organisation.minimum_n else None
    return tuple(
        ActionPart(
            key=action.key,
            occurrences=Fraction(sums.occurrences_by_action[place], sums.scale),
            points_per_customer=by_action[place] if by_action else None,
        )
        for place, action in enumerate(plan.actions)
    )


def _plan(organisation: Organisation, row: WeightSet, *, as_of: date) -> RunPlan:
    """What a run with this set would use, without segments; full points of a thousandth stand in for none."""
    exclusion = ExclusionDefinition.objects.order_by("-number").first()
    window_from, window_to = window_instants(organisation, as_of=as_of, window_days=row.window_days)
    return RunPlan(
        organisation_id=organisation.pk,
        as_of=as_of,
        window_days=row.window_days,
        window_from=window_from,
        window_to=window_to,
        half_life_days=row.half_life_days,
        weight_set_id=str(row.pk),
        weight_set_number=row.number,
        full_points_thousandths=row.full_points_thousandths or 1,
        good_thousandths=organisation.band_good_thousandths,
        excellent_thousandths=organisation.band_excellent_thousandths,
        actions=_planned_actions(row),
        segments=(),
        exclusion_definition=exclusion.number if exclusion else None,
        exclusion_rule=exclusion.rule if exclusion else None,
    )


def _planned_actions(row: WeightSet) -> tuple[PlannedAction, ...]:
    """The set's actions under their newest counted definitions, in the order of these."""
    counted = ActionDefinition.objects.filter(rolled_up_at__isnull=False).order_by("number")
    newest = {definition.action_id: definition for definition in counted}
    weights = [
        weight
        for weight in Weight.objects.filter(weight_set=row).select_related("action")
        if weight.action_id in newest
    ]
    return tuple(
        PlannedAction(
            key=weight.action.key,
            name=weight.action.name,
            channel=weight.action.channel,
            definition=newest[weight.action_id].number,
            measure=str(newest[weight.action_id].rule.get("measure", "count")),
            weight_thousandths=weight.weight_thousandths,
            cap=weight.cap,
        )
        for weight in sorted(weights, key=lambda weight: newest[weight.action_id].number)
    )


def _gathered(plan: RunPlan, chunks: Iterable[ScoredCustomers]) -> _Everybody | None:
    """Everybody under the plan; None where its weights give nobody a point, and then no chunk is asked for."""
    if not any(action.weight_thousandths > 0 for action in plan.actions):
        return None
    sums = SegmentSums.empty(n_actions=len(plan.actions), scale=plan.weights.scale)
    points: list[Points] = [np.zeros(0, dtype=np.int64)]
    active: list[NDArray[np.bool_]] = [np.zeros(0, dtype=np.bool_)]
    counts: list[IntArray] = []
    for scored in chunks:
        sums += segment_sums(scored=scored, member_mask=np.ones(len(scored.points), dtype=np.bool_))
        points.append(scored.points)
        active.append(scored.active)
        counts.append(scored.counts)
    return _Everybody(sums, np.concatenate(points), np.concatenate(active), tuple(counts))


def _chunks(plan: RunPlan) -> Iterator[ScoredCustomers]:
    return (result.scored for result in score_chunks(plan))


def _suggestion(everybody: _Everybody, plan: RunPlan) -> FullPointsSuggestion:
    scale = plan.weights.scale

    def by(method: FullPointsMethod) -> int | None:
        return suggest_full_points(points=everybody.points, active=everybody.active, method=method, scale=scale)

    median, p60, p75, mean = (None if (v := by(m)) is None else to_points(v) for m in ("median", "p60", "p75", "mean"))
    decided = plan.full_points_thousandths if plan.full_points_thousandths > 1 else None
    return FullPointsSuggestion(
        as_of=plan.as_of,
        window_days=plan.window_days,
        n=len(everybody.points),
        n_active=int(everybody.active.sum()),
        median=median,
        p60=p60,
        p75=p75,
        mean=mean,
        histogram=histogram(
            points=everybody.points,
            units_per_point=WEIGHT_SCALE * scale,
            around=max(to_points(decided or 0), median or to_points(0)),
        ),
    )


def histogram(*, points: Points, units_per_point: int, around: Decimal | int) -> Histogram:
    """Customers by points in `N_BINS` bins from 0 and an open one; the bins reach about three times `around`.

    `points` (n,) in units; the width is 1, 2 or 5 times a power of ten, at least one point. Customers below 0 are
    counted apart.

    >>> histogram(points=np.array([0, 9_000, 61_000]), units_per_point=1000, around=10).counts[:5]
    (1, 0, 0, 0, 1)
    """
    width = _bin_width(Fraction(around) * _BINS_REACH / N_BINS)
    below = points < 0
    bins = np.minimum(points[~below] // (units_per_point * width), N_BINS)
    return Histogram(
        counts=tuple(int(n) for n in np.bincount(bins, minlength=N_BINS + 1)),
        bin_width=width,
        n_negative=int(below.sum()),
        whole_numbers=not bool(np.any(points % units_per_point)),
    )


def _bin_width(at_least: Fraction) -> int:
    widths: Sequence[int] = [digit * 10**power for power in range(9) for digit in (1, 2, 5)]
    return next((width for width in widths if width >= at_least), widths[-1])
