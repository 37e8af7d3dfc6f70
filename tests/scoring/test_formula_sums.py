"""Sums over many groups at once are those of Python's own integers, to the last digit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.scoring.formula import Bands, Weights, all_segment_sums, score_customers, segment_sums, sums_over_masks

INT64 = st.integers(-(2**63), 2**63 - 1)


@given(st.data(), st.integers(0, 40), st.integers(0, 5), st.integers(1, 4))
def test_as_python_adds(data: st.DataObject, n: int, groups: int, k: int) -> None:
    columns = [data.draw(st.lists(INT64 | st.integers(-9, 9), min_size=n, max_size=n)) for _ in range(k)]
    masks = [data.draw(st.lists(st.booleans(), min_size=n, max_size=n)) for _ in range(groups)]
    found = sums_over_masks(
        masks=np.array(masks, dtype=np.bool_).reshape(groups, n),
        columns=[np.array(column, dtype=np.int64) for column in columns],
    )
    expected = [
        [sum(value for value, is_member in zip(column, mask, strict=True) if is_member) for column in columns]
        for mask in masks
    ]
    assert found == expected


def test_more_rows_than_one_block_and_sums_far_beyond_what_a_double_holds() -> None:
    n = 20_001
    column = np.full(n, 2**62 + 1, dtype=np.int64)
    column[::2] *= -1
    mask = np.arange(n) % 3 != 0
    expected = sum(int(value) for value in column[mask])
    assert sums_over_masks(masks=mask.reshape(1, n), columns=[column, -column]) == [[expected, -expected]]
    with pytest.raises(ValueError, match="one whole number per customer"):
        sums_over_masks(masks=mask.reshape(1, n), columns=[column[:-1]])


@given(st.integers(0, 10**6), st.integers(0, 60), st.integers(1, 4), st.booleans())
def test_segments_at_once_are_the_segments_one_by_one(seed: int, n: int, n_actions: int, decays: bool) -> None:
    source = np.random.default_rng(seed)
    weights = Weights(
        weight_thousandths=np.append(source.integers(-9_000, 9_000, n_actions - 1), 5_000),
        caps=source.integers(1, 9, n_actions),
        full_points_thousandths=12_000,
        window_days=30,
        half_life_days=5 if decays else None,
    )
    counts = source.integers(0, 12, (n, n_actions)) * weights.scale
    channels = source.integers(0, 3, n_actions)
    scored = score_customers(counts=counts, weights=weights, bands=Bands(), channel_of_action=channels)
    masks = source.random((5, n)) < 0.4
    one_by_one = tuple(segment_sums(scored=scored, member_mask=mask) for mask in masks)
    assert all_segment_sums(scored=scored, masks=masks) == one_by_one
