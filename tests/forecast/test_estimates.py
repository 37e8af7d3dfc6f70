"""The models against statsmodels itself, intervals against simulated series, and what has no answer."""

from __future__ import annotations

from collections.abc import Sequence
from math import log, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from engagement.forecast.estimates import Bounds, Method, Outcome, Series, at, chance_of, forecast, holm, surprise
from engagement.forecast.estimates.anomalies import chance_of_miss, widening_of
from engagement.forecast.estimates.backtest import BackTest, backtest, chosen
from engagement.forecast.estimates.fitting import Carried, carried_on
from engagement.forecast.estimates.forecasting import LEAST_PERIODS
from engagement.forecast.estimates.scales import Scale
from engagement.forecast.words import forecasts as words

SCORES = Bounds(0, 100)


def noise(n: int, *, seed: int, level: float = 60, sd: float = 2) -> list[float]:
    return [float(value) for value in level + np.random.default_rng(seed).normal(0, sd, n)]


def walk(n: int, *, seed: int) -> list[float]:
    return [float(value) for value in 60 + np.cumsum(np.random.default_rng(seed).normal(0, 1, n))]


def series(values: Sequence[float], *, season: int = 52) -> Series:
    return Series(tuple(values), season, SCORES)


# ── against the library ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", [Method.DAMPED, Method.DAMPED_LOGIT])
def test_a_damped_trend_is_the_librarys_with_its_parameters_paid_for(method: Method) -> None:
    values = walk(30, seed=3)
    seen = [log(value / (100 - value)) for value in values] if method.is_logit else values
    model = ETSModel(pd.Series(seen), error="add", trend="add", damped_trend=True)
    ahead = model.fit(disp=False).get_prediction(start=30, end=33)
    found = carried_on(series(values), method=method, steps=4)
    assert found is not None
    assert found.centres == pytest.approx(list(ahead.predicted_mean))
    spreads = [sqrt(variance * (30 + 5) / (30 - 5)) for variance in ahead.forecast_variance]
    assert found.spreads == pytest.approx(spreads)
    assert found.degrees == 25


def test_a_season_is_the_librarys_too() -> None:
    values = [60 + 8 * ((at % 4) - 1.5) + wobble for at, wobble in enumerate(noise(24, seed=1, level=0, sd=0.5))]
    model = ETSModel(
        pd.Series(values), error="add", trend="add", damped_trend=True, seasonal="add", seasonal_periods=4,
        initialization_method="heuristic",
    )  # fmt: skip
    ahead = model.fit(disp=False).get_prediction(start=24, end=27)
    found = carried_on(series(values, season=4), method=Method.SEASONAL, steps=4)
    assert found is not None
    assert found.centres == pytest.approx(list(ahead.predicted_mean))
    assert found.centres == pytest.approx([48, 56, 64, 72], abs=2)


def test_the_last_value_spreads_with_the_root_of_time() -> None:
    found = carried_on(series([50, 53, 49, 49, 51, 50, 52, 51]), method=Method.LAST, steps=4)
    assert found is not None
    usual = sqrt((9 + 16 + 0 + 4 + 1 + 4 + 1) / 7)
    assert list(found.centres) == [51] * 4
    assert found.spreads == pytest.approx([usual * sqrt(step) for step in (1, 2, 3, 4)])
    step = forecast(series([50, 53, 49, 49, 51, 50, 52, 51]), steps=1).steps[0]
    half = float(stats.t.ppf(0.975, 7)) * usual
    assert (step.centre, step.low_95, step.high_95) == pytest.approx((51, 51 - half, 51 + half))


# ── against simulated series ─────────────────────────────────────────────────────────────────────────────────


def test_intervals_cover_what_comes() -> None:
    """Noise round a level, a random walk and a trend, 12 each: 95 % intervals hold 90 to 98 of 100 numbers."""
    inside = []
    for seed in range(12):
        rising = [40 + 0.4 * at + wobble for at, wobble in enumerate(noise(34, seed=seed, level=0, sd=1))]
        for values in (noise(34, seed=seed), walk(34, seed=seed), rising):
            steps = forecast(series(values[:26]), steps=8).steps
            inside += [one.low_95 <= came <= one.high_95 for one, came in zip(steps, values[26:], strict=True)]
    assert 0.90 <= sum(inside) / len(inside) <= 0.98


