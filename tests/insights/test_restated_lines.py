"""Restating the past: both lines stay, the pointer decides, and cancelling puts back what counted before."""

from __future__ import annotations

import re
import threading
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.insights.selectors import scorecard_points
from engagement.insights.services import request_run, run_request, score
from engagement.insights.services.dispatch import dispatch_due
from engagement.scoring import services
from engagement.scoring.models import Restatement, RunPointer, RunRequest, ScoreRun, WeightSet
from engagement.scoring.runs.lines import runs_as_they_were
from engagement.scoring.selectors.publishing import past_of, publishing_record, restatement_of, running_restatement
from engagement.scoring.types import DraftChange
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, build_world
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, make_small

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)
DAYS = [YESTERDAY - timedelta(days=back) for back in range(6)]  # the newest first
OLD, NEW = 50, 51


def _scored(world: World) -> Small:
    """Six days scored with set 50, and one purchase each by 40 customers, worth 10 of 40 full points."""
    small = make_small(world.ours, weights={"purchase": ("purchase", 10_000, None)}, full_points=40_000)
    add_customers(small, [(number, {}) for number in range(1, 41)])
    add_activity(small, [(number, "purchase", AS_OF - timedelta(days=20), 1) for number in range(1, 41)])
    for day in reversed(DAYS):
        _score(small, day)
    return small


def _score(small: Small, day: date, **said: Any) -> ScoreRun:
    return score(organisation_id=small.id, as_of=day, cause="schedule", now=NOW, **said)


def _publish(small: Small, *, full_points: int = 20, **said: Any) -> int:
    """The same weights with other full points: 20 doubles every score."""
    with organisation_scope(small.id):
        change = DraftChange(
            window_days=90, half_life_days=None, full_points=Decimal(full_points), full_points_from="own", weights={}
        )  # fmt: skip
        draft = services.change_draft(organisation=small.organisation, change=change, user=None, now=NOW)
        view = services.publish(
            organisation=small.organisation, user=None, note="Level", changed_at=draft.changed_at, now=NOW, **said
        )
        return view.number


def _restate(small: Small, first_day: date, *, number: int = NEW) -> int:
    with organisation_scope(small.id):
        return services.restate(organisation=small.organisation, number=number, first_day=first_day, user=None, now=NOW)


def _waiting(small: Small) -> list[RunRequest]:
    with organisation_scope(small.id, write=False):
        return list(RunRequest.objects.filter(state="waiting").order_by("requested_at", "as_of"))


def _work(small: Small, *, at_most: int = 100) -> list[date]:
    """What workers would do: requests in turn, until nothing waits; the days in their order."""
    done: list[date] = []
    while (waiting := _waiting(small)) and len(done) < at_most:
        run_request(organisation_id=small.id, request_id=waiting[0].pk, now=NOW)
        done.append(waiting[0].as_of)
    return done


def _in_force(small: Small) -> dict[date, int]:
    with organisation_scope(small.id, write=False):
        pointers = RunPointer.objects.select_related("run__weight_set")
        return {pointer.as_of: pointer.run.weight_set.number for pointer in pointers}


def _sets(small: Small, restated: int) -> dict[date, int]:
    """What is in force when so many days before yesterday have been restated."""
    return {day: NEW if place <= restated else OLD for place, day in enumerate(DAYS)}


@pytest.fixture
def small(world: World) -> Small:
    return _scored(world)


def _scored_twice(world: World) -> Small:
    """Set 51 counts from yesterday on, and yesterday has been scored with it."""
    small = _scored(world)
    assert _publish(small) == NEW
    assert _work(small) == [YESTERDAY]
    return small


@pytest.fixture
def changed(world: World) -> Small:
    return _scored_twice(world)


def test_publishing_starts_a_new_line_and_the_past_keeps_its_own(changed: Small) -> None:
    assert _in_force(changed) == _sets(changed, 0)
    # Late data for a past day does not change the measure of that day.
    _score(changed, DAYS[3])
    assert _in_force(changed) == _sets(changed, 0)
    with organisation_scope(changed.id, write=False):
        assert not ScoreRun.objects.filter(restates=True).exists()


