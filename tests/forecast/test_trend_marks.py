"""What was unusual when it was looked at stands on the trends: ringed, with a title, and a word in the table."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from engagement.forecast.models import Look
from engagement.insights.services import score
from tenants.models import User
from tenants.scope import organisation_scope
from tests.benchmarks.pages import counted
from tests.conftest import World
from tests.forecast.forecast_world import LAST, NOW, look, made, visiting
from tests.forecast.test_making import WOBBLY
from tests.insights.scoring_world import Small, add_activity

RING = 'class="dot-ring"'


@pytest.fixture
def fallen(world: World) -> Small:
    """Fourteen usual weeks, then one in which hardly anybody came."""
    small = visiting(world, counts=[*WOBBLY, 10])
    made(world)
    return small


def page(who: User, slug: str, rest: str = "") -> str:
    client = Client()
    client.force_login(who)
    response = client.get(f"/o/{slug}/{rest}?by=week&as_of={LAST}")
    assert response.status_code == 200
    return response.content.decode()


def words(found: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found))


@pytest.mark.parametrize("rest", ["", "segments/all/", "segments/half/"])
def test_the_week_is_ringed_and_said(fallen: Small, world: World, rest: str) -> None:
    found = page(world.viewer, world.ours.slug, rest)
    (title,) = re.findall(rf"<circle {RING}[^>]*><title>([^<]*)</title>", found)
    assert re.search(r", unusual: [\d.]+ to [\d.]+ was to be expected$", title)
    assert "finished, unusual" in found
    assert "Ringed: outside of where the periods before led one to expect it" in words(found)
    assert "Unusual: " in found  # of the picture in words


def test_a_segment_that_was_as_usual_has_no_ring(fallen: Small, world: World) -> None:
    """The second half never visits but in no week did it before."""
    assert {one[0] for one in look(world).found} == {"all", "half"}
    assert RING not in page(world.viewer, world.ours.slug, "segments/rest/")


def test_no_ring_where_nothing_was_found(world: World) -> None:
    visiting(world, counts=[*WOBBLY, 42])
    made(world)
    assert RING not in page(world.viewer, world.ours.slug)


def test_a_week_that_was_scored_again_is_another_number(fallen: Small, world: World) -> None:
    """What was said of the former run says nothing of this one."""
    add_activity(fallen, [(number, "visit", LAST, 1) for number in range(60, 80)])
    score(organisation_id=fallen.id, as_of=LAST, cause="restated", now=NOW)
    assert RING not in page(world.viewer, world.ours.slug)


def test_the_marks_take_no_statement_of_their_own(fallen: Small, world: World) -> None:
    """With and without rows to read the scorecard sends as many; the segment's page reads them in one more at most."""

    def sent(rest: str) -> list[str]:
        page(world.consultant, world.ours.slug, rest)
        with counted() as statements:
            page(world.consultant, world.ours.slug, rest)
        return statements

    on_card, on_segment = (sum('"forecast_look"' in one for one in sent(rest)) for rest in ("", "segments/half/"))
    assert (on_card, on_segment) == (1, 1)
    (together,) = [one for one in sent("") if '"forecast_look"' in one]
    assert '"insights_question"' in together
    assert '"insights_alert"' in together


def test_control_a_look_at_another_day_marks_nothing(fallen: Small, world: World) -> None:
    with organisation_scope(world.ours.id):
        Look.objects.update(as_of=LAST.replace(year=2027))
    assert RING not in page(world.viewer, world.ours.slug)


def test_a_reader_of_one_segment_sees_its_marks_alone(fallen: Small, world: World) -> None:
    from engagement.forecast.selectors import look_rows, unusual_in

    with organisation_scope(world.ours.id, write=False):
        rows: list[Any] = list(look_rows(days=[LAST]))
    of_half = unusual_in(rows, segment_key="half")
    assert [one.segment_key for one in of_half[LAST]] == ["half"]
    assert unusual_in(rows, segment_key="rest") == {}
