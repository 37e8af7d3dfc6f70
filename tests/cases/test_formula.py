"""The arithmetic of steps and tests: golden numbers, other libraries, and made-up worlds in which the truth is known.

A 95 % interval covers the truth in 93 to 97 of 100 worlds, nothing is found where nothing is, and a false alarm about
the time before is about as rare as promised. Seeds are fixed, so what passes once always passes.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import chisquare, linregress, ttest_ind
from statsmodels.stats.power import tt_ind_solve_power
from statsmodels.stats.proportion import confint_proportions_2indep

from engagement.cases.formula import (
    ArmShare,
    ArmSums,
    ArmValues,
    Estimate,
    MatchedSums,
    Parallel,
    SlopeSums,
    arm_sums,
    arm_values,
    customers_needed,
    difference_detectable,
    difference_in_differences,
    difference_of_means,
    difference_of_shares,
    matched_difference,
    pre_trend,
    sample_ratio,
    slope_sums,
    strata_of,
    stratum_sums,
)
from engagement.cases.formula.matched import bins_of
from engagement.cases.formula.trends import slope_unit

WORLDS = 2_000
UNIT = 1_000_000
SCORES = hnp.arrays(np.int64, st.integers(2, 60), elements=st.integers(0, 100 * UNIT))


def millionths(scores: Any) -> Any:
    return np.round(np.clip(scores, 0, 100) * UNIT).astype(np.int64)


def behaviour(rng: np.random.Generator, n: int, *, level: float, effect: float) -> tuple[Any, Any]:
    """Scores of one group at two moments: what somebody is stays, everybody drifts up by 4."""
    own = rng.gamma(4.0, level / 4.0, n)
    before, after = (own + rng.normal(0, 12, n) + drift for drift in (0.0, 4.0 + effect))
    return before, after


def seen(rng: np.random.Generator, *, effect: float, sizes: tuple[int, int] = (120, 300)) -> Estimate:
    arms = [behaviour(rng, n, level=50, effect=size) for n, size in zip(sizes, (effect, 0.0), strict=True)]
    # Not cut: cutting changes what the true effect is. The story's world, through the database, has cut scores.
    sums = [
        arm_sums(before=np.round(b * UNIT).astype(np.int64), after=np.round(a * UNIT).astype(np.int64)) for b, a in arms
    ]
    found = difference_in_differences(treated=sums[0], other=sums[1], unit=UNIT)
    assert found is not None
    return found


# ── difference-in-differences ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("effect", [0.0, 3.0])
@pytest.mark.parametrize("sizes", [(120, 300), (30, 200)])
def test_intervals_cover_the_truth_as_often_as_they_say(effect: float, sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(20260302)
    found = [seen(rng, effect=effect, sizes=sizes) for _world in range(WORLDS)]
    covered = sum(one.low <= effect <= one.high for one in found) / WORLDS
    assert 0.93 <= covered <= 0.97
    assert np.mean([float(one.effect) for one in found]) == pytest.approx(effect, abs=0.15)


def test_nothing_is_found_where_nothing_is() -> None:
    rng = np.random.default_rng(7)
    false = sum(seen(rng, effect=0.0).is_told_from_nothing for _world in range(WORLDS)) / WORLDS
    assert false <= 0.07


def test_control_intervals_without_pairing_the_customers_miss_their_rate() -> None:
    """Taken as independent groups, the same worlds have intervals that are far too wide: pairing is what is tested."""
    rng, covered = np.random.default_rng(20260302), 0
    for _world in range(300):
        (b1, a1), (b2, a2) = (behaviour(rng, n, level=50, effect=0.0) for n in (120, 300))
        effect = (a1.mean() - b1.mean()) - (a2.mean() - b2.mean())
        error = np.sqrt(sum(of.var(ddof=1) / len(of) for of in (b1, a1, b2, a2)))
        covered += abs(effect) <= 1.96 * error
    assert covered / 300 > 0.985


@given(before=SCORES, other=SCORES, seed=st.integers(0, 2**31))
def test_the_interval_is_that_of_welchs_test(before: Any, other: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    arms = [(of, np.clip(of + rng.integers(-5 * UNIT, 9 * UNIT, len(of)), 0, 100 * UNIT)) for of in (before, other)]
    sums = [arm_sums(before=b, after=a) for b, a in arms]
    found = difference_in_differences(treated=sums[0], other=sums[1], unit=UNIT)
    assert found is not None
    changes = [(a - b) / UNIT for b, a in arms]
    assert float(found.effect) == pytest.approx(changes[0].mean() - changes[1].mean(), abs=1e-9)
    if all(of.std() > 1e-6 for of in changes):
        interval = ttest_ind(*changes, equal_var=False).confidence_interval(0.95)
        assert (found.low, found.high) == (
            pytest.approx(interval.low, abs=1e-6),
            pytest.approx(interval.high, abs=1e-6),
        )


@given(values=SCORES, cut=st.integers(0, 60))
def test_chunks_add_up_to_the_whole(values: Any, cut: int) -> None:
    after = values[::-1].copy()
    whole = arm_sums(before=values, after=after)
    parts = arm_sums(before=values[:cut], after=after[:cut]) + arm_sums(before=values[cut:], after=after[cut:])
    assert parts == whole
    bins = bins_of(values[:cut]) + bins_of(values[cut:])
    assert strata_of(bins) == strata_of(bins_of(values))


def test_who_never_moved_has_a_point_and_no_interval() -> None:
    still = arm_sums(before=np.array([5, 5]), after=np.array([5, 5]))
    found = difference_in_differences(treated=still, other=still, unit=1)
    assert found == Estimate(Fraction(0), 0.0, 0.0, 0.0)
    assert not found.is_told_from_nothing


def test_one_customer_is_no_group() -> None:
    one, two = ArmSums(1, 5, 6, 1), ArmSums(2, 5, 6, 1)
    assert difference_in_differences(treated=one, other=two, unit=1) is None
    assert matched_difference(sums=MatchedSums({0: one}, {0: two}), unit=1) is None


# ── matched ──────────────────────────────────────────────────────────────────────────────────────────────────


def chosen_for_being_low(rng: np.random.Generator, *, effect: float) -> tuple[Estimate, Estimate]:
    """The lowest of a crowd are treated: the plain difference against the rest, and the matched one."""
    own = rng.normal(50, 10, 3_000)
    before, after = own + rng.normal(0, 12, 3_000), own + rng.normal(0, 12, 3_000)
    chance = 1 / (1 + np.exp((before - 38) / 3))  # the lower, the likelier; a few as low are not treated
    treated = rng.random(3_000) < 0.6 * chance
    after = after + effect * treated
    before, after = millionths(before), millionths(after)
    strata = strata_of(bins_of(before[treated]))
    plain = difference_in_differences(
        treated=arm_sums(before=before[treated], after=after[treated]),
        other=arm_sums(before=before[~treated], after=after[~treated]),
        unit=UNIT,
    )
    groups = [
        stratum_sums(strata=strata, scores=before[mask], before=before[mask], after=after[mask])
        for mask in (treated, ~treated)
    ]
    matched = matched_difference(sums=MatchedSums(*groups), unit=UNIT)
    assert plain is not None
    assert matched is not None
    return plain, matched.estimate


def test_regression_to_the_mean_fools_the_plain_difference_and_hardly_the_matched_one() -> None:
    rng = np.random.default_rng(11)
    worlds = [chosen_for_being_low(rng, effect=0.0) for _world in range(300)]
    plain, matched = (np.mean([float(pair[at].effect) for pair in worlds]) for at in (0, 1))
    assert plain > 8
    assert abs(matched) < plain / 10
    false = np.mean([pair[1].is_told_from_nothing for pair in worlds])
    assert false <= 0.15  # tenths are not points: within one a little of it is left


def test_matched_intervals_cover_where_both_groups_begin_alike() -> None:
    rng, covered, false = np.random.default_rng(13), 0, 0
    for _world in range(1_000):
        own = rng.normal(50, 12, 900)
        before, after = own + rng.normal(0, 8, 900), own + rng.normal(0, 8, 900)
        treated = rng.random(900) < 0.3
        before, after = millionths(before), millionths(after + 3.0 * treated)
        strata = strata_of(bins_of(before[treated]))
        groups = [
            stratum_sums(strata=strata, scores=before[mask], before=before[mask], after=after[mask])
            for mask in (treated, ~treated)
        ]
        found = matched_difference(sums=MatchedSums(*groups), unit=UNIT)
        assert found is not None
        covered += found.estimate.low <= 3.0 <= found.estimate.high
        false += not found.estimate.is_told_from_nothing
    assert 0.93 <= covered / 1_000 <= 0.97


def test_tenths_are_even_where_scores_differ_and_few_where_they_do_not() -> None:
    scores = np.arange(1_000) * 100_000
    strata = strata_of(bins_of(scores))
    assert len(strata.lows) == 10
    assert np.bincount(strata.of(scores)).tolist() == [100] * 10
    assert strata_of(bins_of(np.zeros(50, dtype=np.int64))).lows == (0,)


# ── before ───────────────────────────────────────────────────────────────────────────────────────────────────


def moved_before(rng: np.random.Generator, n: int, *, slope: float, periods: int = 6) -> Any:
    own, steps = rng.normal(50, 10, n)[:, None], np.arange(periods)[None, :]
    return millionths(own + slope * steps + rng.normal(0, 6, (n, periods)))


@pytest.mark.parametrize(("slope", "least", "most"), [(0.0, 0.93, 1.0), (0.5, 0.0, 0.5), (1.5, 0.0, 0.01)])
def test_the_check_of_the_time_before_is_seldom_wrong_and_sees_what_is_large(
    slope: float, least: float, most: float
) -> None:
    rng, places, alike = np.random.default_rng(17), list(range(6)), 0
    for _world in range(600):
        arms = [slope_sums(values=moved_before(rng, n, slope=s), places=places) for n, s in ((150, slope), (300, 0.0))]
        found = pre_trend(treated=arms[0], other=arms[1], places=places, unit=UNIT)
        alike += found.verdict is Parallel.ENOUGH
    assert least <= alike / 600 <= most


@pytest.mark.parametrize("places", [[0, 1], []])
def test_two_periods_cannot_say_anything(places: list[int]) -> None:
    sums = SlopeSums(50, 100, 900)
    assert pre_trend(treated=sums, other=sums, places=places, unit=1).verdict is Parallel.UNKNOWN


@given(values=hnp.arrays(np.int64, (5, 4), elements=st.integers(0, 10**8)))
def test_slopes_are_those_of_least_squares_with_a_gap_in_the_periods(values: Any) -> None:
    places = [0, 1, 3, 4]
    mean = np.mean([linregress(places, row).slope for row in values])
    found = slope_sums(values=values, places=places)
    assert found.total / found.n / slope_unit(places) == pytest.approx(mean, abs=1e-3)


# ── tests with arms ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("counts", "shares"), [([5000, 5200], [1, 1]), ([100, 310, 95], [200, 600, 200])])
def test_the_split_is_checked_as_another_library_does(counts: list[int], shares: list[int]) -> None:
    found = sample_ratio(counts=counts, shares=shares)
    planned = np.array(shares) * sum(counts) / sum(shares)
    assert found.p == pytest.approx(chisquare(counts, planned).pvalue, rel=1e-9)


def test_a_split_that_is_off_is_no_chance() -> None:
    assert not sample_ratio(counts=[10_000, 10_600], shares=[1, 1]).is_as_planned
    assert sample_ratio(counts=[10_000, 10_300], shares=[1, 1]).is_as_planned
    with pytest.raises(ValueError, match="at least two arms"):
        sample_ratio(counts=[0, 0], shares=[1, 1])


@given(did=st.integers(0, 70), base=st.integers(0, 80))
def test_shares_are_held_against_each_other_as_newcombe_does(did: int, base: int) -> None:
    found = difference_of_shares(arm=ArmShare(70, did), base=ArmShare(80, base))
    low, high = confint_proportions_2indep(did, 70, base, 80, method="newcomb", compare="diff", correction=False)
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-7), pytest.approx(high, abs=1e-7))


def test_a_test_without_a_difference_finds_one_as_seldom_as_promised() -> None:
    rng, false = np.random.default_rng(23), 0
    for _world in range(WORLDS):
        arms = [arm_values(millionths(rng.gamma(2.0, 20.0, n))) for n in (200, 200)]
        found = difference_of_means(arm=arms[0], base=arms[1], unit=UNIT)
        assert found is not None
        false += found.is_told_from_nothing
    assert 0.03 <= false / WORLDS <= 0.07


def test_how_many_customers_it_takes_is_what_another_library_says() -> None:
    n = customers_needed(spread=30, difference=3)
    exact = tt_ind_solve_power(effect_size=0.1, alpha=0.05, power=0.8)
    assert n == pytest.approx(exact, abs=2)
    assert difference_detectable(spread=30, customers=n) == pytest.approx(3, abs=0.01)
    with pytest.raises(ValueError, match="nothing"):
        customers_needed(spread=30, difference=0)


def test_an_arm_of_one_is_none() -> None:
    one, many = ArmValues(1, 5, 25), ArmValues(5, 5, 25)
    assert difference_of_means(arm=one, base=many, unit=1) is None
    assert difference_of_shares(arm=ArmShare(), base=ArmShare(5, 1)) is None
