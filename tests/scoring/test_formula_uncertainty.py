"""Intervals against a bootstrap and against floating point, the chance of another band, the change between two runs."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import exp, lgamma, log, pi, sqrt
from statistics import NormalDist, stdev

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engagement.scoring.formula import (
    SCORE_SCALE,
    Bands,
    PairedSums,
    RunSums,
    band_chances,
    change_standard_error,
    half_width_95,
    interval_95,
    normal_below,
    paired_sums,
    standard_error,
    sum_of_squares,
    t_95,
)
from tests.reference import load_reference_per_customer

SCORES = st.integers(0, 100 * SCORE_SCALE)
RESAMPLES = 2_000
# Two thousand resamples place each end of a 95 % interval to about a twentieth of its half-width.
TOLERANCE = 0.08


def error_of(scores: NDArray[np.int64]) -> Decimal:
    total, squares = int(scores.sum()), sum_of_squares(scores)
    found = standard_error(n=len(scores), total=total, squares=squares, unit=SCORE_SCALE)
    assert found is not None
    return found


def run_sums(scores: NDArray[np.int64]) -> RunSums:
    return RunSums(len(scores), int(scores.sum()), sum_of_squares(scores))


def inflated(rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    """Scores as they come: a third silent at 0, four in ten full at 100, the rest skewed towards 0."""
    kind = rng.choice(3, size=n, p=[0.33, 0.4, 0.27])
    between = rng.beta(1.2, 2.5, size=n) * 100
    scores = np.where(kind == 0, 0.0, np.where(kind == 1, 100.0, between))
    return (scores * SCORE_SCALE).astype(np.int64)


# ── intervals ────────────────────────────────────────────────────────────────────────────────────────────────


def resampled_ends(scores: NDArray[np.int64]) -> tuple[float, float]:
    """The percentile interval of the mean over resamples with replacement."""
    rng = np.random.default_rng(20_171_231)
    means = [rng.choice(scores, size=len(scores)).mean() / SCORE_SCALE for _ in range(RESAMPLES)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def differs_by(scores: NDArray[np.int64], error: Decimal) -> float:
    """The larger distance of the two ends from the resampled ones, in half-widths."""
    half = half_width_95(error=error, n=len(scores))
    assert half is not None
    mean = Fraction(int(scores.sum()), len(scores) * SCORE_SCALE)
    ends, found = interval_95(score=mean, half_width=half), resampled_ends(scores)
    return max(abs(float(ours) - theirs) for ours, theirs in zip(ends, found, strict=True)) / float(half)


def grocers() -> NDArray[np.int64]:
    """The grocery client's customers at full points 60, by the independent reference: 126 of 2,469 did nothing."""
    rows = load_reference_per_customer()["per_customer"]["A"]["last90d"].values()
    points = [int(row[1]) for row in rows] + [0] * (2_469 - len(rows))
    return np.array([min(point, 60) * 100 * SCORE_SCALE // 60 for point in points], dtype=np.int64)


def test_the_grocers_interval_is_the_bootstraps() -> None:
    scores = grocers()
    error = error_of(scores)
    assert scores.mean() / SCORE_SCALE == pytest.approx(68.928716, abs=1e-5)
    assert error.quantize(Decimal("0.0001")) == Decimal("0.7249")
    assert differs_by(scores, error) < TOLERANCE
    assert differs_by(scores, error / 2) > TOLERANCE


@pytest.mark.parametrize("n", [60, 300, 2_469])
def test_the_analytic_interval_is_the_bootstraps(n: int) -> None:
    scores = inflated(np.random.default_rng(n), n)
    error = error_of(scores)
    assert differs_by(scores, error) < TOLERANCE
    assert differs_by(scores, error / 2) > TOLERANCE  # the comparison would see half the error


def cdf_of_t(t: float, degrees: int) -> float:
    """Student's distribution by Simpson's rule on its density."""
    scale = exp(lgamma((degrees + 1) / 2) - lgamma(degrees / 2)) / sqrt(degrees * pi)
    grid = np.linspace(0, t, 20_001)
    density = scale * np.exp(-(degrees + 1) / 2 * np.log1p(grid**2 / degrees))
    step = t / 20_000
    area = step / 3 * (density[0] + 4 * density[1:-1:2].sum() + 2 * density[2:-1:2].sum() + density[-1])
    return 0.5 + float(area)


@pytest.mark.parametrize("degrees", [*range(1, 41), 100, 1_000, 10**6])
def test_students_t_leaves_two_and_a_half_per_cent_on_each_side(degrees: int) -> None:
    # The quantile is right to 1e-6: times the density there, less than 6e-8 of the share.
    assert cdf_of_t(float(t_95(degrees=degrees)), degrees) == pytest.approx(0.975, abs=1e-7)


def test_few_customers_have_a_wider_interval_and_one_has_none() -> None:
    half = [half_width_95(error=Decimal(1), n=n) for n in (2, 5, 30, 31, 10**9)]
    assert [str(each.quantize(Decimal("0.001"))) for each in half if each] == [
        "12.706", "2.776", "2.045", "2.042", "1.960",
    ]  # fmt: skip
    assert standard_error(n=1, total=5, squares=25, unit=1) is None
    assert half_width_95(error=None, n=1) is None
    with pytest.raises(ValueError, match="degree of freedom"):
        t_95(degrees=0)


def test_an_interval_stays_on_the_scale() -> None:
    assert interval_95(score=Fraction(2), half_width=Decimal("2.5")) == (0, Fraction(9, 2))
    assert interval_95(score=Fraction(50), half_width=Decimal(60)) == (0, 100)


@given(st.lists(st.one_of(st.integers(-(2**63) + 1, 2**63 - 1), st.integers(-100, 100)), max_size=40))
def test_squares_of_anything_that_fits_64_bits(values: list[int]) -> None:
    assert sum_of_squares(np.array(values, dtype=np.int64)) == sum(value * value for value in values)


def test_squares_of_more_than_one_chunk_of_the_largest_values() -> None:
    for n in (2**16, 2**16 + 1, 3 * 2**16 + 5):
        for value in (2**63 - 1, 2**46 - 1, 2**23):
            assert sum_of_squares(np.full(n, value, dtype=np.int64)) == n * value**2


# ── bands ────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.integers(-12_000, 12_000))
def test_the_normal_distribution_equals_the_standard_librarys(thousandths: int) -> None:
    z = Decimal(thousandths) / 1_000
    assert float(normal_below(z)) == pytest.approx(NormalDist().cdf(float(z)), abs=1e-14)


@given(SCORES, st.integers(0, 20_000), st.integers(0, 99_000), st.integers(0, 1_000))
def test_the_chances_of_the_bands(score: int, error: int, good: int, gap: int) -> None:
    bands = Bands(good, good + gap)
    exact = Fraction(score, SCORE_SCALE)
    found = band_chances(score=exact, error=Decimal(error) / 1_000, bands=bands)
    shares = (found.poor, found.good, found.excellent)
    assert sum(shares) == pytest.approx(Decimal(1), abs=Decimal("1e-25"))
    assert all(-Decimal("1e-20") < share <= 1 for share in shares)
    if error:
        normal = NormalDist(float(exact), error / 1_000)
        assert float(found.poor) == pytest.approx(normal.cdf(good / 1_000), abs=1e-9)
        assert float(found.excellent) == pytest.approx(1 - normal.cdf((good + gap) / 1_000), abs=1e-9)
    else:
        assert sorted(shares) == [0, 0, 1]


@pytest.mark.parametrize(("score", "code"), [("69.999999", 0), ("70", 1), ("80", 1), ("80.000001", 2)])
def test_without_spread_the_band_is_certain(score: str, code: int) -> None:
    found = band_chances(score=Fraction(score), error=Decimal(0), bands=Bands())
    assert (found.of(code), found.other_than(code)) == (1, 0)


def test_the_likeliest_other_band() -> None:
    near_the_top = band_chances(score=Fraction(79), error=Decimal(2), bands=Bands())
    assert near_the_top.likeliest_other(1) == 2
    assert near_the_top.other_than(1) == near_the_top.poor + near_the_top.excellent
    assert band_chances(score=Fraction(75), error=Decimal(2), bands=Bands()).likeliest_other(1) == 0


# ── changes ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_change_of_those_who_all_stay_is_the_mean_of_their_differences() -> None:
    rng = np.random.default_rng(5)
    before = inflated(rng, 500)
    after = np.clip(before + rng.integers(-9, 12, size=500) * SCORE_SCALE, 0, 100 * SCORE_SCALE)
    everybody = np.ones(500, dtype=np.bool_)
    stayers = paired_sums(before=before, after=after, stays=everybody)
    found = change_standard_error(before=run_sums(before), after=run_sums(after), stayers=stayers)
    assert found is not None
    expected = stdev(((after - before) / SCORE_SCALE).tolist()) / sqrt(500)
    assert float(found) == pytest.approx(expected, rel=1e-12)
    apart = sqrt(float(error_of(before)) ** 2 + float(error_of(after)) ** 2)
    assert float(found) < apart / 5  # what adding the two intervals would have claimed


def test_a_change_between_strangers_is_as_uncertain_as_both_together() -> None:
    rng = np.random.default_rng(6)
    before, after = inflated(rng, 900), inflated(rng, 700)
    found = change_standard_error(before=run_sums(before), after=run_sums(after), stayers=PairedSums())
    assert found is not None
    apart = sqrt(float(error_of(before)) ** 2 + float(error_of(after)) ** 2)
    assert float(found) == pytest.approx(apart, rel=2e-3)  # N ÷ (N − 1) of both instead of each


def test_the_error_of_a_change_is_the_bootstraps_when_some_come_and_some_leave() -> None:
    rng = np.random.default_rng(7)
    n = 600
    old = inflated(rng, n)
    new = np.clip(old + rng.integers(-20, 24, size=n) * SCORE_SCALE, 0, 100 * SCORE_SCALE)
    there, here = rng.random(n) < 0.85, rng.random(n) < 0.9
    stays = there & here
    found = change_standard_error(
        before=run_sums(old[there]),
        after=run_sums(new[here]),
        stayers=paired_sums(before=old, after=new, stays=stays),
    )
    assert found is not None
    changes = []
    for _ in range(RESAMPLES):
        drawn = rng.integers(0, n, size=n)
        a, b = new[drawn][here[drawn]], old[drawn][there[drawn]]
        changes.append((a.mean() - b.mean()) / SCORE_SCALE)
    assert float(found) == pytest.approx(stdev(changes), rel=0.06)
    without_pairs = sqrt(float(error_of(old[there])) ** 2 + float(error_of(new[here])) ** 2)
    assert without_pairs > 1.5 * stdev(changes)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(SCORES, SCORES, st.booleans(), st.booleans()), min_size=1, max_size=30),
    st.integers(0, 30),
)
def test_chunks_add_up_to_plain_fractions(rows: list[tuple[int, int, bool, bool]], cut: int) -> None:
    old, new = (np.array([row[at] for row in rows], dtype=np.int64) for at in (0, 1))
    there, here = (np.array([row[at] for row in rows], dtype=np.bool_) for at in (2, 3))
    parts = [
        paired_sums(before=old[part], after=new[part], stays=(there & here)[part])
        for part in (slice(0, cut), slice(cut, None))
    ]
    found = change_standard_error(before=run_sums(old[there]), after=run_sums(new[here]), stayers=parts[0] + parts[1])
    if min(there.sum(), here.sum()) < 2:
        assert found is None
        return
    n_old, n_new = int(there.sum()), int(here.sum())
    mean_old, mean_new = Fraction(int(old[there].sum()), n_old), Fraction(int(new[here].sum()), n_new)
    squares, everybody = Fraction(0), 0
    for before, after, was, is_there in rows:
        gives = (after - mean_new) / n_new * is_there - (before - mean_old) / n_old * was
        squares, everybody = squares + gives**2, everybody + (was or is_there)
    variance = squares * everybody / (everybody - 1) / SCORE_SCALE**2
    assert found is not None
    assert float(found) == pytest.approx(sqrt(variance), rel=1e-12, abs=1e-30)


def test_the_density_used_above_is_students() -> None:
    assert log(2 * cdf_of_t(1.0, 1) - 1) == pytest.approx(log(0.5))  # Cauchy: a half lies within one
