"""Arguments: what they change, and what they refuse."""

from __future__ import annotations

import pytest

from tests.benchmarks.sizes import FIGURES, FULL, SMALL, ArgumentError, Size, read_size


def _read(*arguments: str, **environment: str) -> Size:
    return read_size(arguments=arguments, environment=environment)


def test_without_arguments_it_is_the_small_one() -> None:
    assert _read() == SMALL
    assert _read(SIZE="full") == FULL
    assert FULL.only == FIGURES
    assert (FULL.customers, FULL.events, FULL.organisations) == (1_000_000, 20_000_000, 1_000)


def test_an_argument_wins_over_the_environment_and_gives_another_name() -> None:
    size = _read("CUSTOMERS=500", CUSTOMERS="900", SEED="7", ONLY="memory,run")
    assert (size.customers, size.seed, size.only, size.name) == (500, 7, ("run", "memory"), "other")
    assert _read(SEED="7").name == "small"


def test_a_history_is_of_a_fifth_of_the_customers_with_as_many_events_each() -> None:
    assert (SMALL.history_customers, SMALL.history_events) == (2_000, 40_000)
    assert (FULL.history_customers, FULL.history_events) == (200_000, 4_000_000)


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ("SIZE=huge", "SIZE is small or full"),
        ("CUSTOMERS=many", "CUSTOMERS is a whole number from 1"),
        ("EVENTS=0", "EVENTS is a whole number from 1"),
        ("ORGANISATIONS=20000", "at least as many CUSTOMERS"),
        ("SEGMENTS=3", "SEGMENTS is at least 14"),
        ("ACTIONS=41", "ACTIONS is at most 40"),
        ("ONLY=run,speed", "ONLY names some of run,"),
        ("COLOUR=red", "“COLOUR=red” is not one of"),
        ("run", "“run” is not one of"),
    ],
)
def test_what_cannot_be_used_is_said(argument: str, says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        _read(argument)
