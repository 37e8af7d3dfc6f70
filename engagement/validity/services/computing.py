"""From gathered scores and outcomes to what a check says, and to the weights it suggests: arithmetic, no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engagement.insights.estimates import holm
from engagement.scoring.formula import WEIGHT_SCALE, Weights, customer_points, customer_scores
from engagement.validity.formula import Estimate, Ranking, calibrated, difference, grouped, ranking
from engagement.validity.formula.sampling import is_tested
from engagement.validity.formula.suggesting import effects, mapped
from engagement.validity.selectors.gathering import CheckPlan, Gathered, Sample
from engagement.validity.types import (
    ENOUGH,
    Estimated,
    GroupLine,
    Reason,
    SegmentValidity,
    Standing,
    SuggestedWeight,
    Suggestion,
    Verdict,
)

_SURE: Final = 0.05
_PER_ACTION: Final = 10  # customers on the smaller side for each action: fewer, and coefficients are made of noise
_LEAST_ACTIONS: Final = 2
_EVERYBODY: Final = "all"

Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]


def segments_found(*, gathered: Gathered, minimum_n: int) -> tuple[SegmentValidity, ...]:
    """What the check says of every segment of the run, everybody first; `holds` allows for how many there are."""
    segments = gathered.check.plan.segments
    order = sorted(range(len(segments)), key=lambda at: (segments[at].key != _EVERYBODY, at))
    found = []
    chances = []
    for at in order:
        one, chance = _segment(*gathered.of_segment(at), minimum_n=minimum_n)
        found.append(replace(one, key=segments[at].key, name=segments[at].name))
        chances.append(chance)
    return _allowing(found, chances)


def _segment(whole: Whole, guarded: Whole, outcome: Mask, *, minimum_n: int) -> tuple[SegmentValidity, float]:
    n, had = len(outcome), int(outcome.sum())
    none = SegmentValidity(key="", name="", verdict=Verdict.FEW_CUSTOMERS, n=None, n_outcome=None)
    if n < minimum_n:
        return none, 1.0
    printable = minimum_n <= had <= n - minimum_n or had in (0, n)
    counted = replace(none, verdict=Verdict.FEW_OUTCOMES, n=n, n_outcome=had if printable else None)
    if had < ENOUGH or n - had < ENOUGH:
        return counted, 1.0
    rank = ranking(scores=guarded, outcome=outcome)
    curve = calibrated(scores=guarded, outcome=outcome)
    groups = grouped(scores=guarded, outcome=outcome, expected=curve.expected, smallest=minimum_n)
    lines = tuple(
        GroupLine(
            n=one.n, n_outcome=one.n_outcome, low=one.low, high=one.high, lowest=one.lowest, highest=one.highest,
            expected=one.expected,
        )
        for one in groups
    )  # fmt: skip
    found = replace(
        counted,
        verdict=verdict_of(rank.auc),
        auc=_estimated(rank.auc),
        auc_whole=_estimated(ranking(scores=whole, outcome=outcome).auc),
        groups=lines,
        slope=curve.slope,
        intercept=curve.intercept,
        brier=curve.brier,
        brier_base=curve.base,
    )
    return found, rank.chance


def verdict_of(auc: Estimate) -> Verdict:
    """By the interval alone: it lies above ½, below ½, or holds it."""
    if auc.low > 1 / 2:
        return Verdict.LOW_FIRST
    return Verdict.REVERSED if auc.high < 1 / 2 else Verdict.NO_EVIDENCE


def _allowing(found: Sequence[SegmentValidity], chances: Sequence[float]) -> tuple[SegmentValidity, ...]:
    """Everybody is one question; the segments are many, of which some would stand out by chance."""
    at = [place for place, one in enumerate(found) if one.is_checked and one.key != _EVERYBODY]
    allowed = dict(zip(at, holm([chances[place] for place in at]), strict=True))
    return tuple(
        replace(one, holds=one.is_checked and allowed.get(place, chances[place]) < _SURE)
        for place, one in enumerate(found)
    )


def _estimated(found: Estimate) -> Estimated:
    return Estimated(found.value, found.low, found.high)


# ── weights ──────────────────────────────────────────────────────────────────────────────────────────────────


def suggestion_of(*, check: CheckPlan, sample: Sample) -> Suggestion:
    """Weights by a logistic model of who stayed, made from two thirds of the sample and tested on the other third."""
    left = ~np.array(check.is_outcome, dtype=np.bool_)
    tested = is_tested(sample.keys)
    acted = (sample.counts[~tested] != 0).any(axis=0)
    fitted = np.flatnonzero(left & acted)
    if len(fitted) < _LEAST_ACTIONS:
        return Suggestion(reason=Reason.NO_OTHERS)
    if _few(sample.stayed[~tested], least=max(ENOUGH, _PER_ACTION * len(fitted))) or _few(
        sample.stayed[tested], least=ENOUGH
    ):
        return Suggestion(reason=Reason.FEW_OUTCOMES)
    weights = check.whole[0]
    counts = np.minimum(sample.counts, weights.cap_units) / weights.scale
    found = effects(counts=counts[~tested][:, fitted], stayed=sample.stayed[~tested])
    now = weights.weight_thousandths[fitted]
    made = mapped(found=found, now=now, mean_counts=counts[:, fitted].mean(axis=0))
    each = [Estimated(*one) for one in zip(found.each, found.low, found.high, strict=True)]
    estimated = dict(zip(fitted.tolist(), each, strict=True))
    if made is None or not (made.thousandths > 0).any():
        lines = _weights(check, weights.weight_thousandths, {}, estimated)
        return Suggestion(reason=Reason.NOTHING_KNOWN, weights=lines, n=int((~tested).sum()), strength=found.strength)
    thousandths = weights.weight_thousandths.copy()
    thousandths[fitted] = made.thousandths
    known = dict(zip(fitted.tolist(), made.is_suggested.tolist(), strict=True))
    return replace(
        _tested(check=check, sample=sample, thousandths=thousandths, mean_counts=counts.mean(axis=0)),
        weights=_weights(check, thousandths, known, estimated),
        strength=found.strength,
    )


def _few(stayed: Mask, *, least: int) -> bool:
    had = int(stayed.sum())
    return had < least or len(stayed) - had < least


def _weights(
    check: CheckPlan, thousandths: Whole, known: dict[int, bool], estimated: dict[int, Estimated]
) -> tuple[SuggestedWeight, ...]:
    def standing(at: int) -> Standing:
        if check.is_outcome[at]:
            return Standing.OUTCOME
        return Standing.SUGGESTED if known.get(at) else Standing.NOT_KNOWN

    return tuple(
        SuggestedWeight(
            key=action.key,
            name=action.name,
            standing=standing(at),
            now_thousandths=action.weight_thousandths,
            thousandths=int(thousandths[at]),
            effect=estimated.get(at),
        )
        for at, action in enumerate(check.plan.actions)
    )


def _tested(*, check: CheckPlan, sample: Sample, thousandths: Whole, mean_counts: NDArray[np.float64]) -> Suggestion:
    """Both sets of weights on the customers that nothing was made from, without the outcome's actions."""
    tested, weights = is_tested(sample.keys), check.whole[0]
    left = ~np.array(check.is_outcome, dtype=np.bool_)
    before = _ranked(sample, tested, check.guarded[0])
    after = _ranked(sample, tested, replace(weights, weight_thousandths=thousandths * left))
    return Suggestion(
        n=int((~tested).sum()),
        n_tested=int(tested.sum()),
        is_sampled=sample.n > len(sample.keys),
        auc_now=_estimated(before.auc),
        auc_suggested=_estimated(after.auc),
        gain=_estimated(difference(after=after, before=before)),
        points_now=float(mean_counts @ weights.weight_thousandths) / WEIGHT_SCALE,
        points_suggested=float(mean_counts @ thousandths) / WEIGHT_SCALE,
    )


def _ranked(sample: Sample, keep: Mask, weights: Weights) -> Ranking:
    points = customer_points(counts=sample.counts[keep], weights=weights)
    return ranking(scores=customer_scores(points=points, weights=weights), outcome=~sample.stayed[keep])
