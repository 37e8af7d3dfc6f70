"""What a browser gets to answer at once: a few customers who stand for all, and the exact figures to begin with."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import pytest

from engagement.insights.rough import rough_data
from engagement.insights.selectors.preview import whole_preview
from engagement.scoring import services
from engagement.scoring.runs import unpacked
from engagement.scoring.runs.unpacked import CACHE
from engagement.scoring.selectors.weights import draft_view
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.preview_world import draft_of, scored, small_world
from tests.insights.scoring_world import AS_OF, Small

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(world: World) -> Small:
    CACHE.clear()
    found = small_world(world, by_points=False)
    scored(found)
    return found


def _kept(small: Small, **changes: Any) -> None:
    with organisation_scope(small.id):
        services.change_draft(organisation=small.organisation, change=draft_of(small, **changes), user=None, now=NOW)


def _rough(small: Small) -> Any:
    with organisation_scope(small.id, write=False):
        shown = draft_view(organisation=small.organisation)
        assert shown is not None
        preview = whole_preview(organisation=small.organisation, as_of=AS_OF)
        text = rough_data(organisation=small.organisation, as_of=AS_OF, shown=shown, preview=preview)
    return json.loads(text) if text else None


def _reckoned(found: Any) -> tuple[Fraction, Fraction]:
    """Score and points per customer of the customers who stand for all, as the browser reckons, but exactly."""
    actions, full = found["actions"].values(), Fraction(found["full_points"])
    points = [
        sum(Fraction(a["weight"]) * min(a["counts"][at], a["cap"] or 10**9) for a in actions)
        for at in range(found["spread"]["rest"])
    ]
    n = found["spread"]["n"]
    return sum(100 * min(max(p / full, 0), 1) for p in points) / n, Fraction(sum(points), n)


def test_few_customers_are_all_there_and_give_the_exact_figures(small: Small) -> None:
    _kept(small)
    found = _rough(small)
    assert found["spread"] == {"n": 120, "rest": 120, "scale": 1}
    score, points = _reckoned(found)
    assert abs(score - Fraction(found["score"])) < Fraction(1, 10**5)
    assert abs(points - Fraction(found["points"])) < Fraction(1, 10**5)
    assert sum(Fraction(action["part"]) for action in found["actions"].values()) == pytest.approx(points, abs=1e-5)
    assert found["actions"]["t-visit"]["cap"] == 4
    assert found["bands"]["poor"] + found["bands"]["good"] + found["bands"]["excellent"] == found["n"] == 120


def test_of_many_each_level_of_points_has_its_share(small: Small) -> None:
    _kept(small)
    with patch.object(unpacked, "SPREAD", 30):
        found = _rough(small)
    assert found["spread"]["n"] == 30
    score, _ = _reckoned(found)
    assert abs(score - Fraction(found["score"])) < 5  # of 100: near, and the page says approximate


def test_there_is_none_where_it_would_say_something_else(small: Small) -> None:
    _kept(small, window_days=30)  # other counts
    assert _rough(small) is None
    _kept(small)
    assert _rough(small) is not None
    with organisation_scope(small.id):
        type(small.organisation).objects.filter(pk=small.id).update(minimum_n=1_000)
        small.organisation.refresh_from_db()
    assert _rough(small) is None


def test_each_choice_of_full_points_gives_what_a_draft_with_it_would(small: Small) -> None:
    _kept(small)
    with organisation_scope(small.id, write=False):
        preview = whole_preview(organisation=small.organisation, as_of=AS_OF)
    assert preview is not None
    choices = {choice.source: choice for choice in preview.draft.choices}
    assert set(choices) == {"median", "p60", "p75", "mean", "now", "draft"}
    assert choices["draft"].full_points == 21
    assert choices["now"].full_points == 30
    for choice in choices.values():
        _kept(small, full_points=choice.full_points)
        with organisation_scope(small.id, write=False):
            kept = whole_preview(organisation=small.organisation, as_of=AS_OF)
        assert kept is not None
        assert kept.draft.draft is not None
        assert kept.draft.draft.score == choice.score