def test_control_without_what_its_parameters_cost_a_short_past_covers_too_little() -> None:
    """What the library says itself, on series of twelve: the correction and the test on the past are why it is not."""
    inside = []
    for seed in range(60):
        values = noise(16, seed=seed)
        model = ETSModel(pd.Series(values[:12]), error="add", trend="add", damped_trend=True)
        ends = model.fit(disp=False).get_prediction(start=12, end=15).summary_frame(alpha=0.05)
        low, high = ends["pi_lower"], ends["pi_upper"]
        inside += [a <= came <= b for a, b, came in zip(low, high, values[12:], strict=True)]
    assert sum(inside) / len(inside) < 0.88


def rising(n: int, *, seed: int) -> list[float]:
    return [45 + 0.4 * at + wobble for at, wobble in enumerate(noise(n, seed=seed, level=0, sd=1))]


def _looked_at(worlds: int, *, jump: float) -> list[bool]:
    """Whether the last value is called unusual that jumps by so many spreads of what a period brings."""
    found = []
    for seed in range(worlds):
        for values, sd in ((noise(16, seed=seed), 2), (walk(16, seed=seed), 1), (rising(16, seed=seed), 1)):
            values[-1] += jump * sd * (1 if seed % 2 else -1)
            one = surprise(series(values))
            assert one is not None
            assert one.is_outside == (one.p < 0.05)
            found.append(one.is_outside)
    return found


def test_nothing_is_found_in_noise() -> None:
    """At most seven of a hundred quiet series have an unusual last value; README has the rates of many more."""
    found = _looked_at(15, jump=0)
    assert sum(found) / len(found) <= 0.07


def test_what_is_planted_is_found() -> None:
    """Five spreads of what one period brings, either way: at least eight of ten are called unusual."""
    found = _looked_at(10, jump=5)
    assert sum(found) / len(found) >= 0.8


def test_what_the_past_missed_by_counts_where_the_model_promises_more() -> None:
    """By hand: a model whose forecasts missed by twice its spread is held to that, by Student's t with few moments."""
    carried = Carried(Scale(None, is_logit=False), (50.0,), (1.0,), degrees=20)
    test = BackTest(Method.LAST, 1, 4, 4, 1, (4, 4), (1, 1), missed=2.0)
    by_model, by_past = 2 * float(stats.t.sf(4, 20)), 2 * float(stats.t.sf(4 / 2, 4))
    assert chance_of_miss(4, carried, test) == pytest.approx(by_past)
    assert chance_of_miss(4, carried, None) == pytest.approx(by_model)
    assert by_model < 0.05 < by_past  # the control: the model alone would have called it unusual
    _near, far = widening_of(carried, test)
    assert far == pytest.approx(2 * float(stats.t.ppf(0.975, 4) / stats.t.ppf(0.975, 20)))
    exact = BackTest(Method.LAST, 1, 4, 4, 1, (4, 4), (1, 1), missed=0.0)
    assert chance_of_miss(4, carried, exact) == pytest.approx(by_model)
    assert widening_of(carried, exact) == (1, 1)


def test_a_jump_is_found_and_its_p_is_that_of_the_interval() -> None:
    one = surprise(series([*noise(24, seed=5), 40]))
    assert one is not None
    assert one.is_outside
    assert one.p < 0.001
    for seed in range(6):
        one = surprise(series(noise(12, seed=seed, sd=4)))
        assert one is not None
        assert one.is_outside == (one.p < 0.05)


def test_a_swing_of_the_season_is_expected_and_its_absence_is_not() -> None:
    swings = [60 + (10 if at % 4 == 0 else 0) + wobble for at, wobble in enumerate(noise(41, seed=2, level=0, sd=0.7))]
    usual, missing = surprise(series(swings, season=4)), surprise(series([*swings[:40], 60], season=4))
    assert usual is not None
    assert missing is not None
    assert (usual.method, usual.is_outside, missing.is_outside) == (Method.SEASONAL, False, True)


