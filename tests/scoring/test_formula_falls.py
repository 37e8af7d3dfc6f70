"""Baselines, falls and shares: small tables, then random ones against the plainest Python there is."""

from __future__ import annotations

from fractions import Fraction
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.scoring.formula import ABSENT, Fall, baselines, fallen, share_95

SCORES = st.integers(0, 100_000_000)
ROWS = st.integers(0, 6).flatmap(lambda k: st.lists(st.lists(SCORES | st.just(ABSENT), min_size=k, max_size=k)))


@given(ROWS)
def test_a_baseline_is_the_median_of_the_scores_there_are(rows: list[list[int]]) -> None:
    width = len(rows[0]) if rows else 2
    found = baselines(np.array(rows, dtype=np.int64).reshape(len(rows), width))
    for row, value in zip(rows, found.tolist(), strict=True):
        known = [score for score in row if score != ABSENT]
        wanted = (
            int(Fraction(median(Fraction(score) for score in known)) + Fraction(1, 2)) if len(known) > 1 else ABSENT
        )
        assert value == wanted


@given(st.lists(st.tuples(SCORES, SCORES | st.just(ABSENT)), max_size=20), SCORES, SCORES)
def test_at_risk_is_what_the_rule_says(pairs: list[tuple[int, int]], fall: int, least: int) -> None:
    scores, usual = (np.array(side, dtype=np.int64) for side in (zip(*pairs, strict=True) if pairs else ((), ())))
    found = fallen(scores=scores, baseline=usual, rule=Fall(fall=fall, least=least)).tolist()
    assert found == [base != ABSENT and base >= least and base - score >= fall for score, base in pairs]


def test_both_ends_of_the_rule_count() -> None:
    rule = Fall(fall=20_000_000, least=30_000_000)
    scores, usual = (
        np.array([30_000_000, 30_000_001, 10_000_000, 9_999_999]),
        np.array([50_000_000] * 2 + [30_000_000, 29_999_999]),
    )
    assert fallen(scores=scores, baseline=usual, rule=rule).tolist() == [True, False, True, False]


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (8, 10, "0.4902", "0.9433"),
        (0, 10, "0.0000", "0.2775"),
        (10, 10, "0.7225", "1.0000"),
        (5, 9, "0.2667", "0.8112"),
    ],
)
def test_intervals_of_shares(part: int, whole: int, low: str, high: str) -> None:
    found = share_95(part=part, whole=whole)
    assert [f"{float(end):.4f}" for end in found] == [low, high]


def test_of_nobody_every_share_is_possible() -> None:
    assert share_95(part=0, whole=0) == (0, 1)
