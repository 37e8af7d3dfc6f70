"""Whom a step is compared with, who is left out, what is warned of, and a read-out made by a worker."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.test import override_settings

from engagement.cases import selectors, services
from engagement.cases.models import Initiative, ReadOut
from engagement.cases.readout_types import Mode, ReadOutView, Warned, WhyRefused
from engagement.cases.services.asking import KIND, ask_read_out, run_read_out
from engagement.cases.types import FindingState
from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.insights.services import score
from tenants.jobs import run_job
from tenants.models import Job
from tenants.scope import organisation_scope
from tests.cases.story_world import (
    FEBRUARY,
    JANUARY,
    NOVEMBER,
    NOW,
    STARTED,
    Story,
    make_story,
    read,
    words_of_step,
)
from tests.conftest import World
from tests.insights.scoring_world import add_activity, add_customers, add_segments


@pytest.fixture
def story(world: World) -> Story:
    return make_story(world.ours, None)


def changed(story: Story, **changes: Any) -> None:
    """The story's step, said otherwise."""
    with organisation_scope(story.organisation.id):
        services.change_initiative(
            organisation=story.organisation, initiative_id=story.step.pk, user=None, now=NOW,
            words=words_of_step(**{"last_day": FEBRUARY, "finding_ids": (story.fell.pk,), **changes}),
        )  # fmt: skip


def viewed(story: Story, **asked: Any) -> ReadOutView:
    read(story, **asked)
    with organisation_scope(story.organisation.id, write=False):
        found = selectors.latest_readout(initiative_id=story.step.pk)
    assert found is not None
    return found


def another(story: Story, **changes: Any) -> Initiative:
    """Another step, started."""
    said: dict[str, Any] = {"organisation": story.organisation, "user": None, "now": STARTED}
    with organisation_scope(story.organisation.id):
        words = words_of_step(**{"comparison": "proposed", "compared_keys": (), **changes})
        made = services.plan_initiative(words=words, **said)
        return services.start_initiative(initiative_id=made.pk, **said)


# ── with whom ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_system_proposes_what_is_near_and_untouched(story: Story) -> None:
    changed(story, comparison="proposed", compared_keys=())
    view = viewed(story)
    assert (view.mode, view.compared) == (Mode.SEGMENTS, (("silver", "Silver"),))
    assert [(one.key, one.why) for one in view.refused] == [("bronze", WhyRefused.FAR)]
    assert view.effect() == view.plain["score"]


def test_without_an_untouched_segment_customers_are_matched(story: Story) -> None:
    changed(story, comparison="proposed", compared_keys=())
    another(story, segment_key="silver")
    view = viewed(story)
    assert view.mode is Mode.MATCHED
    assert {one.key: one.why for one in view.refused} == {
        "silver": WhyRefused.TOUCHED, "bronze": WhyRefused.FAR,
    }  # fmt: skip
    # Silver was treated itself, so only the twenty of bronze, who never moved, are left: none began like the most.
    assert view.other["score"].n == 20
    assert view.without_match == 80
    assert view.effect() == view.matched["score"]


def test_a_segment_made_by_the_score_is_refused(story: Story) -> None:
    low = {"activity": "score", "op": "lt", "value": 60}
    add_segments(story.small, "level", {"low": low}, partition=False)
    for day in (NOVEMBER, FEBRUARY):
        score(organisation_id=story.organisation.id, as_of=day, cause="history", now=NOW)
    changed(story, compared_keys=("low",))
    with pytest.raises(ConflictError, match="None of the segments"):
        read(story)
    changed(story, compared_keys=("low", "silver"))
    view = viewed(story)
    assert [(one.key, one.why) for one in view.refused] == [("low", WhyRefused.BY_ACTIVITY)]
    assert view.compared == (("silver", "Silver"),)
    changed(story, segment_key="low")
    assert Warned.BY_ACTIVITY in viewed(story).warnings


def test_who_is_in_both_groups_counts_in_neither(story: Story) -> None:
    mixed = {"any": [{"trait": "plan", "op": "is", "value": "silver"}, {"customers": ["c1", "c2", "c3"]}]}
    add_segments(story.small, "extra", {"mixed": mixed}, partition=False)
    for day in (NOVEMBER, FEBRUARY):
        score(organisation_id=story.organisation.id, as_of=day, cause="history", now=NOW)
    changed(story, compared_keys=("mixed",))
    view = viewed(story)
    assert (view.overlap, view.treated["score"].n, view.other["score"].n) == (3, 97, 100)
    assert view.before.n == 100  # the segment itself stays whole


def test_who_came_later_is_left_out_and_counted(story: Story) -> None:
    add_customers(story.small, [(500, {"plan": "gold"})])
    add_activity(story.small, [(500, "visit", FEBRUARY, 90)])
    score(organisation_id=story.organisation.id, as_of=FEBRUARY, cause="history", now=NOW)
    view = viewed(story)
    assert (view.treated_moved.joined, view.treated_moved.left) == (1, 0)
    assert view.treated["score"].after == 70
    assert view.after.score == Fraction(7090, 101)


def test_where_everybody_was_treated_there_is_no_effect(story: Story) -> None:
    changed(story, segment_key="all", comparison="proposed", compared_keys=())
    view = viewed(story)
    assert (view.mode, view.effect(), view.plain, view.cost_per_difference) == (Mode.NOBODY, None, {}, None)
    assert view.treated["score"].n == 220


