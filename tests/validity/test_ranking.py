"""AUC, intervals, groups and calibration: by hand, by other libraries, and by simulation."""

from __future__ import annotations

from itertools import pairwise
from math import log, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu, norm
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from engagement.insights.estimates import holm
from engagement.validity.formula import calibrated, difference, fit_logistic, grouped, ranking

Draws = np.random.Generator


def _of(left: list[int], stayed: list[int]) -> Any:
    return ranking(
        scores=np.array(left + stayed, dtype=np.int64),
        outcome=np.array([True] * len(left) + [False] * len(stayed)),
    )


def test_an_auc_by_hand() -> None:
    # Pairs (left, stayed): 10–20 10–40 20–20 20–40 30–20 30–40: four lower, one tie, one higher: 4.5 ÷ 6.
    found = _of([10, 20, 30], [20, 40])
    assert found.auc.value == 0.75
    assert found.with_outcome.tolist() == [1.0, 0.75, 0.5]
    assert found.without.tolist() == [0.5, 1.0]
    # var = 0.0625 ÷ 3 + 0.125 ÷ 2 = 1 ÷ 12; on logits: log 3 ± z · √(1/12) ÷ (3/16).
    half = 1.959963984540054 * sqrt(1 / 12) / (3 / 16)
    assert found.auc.low == pytest.approx(1 / (1 + np.exp(half - log(3))), abs=1e-12)
    assert found.auc.high == pytest.approx(1 / (1 + np.exp(-half - log(3))), abs=1e-12)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=30), st.lists(st.integers(0, 20), min_size=1, max_size=30))
def test_it_is_what_scipy_and_scikit_learn_say(left: list[int], stayed: list[int]) -> None:
    found = _of(left, stayed)
    pairs = mannwhitneyu(stayed, left).statistic
    assert found.auc.value == pytest.approx(pairs / (len(left) * len(stayed)), abs=1e-12)
    truth = [1] * len(left) + [0] * len(stayed)
    assert found.auc.value == pytest.approx(roc_auc_score(truth, [-one for one in left + stayed]), abs=1e-12)
    assert found.auc.low <= found.auc.value <= found.auc.high
    assert 0 <= found.auc.low <= found.auc.high <= 1


def _slow_delong(left: Any, stayed: Any) -> float:
    """The variance as DeLong, DeLong and Clarke-Pearson (1988) write it: every pair looked at."""
    wins = (left[:, None] < stayed[None, :]) + 0.5 * (left[:, None] == stayed[None, :])
    return float(wins.mean(axis=1).var(ddof=1) / len(left) + wins.mean(axis=0).var(ddof=1) / len(stayed))


def test_its_variance_is_delongs() -> None:
    dice = np.random.default_rng(4)
    left, stayed = dice.integers(0, 50, 80), dice.integers(10, 70, 130)
    found = _of(left.tolist(), stayed.tolist())
    error = sqrt(_slow_delong(left, stayed)) / (found.auc.value * (1 - found.auc.value))
    logits = [log(end / (1 - end)) for end in (found.auc.low, found.auc.high)]
    assert (logits[1] - logits[0]) / 2 == pytest.approx(1.959963984540054 * error, rel=1e-9)


def test_nobody_the_other_way_round_still_leaves_room_for_doubt() -> None:
    found = _of([1, 2, 3] * 10, [4, 5] * 15)
    assert (found.auc.value, found.auc.high) == (1.0, 1.0)
    assert 0.85 < found.auc.low < 0.95
    same = _of([5] * 30, [5] * 30)
    assert same.auc.low < 0.5 < same.auc.high
    assert same.chance == 1.0


def test_one_side_alone_has_no_auc() -> None:
    with pytest.raises(ValueError, match="somebody"):
        _of([1, 2], [])


def _drawn(dice: Draws, *, auc: float, m: int, n: int) -> Any:
    apart = sqrt(2) * norm.ppf(auc)
    left, stayed = dice.normal(0, 1, m), dice.normal(apart, 1, n)
    both = np.clip((np.concatenate([left, stayed]) + 4) * 12_500_000, 0, 100_000_000).astype(np.int64)
    return ranking(scores=both, outcome=np.arange(m + n) < m)


@pytest.mark.parametrize("auc", [0.5, 0.6, 0.75, 0.9])
@pytest.mark.parametrize(("m", "n"), [(30, 90), (60, 240)])
def test_95_per_cent_of_intervals_hold_the_true_auc(auc: float, m: int, n: int) -> None:
    dice = np.random.default_rng(int(auc * 1_000) + m)
    rounds = 2_000
    held = sum(one.auc.low <= auc <= one.auc.high for one in (_drawn(dice, auc=auc, m=m, n=n) for _ in range(rounds)))
    assert 0.93 <= held / rounds <= 0.97


def test_with_shuffled_outcomes_nothing_is_found() -> None:
    dice = np.random.default_rng(11)
    scores = dice.integers(0, 40, 400) * 2_500_000
    outcome = np.arange(400) < 90
    rounds = 2_000
    held = 0
    for _ in range(rounds):
        found = ranking(scores=scores, outcome=dice.permutation(outcome))
        held += found.auc.low <= 0.5 <= found.auc.high
        assert (found.chance > 0.05) is (found.auc.low <= 0.5 <= found.auc.high)
    assert held / rounds >= 0.93


