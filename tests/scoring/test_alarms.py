"""When a change is more than chance: the quantiles, and that many comparisons together stay quiet."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.scoring.formula import (
    LEAST_WATCHED,
    QUIET_SHARE,
    errors_needed,
    is_beyond_chance,
    normal_below,
    share_95,
    share_surely,
)
from engagement.scoring.formula.alarms import normal_above


@pytest.mark.parametrize(
    ("compared", "n", "errors"),
    [  # Student's t from printed tables, one-sided
        (1, 30, "2.462"), (1, 61, "2.390"), (10, 30, "3.396"), (10, 61, "3.232"), (20, 30, "3.659"),
        (10, 10**6, "3.090"),
    ],
)  # fmt: skip
def test_the_errors_needed_are_those_of_the_tables(compared: int, n: int, errors: str) -> None:
    assert errors_needed(compared=compared, n=n) == pytest.approx(Decimal(errors), abs=Decimal("0.002"))


@given(st.integers(1, 500))
def test_all_comparisons_together_are_wrong_as_rarely_as_one(compared: int) -> None:
    z = normal_above(share=QUIET_SHARE / compared)
    assert compared * (1 - normal_below(z)) <= QUIET_SHARE * (1 + Decimal("1e-6"))
    assert compared * (1 - normal_below(z)) >= QUIET_SHARE * (1 - Decimal("1e-6"))


@given(st.integers(1, 200), st.integers(LEAST_WATCHED, 10_000))
def test_more_comparisons_or_fewer_customers_ask_for_more(compared: int, n: int) -> None:
    assert errors_needed(compared=compared + 1, n=n) > errors_needed(compared=compared, n=n)
    assert errors_needed(compared=compared, n=n) > errors_needed(compared=compared, n=n + 1)


def test_nothing_is_said_of_too_few_or_of_nothing() -> None:
    for said in ({"compared": 0, "n": 100}, {"compared": 1, "n": LEAST_WATCHED - 1}):
        with pytest.raises(ValueError, match="has to be compared"):
            errors_needed(**said)
    for share in (Decimal(0), Decimal("0.6")):
        with pytest.raises(ValueError, match="between nothing and a half"):
            normal_above(share=share)


def test_a_change_without_an_error_is_beyond_chance_and_none_is_not() -> None:
    assert is_beyond_chance(change=Fraction(1, 10), error=Decimal(0), n=100, compared=5)
    assert not is_beyond_chance(change=Fraction(0), error=Decimal(0), n=100, compared=5)


@given(st.integers(1, 400).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_a_share_is_surely_less_than_it_is_and_less_than_its_interval(counts: tuple[int, int]) -> None:
    part, whole = counts
    surely = share_surely(part=part, whole=whole, compared=3)
    assert 0 <= surely <= Fraction(part, whole)
    assert surely <= share_95(part=part, whole=whole)[0]
