"""Forecasts from stored runs: what they are made from, what is kept, and when nothing can be said."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from engagement.errors import ConflictError
from engagement.forecast.services import ask_forecast
from tenants.models import Job
from tenants.scope import organisation_scope
from tests.conftest import World
from tests.forecast.forecast_world import LAST, NOW, aim, forecasts, look, made, sundays, visiting

WOBBLY = [40, 44, 38, 42, 45, 39, 41, 46, 40, 43, 38, 44, 41, 45]
DUE = date(2026, 5, 31)


def test_everybody_and_every_target_have_a_forecast(world: World) -> None:
    visiting(world, counts=WOBBLY)
    aim(world, "60", due_on=DUE, segment_key="half")
    job = made(world)
    assert (job.state, job.steps, job.steps_done) == (Job.State.DONE, 3, 3)
    everybody, half = forecasts(world)
    assert (everybody.segment.key, everybody.number, everybody.target_id, everybody.path) == ("all", 1, None, None)
    assert (everybody.period, everybody.as_of, everybody.outcome) == ("week", LAST, "made")
    # A visit is 50 of a hundred, and every other visitor also buys for 25 more.
    values = [(50 * n + 25 * (n // 2)) * 10_000 for n in WOBBLY]
    assert [value for _day, _run, value in everybody.series] == values
    assert [day for day, *_ in everybody.series] == [day.isoformat() for day in sundays(len(WOBBLY))]
    assert (len(everybody.steps), len(half.steps)) == (13, 13)
    assert half.due_on == DUE
    assert half.at_due is not None
    assert half.at_due[0] == DUE.isoformat()
    for step in (*everybody.steps, half.at_due):
        _day, middle, low_80, high_80, low_95, high_95 = step
        assert 0 <= low_95 <= low_80 <= middle <= high_80 <= high_95 <= 100_000_000
    assert half.chance_millionths is not None
    assert half.test is not None


def test_asking_again_says_nothing_twice_and_a_new_target_is_said(world: World) -> None:
    visiting(world, counts=WOBBLY)
    aim(world, "60", due_on=DUE)
    made(world)
    made(world)
    (first,) = forecasts(world)
    target = aim(world, "55", due_on=DUE)
    made(world)
    again, second = forecasts(world)
    assert again.made_at == first.made_at
    assert (second.number, second.target_id, second.run_id) == (2, target.pk, first.run_id)


@pytest.mark.parametrize(("n", "outcome"), [(7, "too_little"), (8, "made")])
def test_seven_weeks_are_too_little(world: World, n: int, outcome: str) -> None:
    visiting(world, counts=WOBBLY[:n])
    made(world)
    (found,) = forecasts(world)
    assert (found.outcome, bool(found.steps), found.test) == (outcome, n > 7, None)


@pytest.mark.parametrize("count", [0, 50])
def test_what_never_moved_has_no_interval(world: World, count: int) -> None:
    visiting(world, counts=[count] * 10)
    aim(world, "70", due_on=DUE)
    made(world)
    (found,) = forecasts(world)
    assert (found.outcome, found.steps, found.at_due, found.chance_millionths) == ("flat", [], None, None)


def test_a_week_that_was_not_scored_breaks_the_series(world: World) -> None:
    """Unknown is not zero, and a change never reaches over a gap."""
    gap = sundays(14)[3]
    visiting(world, counts=WOBBLY, skip={gap: ""})
    made(world)
    (found,) = forecasts(world)
    assert (len(found.series), found.broken_by) == (10, "gap")
    assert found.series[0][0] == (gap + timedelta(days=7)).isoformat()


def test_a_segment_too_small_to_show_is_not_forecast(world: World) -> None:
    visiting(world, counts=WOBBLY)
    aim(world, "60", due_on=DUE, segment_key="few")
    made(world)
    assert [found.segment.key for found in forecasts(world)] == ["all"]


def test_there_is_nothing_to_forecast_before_a_finished_period(world: World) -> None:
    visiting(world, counts=[])
    with organisation_scope(world.ours.id), pytest.raises(ConflictError):
        ask_forecast(organisation=world.ours, user=None, now=NOW)


def test_a_fall_is_unusual_and_the_ledger_says_what_carried_it(world: World) -> None:
    visiting(world, counts=[*WOBBLY, 10])
    made(world)
    found = look(world)
    assert found.compared >= 2
    by_key = {one[0]: one for one in found.found}
    _key, value, expected, low, high, p, stands, carried = by_key["all"]
    assert value == (50 * 10 + 25 * 5) * 10_000
    assert value < low < expected < high
    assert p < 50_000
    assert stands is True
    assert {cause for cause, _action, _value in carried} <= {"ageing", "new"}


def test_nothing_is_unusual_about_one_more_such_week(world: World) -> None:
    visiting(world, counts=[*WOBBLY, 42])
    made(world)
    found = look(world)
    assert (found.compared >= 2, found.found) == (True, [])