def test_the_past_is_restated_day_by_day_the_newest_first_and_the_old_runs_stay(changed: Small) -> None:
    with organisation_scope(changed.id, write=False):
        before = {run.as_of: run for run in ScoreRun.objects.filter(weight_set__number=OLD)}
        assert past_of(organisation=changed.organisation, number=NEW, now=NOW).days == tuple(DAYS[1:])
    assert _restate(changed, DAYS[3]) == 3
    assert [request.as_of for request in _waiting(changed)] == [DAYS[1]]  # one at a time
    assert _work(changed) == DAYS[1:4]
    assert _in_force(changed) == _sets(changed, 3)
    with organisation_scope(changed.id, write=False):
        assert set(ScoreRun.objects.filter(restates=True).values_list("as_of", "cause")) == {
            (day, "restated") for day in DAYS[1:4]
        }
        assert runs_as_they_were(DAYS) == {day: before[day] for day in DAYS[1:4]}
        line = restatement_of(organisation=changed.organisation, number=NEW)
        assert line is not None
        assert (line.state, line.days, line.done, line.failed, line.first_day) == ("done", 3, 3, 0, DAYS[3])
        assert running_restatement(organisation=changed.organisation) is None
        steps = publishing_record(organisation=changed.organisation, number=NEW)
        assert [(step.what, step.note) for step in steps][-1] == ("restated", f"3 days from {DAYS[3]} on")


def test_late_data_does_not_take_a_restatement_back(changed: Small) -> None:
    _restate(changed, DAYS[2])
    _work(changed)
    add_activity(changed, [(1, "purchase", AS_OF - timedelta(days=20), 1)])
    with organisation_scope(changed.id):
        request_run(organisation=changed.organisation, as_of=DAYS[2], user=None, cause="request", now=NOW)
    _work(changed)
    assert _in_force(changed) == _sets(changed, 2)
    with organisation_scope(changed.id, write=False):
        latest = ScoreRun.objects.order_by("-number")[0]
        assert (latest.as_of, latest.cause, latest.restates) == (DAYS[2], "request", True)
        assert runs_as_they_were([DAYS[2]])[DAYS[2]].weight_set.number == OLD


def test_progress_is_counted_and_a_day_that_cannot_be_scored_does_not_stop_it(changed: Small) -> None:
    _restate(changed, DAYS[5])
    _work(changed, at_most=2)
    with organisation_scope(changed.id, write=False):
        line = running_restatement(organisation=changed.organisation)
    assert line is not None
    assert (line.done, line.days, line.state) == (2, 5, "running")
    with patch("engagement.insights.services.requests.score", side_effect=ConflictError("Not this day.")):
        _work(changed, at_most=1)
    _work(changed)
    with organisation_scope(changed.id, write=False):
        line = restatement_of(organisation=changed.organisation, number=NEW)
    assert line is not None
    assert (line.done, line.failed, line.state) == (4, 1, "done")
    assert _in_force(changed) == {**_sets(changed, 5), DAYS[3]: OLD}


def _take_back(small: Small, number: int = NEW) -> int:
    with organisation_scope(small.id):
        return services.take_back(organisation=small.organisation, number=number, user=None, now=NOW)


@pytest.mark.parametrize("days", [1, 2, 5])
def test_a_restatement_is_cancelled_or_taken_back_whole(changed: Small, days: int) -> None:
    with organisation_scope(changed.id, write=False):
        before = dict(RunPointer.objects.values_list("as_of", "run_id"))
    _restate(changed, DAYS[5])
    _work(changed, at_most=days)
    assert _in_force(changed) == _sets(changed, days)
    assert _take_back(changed) == days
    assert _waiting(changed) == []
    with organisation_scope(changed.id, write=False):
        assert dict(RunPointer.objects.values_list("as_of", "run_id")) == before
        line = restatement_of(organisation=changed.organisation, number=NEW)
        assert line is not None
        assert line.state == "cancelled"
        assert ScoreRun.objects.filter(restates=True).count() == days  # on record
    with pytest.raises(ConflictError):
        _take_back(changed)
    assert _restate(changed, DAYS[5]) == 5  # and it can be begun again


