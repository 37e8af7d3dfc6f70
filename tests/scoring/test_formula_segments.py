"""Segments and full points: golden numbers, every chunking equal, no number where there is no one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from math import sqrt
from statistics import quantiles, stdev, variance
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.scoring.formula import (
    DECAY_SCALE,
    MAX_FULL_POINTS_THOUSANDTHS,
    NO_CAP,
    Bands,
    FullPointsMethod,
    ScoredCustomers,
    SegmentSums,
    Weights,
    ranked,
    score_customers,
    segment_band,
    segment_sums,
    suggest_full_points,
    to_decimal,
)

STORY_WEIGHTS = Weights(np.array([1_000, 5_000, 10_000]), np.full(3, NO_CAP), 10_000, 90)
SOCIAL, SHOP = 1, 2
CHANNELS = np.array([SHOP, SOCIAL, SHOP])


def scored_story() -> ScoredCustomers:
    """40 young, ten of them with 5 visits, 1 social interaction, 1 purchase; 60 older, 20 with 1 purchase."""
    rows = [[5, 1, 1]] * 10 + [[0, 0, 0]] * 30 + [[0, 0, 1]] * 20 + [[0, 0, 0]] * 40
    return score_customers(counts=np.array(rows), weights=STORY_WEIGHTS, bands=Bands(), channel_of_action=CHANNELS)


def sums_of(scored: ScoredCustomers, rows: slice) -> SegmentSums:
    mask = np.zeros(len(scored.scores), dtype=np.bool_)
    mask[rows] = True
    return segment_sums(scored=scored, member_mask=mask)


def printed(value: Fraction | None, places: int = 2) -> str:
    assert value is not None
    return str(to_decimal(value=value, places=places))


def test_the_story_of_a_hundred_customers() -> None:
    scored = scored_story()
    young, older = sums_of(scored, slice(0, 40)), sums_of(scored, slice(40, 100))
    everyone = sums_of(scored, slice(0, 100))
    assert young == SegmentSums(
        scale=1,
        n=40,
        n_active=10,
        n_multi_channel=10,
        sum_points=200_000,
        sum_score_millionths=1_000_000_000,
        sum_score_squares=10 * 10**16,
        band_counts=(30, 0, 10),
        occurrences_by_action=(50, 10, 10),
        points_by_action=(50_000, 50_000, 100_000),
        n_customers_by_action=(10, 10, 10),
        sum_point_squares=10 * 20_000**2,
    )
    parts = (young, older, everyone)
    assert [printed(part.points_per_customer) for part in parts] == ["5.00", "3.33", "4.00"]
    assert [printed(part.actions_per_customer) for part in parts] == ["1.75", "0.33", "0.90"]
    assert [printed(part.active_share) for part in parts] == ["0.25", "0.33", "0.30"]
    assert [printed(part.score) for part in parts] == ["25.00", "33.33", "30.00"]
    assert [printed(part.depth) for part in parts] == ["7.00", "1.00", "3.00"]
    assert [printed(part.multi_channel_share) for part in parts] == ["0.25", "0.00", "0.10"]
    assert young + older == everyone
    assert everyone.points_per_customer_by_action == (Fraction(1, 2), Fraction(1, 2), Fraction(3))


def test_9_000_points_over_1_000_customers_of_whom_300_are_active_are_9_not_30() -> None:
    counts = np.array([[30]] * 300 + [[0]] * 700)
    weights = Weights(np.array([1_000]), np.array([NO_CAP]), 30_000, 90)
    scored = score_customers(counts=counts, weights=weights, bands=Bands(), channel_of_action=np.array([SHOP]))
    sums = sums_of(scored, slice(0, 1_000))
    assert (sums.n, sums.n_active, sums.sum_points) == (1_000, 300, 9_000_000)
    assert sums.points_per_customer == 9
    assert sums.score == 30


def test_a_segment_of_nobody_has_no_numbers_at_all() -> None:
    nobody = sums_of(scored_story(), slice(0, 0))
    assert nobody == SegmentSums.empty(n_actions=3, scale=1)
    derived = (nobody.points_per_customer, nobody.points_per_customer_by_action, nobody.actions_per_customer)
    assert derived == (None, None, None)
    assert (nobody.score, nobody.active_share, nobody.multi_channel_share, nobody.depth) == (None,) * 4
    assert (nobody.score_variance, nobody.score_spread, nobody.score_half_width_95) == (None,) * 3
    assert segment_band(sum_score_millionths=0, n=0, bands=Bands()) is None


def test_one_silent_member_scores_0_has_no_depth_and_no_spread() -> None:
    silent = sums_of(scored_story(), slice(99, 100))
    assert [silent.n, silent.score, silent.points_per_customer, silent.active_share] == [1, 0, 0, 0]
    assert (silent.depth, silent.score_variance, silent.score_standard_error) == (None, None, None)


def test_the_interval_of_a_mean_score() -> None:
    sums = sums_of(scored_story(), slice(0, 40))
    scores = [100.0] * 10 + [0.0] * 30
    assert sums.score_variance == Fraction(25_000, 13)  # (10 · 75² + 30 · 25²) / 39
    assert sums.score_spread is not None
    assert float(sums.score_spread) == pytest.approx(stdev(scores), rel=1e-12)
    assert sums.score_half_width_95 is not None
    half_width = 2.0226909 * stdev(scores) / sqrt(40)  # Student's t, 39 degrees
    assert float(sums.score_half_width_95) == pytest.approx(half_width, rel=1e-6)
    assert sums.score_half_width_95.quantize(Decimal("0.0001")) == Decimal("14.0248")
    assert sums.points_standard_error is not None
    assert float(sums.points_standard_error) == pytest.approx(stdev([20.0] * 10 + [0.0] * 30) / sqrt(40), rel=1e-12)
    assert sums.active_share_standard_error is not None
    assert float(sums.active_share_standard_error) == pytest.approx(sqrt(0.25 * 0.75 / 39), rel=1e-12)


def test_points_whose_squares_were_not_kept_have_no_error() -> None:
    kept = sums_of(scored_story(), slice(0, 40))
    unkept = replace(kept, sum_point_squares=None)
    assert unkept.points_standard_error is None
    assert (kept + unkept).sum_point_squares is None
    assert (kept + kept).sum_point_squares == 2 * 10 * 20_000**2


def test_sums_over_other_actions_or_units_do_not_add() -> None:
    for other in (SegmentSums.empty(n_actions=2, scale=1), SegmentSums.empty(n_actions=3, scale=DECAY_SCALE)):
        with pytest.raises(ValueError, match="same actions and weights"):
            SegmentSums.empty(n_actions=3, scale=1) + other


def test_a_mask_of_numbers_is_refused() -> None:
    scored = scored_story()
    masks: list[Any] = [np.zeros(100, dtype=np.int64), np.zeros(99, dtype=np.bool_)]
    for mask in masks:
        with pytest.raises(ValueError, match="one boolean per customer"):
            segment_sums(scored=scored, member_mask=mask)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    cuts=st.lists(st.integers(0, 60), max_size=6),
    half_life=st.sampled_from([None, 7]),
)
def test_every_chunking_gives_the_same_sums_as_plain_fractions(
    seed: int, cuts: list[int], half_life: int | None
) -> None:
    rng = np.random.default_rng(seed)
    weights = Weights(np.array([1_500, -250, 0]), np.array([4, NO_CAP, 1]), 7_000, 90, half_life)
    counts = rng.integers(-3, 9, size=(60, 3)) * rng.integers(0, 2, size=(60, 3)) * weights.scale
    mask = rng.integers(0, 2, size=60).astype(np.bool_)

    def sums(rows: slice) -> SegmentSums:
        scored = score_customers(counts=counts[rows], weights=weights, bands=Bands(), channel_of_action=CHANNELS)
        return segment_sums(scored=scored, member_mask=mask[rows])

    borders = [0, *sorted(cuts), 60]
    pieces = [sums(slice(low, high)) for low, high in pairwise(borders)]
    whole = sums(slice(0, 60))
    empty = SegmentSums.empty(n_actions=3, scale=weights.scale)
    assert reduce(lambda left, right: right + left, pieces, empty) == whole

    points = [
        Fraction(3, 2) * min(Fraction(a, weights.scale), Fraction(4)) - Fraction(1, 4) * Fraction(b, weights.scale)
        for a, b, _ in counts[mask].tolist()
    ]
    scores = [int(min(max(p / 7, Fraction(0)), Fraction(1)) * 10**8 + Fraction(1, 2)) for p in points]
    assert whole.n == len(points)
    assert whole.sum_score_squares == sum(score * score for score in scores)
    assert whole.sum_point_squares == sum((p * 1_000 * weights.scale) ** 2 for p in points)
    assert whole.points_per_customer == (sum(points) / len(points) if points else None)
    assert whole.score == (Fraction(sum(scores), len(scores) * 10**6) if scores else None)
    assert sum(whole.band_counts) == whole.n
    if len(scores) > 1:
        assert whole.score_variance == variance([Fraction(score, 10**6) for score in scores])


@given(
    total=st.integers(0, 10**8),
    n=st.integers(1, 10**6),
    good=st.integers(0, 10**5),
    gap=st.integers(0, 10**5),
)
def test_a_segments_band_equals_fractions(total: int, n: int, good: int, gap: int) -> None:
    bands = Bands(good, min(good + gap, 100_000))
    sum_score = total * n // 7
    mean_thousandths = Fraction(sum_score, n * 1_000)
    expected = 0 if mean_thousandths < bands.good_thousandths else 1
    expected = 2 if mean_thousandths > bands.excellent_thousandths else expected
    assert segment_band(sum_score_millionths=sum_score, n=n, bands=bands) == expected


@pytest.mark.parametrize(("offset", "band"), [(-1, 1), (0, 1), (1, 2)])
def test_one_millionth_over_many_members_decides_a_segments_band(offset: int, band: int) -> None:
    n = 10**9
    assert segment_band(sum_score_millionths=80_000_000 * n + offset, n=n, bands=Bands()) == band
    assert segment_band(sum_score_millionths=70_000_000 * n + offset, n=n, bands=Bands()) == int(offset >= 0)


# -- at the border


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Fraction(1, 8), 2, "0.13"),
        (Fraction(-1, 8), 2, "-0.13"),
        (Fraction(-1, 1_000), 2, "0.00"),
        (Fraction(5, 2), 0, "3"),
        (Fraction(10**30 + 1, 2), 1, f"5{'0' * 29}.5"),
        (Fraction(41_954, 288), 4, "145.6736"),
        (Fraction(69_995, 1_000), 2, "70.00"),
    ],
)
def test_to_decimal_rounds_ties_away_from_zero(value: Fraction, places: int, text: str) -> None:
    assert str(to_decimal(value=value, places=places)) == text


# -- full points


def test_the_story_suggests_10_full_points() -> None:
    scored = scored_story()
    suggested = suggest_full_points(points=scored.points, active=scored.active, method="median")
    assert suggested == 10_000


@pytest.mark.parametrize(
    ("points_thousandths", "expected"),
    [
        (55_000, 55_000),
        (56_500, 57_000),
        (76_000, 76_000),
        (115_000, 115_000),
        (116_500, 117_000),
        (999_499, 999_000),
        (999_500, 1_000_000),
        (2_345_000, 2_350_000),
        (123_456_000, 123_000_000),
        (9_960, 10_000),
        (4_449, 4_400),
        (450, 450),
        (455, 460),
        (12, 12),
        (1, 1),
        (10**13, MAX_FULL_POINTS_THOUSANDTHS),
    ],
)
def test_suggestions_are_rounded_as_a_person_would(points_thousandths: int, expected: int) -> None:
    points, active = np.array([points_thousandths]), np.array([True])
    assert suggest_full_points(points=points, active=active) == expected


def test_suggestions_use_active_customers_only_in_each_method() -> None:
    points = np.array([0, 10_000, 20_000, 30_000, 70_000, 5_000])
    active = np.array([False, True, True, True, True, False])
    methods: tuple[FullPointsMethod, ...] = ("median", "p60", "p75", "mean")
    found = {method: suggest_full_points(points=points, active=active, method=method) for method in methods}
    assert found == {"median": 25_000, "p60": 28_000, "p75": 40_000, "mean": 33_000}
    decayed = suggest_full_points(points=points * DECAY_SCALE, active=active, scale=DECAY_SCALE)
    assert decayed == 25_000


def test_no_suggestion_without_active_customers_or_without_positive_points() -> None:
    nobody = np.zeros(2, dtype=np.bool_)
    assert suggest_full_points(points=np.array([10, 20]), active=nobody) is None
    assert suggest_full_points(points=np.array([0, -20, 5]), active=~np.zeros(3, dtype=np.bool_)) is None


def test_a_decayed_trace_of_points_still_suggests_something_above_0() -> None:
    assert suggest_full_points(points=np.array([3]), active=np.array([True]), scale=DECAY_SCALE) == 1


@given(st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=40))
def test_quantiles_equal_the_inclusive_ones_of_the_standard_library(values: list[int]) -> None:
    expected = quantiles([Fraction(value) for value in values], n=20, method="inclusive")
    for share, at in ((Fraction(1, 2), 9), (Fraction(3, 5), 11), (Fraction(3, 4), 14)):
        assert ranked(points=np.array(values)).distribution.quantile(share=share) == expected[at]


def test_a_quantile_of_nothing_is_refused() -> None:
    for values, share in ((np.array([], dtype=np.int64), Fraction(1, 2)), (np.array([1]), Fraction(3, 2))):
        with pytest.raises(ValueError, match="at least one value"):
            ranked(points=values).distribution.quantile(share=share)
