"""Points, scores and bands of customers, against plain fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engagement.errors import InvalidInputError
from engagement.scoring.formula import (
    DECAY_SCALE,
    FULL_SCORE_MILLIONTHS,
    MAX_CAP,
    MAX_FULL_POINTS_THOUSANDTHS,
    MAX_UNITS,
    MAX_WEIGHT_THOUSANDTHS,
    NO_CAP,
    Bands,
    Weights,
    customer_bands,
    customer_points,
    customer_points_by_action,
    customer_scores,
    score_customers,
)

POOR, GOOD, EXCELLENT = 0, 1, 2


def weights_of(
    weights: list[int], *, caps: list[int] | None = None, full: int = 60_000, half_life: int | None = None
) -> Weights:
    return Weights(
        weight_thousandths=np.array(weights, dtype=np.int64),
        caps=np.array(caps or [NO_CAP] * len(weights), dtype=np.int64),
        full_points_thousandths=full,
        window_days=90,
        half_life_days=half_life,
    )


def plain_points(row: list[int], weights: Weights) -> int:
    caps = [cap if cap == NO_CAP else cap * weights.scale for cap in weights.caps.tolist()]
    return sum(
        weight * min(count, cap)
        for weight, count, cap in zip(weights.weight_thousandths.tolist(), row, caps, strict=True)
    )


def plain_score(points: int, weights: Weights) -> int:
    share = min(max(Fraction(points, weights.full_points_thousandths * weights.scale), Fraction(0)), Fraction(1))
    return int(share * FULL_SCORE_MILLIONTHS + Fraction(1, 2))


def plain_band(points: int, weights: Weights, bands: Bands) -> int:
    full = weights.full_points_thousandths * weights.scale
    score_thousandths = min(max(Fraction(points, full), Fraction(0)), Fraction(1)) * 100_000
    if score_thousandths > bands.excellent_thousandths:
        return EXCELLENT
    return GOOD if score_thousandths >= bands.good_thousandths else POOR


# -- golden numbers


def test_five_visits_a_social_interaction_and_a_purchase_are_20_points_not_25() -> None:
    weights = weights_of([1_000, 5_000, 10_000], full=10_000)
    counts = np.array([[5, 1, 1], [0, 0, 1], [0, 0, 0]])
    assert customer_points(counts=counts, weights=weights).tolist() == [20_000, 10_000, 0]
    by_action = customer_points_by_action(counts=counts, weights=weights)
    assert by_action.tolist() == [[5_000, 5_000, 10_000], [0, 0, 10_000], [0, 0, 0]]


@pytest.mark.parametrize(
    ("points", "band", "score"),
    [
        (699_500, POOR, 69_950_000),
        (699_999, POOR, 69_999_900),
        (700_000, GOOD, 70_000_000),
        (800_000, GOOD, 80_000_000),
        (800_001, EXCELLENT, 80_000_100),
    ],
)
def test_band_edges(points: int, band: int, score: int) -> None:
    weights = weights_of([1_000], full=1_000_000)
    column = np.array([points])
    assert customer_bands(points=column, weights=weights, bands=Bands()).tolist() == [band]
    assert customer_scores(points=column, weights=weights).tolist() == [score]


def test_a_score_is_rounded_once_half_up_and_clipped() -> None:
    weights = weights_of([1_000], full=MAX_FULL_POINTS_THOUSANDTHS)
    half = MAX_FULL_POINTS_THOUSANDTHS // (2 * FULL_SCORE_MILLIONTHS)  # half a millionth of a score
    points = np.array([-9, 0, half - 1, half, 3 * half, MAX_FULL_POINTS_THOUSANDTHS, 10**18])
    expected = [0, 0, 0, 1, 2, 100_000_000, 100_000_000]
    assert customer_scores(points=points, weights=weights).tolist() == expected


def test_thirds_of_full_points() -> None:
    scores = customer_scores(points=np.array([20_000, 40_000]), weights=weights_of([1], full=60_000))
    assert scores.tolist() == [33_333_333, 66_666_667]


# -- caps, negative weights, decay


def test_a_cap_limits_the_counted_occurrences_in_their_own_unit() -> None:
    counts = np.array([[7, 7], [2, -4]])
    plain = weights_of([1_000, -2_000], caps=[3, 5])
    assert customer_points(counts=counts, weights=plain).tolist() == [3_000 - 10_000, 2_000 + 8_000]
    decayed = weights_of([1_000, -2_000], caps=[3, 5], half_life=30)
    halves = counts * (DECAY_SCALE // 2)
    expected = [3_000 * DECAY_SCALE - 7_000 * DECAY_SCALE, 1_000 * DECAY_SCALE + 4_000 * DECAY_SCALE]
    assert customer_points(counts=halves, weights=decayed).tolist() == expected


def test_an_action_of_weight_0_makes_active_but_gives_no_points() -> None:
    weights = weights_of([0, 1_000, 2_000])
    counts = np.array([[3, 0, 0], [0, 1, 1], [0, 0, 0], [1, 2, 0]])
    scored = score_customers(counts=counts, weights=weights, bands=Bands(), channel_of_action=np.array([4, 4, 9]))
    assert scored.points.tolist() == [0, 3_000, 0, 2_000]
    assert scored.n_channels.tolist() == [1, 2, 0, 1]
    assert scored.active.tolist() == [True, True, False, True]
    assert scored.scores.tolist() == [0, 5_000_000, 0, 3_333_333]
    assert scored.bands.tolist() == [POOR, POOR, POOR, POOR]
    assert scored.bands.dtype == np.int8


WEIGHT = st.integers(-MAX_WEIGHT_THOUSANDTHS, MAX_WEIGHT_THOUSANDTHS)
CAP = st.just(NO_CAP) | st.integers(1, 10) | st.integers(1, MAX_CAP)


@st.composite
def weight_sets(draw: st.DrawFn) -> Weights:
    weights = draw(st.lists(WEIGHT, min_size=1, max_size=4).filter(lambda drawn: max(drawn) > 0))
    caps = draw(st.lists(CAP, min_size=len(weights), max_size=len(weights)))
    full = draw(st.integers(1, 200_000) | st.integers(1, MAX_FULL_POINTS_THOUSANDTHS))
    return weights_of(weights, caps=caps, full=full, half_life=draw(st.sampled_from([None, 30])))


@given(weights=weight_sets(), data=st.data())
def test_points_equal_plain_arithmetic_or_are_refused(weights: Weights, data: st.DataObject) -> None:
    count = st.integers(-(10**6), 10**6) | st.integers(-(10**10), 10**10) | st.integers(-(2**62), 2**62)
    size = weights.n_actions
    rows = data.draw(st.lists(st.lists(count, min_size=size, max_size=size), min_size=1, max_size=4))
    counts = np.array(rows, dtype=np.int64)
    caps, magnitudes = weights.cap_units.tolist(), np.abs(weights.weight_thousandths).tolist()
    largest = max(sum(w * abs(min(n, c)) for w, n, c in zip(magnitudes, row, caps, strict=True)) for row in rows)
    if largest > MAX_UNITS:
        with pytest.raises(InvalidInputError, match="Put a cap on the action"):
            customer_points(counts=counts, weights=weights)
        return
    points = customer_points(counts=counts, weights=weights)
    assert points.tolist() == [plain_points(row, weights) for row in rows]
    by_action = customer_points_by_action(counts=counts, weights=weights)
    assert by_action.sum(axis=1).tolist() == points.tolist()


@given(weights=weight_sets(), points=st.lists(st.integers(-MAX_UNITS, MAX_UNITS), max_size=6), data=st.data())
def test_scores_and_bands_equal_fractions(weights: Weights, points: list[int], data: st.DataObject) -> None:
    full = weights.full_points_units
    near = data.draw(st.lists(st.integers(0, 200_000_000), max_size=6))  # close to half a millionth and to edges
    values = [*points, *(full * step // 200_000_000 for step in near), full, full - 1, full + 1]
    good = data.draw(st.integers(0, 100_000))
    bands = Bands(good, data.draw(st.integers(good, 100_000)))
    column = np.array(values, dtype=np.int64)
    assert customer_scores(points=column, weights=weights).tolist() == [plain_score(p, weights) for p in values]
    expected = [plain_band(p, weights, bands) for p in values]
    assert customer_bands(points=column, weights=weights, bands=bands).tolist() == expected


@given(full=st.integers(1, MAX_FULL_POINTS_THOUSANDTHS), step=st.integers(0, 100_000), decayed=st.booleans())
@example(full=MAX_FULL_POINTS_THOUSANDTHS, step=80_000, decayed=True)
def test_no_value_beside_an_edge_is_misbanded(full: int, step: int, decayed: bool) -> None:
    weights = weights_of([1], full=full, half_life=30 if decayed else None)
    edge = weights.full_points_units * step // 100_000
    values = [edge - 1, edge, edge + 1]
    bands = Bands(step, step)
    expected = [plain_band(p, weights, bands) for p in values]
    assert customer_bands(points=np.array(values), weights=weights, bands=bands).tolist() == expected


def test_any_chunking_gives_the_same_points() -> None:
    rng = np.random.default_rng(7)
    counts = rng.integers(-50, 5_000, size=(20_000, 3))
    weights = weights_of([1_250, -700, 9], caps=[40, NO_CAP, 900])
    whole = customer_points(counts=counts, weights=weights)
    assert whole[:50].tolist() == [plain_points(row, weights) for row in counts[:50].tolist()]
    for size in (1, 7, 8_191, 8_193):
        pieces = range(0, 400 if size < 10 else len(counts), size)
        joined = np.concatenate([customer_points(counts=counts[i : i + size], weights=weights) for i in pieces])
        assert joined.tolist() == whole[: len(joined)].tolist()


def test_narrow_counts_as_stored_in_blocks_do_not_wrap() -> None:
    counts: Any = np.array([[200], [255]], dtype=np.uint8)
    assert customer_points(counts=counts, weights=weights_of([10**9])).tolist() == [200 * 10**9, 255 * 10**9]


def test_counts_of_another_shape_or_kind_are_refused() -> None:
    weights = weights_of([1, 2])
    for counts in (np.array([[1]]), np.array([1, 2]), np.array([[1.0, 2.0]])):
        with pytest.raises(ValueError, match=r"shape \(n, 2\)"):
            customer_points(counts=counts, weights=weights)
    with pytest.raises(ValueError, match="one channel per action"):
        score_customers(counts=np.array([[1, 2]]), weights=weights, bands=Bands(), channel_of_action=np.array([1]))


# -- bounds


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weight_thousandths": np.array([0, -5])}, "weights"),
        (
            {"weight_thousandths": np.array([], dtype=np.int64), "caps": np.array([], dtype=np.int64)},
            "weights",
        ),
        ({"weight_thousandths": np.array([1, MAX_WEIGHT_THOUSANDTHS + 1])}, "weights"),
        ({"weight_thousandths": np.array([1, -MAX_WEIGHT_THOUSANDTHS - 1])}, "weights"),
        ({"weight_thousandths": np.array([1.5, 2.0])}, "weights"),
        ({"weight_thousandths": np.array([2**63, 1], dtype=np.uint64)}, "weights"),
        ({"caps": np.array([0, 1])}, "caps"),
        ({"caps": np.array([1, MAX_CAP + 1])}, "caps"),
        ({"caps": np.array([1])}, "caps"),
        ({"caps": np.array([True, False])}, "caps"),
        ({"full_points_thousandths": 0}, "full_points"),
        ({"full_points_thousandths": MAX_FULL_POINTS_THOUSANDTHS + 1}, "full_points"),
        ({"full_points_thousandths": True}, "full_points"),
        ({"window_days": 0}, "window_days"),
        ({"window_days": 3_661}, "window_days"),
        ({"half_life_days": 0}, "half_life_days"),
        ({"half_life_days": 3_661}, "half_life_days"),
    ],
)
def test_weights_outside_their_bounds_are_refused_by_field(change: dict[str, Any], field: str) -> None:
    parts: dict[str, Any] = {
        "weight_thousandths": np.array([1, 2]),
        "caps": np.array([1, NO_CAP]),
        "full_points_thousandths": 1,
        "window_days": 1,
        "half_life_days": 1,
    }
    Weights(**parts)  # the bounds themselves are inside
    with pytest.raises(InvalidInputError) as caught:
        Weights(**(parts | change))
    assert list(caught.value.fields) == [field]


def test_all_wrong_parts_are_named_at_once() -> None:
    with pytest.raises(InvalidInputError) as caught:
        Weights(np.array([0]), np.array([0]), 0, 0, 0)
    assert sorted(caught.value.fields) == ["caps", "full_points", "half_life_days", "weights", "window_days"]


def test_weights_cannot_be_changed_afterwards_through_the_array_given() -> None:
    given_weights = np.array([1, 2])
    weights = weights_of([1, 2])
    kept = Weights(given_weights, weights.caps, 1, 1)
    given_weights[0] = 99
    assert kept.weight_thousandths.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        kept.weight_thousandths[0] = 5


@pytest.mark.parametrize(
    ("good", "excellent", "field"),
    [(-1, 80_000, "good"), (70_000, 100_001, "excellent"), (80_001, 80_000, "excellent")],
)
def test_bands_outside_their_bounds_are_refused(good: int, excellent: int, field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Bands(good, excellent)
    assert list(caught.value.fields) == [field]


def test_a_threshold_of_100_is_never_passed() -> None:
    bands = Bands(100_000, 100_000)
    points = np.array([59_999, 60_000, 99_000])
    assert customer_bands(points=points, weights=weights_of([1]), bands=bands).tolist() == [POOR, GOOD, GOOD]