def test_two_steps_for_the_same_customers_are_not_apart(story: Story) -> None:
    another(story)
    assert Warned.OTHERS_TOUCHED in viewed(story).warnings


# ── when ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_before_its_day_a_read_out_is_too_early(story: Story) -> None:
    view = viewed(story, as_of=JANUARY)
    assert Warned.EARLY in view.warnings
    assert (view.after.as_of, view.change) == (JANUARY, 10)


def test_what_was_changed_after_the_start_is_warned_of(story: Story) -> None:
    changed(story, measure="points_per_customer")
    view = viewed(story)
    assert Warned.CHANGED in view.warnings
    assert view.effect() == view.plain["points_per_customer"]


def test_days_that_were_not_scored_are_named(story: Story) -> None:
    changed(story, baseline_first=date(2025, 10, 1), baseline_last=date(2025, 10, 2))
    with pytest.raises(ConflictError, match="No day from 2025-10-01 to 2025-10-02"):
        read(story)
    changed(story)
    with pytest.raises(ConflictError, match="no after to look at"):
        read(story, as_of=NOVEMBER)


def test_two_month_ends_before_say_nothing_about_how_both_moved(story: Story) -> None:
    changed(story, baseline_first=date(2025, 10, 1), baseline_last=NOVEMBER)
    view = viewed(story)
    assert (view.pre_trend.verdict, view.pre_trend.difference) == ("unknown", None)
    assert Warned.FELL_BEFORE not in view.warnings


def test_a_judged_action_has_an_effect_of_its_own(story: Story) -> None:
    changed(story, measure="action", action_key="t-visit")
    view = viewed(story)
    assert view.effect() is not None
    assert view.treated["action"].after == 70  # a visit is a point, a hundred are full points


# ── what is planned ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"lever": "magic"}, "lever"),
        ({"last_day": date(2025, 11, 1)}, "last_day"),
        ({"baseline_last": date(2025, 12, 1)}, "baseline_last"),
        ({"read_out_on": date(2025, 12, 1)}, "read_out_on"),
        ({"cost": Decimal("0.001")}, "cost"),
        ({"cost": Decimal(-1)}, "cost"),
        ({"expected": Decimal(101)}, "expected"),
        ({"compared_keys": ()}, "compared"),
        ({"compared_keys": ("gold",)}, "compared"),
        ({"measure": "action"}, "action"),
        ({"owner_id": uuid4()}, "owner"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(story: Story, changes: dict[str, Any], field: str) -> None:
    with organisation_scope(story.organisation.id), pytest.raises(InvalidInputError) as refused:
        services.plan_initiative(
            organisation=story.organisation, words=words_of_step(**changes), user=None, now=STARTED
        )
    assert field in refused.value.fields


def test_a_stopped_step_leaves_its_finding_open(story: Story) -> None:
    other = another(story, finding_ids=(story.slow_support.pk,))
    said: dict[str, Any] = {"organisation": story.organisation, "user": None, "now": NOW}
    with organisation_scope(story.organisation.id):
        assert selectors.finding(finding_id=story.slow_support.pk).state is FindingState.HAS_STEP
        services.stop_initiative(initiative_id=other.pk, because="No money", **said)
        assert selectors.finding(finding_id=story.slow_support.pk).state is FindingState.OPEN
        assert [line.number for line in selectors.initiatives_between(first_day=NOVEMBER, last_day=NOW.date())] == [
            1,
            2,
        ]
        with pytest.raises(NotFoundError):
            services.plan_initiative(words=words_of_step(finding_ids=(uuid4(),)), **said)


def test_a_read_out_is_never_changed_not_even_by_the_program(story: Story) -> None:
    made = read(story)
    with organisation_scope(story.organisation.id):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            ReadOut.objects.filter(pk=made.pk).update(number=9)
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            made.delete()


def test_what_was_found_stays_when_target_and_money_change(story: Story) -> None:
    view = viewed(story)
    changed(story, cost=None)
    with organisation_scope(story.organisation.id, write=False):
        assert selectors.latest_readout(initiative_id=story.step.pk) == view
    assert view.money.cost_minor == 1_200_000


# ── by a worker ──────────────────────────────────────────────────────────────────────────────────────────────


@override_settings(PREVIEW_DIRECT_CUSTOMERS=10)
@pytest.mark.django_db(transaction=True)
def test_many_customers_are_read_by_a_worker_once(world: World) -> None:
    story = make_story(world.ours, None)
    said: dict[str, Any] = {"organisation": story.organisation, "user": None, "now": NOW}
    with organisation_scope(story.organisation.id):
        assert ask_read_out(initiative_id=story.step.pk, as_of=None, **said) is None
        assert ask_read_out(initiative_id=story.step.pk, as_of=None, **said) is None
        (job,) = Job.objects.filter(kind=KIND)
    for expected in (True, False):
        done = run_job(organisation_id=story.organisation.id, job_id=job.pk, do=run_read_out, clock=lambda: NOW)
        assert done is expected
    with organisation_scope(story.organisation.id, write=False):
        job = Job.objects.get(pk=job.pk)
        assert (job.state, job.steps, job.steps_done) == ("done", 2, 2)
        view = selectors.latest_readout(initiative_id=story.step.pk)
        assert ReadOut.objects.count() == 1
    assert view is not None
    effect = view.effect()
    assert effect is not None
    assert f"{effect.effect:.1f}" == "3.1"
