"""Intervals and tests against another library, sums against a plain count, money by hand."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint, proportions_ztest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from engagement.companions.formula import (
    Grid,
    MonthRows,
    Roles,
    Sums,
    answer_sums,
    customer_sums,
    customer_value,
    estimate,
    lifetime_sums,
    margin_of,
    probability_of_no_change,
    profit_of,
    return_of,
    wilson_95,
)
from engagement.insights.estimates import holm

NONE = np.zeros(0, dtype=np.int64)


def mean_sums(values: list[int]) -> Sums:
    return Sums(n=len(values), total=sum(values), squares=sum(value * value for value in values))


@given(n=st.integers(1, 5_000), share=st.floats(0, 1))
def test_wilson_is_statsmodels(n: int, share: float) -> None:
    k = round(n * share)
    assert wilson_95(successes=k, n=n) == pytest.approx(proportion_confint(k, n, method="wilson"), abs=1e-9)


@given(st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=60))
def test_a_mean_has_students_interval(values: list[int]) -> None:
    found = estimate(mean_sums(values), kind="mean")
    assert found is not None
    expected = DescrStatsW(values).tconfint_mean(alpha=0.05)
    assert (found.low, found.high) == pytest.approx(expected, rel=1e-6, abs=1e-6)
    assert found.value == Fraction(sum(values), len(values))


def test_nps_by_hand() -> None:
    """5 promoters, 3 passives, 2 detractors: 30; sample variance of the values 6,777.8, √(÷ 10) = 26.03; · 2.262."""
    sums = answer_sums(np.array([10, 10, 9, 9, 9, 8, 7, 7, 6, 0]), kind="nps", satisfied_from=0)
    found = estimate(sums, kind="nps")
    assert found is not None
    assert found.value == 30
    assert found.error == pytest.approx(26.034, abs=1e-3)
    assert found.high == pytest.approx(30 + 2.262157 * 26.0342, abs=1e-2)
    alike = estimate(Sums(n=8, total=8, squares=8), kind="nps")
    assert alike is not None
    assert (alike.value, alike.low, alike.high) == (100, 100, 100)


def test_csat_counts_from_the_chosen_answer_on() -> None:
    assert answer_sums(np.array([5, 4, 4, 3, 1]), kind="csat", satisfied_from=4) == Sums(n=5, total=3, squares=3)


def test_one_value_has_no_interval_and_none_no_number() -> None:
    one = estimate(mean_sums([7]), kind="mean")
    assert one is not None
    assert (one.value, one.low, one.high) == (7, None, None)
    assert [estimate(Sums(), kind=kind) for kind in ("mean", "share", "nps", "ratio")] == [None] * 4


def test_a_ratio_is_the_jackknifes_within_a_hundredth() -> None:
    """The linearised error of Σv ÷ Σw beside leaving out each pair in turn."""
    random = np.random.default_rng(4)
    weights = random.integers(1, 5, 400)
    values = weights * 1_000 + random.integers(-400, 400, 400)
    sums = Sums(
        n=400, total=int(values.sum()), squares=int((values**2).sum()), weight=int(weights.sum()),
        weight_squares=int((weights**2).sum()), cross=int((values * weights).sum()),
    )  # fmt: skip
    found = estimate(sums, kind="ratio")
    assert found is not None
    left_out = (values.sum() - values) / (weights.sum() - weights)
    jackknife = math.sqrt(399 / 400 * ((left_out - left_out.mean()) ** 2).sum())
    assert found.error == pytest.approx(jackknife, rel=0.01)


def test_two_proportions_and_two_means_are_statsmodels() -> None:
    first, second = Sums(n=200, total=90), Sums(n=180, total=60)
    expected = proportions_ztest([90, 60], [200, 180])[1]
    assert probability_of_no_change(first, second, kind="share") == pytest.approx(expected, rel=1e-9)
    a, b = [3, 5, 8, 9, 1], [7, 9, 14, 11]
    welch = CompareMeans(DescrStatsW(a), DescrStatsW(b)).ttest_ind(usevar="unequal")[1]
    assert probability_of_no_change(mean_sums(a), mean_sums(b), kind="mean") == pytest.approx(welch, rel=1e-9)
    assert stats.ttest_ind(a, b, equal_var=False).pvalue == pytest.approx(welch)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_statsmodels(probabilities: list[float]) -> None:
    assert holm(probabilities) == pytest.approx(tuple(multipletests(probabilities, method="holm")[1]), abs=1e-12)


def test_what_does_not_vary_is_certain() -> None:
    assert probability_of_no_change(mean_sums([5, 5]), mean_sums([5, 5]), kind="mean") == 1
    assert probability_of_no_change(mean_sums([5, 5]), mean_sums([6, 6]), kind="mean") == 0
    assert probability_of_no_change(Sums(n=9, total=9), Sums(n=9, total=9), kind="share") == 1
    assert probability_of_no_change(Sums(), Sums(n=9, total=9), kind="share") is None


def test_money_that_is_not_known_is_not_zero() -> None:
    margin = margin_of(revenue=Fraction(1_000), margin_thousandths=250)
    assert profit_of(margin=margin, other=Fraction(5), acquisition=Fraction(100), programme=Fraction(80)) == 75
    assert profit_of(margin=margin, other=None, acquisition=None, programme=Fraction(80)) is None
    assert profit_of(margin=None, other=None, acquisition=Fraction(0), programme=Fraction(0)) is None
    assert return_of(profit=Fraction(75), cost=Fraction(180)) == Fraction(5, 12)
    assert return_of(profit=Fraction(75), cost=Fraction(0)) is None


def test_customer_value_ahead_is_an_annuity() -> None:
    """Without churn and discount it is months × a month; with a discount its present value."""
    assert customer_value(monthly=Fraction(10), churn=Fraction(0), months=12, discount_thousandths=None) == 120
    found = customer_value(monthly=Fraction(10), churn=Fraction(1, 10), months=24, discount_thousandths=100)
    expected = sum(10 * 0.9**k / 1.1 ** (k / 12) for k in range(1, 25))
    assert float(found) == pytest.approx(expected, abs=1e-5)


# ── the grid against a plain count ───────────────────────────────────────────────────────────────────────────

BOUGHT, LED = 1, 2
MONTHS = ((0, 30), (31, 58), (59, 89))
ROWS = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from([BOUGHT, LED]), st.integers(0, 89), st.integers(0, 500)), max_size=60
)


def filled(rows: list[tuple[int, int, int, int]], *, win_days: int | None) -> Grid:
    roles = Roles(
        purchases=frozenset({BOUGHT}), revenue=frozenset({BOUGHT}), lasting=frozenset({BOUGHT, LED}),
        leads=frozenset({LED}), wins=frozenset({BOUGHT}), win_days=win_days,
    )  # fmt: skip
    grid = Grid(months=3, roles=roles)
    for at, (first, last) in enumerate(MONTHS):
        inside = [row for row in rows if first <= row[2] <= last]
        columns = [np.array(column, dtype=np.int64) for column in zip(*inside, strict=True)] or [NONE] * 4
        places, definitions, days, values = columns
        # Ordinals of days are far above 0, where no day stands for none.
        grid.add(at, MonthRows(
            first=first + 1_000, last=last + 1_000, places=places, definitions=definitions, days=days + 1_000,
            occurrences=np.ones(len(places), dtype=np.int64), values=values,
        ))  # fmt: skip
    return grid


@given(ROWS, st.one_of(st.none(), st.integers(0, 40)), st.integers(1, 40))
def test_the_grid_is_a_plain_count(rows: list[tuple[int, int, int, int]], win_days: int | None, days: int) -> None:
    grid, everybody = filled(rows, win_days=win_days), np.arange(5, dtype=np.int64)
    at, (first, last), before = 1, MONTHS[1], MONTHS[0][1]
    found = customer_sums(grid, at=at, places=everybody, silence=None)
    bought = [[r for r in rows if r[0] == n and r[1] == BOUGHT and first <= r[2] <= last] for n in range(5)]
    led = [[r[2] for r in rows if r[0] == n and r[1] == LED and first <= r[2] <= last] for n in range(5)]
    assert (found["repeat"].n, found["repeat"].total) == (sum(map(bool, bought)), sum(len(b) > 1 for b in bought))
    assert found["revenue"] == mean_sums([sum(r[3] for r in b) for b in bought])
    assert found["order"].weight == sum(map(len, bought))
    assert found["order"].cross == sum(sum(r[3] for r in b) * len(b) for b in bought)

    def wins(n: int, lead: int) -> bool:
        until = last if win_days is None else lead + win_days
        return any(r[0] == n and r[1] == BOUGHT and lead <= r[2] <= until for r in rows)

    won = sum(any(wins(n, lead) for lead in led[n]) for n in range(5))
    assert (found["conversion"].n, found["conversion"].total) == (sum(map(bool, led)), won)

    def seen(n: int, start: int, end: int) -> bool:
        return any(r[0] == n and start <= r[2] <= end for r in rows)

    was = [n for n in range(5) if seen(n, *MONTHS[0])]
    assert (found["churn"].n, found["churn"].total) == (len(was), sum(not seen(n, first, last) for n in was))
    silent = customer_sums(grid, at=at, places=everybody, silence=(days, last + 1_000, before + 1_000))["churn"]
    was = [n for n in range(5) if seen(n, before - days + 1, before)]
    assert (silent.n, silent.total) == (len(was), sum(not seen(n, last - days + 1, last) for n in was))
    lifetime = lifetime_sums(grid, at=at, months=2, places=everybody)
    assert lifetime == mean_sums(
        [sum(r[3] for r in rows if r[0] == n and r[1] == BOUGHT and r[2] <= last) for n in range(5)]
    )
    assert lifetime_sums(grid, at=at, months=3, places=everybody) is None


def test_months_come_one_after_the_other() -> None:
    grid = Grid(months=2, roles=Roles())
    rows = MonthRows(first=1, last=2, places=NONE, definitions=NONE, days=NONE, occurrences=NONE, values=NONE)
    with pytest.raises(ValueError, match="one after the other"):
        grid.add(1, rows)