@pytest.mark.parametrize(
    ("ps", "stand"),
    [
        ([], ()),
        ([0.05], (True,)),
        ([0.02, 0.03], (True, True)),  # 0.02 ≤ 0.05 ÷ 2, then 0.03 ≤ 0.05
        ([0.026, 0.001, 0.03], (False, True, False)),  # 0.026 > 0.05 ÷ 2, and what comes after does not stand either
        ([0.0017] * 30, (False,) * 30),
    ],
)
def test_holm(ps: list[float], stand: tuple[bool, ...]) -> None:
    assert holm(ps) == stand


# ── the past of the series itself ────────────────────────────────────────────────────────────────────────────


def _test(method: Method, mase: float) -> BackTest:
    return BackTest(method, mase, 5, 5, 1, (4, 5), (1, 1))


def test_the_simplest_is_taken_unless_another_is_better_by_a_twentieth() -> None:
    tests = {Method.LAST: _test(Method.LAST, 1), Method.DAMPED: _test(Method.DAMPED, 0.951)}
    assert chosen(tests) == tests[Method.LAST]
    tests[Method.DAMPED_LOGIT] = _test(Method.DAMPED_LOGIT, 0.949)
    assert chosen(tests) == tests[Method.DAMPED_LOGIT]
    assert chosen({}) is None


def test_the_test_on_the_past_by_hand() -> None:
    """Eight values that are as good as still, then jumps: forecasts from 8, 9 and 10 known ones, and their misses."""
    values = [50, 51, 50, 51, 50, 51, 50, 51, 60, 61, 70]
    test = backtest(series(values), steps=1)[Method.LAST]
    assert (test.forecasts, test.numbers, test.furthest) == (3, 3, 1)
    moves = [1] * 7 + [9, 1, 9]
    assert test.mase == pytest.approx(((9 + 1 + 9) / 3) / (sum(moves) / 10))
    halves = [float(stats.t.ppf(0.975, n)) * sqrt(sum(move**2 for move in moves[:n]) / n) for n in (7, 8, 9)]
    assert test.inside[1] == sum(miss <= half for miss, half in zip((9, 1, 9), halves, strict=True)) == 1
    assert test.widening[1] == pytest.approx(max(9 / halves[0], 9 / halves[2]))


# ── what has no answer ───────────────────────────────────────────────────────────────────────────────────────


def test_edges() -> None:
    assert forecast(series(noise(7, seed=1)), steps=3).outcome is Outcome.TOO_LITTLE
    for value in (0, 50, 100):
        found = forecast(series([value] * 20), steps=3)
        assert (found.outcome, found.steps) == (Outcome.FLAT, ())
        assert surprise(series([value] * 20)) is None
    short = forecast(series(noise(8, seed=1)), steps=3)
    assert (short.outcome, short.method, short.test) == (Outcome.MADE, Method.LAST, None)
    assert surprise(series(noise(8, seed=1))) is None
    assert LEAST_PERIODS == words.LEAST_PERIODS


def test_one_season_is_none() -> None:
    assert carried_on(series(noise(15, seed=1), season=8), method=Method.SEASONAL, steps=1) is None


@given(st.lists(st.integers(0, 100).map(float), min_size=8, max_size=12), st.integers(1, 4))
@settings(max_examples=6, deadline=None)
def test_intervals_are_nested_and_stay_on_the_scale(values: list[float], steps: int) -> None:
    for one in forecast(series(values), steps=steps).steps:
        assert 0 <= one.low_95 <= one.low_80 <= one.high_80 <= one.high_95 <= 100
        assert one.low_95 <= one.centre <= one.high_95


def test_between_two_steps_middle_and_variance_lie_between() -> None:
    found = forecast(series([50, 53, 49, 49, 51, 50, 52, 51]), steps=4)
    half = at(found, periods=0.25, last=51)
    whole = at(found, periods=1, last=51)
    assert half.high_95 - 51 == pytest.approx((whole.high_95 - 51) / 2)
    with pytest.raises(ValueError, match="so far ahead"):
        at(found, periods=4.5, last=51)


def test_the_chance_is_that_of_the_interval() -> None:
    found = forecast(series([50, 53, 49, 49, 51, 50, 52, 51]), steps=4)
    assert chance_of(found, target=51, periods=2, last=51).chance == pytest.approx(0.5)
    edge = at(found, periods=2, last=51).high_95
    assert chance_of(found, target=edge, periods=2, last=51).chance == pytest.approx(0.025)
