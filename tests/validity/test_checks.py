"""A check from asking to its results: who counts, what leaves the score, what is said where nothing can be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.ingest.models import Customer
from engagement.scoring.models import ScoreRun, Weight, WeightSet
from engagement.validity.models import Outcome, ValidityCheck, ValidityResult
from engagement.validity.selectors import expired_validity, latest_validity
from engagement.validity.services.asking import check_month, wake_months
from engagement.validity.types import CheckFound, Expiry, Reason, SegmentValidity, Verdict
from tenants.models import Job
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import Small, add_activity
from tests.validity.validity_world import (
    AFTER,
    DURING,
    T,
    asked,
    checked,
    found,
    make_client,
    say_outcome,
    score_day,
    work_off,
)


def _of(check: CheckFound, key: str = "all") -> SegmentValidity:
    return next(one for one in check.segments if one.key == key)


def _rows(world: World) -> list[tuple[int, str, bool, str]]:
    with organisation_scope(world.ours.pk, write=False):
        return [
            (one.number, one.cause, one.finished_at is not None, one.reason)
            for one in ValidityCheck.objects.order_by("number")
        ]


# ── what it finds ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_low_score_came_before_no_repeat(world: World) -> None:
    make_client(world.ours)
    check = checked(world.ours)
    everybody = _of(check)
    assert [one.key for one in check.segments] == ["all", "north", "south"]
    assert (everybody.verdict, everybody.n, everybody.holds) == (Verdict.LOW_FIRST, 400, True)
    assert everybody.auc is not None
    assert 0.5 < everybody.auc.low < everybody.auc.value < everybody.auc.high < 1
    assert sum(one.n for one in everybody.groups) == 400
    assert sum(one.n_outcome for one in everybody.groups) == everybody.n_outcome
    assert everybody.groups[0].share > everybody.groups[-1].share
    assert everybody.brier is not None
    assert everybody.brier_base is not None
    assert everybody.brier < everybody.brier_base
    assert (check.line.state, check.line.as_of, check.line.weight_set_number) == ("done", T, 50)


def test_the_auc_is_that_of_the_score_without_the_outcomes_actions(world: World) -> None:
    """Worked out beside it from the rows that were written: visits + mails of 30 full points, purchases left out."""
    small = make_client(world.ours, n=200, effect=0.4)
    # Somebody who purchased a lot: with purchases in, the score would know.
    add_activity(small, [(number, "purchase", DURING, number % 3) for number in range(1, 201) if number % 3])
    score_day(small, T)
    everybody = _of(checked(world.ours))
    dice = np.random.default_rng(3)
    visits, mails = dice.integers(0, 9, 200), dice.integers(0, 6, 200)
    left = dice.random(200) >= 1 / (1 + np.exp(-(visits - 4) * 0.4))
    purchases = np.array([1 + number % 3 for number in range(1, 201)])
    guarded = np.minimum(visits + mails, 30)
    whole = np.minimum(visits + mails + 10 * purchases, 30)
    assert everybody.auc is not None
    assert everybody.auc_whole is not None
    assert everybody.auc.value == pytest.approx(roc_auc_score(left, -guarded), abs=1e-6)
    assert everybody.auc_whole.value == pytest.approx(roc_auc_score(left, -whole), abs=1e-6)
    assert everybody.auc.value != everybody.auc_whole.value
    assert everybody.n_outcome == int(left.sum())


def test_where_nothing_is_there_nothing_is_found(world: World) -> None:
    make_client(world.ours, effect=0.0, seed=8)
    everybody = _of(checked(world.ours))
    assert (everybody.verdict, everybody.holds) == (Verdict.NO_EVIDENCE, False)
    assert everybody.auc is not None
    assert everybody.auc.low < 0.5 < everybody.auc.high


def test_a_score_that_works_the_other_way_round_is_told(world: World) -> None:
    make_client(world.ours, effect=-0.5)
    assert _of(checked(world.ours)).verdict is Verdict.REVERSED


def test_too_few_outcomes_are_an_answer(world: World) -> None:
    make_client(world.ours, n=70)
    check = checked(world.ours)
    few = _of(check, "south")
    assert (few.verdict, few.n, few.auc, few.groups) == (Verdict.FEW_OUTCOMES, 17, None, ())
    assert _of(check).verdict is not Verdict.FEW_OUTCOMES
    assert check.suggestion is not None
    assert check.suggestion.reason == Reason.FEW_OUTCOMES


def test_a_segment_of_hardly_anybody_has_no_numbers(world: World) -> None:
    make_client(world.ours, n=15)
    few = _of(checked(world.ours), "south")
    assert (few.verdict, few.n, few.n_outcome) == (Verdict.FEW_CUSTOMERS, None, None)


def test_nothing_is_left_where_only_the_outcome_has_points(world: World) -> None:
    make_client(world.ours)
    with organisation_scope(world.ours.pk):
        published = WeightSet.objects.get(state="published")
        Weight.objects.filter(weight_set=published).exclude(action__key="t-purchase").update(weight_thousandths=0)
    score_day(Small(world.ours), T)
    check = checked(world.ours)
    assert (check.line.reason, check.segments, check.suggestion) == (Reason.ONLY_OUTCOME, (), None)


def test_churn_is_nothing_any_more(world: World) -> None:
    """Whoever did anything stays in; the silent of the window are nobody's question."""
    small = make_client(world.ours)
    silent = _silent(small)
    everybody = _of(checked(world.ours, kind="silent", action_keys=[]))
    assert everybody.n == 400
    assert everybody.n_outcome == silent
    assert everybody.auc == everybody.auc_whole  # no single action is the outcome: nothing was taken out