def test_a_day_that_was_being_scored_when_it_was_cancelled_is_put_back(changed: Small) -> None:
    """The worker has claimed the day and not yet made its run: it finishes, and what counted before counts again."""
    _restate(changed, DAYS[2])
    request = _waiting(changed)[0]
    whole = score

    def cancelled_first(**asked: Any) -> ScoreRun:
        _take_back(changed)
        return whole(**asked)

    with patch("engagement.insights.services.requests.score", cancelled_first):
        run_request(organisation_id=changed.id, request_id=request.pk, now=NOW)
    assert _in_force(changed) == _sets(changed, 0)
    assert _waiting(changed) == []


@pytest.mark.django_db(transaction=True)
def test_a_run_that_was_under_way_when_it_was_cancelled_never_counts() -> None:
    small = _scored_twice(build_world())
    _restate(small, DAYS[2])
    request = _waiting(small)[0]
    whole = score

    def cancelled_by_somebody(_done: int, _of: int) -> None:
        def act() -> None:
            _take_back(small)
            connection.close()

        somebody = threading.Thread(target=act)
        somebody.start()
        somebody.join()

    with patch(
        "engagement.insights.services.requests.score", lambda **asked: whole(**asked, progress=cancelled_by_somebody)
    ):
        assert run_request(organisation_id=small.id, request_id=request.pk, now=NOW) is None
    assert _in_force(small) == _sets(small, 0)
    with organisation_scope(small.id, write=False):
        run = ScoreRun.objects.order_by("-number")[0]
        assert (run.state, run.error) == ("failed", "The restatement was cancelled.")
        assert Restatement.objects.get().state == "cancelled"
    assert _waiting(small) == []


def test_a_day_scored_once_more_since_is_scored_again_when_it_is_taken_back(changed: Small) -> None:
    _restate(changed, DAYS[2])
    _work(changed)
    _score(changed, DAYS[1])
    _take_back(changed)
    assert _in_force(changed) == _sets(changed, 0)
    assert [request.as_of for request in _waiting(changed)] == [DAYS[1]]
    _work(changed)
    assert _in_force(changed) == _sets(changed, 0)


def test_restating_while_publishing_and_on_a_later_day(small: Small) -> None:
    _publish(small, restate_from=DAYS[2])
    assert sorted(_work(small)) == sorted(DAYS[:3])
    assert _in_force(small) == _sets(small, 2)
    later = TODAY + timedelta(days=3)
    number = _publish(small, full_points=10, effective_from=later, restate_from=DAYS[4])
    assert _waiting(small) == []
    services.put_due_in_force(now=NOW + timedelta(days=3))
    assert sorted(_work(small)) == sorted([*DAYS[:5], later])
    expected = dict.fromkeys([*DAYS[:5], later], number) | {DAYS[5]: OLD}
    assert _in_force(small) == expected
    # Taken back, the line is the one restated before, not the oldest.
    _take_back(small, number)
    assert _in_force(small) == {**_sets(small, 2), later: number}


def test_a_restatement_that_was_chosen_waits_for_the_one_that_runs(changed: Small) -> None:
    _restate(changed, DAYS[5])
    _work(changed, at_most=1)
    number = _publish(changed, full_points=10, restate_from=DAYS[5])
    with organisation_scope(changed.id, write=False):
        assert [row.weight_set.number for row in Restatement.objects.filter(state="running")] == [NEW]
    _work(changed)
    assert _in_force(changed) == dict.fromkeys(DAYS, number)


def test_what_cannot_be_restated(changed: Small, world: World) -> None:
    for number, error in ((OLD, ConflictError), (99, NotFoundError)):
        with pytest.raises(error):
            _restate(changed, DAYS[5], number=number)
    with pytest.raises(InvalidInputError) as refused:
        _restate(changed, YESTERDAY)
    assert list(refused.value.fields) == ["first_day"]
    _restate(changed, DAYS[5])
    with pytest.raises(ConflictError, match="already"):
        _restate(changed, DAYS[5])
    with organisation_scope(world.other.id), pytest.raises(NotFoundError):
        services.take_back(organisation=world.other, number=NEW, user=None, now=NOW)


