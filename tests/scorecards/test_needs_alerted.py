"""What a rule has found and a page would say by itself, too: once while the alert is open, and again when it is not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engagement.insights.models import Alert, AlertRule
from engagement.scorecards.digest.reading import entries
from engagement.scoring.models import Segment
from tenants.actor import reaches_of
from tenants.scope import organisation_scope
from tests.conftest import World
from tests.insights.alerts_world import checked, make_weekly, ruled, scored
from tests.insights.scoring_world import add_segments
from tests.insights.test_alerts import visits
from tests.scorecards.test_digest import FEBRUARY, JANUARY

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)  # four days after the last event
_FELL, _LATE = "Fell by 25.0.", "No events for 4 days."


def _needs(world: World) -> list[tuple[str, str]]:
    found = entries(reaches=reaches_of(world.consultant), now=NOW)
    (entry,) = [one for one in found if one.line.organisation_id == world.ours.pk]
    return [(need.what, need.why) for need in entry.needs]


def _whats(world: World) -> list[str]:
    return [what for what, _ in _needs(world)]


@pytest.fixture
def found(world: World) -> World:
    """Everybody fell in February, and no event has come since; a rule for each has found it."""
    small = make_weekly(world.ours, range(1, 61))
    add_segments(small, "plan", {"some": {"trait": "plan", "op": "is", "value": "p1"}}, partition=False)
    scored(small, JANUARY, visits(85))
    run = scored(small, FEBRUARY, visits(60))
    assert _whats(world) == [_LATE, _FELL]
    ruled(world.ours, "drop", threshold=5, period="month")
    ruled(world.ours, "stale", threshold=2)
    assert checked(run, now=NOW) == 2
    return world


def test_it_is_said_by_the_alerts_alone(found: World) -> None:
    assert _needs(found) == [("2 alerts are open.", f"{_LATE} {_FELL} The first was found for 28 Feb.")]


def test_what_is_not_open_any_more_hides_nothing(found: World) -> None:
    with organisation_scope(found.ours.pk):
        Alert.objects.update(state="seen")
    assert _whats(found) == [_LATE, _FELL]


def test_a_fall_in_a_week_is_no_fall_in_the_month(found: World) -> None:
    with organisation_scope(found.ours.pk):
        AlertRule.objects.filter(kind="drop").update(period="week")
    assert _needs(found)[0] == ("2 alerts are open.", f"{_LATE} The first was found for 28 Feb.")
    assert _whats(found)[1:] == [_FELL]


def test_a_fall_of_a_segment_is_no_fall_of_everybody(found: World) -> None:
    with organisation_scope(found.ours.pk):
        Alert.objects.filter(rule__kind="drop").update(segment=Segment.objects.get(key="some"))
    assert _whats(found)[1:] == [_FELL]


def test_late_data_that_has_come_and_is_late_again_is_said(found: World) -> None:
    with organisation_scope(found.ours.pk):
        Alert.objects.filter(rule__kind="stale").update(over_on=FEBRUARY)
    assert _whats(found) == [_LATE, "2 alerts are open."]
