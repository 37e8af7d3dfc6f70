"""The case of the story, with the numbers worked out by hand: 75 → 55 → 70 beside + 11.9, at a cost of 12,000."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import ttest_ind

from engagement.cases import selectors
from engagement.cases.readout_types import Mode, ReadOutView, Warned
from tenants.scope import organisation_scope
from tests.cases.story_world import SIZE, Story, make_story, other_scores, read, treated_scores
from tests.conftest import World


@pytest.fixture
def story(world: World) -> Story:
    return make_story(world.ours, world.consultant)


@pytest.fixture
def view(story: Story, world: World) -> ReadOutView:
    read(story, user=world.consultant)
    with organisation_scope(story.organisation.id, write=False):
        found = selectors.latest_readout(initiative_id=story.step.pk)
    assert found is not None
    return found


def test_the_segment_rose_by_15_to_exactly_good_and_missed_its_target_by_5(view: ReadOutView) -> None:
    assert (view.before.score, view.after.score, view.after.band) == (Fraction(55), Fraction(70), "good")
    assert (view.change, view.change_share) == (Fraction(15), Fraction(15, 55))
    assert view.target is not None
    assert (view.target.value, view.target_gap) == (Decimal(75), Fraction(-5))


def test_the_effect_is_3_1_with_the_interval_that_another_library_gives(view: ReadOutView) -> None:
    effect = view.effect()
    assert effect is not None
    assert effect.effect == Decimal("3.100000")
    changes = [np.array([of(k)[5] - of(k)[2] for k in range(SIZE)]) for of in (treated_scores, other_scores)]
    low, high = ttest_ind(*changes, equal_var=False).confidence_interval(0.95)
    assert (float(effect.low), float(effect.high)) == (pytest.approx(low, abs=1e-6), pytest.approx(high, abs=1e-6))
    assert [f"{end:.1f}" for end in (effect.low, effect.high)] == ["0.4", "5.8"]


def test_both_groups_moved_alike_before_and_the_fall_is_warned_of(view: ReadOutView) -> None:
    assert view.pre_trend.verdict == "enough"
    assert view.pre_trend.difference is not None
    assert view.pre_trend.treated is not None
    assert view.pre_trend.treated.effect == Decimal("-10.000000")
    assert view.warnings == (Warned.FELL_BEFORE,)
    assert (view.mode, view.compared, view.overlap) == (Mode.SEGMENTS, (("silver", "Silver"),), 0)
    assert (view.treated["score"].n, view.other["score"].n) == (SIZE, SIZE)


def test_matched_by_the_score_before_stands_beside_it(view: ReadOutView) -> None:
    matched = view.matched["score"]
    assert view.without_match == 20  # the twenty who began at 65: nobody untouched began above 63
    assert matched.low < Decimal("3.1") < matched.high


def test_the_cost_is_12_000_and_the_return_is_not_known(view: ReadOutView) -> None:
    assert (view.money.cost_minor, view.money.return_on_cost) == (1_200_000, None)
    assert view.cost_per_difference == Fraction(12_000) / Fraction("3.1")


def test_slow_support_is_open_and_without_a_step(story: Story) -> None:
    with organisation_scope(story.organisation.id, write=False):
        assert [line.title for line in selectors.findings_without_step()] == ["Slow support"]
        assert [(line.title, line.state) for line in selectors.open_findings()] == [
            ("Slow support", "open"),
            ("Gold fell by 20", "has_step"),
        ]
