"""What the drill of pressure says of the neighbour's waits."""

from __future__ import annotations

import pytest

from tests.drills.pressure import neighbour_slower, times_as_long, unstored


def waits(p99: float) -> list[float]:
    """A hundred in order, of which the 99th percentile is this."""
    return [0.001] * 99 + [p99]


@pytest.mark.parametrize(
    ("flood", "base", "times"),
    [
        (0.30, 0.10, 3.0),
        (0.15, 0.10, 1.5),
        (0.06, 0.01, 1.2),  # a base below 0.05 s is noise and counts as that
        (0.20, 0.01, 4.0),
    ],
)
def test_a_neighbours_answers_are_held_against_those_without_the_flood(flood: float, base: float, times: float) -> None:
    found = times_as_long(waits(flood), waits(base))
    assert found == pytest.approx(times)
    said = neighbour_slower(stored=1.5, answered=found)
    assert said == ([f"flood: the neighbour is answered after {times:.2f} times as long"] if times > 1.5 else [])


def test_a_neighbours_storing_is_a_breach_of_its_own() -> None:
    assert neighbour_slower(stored=1.6, answered=1.5) == [
        "flood: the neighbour's requests are stored after 1.60 times as long"
    ]


def test_a_neighbour_who_was_never_answered_is_a_breach_of_its_own() -> None:
    assert times_as_long([], waits(0.1)) == 0.0
    assert unstored("flood", accepted=300, stored=300) == []
    assert unstored("flood", accepted=0, stored=0) == ["flood: the neighbour was never answered"]
    assert unstored("flood", accepted=300, stored=0) == ["flood: 300 of 300 requests of the neighbour are not stored"]
