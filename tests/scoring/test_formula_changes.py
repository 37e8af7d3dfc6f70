"""Mix and rate: why the total of a partition moved, adding up exactly."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.scoring.formula import LevelChange, PartChange, PartLevel, SegmentSums, mix_and_rate


def test_the_total_falls_although_every_part_rises() -> None:
    change = mix_and_rate(
        before={"A": PartLevel(800, Fraction(80)), "B": PartLevel(200, Fraction(60))},
        after={"A": PartLevel(400, Fraction(82)), "B": PartLevel(600, Fraction(62))},
    )
    assert change == LevelChange(
        before=Fraction(76),
        after=Fraction(70),
        mix=Fraction(-8),
        rate=Fraction(2),
        parts={
            "A": PartChange(mix=Fraction(-8, 5), rate=Fraction(4, 5)),
            "B": PartChange(mix=Fraction(-32, 5), rate=Fraction(6, 5)),
        },
    )


def test_a_part_that_appears_or_empties_is_all_mix() -> None:
    change = mix_and_rate(
        before={"old": PartLevel(10, Fraction(50)), "gone": PartLevel(10, Fraction(90))},
        after={"old": PartLevel(10, Fraction(50)), "new": PartLevel(30, Fraction(10))},
    )
    assert change is not None
    assert [change.before, change.after, change.rate, change.mix] == [70, 20, 0, -50]
    assert change.parts["gone"] == PartChange(mix=Fraction(-10), rate=Fraction(0))
    assert change.parts["new"] == PartChange(mix=Fraction(-45), rate=Fraction(0))


def test_without_members_on_one_side_there_is_no_change_to_split() -> None:
    some, none = {"A": PartLevel(1, Fraction(5))}, {"A": PartLevel(0, None)}
    assert mix_and_rate(before=some, after=none) is None
    assert mix_and_rate(before={}, after=some) is None


def test_a_part_has_a_level_exactly_when_it_has_members() -> None:
    for n, mean in ((0, Fraction(0)), (3, None), (-1, Fraction(1))):
        with pytest.raises(ValueError, match="exactly when it has members"):
            PartLevel(n, mean)
    nobody = SegmentSums.empty(n_actions=1, scale=1)
    assert PartLevel.of_score(replace(nobody, n=40, sum_score_millionths=10**9)) == PartLevel(40, Fraction(25))
    assert PartLevel.of_score(nobody) == PartLevel(0, None)


LEVELS = st.dictionaries(
    st.sampled_from("ABCDE"),
    st.builds(PartLevel, st.integers(1, 1_000), st.fractions(-100, 100, max_denominator=10**6)),
    min_size=1,
)


@given(before=LEVELS, after=LEVELS)
def test_mix_and_rate_add_up_to_the_change_exactly(before: dict[str, PartLevel], after: dict[str, PartLevel]) -> None:
    change = mix_and_rate(before=before, after=after)
    assert change is not None
    assert change.mix + change.rate == change.after - change.before
    assert sum(part.mix + part.rate for part in change.parts.values()) == change.after - change.before
    same_shares = mix_and_rate(before=before, after={k: PartLevel(p.n, Fraction(1)) for k, p in before.items()})
    assert same_shares is not None
    assert same_shares.mix == 0
