"""Everybody sees how far a counting is: on the pages about actions and settings, and in the API."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

from engagement.scoring import services
from engagement.scoring.models import ActivityState
from engagement.scoring.selectors.counting import activity_reach, counting_progress
from engagement.scoring.services import roll_up
from engagement.scoring.services.roll_up import roll_up_step, roll_up_waiting
from engagement.scoring.types import CountingProgress
from engagement.scoring.views.counting import how_far
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tenants.services import change_organisation
from tests.conftest import NOW, World
from tests.scoring.config import noon, signed_in, store, stored

DAY = NOW.date() - timedelta(days=30)


def _half_counted(organisation: Organisation) -> None:
    """Half of the events have been counted anew after a change of the time zone."""
    days = [DAY + timedelta(days=n) for n in range(8)]
    store(organisation, [stored(1, "visit", at=noon(day), message_id=str(day)) for day in days])
    with organisation_scope(organisation.id):
        change_organisation(organisation=organisation, changes={"time_zone": "Asia/Tokyo"}, now=NOW)
    with patch.object(roll_up, "EVENTS_AT_ONCE", 4):
        roll_up_step(organisation_id=organisation.id, now=NOW)


def _progress(organisation: Organisation, *, seconds: int = 0) -> CountingProgress | None:
    with organisation_scope(organisation.id, write=False):
        return counting_progress(organisation=organisation, now=NOW + timedelta(seconds=seconds))


def test_what_is_left_follows_from_the_pace(world: World) -> None:
    assert _progress(world.ours) is None
    _half_counted(world.ours)
    found = _progress(world.ours, seconds=90)
    assert found is not None
    assert (found.is_recounting, found.done, found.total, found.since, found.seconds_left) == (True, 4, 8, NOW, 90)
    roll_up_waiting(organisation_id=world.ours.id, now=NOW)
    assert _progress(world.ours) is None
    assert _progress(world.other) is None


def test_a_new_action_is_no_change_of_all_days(world: World) -> None:
    with organisation_scope(world.ours.id):
        services.create_action(
            organisation=world.ours, name="Looks", channel="app", rule={"event_names": ["x"]}, user=None, now=NOW
        )
    found = _progress(world.ours)
    assert found is not None
    assert (found.is_recounting, found.names, found.total, found.seconds_left) == (False, ("Looks",), 0, None)
    assert how_far(found) == "It begins within a minute."


def test_pages_say_how_far_it_is_and_the_last_scoring_stays(world: World) -> None:
    _half_counted(world.ours)
    client = signed_in(world.admin)
    for page in ("actions", "settings"):
        text = client.get(f"/o/{world.ours.slug}/{page}/").content.decode()
        assert "Days are being counted anew after the change of time zone: 50 %" in text  # on every page of the client
        assert 'id="progress-counting"' in text
        assert f'hx-get="/o/{world.ours.slug}/activity/progress/"' in text
        assert "htmx" in text.partition("</head>")[0]
    other = client.get(f"/o/{world.ours.slug}/weights/").content.decode()
    assert "Pages show the last scoring" in other
    part = client.get(f"/o/{world.ours.slug}/activity/progress/").content.decode()
    assert "(4 of 8 events)" in part
    roll_up_waiting(organisation_id=world.ours.id, now=NOW)
    ended = client.get(f"/o/{world.ours.slug}/activity/progress/").content.decode()
    assert "All stored events are counted." in ended
    assert "hx-get" not in ended
    for page in ("actions", "settings", "weights"):
        text = client.get(f"/o/{world.ours.slug}/{page}/").content.decode()
        assert "counted anew" not in text
        assert "progress-counting" not in text


def test_the_api_says_the_same(world: World) -> None:
    _half_counted(world.ours)
    address = f"/api/v1/organisations/{world.ours.slug}/activity/"
    found = signed_in(world.viewer).get(address).json()
    counting = found.pop("counting")
    assert set(found) == {"countable_from", "packed_before"}
    assert found["countable_from"] is None
    assert (counting["is_recounting"], counting["events_done"], counting["events_total"]) == (True, 4, 8)
    assert signed_in(world.stranger).get(address).status_code == 404


def test_reach_is_the_first_whole_day_in_the_organisations_own_time(world: World) -> None:
    with organisation_scope(world.ours.id):
        ActivityState.objects.create(organisation_id=world.ours.id, events_from=noon(DAY))
        reach = activity_reach(organisation=world.ours, now=NOW)
    assert (reach.countable_from, reach.packed_before) == (DAY + timedelta(days=1), NOW.date() - timedelta(days=3))