def test_a_nightly_scoring_and_a_restatement_of_the_same_day_do_not_disturb_each_other(changed: Small) -> None:
    """The clock asks for yesterday while yesterday waits to be restated: two requests, and the restated one counts."""
    _publish(changed, full_points=10, effective_from=TODAY)
    with organisation_scope(changed.id):
        RunRequest.objects.filter(state="waiting").delete()
        Organisation.objects.filter(pk=changed.id).update(schedule="nightly", schedule_hour=0)
    _restate(changed, DAYS[2], number=52)
    assert dispatch_due(now=NOW) == 1
    waiting = {(request.as_of, request.cause) for request in _waiting(changed)}
    assert waiting == {(YESTERDAY, "restated"), (YESTERDAY, "schedule")}
    _work(changed)
    with organisation_scope(changed.id, write=False):
        assert WeightSet.objects.get(state="published").number == 52
    assert _in_force(changed) == {**_sets(changed, 0), **dict.fromkeys(DAYS[:3], 52)}


def _trend(small: Small, line: str) -> list[tuple[date, Fraction | None, int, date | None, bool, bool]]:
    with organisation_scope(small.id, write=False):
        points = scorecard_points(
            organisation=small.organisation, now=NOW, first=DAYS[-1], last=TODAY, line=line
        )  # fmt: skip
    return [(p.as_of, p.figures.score, p.weight_set_number, p.holds_from, p.restates, p.has_other_line) for p in points]


def test_both_lines_of_the_trend_stay_available(changed: Small) -> None:
    """Full points 40, then 20: 25 as it was, 50 restated; each point says since when its set holds in its line."""
    quarter, half = Fraction(25), Fraction(50)
    before: list[Any] = [*((day, quarter, OLD, None, False, False) for day in reversed(DAYS[1:]))]
    before.append((YESTERDAY, half, NEW, YESTERDAY, False, False))
    assert _trend(changed, "restated") == _trend(changed, "as-it-was") == before
    _restate(changed, DAYS[2])
    _work(changed)
    then = [(*line[:5], line[0] in DAYS[1:3]) for line in before]
    assert _trend(changed, "as-it-was") == then
    now = [*then[:3], *((day, half, NEW, DAYS[2], True, True) for day in (DAYS[2], DAYS[1])), before[-1]]
    assert _trend(changed, "restated") == now
    _take_back(changed)
    assert _trend(changed, "restated") == _trend(changed, "as-it-was") == before


def test_pages_and_api_give_either_line_and_refuse_a_third(changed: Small, world: World) -> None:
    client = Client()
    client.force_login(world.viewer)
    page, api = f"/o/{world.ours.slug}/", f"/api/v1/organisations/{world.ours.slug}/"
    with patch("django.utils.timezone.now", return_value=NOW):
        assert "As it was" not in client.get(page).content.decode()
        _restate(changed, DAYS[2])
        _work(changed)
        for address in (page, f"{page}segments/all/"):
            shown = client.get(f"{address}?as_of={DAYS[2]}").content.decode()
            assert re.search(r'aria-current="true">Restated</a>', shown)
            shown = client.get(f"{address}?as_of={DAYS[2]}&line=as-it-was").content.decode()
            assert re.search(r'aria-current="true">As it was</a>', shown)
            assert "table=trend&amp;as_of=2026-02-27&amp;line=as-it-was" in shown
            assert client.get(f"{address}?line=third").status_code == 400
        for line, score_then in (("as-it-was", "25.000000"), ("restated", "50.000000")):
            for path, points in (("scorecard/", "trend"), ("scorecard/", "points"), ("segments/all/figures/", "trend")):
                asked = f"{api}{path}?as_of={DAYS[2]}&line={line}"
                asked += f"&from={DAYS[2]}&to={DAYS[2]}" if points == "points" else ""
                last = client.get(asked).json()[points][-1]
                assert (last["figures"]["score"], last["has_other_line"]) == (score_then, True)
        csv = client.get(f"{page}scorecard.csv?table=trend&as_of={DAYS[2]}&line=as-it-was").content.decode()
        assert ",50," in csv.splitlines()[-1]
        assert client.get(f"{api}scorecard/?line=third").status_code == 400
