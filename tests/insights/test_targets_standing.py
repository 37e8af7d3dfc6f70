"""Where targets stand, from stored runs: every state and every reason, against plain arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from statistics import NormalDist
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from engagement.errors import InvalidInputError, NotFoundError
from engagement.insights.models import SegmentSnapshot, Target
from engagement.insights.selectors import is_met, scorecard, segment_figures, target_history, targets
from engagement.insights.services import change_target, retire_target, score, set_target
from engagement.insights.types import TargetFigures
from engagement.scoring.formula import TargetState
from engagement.scoring.models import Segment, SegmentDefinition, WeightSet
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, add_segments, make_small

DECEMBER, JANUARY = date(2025, 12, 31), date(2026, 1, 31)
DUE = date(2026, 6, 30)


@dataclass(frozen=True, slots=True)
class Story:
    """A hundred customers who visit: 20 in December, 40 in January, 60 in February; a score of 100 for a visit."""

    world: World
    small: Small


@pytest.fixture
def story(world: World) -> Story:
    small = make_small(world.ours, weights={"visit": ("website", 1_000, None)}, full_points=1_000, window_days=28)
    add_customers(small, [(n, {"size": "few" if n <= 4 else "many"}) for n in range(1, 101)])
    few = {"all": [{"trait": "size", "op": "is", "value": "few"}]}
    many = {"all": [{"trait": "size", "op": "is", "value": "many"}]}
    add_segments(small, "size", {"few": few, "many": many})
    for day, n in ((DECEMBER, 20), (JANUARY, 40), (AS_OF, 60)):
        add_activity(small, [(number, "visit", day, 1) for number in range(1, n + 1)])
    return Story(world, small)


def run(story: Story, *days: date) -> None:
    for day in days:
        score(organisation_id=story.small.id, as_of=day, cause="history", now=NOW)


def aim(story: Story, value: str, *, due_on: date = DUE, **changes: Any) -> Target:
    wanted = {"segment_key": "all", "measure": "score", "owner": None, "note": "", "user": story.world.admin}
    with organisation_scope(story.small.id):
        return set_target(
            organisation=story.world.ours, value=Decimal(value), due_on=due_on, now=NOW, **(wanted | changes)
        )


def read(story: Story, *, now: datetime = NOW) -> TargetFigures:
    with organisation_scope(story.small.id, write=False):
        (found,) = targets(organisation=story.world.ours, now=now)
    return found


def state_of(story: Story, *, now: datetime = NOW) -> tuple[TargetState, str | None]:
    outlook = read(story, now=now).outlook
    assert outlook is not None
    return outlook.state, outlook.reason


# ── states ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_paces_come_from_the_last_three_months(story: Story) -> None:
    run(story, DECEMBER, JANUARY, AS_OF)
    aim(story, "90")
    found = read(story)
    outlook = found.outlook
    assert outlook is not None
    assert (found.current, found.start_value, found.start_as_of) == (60, 60, AS_OF)
    assert (outlook.value, outlook.value_on, outlook.days_left) == (60, AS_OF, 122)
    assert outlook.months == (DECEMBER, JANUARY, AS_OF)
    assert outlook.needed_a_month == Fraction(30, 122) * Fraction(365, 12)
    days, values = [0, 31, 59], [20, 40, 60]
    mean = sum(days) / 3
    spread = sum((day - mean) ** 2 for day in days)
    slope = sum((day - mean) * value for day, value in zip(days, values, strict=True)) / spread
    assert outlook.recent_a_month is not None
    assert float(outlook.recent_a_month) == pytest.approx(slope * 365 / 12)
    assert outlook.projected == 100  # it ends where the measure ends
    errors = [100 * sqrt(p * (1 - p) / 99) for p in (0.2, 0.4, 0.6)]
    residuals = [y - 40 - slope * (day - mean) for day, y in zip(days, values, strict=True)]
    scatter = sum(r * r for r in residuals) / spread
    weights = [(day - mean) / spread for day in days]
    variance = sum((w * e) ** 2 for w, e in zip(weights, errors, strict=True)) + scatter
    assert outlook.recent_half_width_95 is not None
    assert float(outlook.recent_half_width_95) == pytest.approx(1.959964 * sqrt(variance) * 365 / 12, rel=1e-5)
    steps = [w * 122 + (at == 2) for at, w in enumerate(weights)]
    ahead = 60 + slope * 122 - 90
    error = sqrt(sum((w * e) ** 2 for w, e in zip(steps, errors, strict=True)) + scatter * 122**2)
    assert outlook.chance is not None
    assert float(outlook.chance) == pytest.approx(NormalDist().cdf(ahead / error), rel=1e-6)
    assert outlook.state is TargetState.ON_TRACK


@pytest.mark.parametrize(
    ("measure", "value", "now"),
    [("points_per_customer", "0.9", Fraction(3, 5)), ("active_share", "0.9", Fraction(3, 5))],
)
def test_other_measures_stand_as_the_score_does(story: Story, measure: str, value: str, now: Fraction) -> None:
    run(story, DECEMBER, JANUARY, AS_OF)
    aim(story, value, measure=measure)
    found = read(story)
    assert found.outlook is not None
    assert (found.current, found.gap, found.outlook.state) == (now, now - Fraction(9, 10), TargetState.ON_TRACK)
    assert found.outlook.needed_a_month == Fraction(3, 10) / 122 * Fraction(365, 12)
    assert found.start_value == Decimal("0.6")


def test_a_target_that_is_there_already_says_whether_it_will_hold(story: Story) -> None:
    run(story, DECEMBER, JANUARY, AS_OF)
    aim(story, "60")
    outlook = read(story).outlook
    assert outlook is not None
    assert outlook.state is TargetState.REACHED
    assert outlook.chance is not None
    assert outlook.chance > Decimal("0.9")


def test_without_three_months_there_is_no_pace_and_the_reason_names_the_month(story: Story) -> None:
    assert state_of_none(story) == "nothing has been scored yet"
    run(story, JANUARY, AS_OF)
    reason = "no pace: three finished months are needed, and Dec 2025 was not scored"
    assert state_of(story) == (TargetState.UNKNOWN, reason)
    outlook = read(story).outlook
    assert outlook is not None
    assert outlook.needed_a_month is not None  # what is needed does not hang on the past


def state_of_none(story: Story) -> str | None:
    aim(story, "90")
    return state_of(story)[1]


def shown(story: Story, *, as_of: date, now: datetime = NOW) -> tuple[TargetState, str | None, Fraction | None]:
    """What the scorecard of a day and the page of the segment say of the target: the same."""
    with organisation_scope(story.small.id, write=False):
        card = scorecard(organisation=story.world.ours, now=now, as_of=as_of)
        row, *_ = segment_figures(organisation=story.world.ours, segment_key="all", now=now, as_of=as_of)
    assert card is not None
    outlook = card.targets[0].outlook
    assert outlook is not None
    assert row.target == card.targets[0]
    return outlook.state, outlook.reason, outlook.value


LAST_DAY = datetime(2026, 2, 28, 12, tzinfo=UTC)  # the last of February, not over


def test_an_unfinished_month_is_no_month(story: Story) -> None:
    """On 28 February itself the month is not over: November would be needed."""
    run(story, DECEMBER, JANUARY, AS_OF)
    aim(story, "90")
    reason = "no pace: three finished months are needed, and Nov 2025 was not scored"
    assert shown(story, as_of=AS_OF, now=LAST_DAY) == (TargetState.UNKNOWN, reason, 60)
    assert shown(story, as_of=AS_OF)[0] is TargetState.ON_TRACK
    assert state_of(story)[0] is TargetState.ON_TRACK


def test_on_its_due_day_nothing_is_missed_yet(story: Story) -> None:
    run(story, AS_OF)
    due(story, "61", AS_OF)
    assert shown(story, as_of=AS_OF, now=LAST_DAY) == (TargetState.UNKNOWN, "its due day is not over yet", 60)
    assert shown(story, as_of=AS_OF) == (TargetState.MISSED, None, 60)
    due(story, "60", AS_OF)
    assert shown(story, as_of=AS_OF, now=LAST_DAY) == (TargetState.REACHED, None, 60)


def test_another_weight_set_breaks_the_pace_until_the_past_is_restated(story: Story) -> None:
    run(story, DECEMBER, JANUARY)
    with organisation_scope(story.small.id):
        WeightSet.objects.update(number=F("number") + 1)
    run(story, AS_OF)
    aim(story, "90")
    reason = "no pace: three finished months under weight set 51 are needed, and Dec 2025 had another"
    assert state_of(story) == (TargetState.UNKNOWN, reason)
    run(story, DECEMBER, JANUARY)
    assert state_of(story)[0] is TargetState.ON_TRACK


def test_another_rule_of_the_segment_breaks_the_pace(story: Story) -> None:
    run(story, DECEMBER, JANUARY)
    with organisation_scope(story.small.id):
        SegmentDefinition.objects.create(
            organisation=story.world.ours, segment=story.small.segments["many"], number=990, created_at=NOW,
            rule={"all": [{"trait": "size", "op": "is_not", "value": "few"}]},
        )  # fmt: skip
    run(story, AS_OF)
    aim(story, "90", segment_key="many")
    reason = "no pace: three finished months under the segment’s rule are needed, and Dec 2025 had another"
    assert state_of(story) == (TargetState.UNKNOWN, reason)


def test_a_segment_too_small_has_no_state_and_no_start(story: Story) -> None:
    run(story, DECEMBER, JANUARY, AS_OF)
    aim(story, "90", segment_key="few")
    found = read(story)
    assert (found.current, found.start_value, found.start_as_of) == (None, None, None)
    assert state_of(story) == (TargetState.UNKNOWN, "no score: fewer than 5 customers")


def test_points_whose_squares_were_not_kept_have_no_pace(story: Story) -> None:
    run(story, DECEMBER, JANUARY, AS_OF)
    aim(story, "0.9", measure="points_per_customer")
    with organisation_scope(story.small.id):
        SegmentSnapshot.objects.filter(as_of=JANUARY).update(sum_point_squares=None)
    reason = "no pace: how far Jan 2026 may be off is not known; score its last day again"
    assert state_of(story) == (TargetState.UNKNOWN, reason)


# ── the due day ──────────────────────────────────────────────────────────────────────────────────────────────


def due(story: Story, value: str, day: date) -> None:
    """A target whose due day is any day: services refuse days that are past."""
    made = aim(story, value)
    with organisation_scope(story.small.id):
        Target.objects.filter(pk=made.pk).update(due_on=day)


@pytest.mark.parametrize(("value", "state"), [("60", TargetState.REACHED), ("60.001", TargetState.MISSED)])
def test_the_due_day_settles_it(story: Story, value: str, state: TargetState) -> None:
    run(story, AS_OF)
    due(story, value, AS_OF)
    outlook = read(story).outlook
    assert outlook is not None
    assert (outlook.state, outlook.value, outlook.value_on) == (state, 60, AS_OF)


def test_a_later_number_does_not_undo_a_miss(story: Story) -> None:
    run(story, JANUARY, AS_OF)
    due(story, "50", date(2026, 2, 3))
    outlook = read(story).outlook
    assert outlook is not None
    assert (outlook.state, outlook.value, outlook.value_on) == (TargetState.MISSED, 40, JANUARY)


def test_a_due_day_nobody_scored_near_is_not_known(story: Story) -> None:
    run(story, JANUARY, AS_OF)
    due(story, "50", JANUARY + timedelta(days=7))
    reason = "its due day has passed, and nothing was scored in the 7 days up to it: score that day"
    assert state_of(story) == (TargetState.UNKNOWN, reason)


def test_a_scorecard_of_the_past_shows_what_was_known_then(story: Story) -> None:
    run(story, JANUARY, AS_OF)
    due(story, "50", AS_OF)
    state, reason, value = shown(story, as_of=JANUARY)
    assert (state, value) == (TargetState.UNKNOWN, 40)  # not missed: that is a month ahead
    assert reason == "no pace: three finished months are needed, and Nov 2025 was not scored"


def test_what_meets_a_target() -> None:
    assert [is_met(target=Decimal(75), value=Fraction(value)) for value in ("74.999999", "75", "76")] == [
        False, True, True,
    ]  # fmt: skip
    assert is_met(target=Decimal(75), value=None) is None


# ── set, changed, ended ──────────────────────────────────────────────────────────────────────────────────────


def rows(story: Story) -> list[Mapping[str, Any]]:
    names = ("value_thousandths", "due_on", "start_value_thousandths", "start_as_of", "start_run_number", "note")
    with organisation_scope(story.small.id, write=False):
        return list(Target.objects.order_by("created_at", "id").values(*names, "retired_at"))


def change(story: Story, target: Target, value: str = "80", **changes: Any) -> Target:
    wanted = {"due_on": DUE, "owner": None, "note": "higher", "user": story.world.admin}
    with organisation_scope(story.small.id):
        return change_target(
            organisation=story.world.ours, target_id=target.pk, value=Decimal(value), now=NOW + timedelta(days=1),
            **(wanted | changes),
        )  # fmt: skip


def test_a_change_keeps_the_former_and_its_start(story: Story) -> None:
    run(story, JANUARY)
    first = aim(story, "70", note="first")
    run(story, AS_OF)
    change(story, first, owner=story.world.viewer)
    start = {"start_value_thousandths": 40_000, "start_as_of": JANUARY, "start_run_number": 1}
    later = NOW + timedelta(days=1)
    assert rows(story) == [
        {"value_thousandths": 70_000, "due_on": DUE, **start, "note": "first", "retired_at": later},
        {"value_thousandths": 80_000, "due_on": DUE, **start, "note": "higher", "retired_at": None},
    ]
    with organisation_scope(story.small.id, write=False):
        name, history = target_history(segment_key="all")
    assert name == "All customers"
    assert [(each.value, each.owner_name, each.set_by, each.retired_at) for each in history] == [
        (80, story.world.viewer.name, story.world.admin.name, None),
        (70, "", story.world.admin.name, later),
    ]


def test_a_change_is_refused_as_a_new_target_is_and_then_keeps_the_former(story: Story) -> None:
    made = aim(story, "70")
    for changes, field in (({"value": "101"}, "value"), ({"due_on": date(2026, 3, 1)}, "due_on")):
        with pytest.raises(InvalidInputError) as refused:
            change(story, made, **changes)
        assert list(refused.value.fields) == [field]
    assert [row["retired_at"] for row in rows(story)] == [None]


def test_what_has_ended_is_not_changed(story: Story) -> None:
    made = aim(story, "70")
    with organisation_scope(story.small.id):
        retire_target(organisation=story.world.ours, target_id=made.pk, now=NOW)
    with pytest.raises(NotFoundError):
        change(story, made)
    assert len(rows(story)) == 1


def test_another_organisations_target_is_not_changed(story: Story) -> None:
    made = aim(story, "70")
    with organisation_scope(story.world.other.id), pytest.raises(NotFoundError):
        change_target(
            organisation=story.world.other, target_id=made.pk, value=Decimal(80), due_on=DUE, owner=None, note="",
            user=None, now=NOW,
        )  # fmt: skip
    assert [row["retired_at"] for row in rows(story)] == [None]


def test_a_share_is_at_most_one_for_the_service_and_for_the_table(story: Story) -> None:
    with pytest.raises(InvalidInputError) as refused:
        aim(story, "1.001", measure="active_share")
    assert refused.value.fields == {"value": ["An active share is at most 1, which is 100 %."]}
    with organisation_scope(story.small.id):
        everybody = Segment.objects.get(key="all")
        for measure, value in (("active_share", 1_001), ("score", 100_001), ("points_per_customer", 0)):
            with pytest.raises(IntegrityError, match="insights_target"), transaction.atomic():
                Target.objects.create(
                    organisation=story.world.ours, segment=everybody, measure=measure, value_thousandths=value,
                    due_on=DUE, created_at=NOW,
                )  # fmt: skip
