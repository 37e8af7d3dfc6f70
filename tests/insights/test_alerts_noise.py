"""No alert on noise: a flat noisy series is quiet, without the protection it is not, and a true fall is found."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from engagement.insights.selectors import alerting
from engagement.scoring.formula import is_beyond_chance
from tests.conftest import World
from tests.insights.alerts_world import checked, found, make_weekly, ruled, scored, week
from tests.insights.scoring_world import Small, add_segments

WEEKS = 20
CUSTOMERS = range(1, 401)
TEN = {f"p{at}": {"all": [{"trait": "plan", "op": "is", "value": f"p{at}"}]} for at in range(10)}
KEYS = ("all", *TEN)


def noise(seed: int, at: int, *, fallen: int = 0) -> dict[int, int]:
    """Visits of everybody in a week: each has a level of his own, and swings about it by up to 40 from week to week.

    Nothing trends. The level lies round the line of a band, where noise could be taken for a change the easiest.
    """
    levels, weekly = random.Random(seed), random.Random(seed * 1_000 + at)
    return {n: max(levels.randint(50, 90) + weekly.randint(-40, 40) - fallen, 0) for n in CUSTOMERS}


def weeks_with_alerts(small: Small, series: Callable[[int], Mapping[int, int]], *, weeks: int = WEEKS) -> list[int]:
    """The weeks in which anything at all was found, of segments by ten and three rules that compare."""
    add_segments(small, "plan", TEN)
    ruled(small.organisation, "drop", threshold="0.5", segment_keys=KEYS)
    ruled(small.organisation, "band", threshold="0.8", segment_keys=KEYS)
    ruled(small.organisation, "silent", threshold="0.001", segment_keys=KEYS)
    return [at for at in range(weeks) if checked(scored(small, week(at), series(at)))]


@pytest.fixture
def small(world: World) -> Small:
    return make_weekly(world.ours, CUSTOMERS)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_flat_noisy_series_fires_in_at_most_one_of_twenty_weeks(small: Small, seed: int) -> None:
    assert len(weeks_with_alerts(small, lambda at: noise(seed, at))) <= 1


@pytest.mark.parametrize("taken", ["all of it", "that many are compared"])
def test_the_control_without_the_protection_noise_fires(
    small: Small, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    """Without any, most weeks; with the usual interval of one comparison at 95 %, more than one in twenty."""
    real: Any = is_beyond_chance
    if taken == "all of it":
        monkeypatch.setattr(alerting, "is_beyond_chance", lambda **_said: True)
        least = 15
    else:
        monkeypatch.setattr("engagement.scoring.formula.alarms.QUIET_SHARE", Decimal("0.025"))
        monkeypatch.setattr(alerting, "is_beyond_chance", lambda **said: real(**{**said, "compared": 1}))
        least = 2
    assert len(weeks_with_alerts(small, lambda at: noise(1, at))) >= least


def test_a_true_fall_is_found_in_its_week_and_only_there(small: Small) -> None:
    weeks_with_alerts(small, lambda at: noise(1, at, fallen=14 if at >= 4 else -8), weeks=7)
    alerts = found(small.organisation)
    for kind in ("drop", "band"):
        assert [one.as_of for one in alerts if (one.kind, one.segment_key) == (kind, "all")] == [week(4)]
    assert {one.as_of for one in alerts if one.kind == "drop"} == {week(4)}
    total = next(one for one in alerts if one.kind == "drop" and one.segment_key == "all")
    assert -23 < float(total.facts["change"]) < -15
    assert float(total.facts["needed"]) < 15


def test_one_segment_that_falls_is_named_and_the_others_are_not(small: Small) -> None:
    """Everybody of one plan of ten does half of what they did: the segment is found, and nobody else's plan."""

    def series(at: int) -> dict[int, int]:
        return {n: visits // 2 if at >= 3 and n % 10 == 7 else visits for n, visits in noise(2, at).items()}

    weeks_with_alerts(small, series, weeks=5)
    assert {one.segment_key for one in found(small.organisation) if one.kind == "drop"} <= {"p7", "all"}
    assert [one.as_of for one in found(small.organisation) if (one.kind, one.segment_key) == ("drop", "p7")] == [
        week(3)
    ]
