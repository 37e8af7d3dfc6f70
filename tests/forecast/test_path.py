"""The smallest path to a target: by hand, and against scoring everybody anew."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.forecast.formula import Crowd, Precedent, Rises, crowd_of, path_to, rises_of
from engagement.forecast.types import PathFigures
from engagement.forecast.words.paths import verdict
from engagement.look.locales import EN
from engagement.scoring.formula import NO_CAP, Bands, Weights, score_customers

VISIT, BUY = 0, 1


def crowd(visits: list[int], buys: list[int], *, caps: tuple[int, int] = (NO_CAP, NO_CAP)) -> Crowd:
    """Visits at 1, purchases at 10, full points 20."""
    weights = Weights(np.array([1_000, 10_000]), np.array(caps), 20_000, 90)
    variant = np.zeros(len(visits), dtype=np.int64)
    return crowd_of(columns=[np.array(visits), np.array(buys)], variant=variant, weights=[weights])


def past(*values: str) -> Rises:
    return rises_of([Fraction(value) for value in values], periods=1)


def test_one_action_by_hand() -> None:
    """Two customers with 10 and 4 visits: 50 and 20, a score of 35. For 49 both visit 1.4 times as often."""
    found = path_to(
        crowd=crowd([10, 4], [0, 0]), measure="score", target=Fraction(49), past=[past("5", "7"), past("0", "0")]
    )
    [lever] = found.levers
    assert (found.value, lever.now, lever.factor, lever.rise) == (35, 7, 1_400, Fraction(14, 5))
    assert (lever.precedent, lever.seen, lever.past.largest) == (Precedent.UNPRECEDENTED, 0, 2)
    assert found.together is None
    # The largest rise so far is 2 of 7: 1.285 times 10 and 4 visits.
    assert lever.best == found.most == Fraction(35 * 1_285, 1_000)


def test_full_points_are_where_it_ends() -> None:
    """Who does nothing stays at 0: with one of two customers at 100 there is no way past 50."""
    found = path_to(
        crowd=crowd([20, 0], [0, 0]), measure="score", target=Fraction(51), past=[past("5", "60"), past("0", "0")]
    )
    [lever] = found.levers
    assert (lever.factor, lever.rise, lever.precedent) == (None, None, Precedent.OUT_OF_REACH)
    assert (found.most, found.together) == (50, None)


def test_caps_hold() -> None:
    capped = crowd([10, 10], [0, 0], caps=(12, NO_CAP))
    assert capped.value({VISIT: 1_100}, measure="score") == 55
    assert capped.value({VISIT: 5_000}, measure="score") == 60


def test_the_smallest_set_of_what_has_been_seen() -> None:
    """A customer with 10 visits and a purchase, one with 10 visits: 100 and 50."""
    found = path_to(
        crowd=crowd([10, 10], [1, 0]), measure="score", target=Fraction(87),
        past=[past("8", "10"), past("2/5", "1/2")],
    )  # fmt: skip
    # The first is at 100 already; of the second each visit is 5: at 12 visits it is 60, at most 80 all together.
    assert (found.value, found.most, found.together) == (75, 80, None)
    found = path_to(
        crowd=crowd([8, 10], [1, 0]), measure="score", target=Fraction(72), past=[past("8", "10"), past("2/5", "1/2")]
    )  # fmt: skip
    assert found.value == 70
    assert found.together is not None
    assert list(found.together.rises) == [VISIT]
    # 9 visits on average, at most 2 more: 1.222 times. The share is of these 222 thousandths.
    assert found.together.value >= 72
    assert found.together.rises[VISIT] <= 2


def test_a_target_that_is_there_needs_nothing() -> None:
    found = path_to(crowd=crowd([20, 20], [0, 0]), measure="score", target=Fraction(100), past=[past("1"), past("1")])
    assert (found.is_reached, found.levers, found.most) == (True, (), 100)


def test_points_have_a_path_too() -> None:
    found = path_to(
        crowd=crowd([10, 4], [0, 0]), measure="points_per_customer", target=Fraction(14),
        past=[past("0", "7", "7"), past("0", "0", "0")],
    )  # fmt: skip
    [lever] = found.levers
    assert (found.value, lever.factor, lever.rise) == (7, 2_000, 7)
    assert (lever.precedent, lever.seen, len(lever.past.spans)) == (Precedent.BEFORE, 1, 2)


def test_own_weights_of_a_segment_count() -> None:
    """The second customer is scored with visits at 2 and full points 10."""
    own, wholesale = (
        Weights(np.array([weight]), np.array([NO_CAP]), full, 90) for weight, full in ((1_000, 20_000), (2_000, 10_000))
    )
    both = crowd_of(columns=[np.array([4, 2])], variant=np.array([0, 1]), weights=[own, wholesale])
    assert both.value({}, measure="score") == (20 + 40) / 2
    assert both.value({0: 1_500}, measure="score") == (30 + 60) / 2


def test_a_weight_below_zero_is_no_lever() -> None:
    weights = Weights(np.array([1_000, -500]), np.array([NO_CAP, NO_CAP]), 20_000, 90)
    returns = crowd_of(columns=[np.array([5]), np.array([2])], variant=np.array([0]), weights=[weights])
    assert [returns.is_lever(place) for place in (0, 1)] == [True, False]


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5)), min_size=1, max_size=12),
    st.integers(1, 6), st.integers(1, 6), st.sampled_from([NO_CAP, 3, 12]),
)  # fmt: skip
def test_whole_factors_are_what_scoring_everybody_gives(
    counts: list[tuple[int, int]], visits: int, buys: int, cap: int
) -> None:
    made = crowd([a for a, _ in counts], [b for _, b in counts], caps=(cap, NO_CAP))
    more = np.array(counts, dtype=np.int64) * np.array([visits, buys])
    weights = Weights(np.array([1_000, 10_000]), np.array([cap, NO_CAP]), 20_000, 90)
    scored = score_customers(counts=more, weights=weights, bands=Bands(), channel_of_action=np.array([0, 1]))
    factors = {VISIT: visits * 1_000, BUY: buys * 1_000}
    assert made.value(factors, measure="score") == Fraction(int(scored.scores.sum()), 1_000_000 * len(counts))
    assert made.value(factors, measure="points_per_customer") == Fraction(int(scored.points.sum()), 1_000 * len(counts))


@pytest.mark.parametrize(
    ("values", "periods", "spans", "largest"),
    [
        (["1"], 3, (), None),
        (["1", "2", "1"], 1, (1, -1), 1),
        (["3", "2", "1"], 1, (-1, -1), None),
        (["1", "2", "4", "8"], 3, (3, 6), 6),  # no span of three twice: half of the past instead
    ],
)
def test_rises(values: list[str], periods: int, spans: tuple[int, ...], largest: int | None) -> None:
    found = rises_of([Fraction(value) for value in values], periods=periods)
    assert (found.spans, found.largest) == (spans, largest)


@pytest.mark.parametrize(("most", "said"), [("69.96", "just under 70.0"), ("69.94", "69.9"), ("54.2", "54.2")])
def test_what_is_nearly_enough_does_not_read_as_enough(most: str, said: str) -> None:
    figures: Any = SimpleNamespace(target=Decimal(70), measure="score")
    path = PathFigures(reason="", value=Fraction(50), levers=(Mock(),), most=Fraction(most))
    terms: Any = SimpleNamespace(locale=EN)
    assert f"it would be {said}. The target" in verdict(figures=figures, path=path, terms=terms)