def test_the_difference_of_two_scores_of_the_same_customers() -> None:
    dice = np.random.default_rng(7)
    outcome = np.arange(300) < 100
    good = dice.normal(0, 1, 300) - outcome
    noise = dice.normal(0, 1, 300)
    first, second = (
        ranking(scores=(values * 1_000_000).astype(np.int64), outcome=outcome) for values in (good, good + noise)
    )
    found = difference(after=first, before=second)
    assert found.value == pytest.approx(first.auc.value - second.auc.value)
    rows = np.arange(300)
    drawn = []
    for _ in range(800):  # a bootstrap that redraws customers, side by side
        some = np.concatenate([dice.choice(rows[outcome], 100), dice.choice(rows[~outcome], 200)])
        pair = [roc_auc_score(outcome[some], -values[some]) for values in (good, good + noise)]
        drawn.append(pair[0] - pair[1])
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * float(np.std(drawn)), rel=0.1)
    assert difference(after=first, before=first).low == 0.0


def test_holm_is_what_statsmodels_says() -> None:
    chances = [0.01, 0.04, 0.03, 0.5, 0.0001]
    assert holm(chances) == pytest.approx(tuple(multipletests(chances, method="holm")[1]))
    assert holm([]) == ()


# ── groups ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_groups_are_tenths_with_wilsons_interval() -> None:
    outcome = np.zeros(200, dtype=np.bool_)
    outcome[:12] = True
    found = grouped(scores=np.arange(200), outcome=outcome, expected=np.full(200, 0.06), smallest=5)
    assert [(one.n, one.n_outcome, one.lowest, one.highest) for one in found][:2] == [(20, 12, 0, 19), (20, 0, 20, 39)]
    assert len(found) == 10
    assert (found[0].low, found[0].high) == pytest.approx(proportion_confint(12, 20, method="wilson"), abs=1e-9)
    assert found[0].expected == pytest.approx(0.06)


def test_equal_scores_stay_together_and_small_groups_join_the_next() -> None:
    scores = np.array([0] * 70 + [1] * 3 + [2] * 27)
    found = grouped(scores=scores, outcome=scores == 0, expected=np.zeros(100), smallest=5)
    assert [(one.n, one.lowest, one.highest) for one in found] == [(70, 0, 0), (30, 1, 2)]
    assert grouped(scores=scores[:0], outcome=scores[:0] == 0, expected=np.zeros(0), smallest=5) == ()


@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=120), st.integers(1, 9))
def test_groups_hold_everybody_once(rows: list[tuple[int, bool]], smallest: int) -> None:
    scores, outcome = (np.array(column) for column in zip(*rows, strict=True))
    found = grouped(scores=scores, outcome=outcome, expected=np.full(len(rows), 0.5), smallest=smallest)
    assert sum(one.n for one in found) == len(rows)
    assert sum(one.n_outcome for one in found) == int(outcome.sum())
    assert all(one.highest < after.lowest for one, after in pairwise(found))
    assert all(one.n >= smallest for one in found) or len(found) == 1
    assert len(found) <= 10


# ── calibration ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_curve_is_scikit_learns() -> None:
    dice = np.random.default_rng(5)
    x = dice.normal(size=(400, 3))
    y = dice.random(400) < 1 / (1 + np.exp(-(x @ [1.0, -0.5, 0.2] - 0.3)))
    weights = dice.integers(0, 4, 400).astype(float)
    ridge = np.array([0.0, 2.0, 2.0, 2.0])
    found = fit_logistic(x=np.column_stack([np.ones(400), x]), y=y.astype(float), weights=weights, ridge=ridge)
    model = LogisticRegression(C=0.5, tol=1e-10, max_iter=1_000).fit(x, y, sample_weight=weights)
    assert found[1:] == pytest.approx(model.coef_[0], abs=1e-5)
    assert found[0] == pytest.approx(model.intercept_[0], abs=1e-5)


def test_a_score_that_is_a_chance_is_calibrated() -> None:
    dice = np.random.default_rng(6)
    scores = dice.integers(0, 101, 20_000) * 1_000_000
    outcome = dice.random(20_000) < 1 / (1 + np.exp((scores / 1e6 - 40) / 20))
    found = calibrated(scores=scores, outcome=outcome)
    assert found.slope == pytest.approx(1, abs=0.06)
    assert found.intercept == pytest.approx(0, abs=0.06)
    assert found.brier == pytest.approx(brier_score_loss(outcome, found.expected))
    share = outcome.mean()
    assert found.base == pytest.approx(share * (1 - share))
    assert found.brier < found.base
    assert found.expected[scores == 0].mean() == pytest.approx(1 / (1 + np.exp(-2)), abs=0.02)


def test_a_score_that_parts_both_sides_wholly_still_has_a_curve() -> None:
    scores = np.repeat([10_000_000, 90_000_000], 40)
    found = calibrated(scores=scores, outcome=scores < 50_000_000)
    assert np.isfinite([found.slope, found.intercept, found.brier]).all()
    assert found.brier < 0.001


def test_a_score_that_says_nothing_expects_the_share_of_everybody() -> None:
    outcome = np.arange(200) % 4 == 0
    found = calibrated(scores=np.full(200, 7_000_000), outcome=outcome)
    assert found.expected == pytest.approx(np.full(200, 0.25))
    assert found.brier == pytest.approx(found.base)
