"""The rule of targets: every state, its borders, and the pace against floating point and simulation."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.scoring.formula import Measured, Outlook, TargetState, outlook, pace_half_width_95, settled

DAYS = (0, 31, 61)


def measured(*values: str, error: str = "0.5", days: tuple[int, ...] = DAYS) -> list[Measured]:
    return [Measured(day, Fraction(value), Decimal(error)) for day, value in zip(days, values, strict=True)]


def of(*values: str, target: str = "75", due: int = 211, error: str = "0.5") -> Outlook:
    months = measured(*values, error=error)
    return outlook(target=Fraction(target), due=due, now=months[-1], periods=months)


def test_the_worked_example() -> None:
    """68.0, 68.9, 69.4 on 31 October, 30 November, 31 December; 74 by 30 June: what the README prints."""
    months = measured("68", "68.9", "69.4", error="0.4", days=(0, 30, 61))
    found = outlook(target=Fraction(74), due=242, now=months[-1], periods=months)
    assert found.needed_pace == Fraction("4.6") / 181
    assert found.recent_pace is not None
    assert found.recent_error is not None
    assert found.projected is not None
    assert found.projected_error is not None
    assert found.chance is not None
    a_month = Fraction(365, 12)
    figures = (found.needed_pace * a_month, found.recent_pace * a_month, found.projected, found.chance)
    assert [f"{float(figure):.3f}" for figure in figures] == ["0.773", "0.697", "73.547", "0.415"]
    assert f"{float(found.recent_error) * 365 / 12:.3f} {float(found.projected_error):.3f}" == "0.307 2.111"
    assert found.state is TargetState.AT_RISK


@pytest.mark.parametrize(
    ("values", "error", "state"),
    [
        (("70", "71", "72"), "0.3", TargetState.ON_TRACK),
        (("70", "70.6", "71.5"), "0.3", TargetState.AT_RISK),
        (("70", "70.1", "70.2"), "0.3", TargetState.OFF_TRACK),
        (("72", "71", "70"), "0.3", TargetState.OFF_TRACK),
        (("70", "71", "72"), "3", TargetState.AT_RISK),  # the same pace, hardly known
        (("70", "80", "74"), "0.3", TargetState.AT_RISK),  # a good pace in the mean, much scatter
        (("75", "75", "75"), "0.3", TargetState.REACHED),
        (("79", "78", "77"), "0.3", TargetState.REACHED),
    ],
)
def test_states(values: tuple[str, ...], error: str, state: TargetState) -> None:
    assert of(*values, error=error).state is state


@pytest.mark.parametrize(
    ("sigmas", "state"),
    [
        ("0.4308", TargetState.ON_TRACK),
        ("0.4307", TargetState.AT_RISK),
        ("-0.4307", TargetState.AT_RISK),
        ("-0.4308", TargetState.OFF_TRACK),
    ],
)
def test_the_borders_are_two_thirds_and_one_third(sigmas: str, state: TargetState) -> None:
    """Φ(0.430727…) is two thirds: a target that many errors away from the projected value lies on the border."""
    probe = of("60", "61", "62", target="99")
    assert probe.projected is not None
    assert probe.projected_error is not None
    target = probe.projected - Fraction(sigmas) * Fraction(probe.projected_error)
    months = measured("60", "61", "62")
    assert outlook(target=target, due=211, now=months[-1], periods=months).state is state


def test_without_any_error_a_line_decides() -> None:
    days = (0, 30, 60)
    for target, state, chance in (("75", TargetState.ON_TRACK, 1), ("75.001", TargetState.OFF_TRACK, 0)):
        months = measured("68", "69", "70", error="0", days=days)
        found = outlook(target=Fraction(target), due=210, now=months[-1], periods=months)
        assert (found.state, found.chance, found.projected_error) == (state, chance, 0)


def test_fewer_than_three_months_are_no_pace() -> None:
    months = measured("68", "69", days=(0, 30))
    found = outlook(target=Fraction(75), due=100, now=months[-1], periods=months)
    assert found == Outlook(TargetState.UNKNOWN, needed_pace=Fraction(6, 70))
    there = outlook(target=Fraction(69), due=100, now=months[-1], periods=months)
    assert there == Outlook(TargetState.REACHED, needed_pace=Fraction(0))


def test_a_target_below_the_start_asks_to_hold() -> None:
    found = of("79", "78", "77", error="0.2")
    assert found.state is TargetState.REACHED
    assert found.chance is not None
    assert found.chance < Decimal("0.01")  # at this pace it will not be held


def test_the_due_day_settles_it() -> None:
    for value, state in (("74.999", TargetState.MISSED), ("75", TargetState.REACHED), ("76", TargetState.REACHED)):
        assert settled(target=Fraction(75), value=Fraction(value)) == Outlook(state)
    with pytest.raises(ValueError, match="settled"):
        of("70", "71", "72", due=61)
    same = measured("1", "2", "3", days=(5, 5, 5))
    with pytest.raises(ValueError, match="different days"):
        outlook(target=Fraction(9), due=9, now=same[0], periods=same)


def test_a_projection_ends_where_the_measure_ends() -> None:
    months = measured("80", "90", "98")
    found = outlook(
        target=Fraction(99), due=400, now=months[-1], periods=months, floor=Fraction(0), ceiling=Fraction(100)
    )
    assert found.projected == 100
    falling = measured("30", "20", "10")
    found = outlook(
        target=Fraction(99), due=400, now=falling[-1], periods=falling, floor=Fraction(0), ceiling=Fraction(100)
    )
    assert (found.projected, found.state) == (0, TargetState.OFF_TRACK)


def test_the_last_months_are_those_that_count() -> None:
    months = measured("10", "68", "69", "70", days=(-30, 0, 30, 60))
    found = outlook(target=Fraction(75), due=210, now=months[-1], periods=months)
    assert found.recent_pace == Fraction(1, 30)


VALUES = st.integers(0, 100_000).map(lambda thousandths: Fraction(thousandths, 1_000))


@given(st.lists(VALUES, min_size=3, max_size=3), VALUES, st.integers(1, 400), st.integers(0, 29))
def test_pace_and_errors_equal_plain_least_squares(
    values: list[Fraction], target: Fraction, left: int, later: int
) -> None:
    """`now` is the last month's end itself (later 0) or a day of the running month."""
    months = [Measured(day, value, Decimal("0.5")) for day, value in zip(DAYS, values, strict=True)]
    now = months[-1] if later == 0 else Measured(DAYS[-1] + later, values[-1] + 1, Decimal("0.7"))
    found = outlook(target=target, due=now.day + left, now=now, periods=months)
    days, y = np.array(DAYS, dtype=float), np.array([float(value) for value in values])
    slope, level = np.polyfit(days, y, 1)
    weights = (days - days.mean()) / ((days - days.mean()) ** 2).sum()
    scatter = ((y - level - slope * days) ** 2).sum() / ((days - days.mean()) ** 2).sum()
    projection = weights * left + np.array([0, 0, 1 if later == 0 else 0])
    variance = (projection**2).sum() * 0.25 + scatter * left**2 + (0 if later == 0 else 0.49)
    assert found.recent_pace is not None
    assert found.recent_error is not None
    assert found.projected is not None
    assert found.projected_error is not None
    assert found.chance is not None
    assert float(found.recent_pace) == pytest.approx(slope, abs=1e-9)
    assert float(found.recent_error) == pytest.approx(sqrt((weights**2).sum() * 0.25 + scatter), rel=1e-6)
    assert float(found.projected_error) == pytest.approx(sqrt(variance), rel=1e-6)
    z = (float(found.projected) - float(target)) / sqrt(variance)
    assert float(found.chance) == pytest.approx(NormalDist().cdf(z), abs=1e-6)


def test_the_chance_is_what_simulation_gives_when_only_the_values_are_off() -> None:
    """A true line, measured with error: how often the projected value is at least the target."""
    rng = np.random.default_rng(11)
    truth, error, left, target = np.array([70.0, 71.0, 72.0]), 0.5, 60, 74.2
    days = np.array([0.0, 30.0, 60.0])
    drawn = truth + rng.normal(0, error, size=(20_000, 3))
    slopes = (drawn[:, 2] - drawn[:, 0]) / 60
    share = (drawn[:, 2] + slopes * left >= target).mean()
    months = [Measured(int(day), Fraction(str(value)), Decimal("0.5")) for day, value in zip(days, truth, strict=True)]
    found = outlook(target=Fraction("74.2"), due=120, now=months[-1], periods=months)
    assert found.chance is not None
    assert float(found.chance) == pytest.approx(share, abs=0.02)


def test_the_half_width_of_a_pace() -> None:
    assert pace_half_width_95(error=Decimal(2)).quantize(Decimal("0.001")) == Decimal("3.920")
