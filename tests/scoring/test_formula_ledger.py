"""Terms add up to the change exactly, whatever the states; a span is the sum of its steps."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.scoring.formula import BEFORE, CAUSES, Measure, State, StateSums, chained, ledger_of

SUMS = st.builds(
    StateSums,
    n=st.integers(0, 50),
    sum_score_millionths=st.integers(0, 5_000_000_000),
    sum_points=st.integers(-(10**15), 10**15),
    scale=st.sampled_from([1, 1_000_000]),
)
LABELS = ((BEFORE, None), *((cause, None) for cause in CAUSES))
CHAINS = st.lists(SUMS, min_size=len(LABELS), max_size=len(LABELS))


def chain(sums: list[StateSums]) -> list[State]:
    return [State(cause, action, found) for (cause, action), found in zip(LABELS, sums, strict=True)]


@given(CHAINS, st.sampled_from(["score", "points_per_customer"]))
def test_terms_add_up_to_the_change(sums: list[StateSums], measure: Measure) -> None:
    found = ledger_of(states=chain(sums), measure=measure)
    if sums[0].n == 0 or sums[-1].n == 0:
        assert found is None
        return
    assert found is not None
    assert found.before + sum((term.value for term in found.terms), Fraction(0)) == found.after
    assert sum(found.by_cause().values(), Fraction(0)) == found.change
    assert found.after == sums[-1].value(measure)


@given(CHAINS, CHAINS)
def test_a_span_is_the_sum_of_its_steps(one: list[StateSums], two: list[StateSums]) -> None:
    first = ledger_of(states=chain(one), measure="score")
    second = ledger_of(states=chain([one[-1], *two[1:]]), measure="score")
    if first is None or second is None:
        return
    span = chained([first, second])
    assert span is not None
    assert span.before + sum((term.value for term in span.terms), Fraction(0)) == span.after == second.after
    by_cause = {cause: first.by_cause()[cause] + second.by_cause()[cause] for cause in CAUSES}
    assert span.by_cause() == by_cause


def test_steps_that_do_not_follow_on_each_other_are_refused() -> None:
    low, high = StateSums(1, 10, 0, 1), StateSums(1, 20, 0, 1)
    rising = ledger_of(states=[State(BEFORE, None, low), State("late", None, high)], measure="score")
    assert rising is not None
    with pytest.raises(ValueError, match="follow on each other"):
        chained([rising, rising])
    assert chained([]) is None


def test_where_everybody_left_the_next_cause_with_members_carries_the_difference() -> None:
    states = [
        State(BEFORE, None, StateSums(2, 140_000_000, 0, 1)),
        State("left", None, StateSums(0, 0, 0, 1)),
        State("new", "visit", StateSums(0, 0, 0, 1)),
        State("joined", None, StateSums(1, 50_000_000, 0, 1)),
    ]
    found = ledger_of(states=states, measure="score")
    assert found is not None
    assert [(term.cause, term.value) for term in found.terms] == [("left", 0), ("new", 0), ("joined", -20)]


def test_states_of_different_scales_are_not_added() -> None:
    with pytest.raises(ValueError, match="scales"):
        StateSums(1, 1, 1, 1) + StateSums(1, 1, 1, 1_000_000)