def _silent(small: Small) -> int:
    """Who did nothing after T: mails of some are the only thing they did."""
    with organisation_scope(small.id, write=False):
        numbers = set(Customer.objects.values_list("number", flat=True))
    dice = np.random.default_rng(3)
    visits, _mails = dice.integers(0, 9, 400), dice.integers(0, 6, 400)
    again = dice.random(400) < 1 / (1 + np.exp(-(visits - 4) * 0.5))
    quiet = [number for number in sorted(numbers) if not again[number - 1]]
    add_activity(small, [(number, "mail", AFTER, 1) for number in quiet[:20]])
    return len(quiet) - 20


def test_what_comes_after_the_days_counts_no_more(world: World) -> None:
    small = make_client(world.ours)
    before = _of(checked(world.ours)).n_outcome
    add_activity(small, [(number, "purchase", T + timedelta(days=61), 1) for number in range(1, 401)])
    say_outcome(world.ours, is_monthly=False)
    made = asked(world.ours)
    work_off(world.ours)
    assert _of(found(world.ours, number=made.number)).n_outcome == before


def test_who_was_merged_since_is_left_out_and_counts_as_whom_into(world: World) -> None:
    small = make_client(world.ours)
    with organisation_scope(world.ours.pk):
        Customer.objects.filter(number=1).update(merged_into=2)
    add_activity(small, [(1, "purchase", AFTER, 1)])
    check = checked(world.ours)
    assert (_of(check).n, check.line.left_out) == (399, 1)


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_asking_twice_is_asking_once_and_results_never_change(world: World) -> None:
    make_client(world.ours)
    say_outcome(world.ours)
    assert asked(world.ours).number == asked(world.ours).number == 1
    assert work_off(world.ours) == 1
    first = found(world.ours, number=1)
    with organisation_scope(world.ours.pk):
        Job.objects.update(state="waiting", finished_at=None, lease_until=None)
    assert work_off(world.ours) == 1
    assert found(world.ours, number=1) == first
    assert asked(world.ours).number == 2
    assert _rows(world) == [(1, "asked", True, ""), (2, "asked", False, "")]


def test_without_an_outcome_or_an_old_enough_day_there_is_nothing_to_ask(world: World) -> None:
    make_client(world.ours)
    with pytest.raises(ConflictError, match="outcome"):
        asked(world.ours)
    say_outcome(world.ours, days=61)
    with pytest.raises(ConflictError, match="61"):
        asked(world.ours)
    with organisation_scope(world.ours.pk):
        ScoreRun.objects.update(thinned_at=NOW)
    say_outcome(world.ours, days=30)
    with pytest.raises(ConflictError):
        asked(world.ours)
    assert _rows(world) == []


