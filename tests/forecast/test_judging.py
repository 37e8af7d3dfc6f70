"""Was the interval right? What was said of a day is held against what came, where the day is counted alike still."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction

import pytest
from django.test import Client

from engagement.forecast.models import Forecast
from engagement.forecast.selectors import forecast_history, said_and_came
from engagement.forecast.types import Said
from engagement.insights.services import score
from engagement.scoring.models import SegmentDefinition
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import World
from tests.forecast.forecast_world import LAST, NOW, made, visiting
from tests.forecast.test_making import WOBBLY
from tests.insights.scoring_world import Small, add_activity

THEN = NOW - timedelta(days=14)  # the Monday two weeks before: the last two weeks are not known
SAID_ON = LAST - timedelta(days=14)


def said_two_weeks_before(world: World, *, came: tuple[int, int]) -> Small:
    """A forecast from the fourteenth week; the fifteenth and sixteenth went as is said."""
    small = visiting(world, counts=[*WOBBLY, *came])
    made(world, now=THEN)
    return small


def judged(world: World, *, segment: str = "all") -> tuple[Said, ...]:
    with organisation_scope(world.ours.pk, write=False):
        earlier = forecast_history(segment_key=segment, measure="score")
        return said_and_came(organisation=world.ours, earlier=earlier, today=world.ours.today(NOW))


def test_what_came_as_before_was_inside(world: World) -> None:
    said_two_weeks_before(world, came=(43, 42))
    (one,) = judged(world)
    assert (one.forecast_number, one.made_as_of, one.fan.day, one.run_number) == (1, SAID_ON, LAST, 16)
    assert one.came == Fraction(50 * 42 + 25 * 21, 100)
    assert one.fan.low_95 <= one.came <= one.fan.high_95
    assert one.is_inside


def test_what_nobody_saw_coming_was_outside(world: World) -> None:
    """The control of the one above: the same forecast, another week."""
    said_two_weeks_before(world, came=(43, 95))
    (one,) = judged(world)
    assert one.came > one.fan.high_95
    assert not one.is_inside


@pytest.mark.parametrize(("shift", "inside"), [(0, True), (-1, False), (1, False)])
def test_the_ends_of_the_interval_are_inside(world: World, shift: int, inside: bool) -> None:
    """To the millionth: an end that is moved past what came leaves it outside."""
    said_two_weeks_before(world, came=(43, 42))
    came = (50 * 42 + 25 * 21) * 10_000
    with organisation_scope(world.ours.pk):
        row = Forecast.objects.get()
        row.steps[1][4:6] = [came + 1, came + 9] if shift > 0 else [came - 9, came - 1] if shift else [came, came]
        row.save(update_fields=["steps"])
    (one,) = judged(world)
    assert one.is_inside is inside


def test_a_day_that_has_not_come_is_not_judged(world: World) -> None:
    visiting(world, counts=WOBBLY)
    made(world)
    assert judged(world) == ()


def test_of_days_that_came_the_furthest_that_was_scored_is_judged(world: World) -> None:
    visiting(world, counts=[*WOBBLY, 43, 42], skip={LAST: ""})
    made(world, now=THEN)
    (one,) = judged(world)
    assert (one.fan.day, one.run_number) == (LAST - timedelta(days=7), 15)


def test_a_day_under_other_weights_is_another_number(world: World) -> None:
    said_two_weeks_before(world, came=(43, 42))
    with organisation_scope(world.ours.pk):
        Forecast.objects.update(weight_set=49)
    assert judged(world) == ()


def test_a_day_under_another_rule_of_the_segment_is_another_number(world: World) -> None:
    """The last week was scored again with another rule: it is known, and is not what was spoken of."""
    small = said_two_weeks_before(world, came=(43, 42))
    with organisation_scope(world.ours.pk):
        Forecast.objects.update(segment=small.segments["half"])
    assert [one.fan.day for one in judged(world, segment="half")] == [LAST]
    with organisation_scope(world.ours.pk):
        SegmentDefinition.objects.create(
            organisation=world.ours, segment=small.segments["half"], number=990, created_at=NOW,
            rule={"all": [{"trait": "size", "op": "is", "value": "rest"}]},
        )  # fmt: skip
    score(organisation_id=small.id, as_of=LAST, cause="restated", now=NOW)
    assert judged(world, segment="half") == ()


def test_a_day_that_was_scored_again_is_judged_by_the_number_of_now(world: World) -> None:
    small = said_two_weeks_before(world, came=(43, 42))
    add_activity(small, [(number, "visit", LAST, 1) for number in range(43, 101)])
    score(organisation_id=small.id, as_of=LAST, cause="restated", now=NOW)
    (one,) = judged(world)
    assert (one.run_number, one.came, one.is_inside) == (17, Fraction(50 * 100 + 25 * 21, 100), False)


def test_the_page_says_how_many_were_inside(world: World) -> None:
    with organisation_scope(world.ours.pk):
        Organisation.objects.filter(pk=world.ours.pk).update(sample_today=None)
    said_two_weeks_before(world, came=(43, 95))
    made(world)
    with organisation_scope(world.ours.pk):
        Organisation.objects.filter(pk=world.ours.pk).update(sample_today=LAST + timedelta(days=1))
    client = Client()
    client.force_login(world.viewer)
    found = client.get(f"/o/{world.ours.slug}/forecast/").content.decode()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found))
    assert "0 of 1 were inside the 95 % interval." in text
    assert re.search(r"outside\b.*$", text[text.index("What was said, and what came") :])
