"""How one customer's score went over the months, in few queries, with every change of the weights marked."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from engagement.insights.customer_types import CustomerPast
from engagement.insights.selectors import customer_card
from engagement.scorecards.present.customer import customer_detail
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, Small
from tests.scorecards.made import BEFORE as NOVEMBER
from tests.scorecards.made import DAY as DECEMBER
from tests.scorecards.made import card, terms
from tests.scorecards.moving_world import BEFORE, make_moving
from tests.scorecards.test_movers_pages import get, said


@pytest.fixture
def small(world: World) -> Small:
    return make_moving(world)


def test_the_past_is_read_in_few_queries(small: Small, django_assert_max_num_queries: Any) -> None:
    with organisation_scope(small.id, write=False), django_assert_max_num_queries(20):
        found = customer_card(organisation=small.organisation, number=2, now=NOW, as_of=AS_OF)
    assert [(one.as_of, one.points, one.score, one.weight_set) for one in found.past] == [
        (BEFORE, 40, 80, 50), (AS_OF, 10, 20, 50),
    ]  # fmt: skip
    assert found.history == ((BEFORE, Fraction(40)), (AS_OF, Fraction(10)))


def test_the_page_shows_the_score_over_the_months(world: World, small: Small) -> None:
    text = said(get(world.viewer, f"/o/{world.ours.slug}/customers/2/?as_of={AS_OF}"))
    assert "Score 80.0 in January 2026, 20.0 in February 2026" in text
    assert "Jan 2026 80.00" in text
    silent = said(get(world.viewer, f"/o/{world.ours.slug}/customers/4/?as_of={AS_OF}"))
    assert "Score 40.0 in January 2026, 0 in February 2026" in silent


def _past(*sets: int) -> tuple[CustomerPast, ...]:
    days = (NOVEMBER, DECEMBER)
    return tuple(CustomerPast(day, Fraction(9), Fraction(15), number) for day, number in zip(days, sets, strict=True))


def test_a_change_of_the_weights_is_marked_and_said() -> None:
    panel = customer_detail(card=card(past=_past(1, 2)), is_kept_run=False, terms=terms()).scores
    assert panel is not None
    assert [(note.day, note.text) for note in panel.chart.notes] == [(DECEMBER, "Set 2 from here on")]
    assert "other weights, another measure" in panel.caption
    assert [row[-1] for row in panel.chart.table().rows] == ["Set 1", "Set 2 from here on"]


def test_without_one_nothing_is_marked() -> None:
    panel = customer_detail(card=card(past=_past(2, 2)), is_kept_run=False, terms=terms()).scores
    assert panel is not None
    assert panel.chart.notes == ()
    assert "other weights" not in panel.caption
    assert panel.heading == "Score 15.0 in November 2017, 15.0 in December 2017"
    assert customer_detail(card=card(), is_kept_run=False, terms=terms()).scores is None