def test_a_check_of_a_run_that_was_thinned_meanwhile_fails_in_words(world: World) -> None:
    make_client(world.ours)
    say_outcome(world.ours)
    asked(world.ours)
    with organisation_scope(world.ours.pk):
        ScoreRun.objects.update(thinned_at=NOW)
    work_off(world.ours)
    assert found(world.ours, number=1).line.state == "failed"
    with organisation_scope(world.ours.pk, write=False):
        assert "sums only" in Job.objects.get().refusal
        assert not ValidityResult.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "other"}, "kind"),
        ({"action_keys": []}, "actions"),
        ({"action_keys": ["nothing"]}, "actions"),
        ({"days": 6}, "days"),
        ({"days": 366}, "days"),
    ],
)
def test_an_outcome_is_checked(world: World, changes: dict[str, Any], field: str) -> None:
    make_client(world.ours, n=5)
    with pytest.raises(InvalidInputError) as refused:
        say_outcome(world.ours, **changes)
    assert list(refused.value.fields) == [field]
    with organisation_scope(world.ours.pk, write=False):
        assert not Outcome.objects.exists()


def test_the_same_outcome_said_again_is_no_version(world: World) -> None:
    make_client(world.ours, n=5)
    say_outcome(world.ours)
    say_outcome(world.ours)
    say_outcome(world.ours, days=30)
    with organisation_scope(world.ours.pk, write=False):
        assert list(Outcome.objects.order_by("number").values_list("number", "days")) == [(1, 60), (2, 30)]


def test_an_unknown_check_is_not_found(world: World) -> None:
    make_client(world.ours, n=5)
    for number in (1, 2**40):
        with pytest.raises(NotFoundError):
            found(world.ours, number=number)


# ── by itself ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_month_is_checked_once(world: World) -> None:
    make_client(world.ours)
    assert not check_month(organisation_id=world.ours.pk, now=NOW)
    say_outcome(world.ours)
    assert not check_month(organisation_id=world.ours.pk, now=NOW - timedelta(days=1))  # T + 60 is not over
    assert check_month(organisation_id=world.ours.pk, now=NOW)
    assert not check_month(organisation_id=world.ours.pk, now=NOW)
    assert _rows(world) == [(1, "monthly", False, "")]
    assert wake_months() == 1
    say_outcome(world.ours, is_monthly=False)
    assert not check_month(organisation_id=world.ours.pk, now=NOW)
    assert wake_months() == 0


# ── how long it counts ───────────────────────────────────────────────────────────────────────────────────────


def test_a_check_counts_for_120_days(world: World) -> None:
    make_client(world.ours)
    checked(world.ours)
    for days, expiry in ((120, None), (121, Expiry.OLD)):
        later = NOW + timedelta(days=days)
        with organisation_scope(world.ours.pk, write=False):
            latest = latest_validity(organisation=world.ours, now=later)
            expired = expired_validity(organisation=world.ours, now=later)
        assert latest is not None
        assert (latest.check_number, latest.expiry, expired is not None) == (1, expiry, expiry is not None)


def test_other_weights_or_another_outcome_end_it(world: World) -> None:
    make_client(world.ours)
    checked(world.ours)
    say_outcome(world.ours, days=50)
    assert found(world.ours, number=1).line.expiry is Expiry.OTHER_OUTCOME
    say_outcome(world.ours, days=60)
    check = checked(world.ours, days=60)
    assert check.line.expiry is None
    with organisation_scope(world.ours.pk):
        WeightSet.objects.filter(state="published").update(number=51)
    assert found(world.ours, number=check.line.number).line.expiry is Expiry.OTHER_WEIGHTS
    with organisation_scope(world.ours.pk, write=False):
        nothing = latest_validity(organisation=world.ours, segment_key="nowhere", now=NOW)
    assert nothing is None
