"""Customers with weights of their own: each is scored as if his weights were the only ones."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.scoring.formula import (
    DECAY_SCALE,
    NO_CAP,
    Bands,
    ScoredCustomers,
    Weights,
    score_customers,
    score_variant_points,
    score_variants,
    variant_column_points,
    variant_index,
    variant_points,
    variant_rows,
    variant_scores,
)

CHANNELS = np.array([0, 1, 0])


def _weights(numbers: list[int], caps: list[int], full: int, half_life: int | None = None) -> Weights:
    return Weights(np.array(numbers), np.array(caps), full, 90, half_life)


OWN = _weights([1_000, 10_000, -2_000], [NO_CAP, 3, NO_CAP], 60_000)
WHOLESALE = _weights([1_000, 1_000, 0], [2, NO_CAP, NO_CAP], 20_000)
LONE = _weights([0, 0, 700], [NO_CAP, NO_CAP, 1], 1)
ALL = (OWN, WHOLESALE, LONE)


def _same(one: ScoredCustomers, other: ScoredCustomers) -> bool:
    names = [field.name for field in fields(ScoredCustomers)]
    pairs = [(np.asarray(getattr(one, name)), np.asarray(getattr(other, name))) for name in names]
    return all(a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in pairs)


def test_the_same_counts_give_other_points_by_the_weights_of_ones_own() -> None:
    own, wholesale = (_weights([1_000, w], [NO_CAP] * 2, f) for w, f in ((10_000, 60_000), (1_000, 20_000)))
    found = score_variants(
        counts=np.array([[5, 2], [5, 2]]),
        variant=np.array([0, 1]),
        weights=(own, wholesale),
        bands=Bands(),
        channel_of_action=np.array([0, 1]),
    )
    assert found.points.tolist() == [25_000, 7_000]
    assert found.scores.tolist() == [41_666_667, 35_000_000]
    assert found.points_by_action.tolist() == [[5_000, 20_000], [5_000, 2_000]]


@given(
    counts=st.lists(st.lists(st.integers(-9, 40), min_size=3, max_size=3), max_size=30),
    chosen=st.lists(st.integers(0, 2), min_size=30, max_size=30),
    is_decayed=st.booleans(),
)
def test_each_customer_is_scored_as_if_alone(counts: list[list[int]], chosen: list[int], is_decayed: bool) -> None:
    weights = tuple(replace(one, half_life_days=30) for one in ALL) if is_decayed else ALL
    matrix = np.array(counts, dtype=np.int64).reshape(-1, 3) * (DECAY_SCALE if is_decayed else 1)
    variant = np.array(chosen[: len(matrix)], dtype=np.int64)
    found = score_variants(counts=matrix, variant=variant, weights=weights, bands=Bands(), channel_of_action=CHANNELS)
    columns = [matrix[:, column] for column in range(3)]
    points = variant_column_points(columns=columns, variant=variant, weights=weights)
    again = score_variant_points(points=points, variant=variant, weights=weights, bands=Bands())
    assert found.points.tolist() == points.tolist()
    assert found.points.tolist() == variant_points(counts=matrix, variant=variant, weights=weights).tolist()
    assert found.scores.tolist() == variant_scores(points=points, variant=variant, weights=weights).tolist()
    assert (again.scores.tolist(), again.bands.tolist()) == (found.scores.tolist(), found.bands.tolist())
    for at, code in enumerate(variant.tolist()):
        alone = score_customers(
            counts=matrix[at : at + 1], weights=weights[code], bands=Bands(), channel_of_action=CHANNELS
        )
        for name in ("counts", "points_by_action", "points", "scores", "bands", "n_channels"):
            assert np.asarray(getattr(found, name))[at].tolist() == np.asarray(getattr(alone, name))[0].tolist()


@pytest.mark.parametrize("code", [0, 2])
def test_one_variant_for_all_is_the_plain_score_and_copies_no_counts(code: int) -> None:
    counts = np.arange(12, dtype=np.int64).reshape(4, 3)
    found = score_variants(
        counts=counts, variant=np.full(4, code), weights=ALL, bands=Bands(), channel_of_action=CHANNELS
    )
    plain = score_customers(counts=counts, weights=ALL[code], bands=Bands(), channel_of_action=CHANNELS)
    assert _same(found, plain)
    assert found.counts is counts


def test_the_first_mask_that_holds_somebody_is_his_variant() -> None:
    masks = [np.array([False, True, False, False]), np.array([True, True, False, False])]
    assert variant_index(n=4, masks=masks).tolist() == [2, 1, 0, 0]
    assert variant_index(n=2, masks=()).tolist() == [0, 0]
    rows = dict(variant_rows(variant=np.array([2, 0, 2]), n_variants=3))
    assert {code: None if found is None else found.tolist() for code, found in rows.items()} == {0: [1], 2: [0, 2]}


def test_what_is_no_variant_or_not_alike_is_refused() -> None:
    counts = np.zeros((2, 3), dtype=np.int64)
    with pytest.raises(ValueError, match="3 variants only"):
        score_variants(counts=counts, variant=np.array([0, 3]), weights=ALL, bands=Bands(), channel_of_action=CHANNELS)
    for other in (replace(OWN, half_life_days=5), replace(OWN, window_days=5)):
        with pytest.raises(ValueError, match="same actions"):
            variant_column_points(columns=[counts[:, 0]] * 3, variant=np.array([0, 1]), weights=(OWN, other))
