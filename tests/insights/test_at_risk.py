"""Who is at risk: the rule against plain Python, what is no baseline, what a list keeps, and who never stands on it."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Any

import pytest

from engagement.errors import InvalidInputError
from engagement.insights.models import Outreach, RiskCohort, RiskRule
from engagement.insights.risk_types import State
from engagement.insights.selectors import at_risk as selecting
from engagement.insights.selectors.at_risk import fall_rule, fall_rules
from engagement.insights.selectors.following import OTHER_WEIGHTS
from engagement.insights.services import score
from engagement.scoring.blocks import unpack
from engagement.scoring.models import ScoreRun, WeightSet
from tenants.models import AuditEntry
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.ingest.conftest import broker, uploads
from tests.insights.erasing_world import erased
from tests.insights.risk_world import (
    BEFORE,
    STORY,
    Scores,
    latest_run,
    make_client,
    numbers,
    page,
    ruled,
    taken_up,
)
from tests.insights.scoring_world import AS_OF, add_activity, add_customers, make_small

__all__ = ["broker", "uploads"]
DAY = AS_OF


def test_who_fell_by_enough_from_high_enough_the_largest_fall_first(world: World) -> None:
    make_client(world.ours, STORY)
    found = page(world.ours)
    said = [(line.number, line.baseline, line.score, line.fall, line.days_since_last_action) for line in found.lines]
    assert said == [(4, 90, 0, 90, None), (1, 80, 20, 60, 0), (2, 60, 40, 20, 0)]
    assert (found.at_risk, found.kept, found.total, found.silent, found.unknown) == (3, 3, 3, 1, 0)
    assert [base.why_not for base in found.bases] == ["", "", ""]
    assert dict(found.by_state) == {State.NEW: 3, State.CONTACTED: 0, State.CLOSED: 0}


def expected(scores: Scores, *, fall: int, least: int, runs: int) -> list[int]:
    """The rule in the plainest Python there is."""
    found = []
    for number, (*earlier, now) in scores.items():
        known = [Fraction(value) for value in earlier[-runs:] if value is not None]
        if now is None or len(known) < 2:
            continue
        usual = Fraction(median(known))
        if usual >= least and usual - now >= fall:
            found.append((now - usual, number))
    return [number for _, number in sorted(found)]


def test_every_rule_finds_whom_plain_python_finds(world: World) -> None:
    draw = random.Random(5)
    scores: dict[int, Any] = {}
    for number in range(1, 81):
        first = draw.choice([0, 0, 0, 1, 2, 3])
        scores[number] = tuple(None if at < first else draw.randint(0, 100) for at in range(4))
    make_client(world.ours, scores)
    sizes = set()
    for fall, least, runs in [(20, 30, 3), (1, 0, 3), (50, 30, 3), (20, 80, 3), (20, 30, 2), (100, 100, 2), (7, 55, 3)]:
        ruled(world.ours, fall=fall, least=least, runs=runs)
        wanted = expected(scores, fall=fall, least=least, runs=runs)
        assert numbers(world.ours, per_page=100) == wanted
        sizes.add(len(wanted))
    assert len(sizes) > 4  # the rules do find different people


def test_without_two_earlier_scores_there_is_no_baseline_and_nobody_is_at_risk(world: World) -> None:
    make_client(world.ours, {**STORY, 20: (None, None, 90, 0), 21: (None, 90, 90, 0), 22: (None, None, None, 0)})
    found = page(world.ours)
    assert [line.number for line in found.lines] == [4, 21, 1, 2]
    assert found.unknown == 2


def test_a_run_with_other_weights_is_no_baseline(world: World) -> None:
    make_client(world.ours, STORY)
    with organisation_scope(world.ours.pk):
        former = WeightSet.objects.get(number=50)
        other = WeightSet.objects.create(
            organisation=world.ours, number=49, state="retired", full_points_thousandths=1, created_at=NOW,
            changed_at=NOW,
        )  # fmt: skip
        assert former.pk != other.pk
        ScoreRun.objects.filter(as_of=BEFORE[0]).update(weight_set=other)
    assert [base.why_not for base in page(world.ours).bases] == [OTHER_WEIGHTS, "", ""]
    assert page(world.ours).has_baseline
    with organisation_scope(world.ours.pk):
        ScoreRun.objects.filter(as_of=BEFORE[1]).update(weight_set=other)
    found = page(world.ours)
    assert (found.has_baseline, found.at_risk, found.unknown) == (False, 0, len(STORY))


def test_another_rule_of_an_action_is_no_baseline_either(world: World) -> None:
    make_client(world.ours, STORY)
    with organisation_scope(world.ours.pk):
        run = ScoreRun.objects.get(as_of=BEFORE[2])
        run.uses["actions"][0]["definition"] += 1
        run.save(update_fields=["uses"])
    assert [bool(base.why_not) for base in page(world.ours).bases] == [False, False, True]


def test_the_list_is_of_the_latest_finished_day(world: World) -> None:
    small = make_client(world.ours, STORY)
    today = world.ours.today(NOW)
    score(organisation_id=small.id, as_of=today, cause="intraday", now=NOW)
    found = page(world.ours)
    assert found.run is not None
    assert found.run.as_of == AS_OF


def test_weeks_are_compared_with_weeks(world: World) -> None:
    small = make_small(world.ours, weights={"visit": ("website", 1_000, None)}, full_points=100_000, window_days=7)
    add_customers(small, [(1, {}), (2, {})])
    sundays = [AS_OF - timedelta(days=6 + 7 * back) for back in range(3)]  # the Sundays before Saturday, 28 February
    add_activity(small, [(1, "visit", day, 80) for day in sundays])
    for day in (*sundays[::-1], AS_OF):
        score(organisation_id=small.id, as_of=day, cause="history", now=NOW)
    assert numbers(world.ours) == []
    ruled(world.ours, by="week")
    assert numbers(world.ours) == []  # the week is still in the window
    score(organisation_id=small.id, as_of=AS_OF + timedelta(days=1), cause="history", now=NOW)
    assert numbers(world.ours) == [1]


def test_another_organisations_customers_are_never_on_it(world: World) -> None:
    make_client(world.ours, STORY)
    make_client(world.strange, {number + 100: of for number, of in STORY.items()})
    assert numbers(world.ours) == [4, 1, 2]
    assert numbers(world.strange) == [104, 101, 102]
    assert numbers(world.ours) == [4, 1, 2]


def test_a_list_keeps_the_largest_falls_and_says_how_many_there_were(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "KEPT", 2)
    make_client(world.ours, STORY)
    found = page(world.ours)
    assert ([line.number for line in found.lines], found.at_risk, found.kept) == ([4, 1], 3, 2)


def test_pages_and_filters(world: World) -> None:
    make_client(world.ours, STORY)
    taken_up(world.ours, 1, owner=world.consultant)
    taken_up(world.ours, 2, owner=world.consultant, how="call", contacted_on=DAY)
    assert numbers(world.ours, per_page=2, page=2) == [2]
    assert numbers(world.ours, per_page=2, page=9) == [2]
    assert numbers(world.ours, state="new") == [4, 1]
    assert numbers(world.ours, state="contacted") == [2]
    assert numbers(world.ours, owner=world.consultant.email) == [1, 2]
    assert numbers(world.ours, owner="nobody") == [4]
    assert numbers(world.ours, segment_key="all") == [4, 1, 2]


# ── the rule ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_rules_are_numbered_and_kept(world: World) -> None:
    ruled(world.ours, fall="12.5")
    ruled(world.ours, fall="12.5")  # says the same
    ruled(world.ours, runs=6, by="week")
    with organisation_scope(world.ours.pk, write=False):
        assert [(rule.number, rule.fall, rule.by.value, rule.runs) for rule in fall_rules()] == [
            (2, Decimal(20), "week", 6),
            (1, Decimal("12.5"), "month", 3),
        ]
        assert fall_rule().number == RiskRule.objects.count() == 2
        assert AuditEntry.objects.filter(act="at_risk.rule_set").count() == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [("fall", "0.5"), ("fall", "NaN"), ("fall", "20.0001"), ("least", "-1"), ("least", "101"), ("by", "quarter"),
     ("runs", 1), ("runs", 13)],
)  # fmt: skip
def test_what_no_rule_can_be_is_refused_beside_its_field(world: World, field: str, value: Any) -> None:
    with pytest.raises(InvalidInputError) as refused:
        ruled(world.ours, **{field: value})
    assert list(refused.value.fields) == [field]


# ── somebody erased ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("uploads", "broker")
def test_somebody_erased_is_on_no_list_and_in_no_outreach(world: World) -> None:
    make_client(world.ours, STORY)
    taken_up(world.ours, 1, how="call", contacted_on=DAY, note="Moved to Ghent")
    taken_up(world.ours, 4, owner=world.consultant)
    assert numbers(world.ours) == [4, 1, 2]
    steps = erased(world.ours, 1).steps
    assert numbers(world.ours) == [4, 2]
    with organisation_scope(world.ours.pk, write=False):
        assert list(Outreach.objects.values_list("customer_number", flat=True)) == [4]
        (cohort,) = RiskCohort.objects.all()
        assert [int(n) for n in unpack(bytes(cohort.packed))[0]] == [4, 2]
        assert cohort.n == 3
    assert "outreach" in str(steps)
    assert latest_run(world.ours) is not None
