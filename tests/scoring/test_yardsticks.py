"""Clients under one template: exact, in the background, row by row in their own scopes, and honest about what lacks."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest

from engagement.errors import InvalidInputError, NotFoundError
from engagement.insights.services import score
from engagement.insights.services.dispatch import sweep
from engagement.insights.tasks import yardstick as yardstick_task
from engagement.scoring.models import (
    ActionDefinition,
    CountBlock,
    RunPointer,
    ScoreRun,
    WeightOverride,
    WeightSet,
    YardstickScore,
)
from engagement.scoring.services import yardstick_work
from engagement.scoring.services.yardstick_work import MAX_ATTEMPTS, run_yardstick
from engagement.scoring.templating import yardstick as words
from engagement.scoring.templating.yardstick import Fit, said_of
from tenants.models import AuditEntry, Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import add_activity, add_customers
from tests.scoring.templates_world import next_version
from tests.scoring.yardstick_world import DAY, action, ask, line, measured, rows, template, work, yardstick

LATER = NOW + timedelta(hours=1)


def test_everybody_is_scored_with_the_templates_numbers_and_the_sums_are_exact(world: World) -> None:
    measured(world.ours, {"visit": [1, 5, 20, 0], "purchase": [0, 1, 0, 0]})
    said = yardstick(action("visit", "1", cap=8), action("purchase", "2.5"), full_points="10")
    key = template(world, said=said)
    assert ask(world, key) == 2  # both clients of the firm
    assert work(world.ours) == [True]
    found = line(world.ours)
    # points 1 · 5 + 2.5 · 8 (the cap) · 0 of ten
    scores = [10_000_000, 75_000_000, 80_000_000, 0]
    assert (found.state, found.reason, found.as_of, found.run_number) == ("done", "", DAY, 1)
    assert found.sums is not None
    assert (found.sums.n, found.sums.total, found.sums.squares) == (4, sum(scores), sum(x * x for x in scores))
    assert (found.sums.open_above, found.sums.open_below) == (False, False)
    assert [(fit.key, fit.fit) for fit in found.fits] == [("t-visit", Fit.SAME), ("t-purchase", Fit.SAME)]


def test_a_rule_of_the_clients_own_is_told_from_the_templates(world: World) -> None:
    measured(world.ours, {"visit": [1, 2, 3]})
    ask(world, template(world, said=yardstick(action("visit", "1", event_names=["visit", "page"]))))
    work(world.ours)
    found = line(world.ours)
    assert ([fit.fit for fit in found.fits], found.missing) == ([Fit.OWN_RULE], ())


def test_what_the_client_does_not_count_is_not_measured_and_never_zero(world: World) -> None:
    measured(world.ours, {"visit": [1, 2, 3]})
    said = yardstick(
        action("visit", "1"), action("purchase", "2"), action("refund", "-1"), action("idle", "0"),
        action("visitor", "3", measure="sum", value_property="amount", value_scale=2, currency="EUR"),
    )  # fmt: skip
    ask(world, template(world, said=said))
    work(world.ours)
    found = line(world.ours)
    assert [(fit.key, fit.fit, fit.adds) for fit in found.missing] == [
        ("t-purchase", Fit.MISSING, True), ("t-refund", Fit.MISSING, False), ("t-visitor", Fit.MISSING, True),
    ]  # fmt: skip
    assert found.sums is not None
    assert (found.sums.open_above, found.sums.open_below) == (True, True)
    assert "t-idle" not in [fit.key for fit in found.fits]  # worth nothing, so nothing lacks


def test_an_amount_is_not_compared_with_occurrences(world: World) -> None:
    measured(world.ours, {"visit": [1, 2, 3], "purchase": [1, 1, 1]})
    amount: dict[str, Any] = {"measure": "sum", "value_property": "amount", "value_scale": 2, "currency": "EUR"}
    ask(world, template(world, said=yardstick(action("visit", "1"), action("purchase", "2", **amount))))
    work(world.ours)
    assert [fit.fit for fit in line(world.ours).fits] == [Fit.SAME, Fit.OTHERWISE]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (yardstick(window_days=90), "It looks back 28 days, the template 90 days: "),
        (yardstick(half_life_days=7), "It has another half-life than the template"),
        (yardstick(action("call", "2")), "It measures none of the template’s actions that give points."),
    ],
)
def test_a_client_that_cannot_be_measured_says_why(world: World, said: dict[str, Any], reason: str) -> None:
    measured(world.ours, {"visit": [1, 2, 3]})
    ask(world, template(world, said=said))
    assert work(world.ours) == [True]
    found = line(world.ours)
    assert (found.state, found.sums) == ("done", None)
    assert found.reason.startswith(reason)


def test_a_kept_reason_with_numbers_is_put_together_again() -> None:
    kept = "It looks back 28 days, the template 1 day: the stored counts are of another window."
    assert (said_of(kept), said_of("")) == (kept, "")
    with patch.object(words, "npgettext", lambda *_forms: "{n} Tage"):
        assert said_of(kept).startswith("It looks back 28 Tage, the template 1 Tage: ")


def test_a_client_without_a_run_or_without_its_counts_says_so(world: World) -> None:
    measured(world.ours, {"visit": [1, 2, 3]})
    with organisation_scope(world.ours.pk):
        ScoreRun.objects.update(thinned_at=NOW)
        CountBlock.objects.all().delete()
    ask(world, template(world))
    work(world.ours)
    work(world.other)
    assert line(world.ours).reason == "The counts of its latest scoring have been let go."
    assert (line(world.other).reason, line(world.other).as_of) == ("It has not been scored yet.", None)


def test_nothing_of_a_clients_own_configuration_changes(world: World) -> None:
    measured(world.ours, {"visit": [1, 2, 3]})

    def state() -> list[Any]:
        with organisation_scope(world.ours.pk):
            listed = (WeightSet, WeightOverride, ActionDefinition, ScoreRun, RunPointer)
            entries = AuditEntry.objects.count()
            return [*(list(model.objects.order_by("id").values()) for model in listed), entries]

    before = state()
    ask(world, template(world))
    work(world.ours)
    assert state() == before
    with organisation_scope(world.firm.pk):
        content = AuditEntry.objects.order_by("number").last()
        assert content is not None
        assert '"act":"yardstick.asked"' in content.content
        assert '"new":{"clients":2,"version":1}' in content.content


def test_full_points_from_each_clients_data_are_no_yardstick(world: World) -> None:
    key = template(world, said=yardstick() | {"full_points": {"from": "median", "value": None}})
    with pytest.raises(InvalidInputError) as refused:
        ask(world, key)
    assert "no common yardstick" in refused.value.fields["template"][0]
    assert rows(world.ours) == []


def test_asking_for_a_template_of_another_firm_is_asking_for_none(world: World) -> None:
    with pytest.raises(NotFoundError):
        ask(world, "standard")


def test_clients_of_others_and_clients_that_rest_have_no_rows(world: World) -> None:
    measured(world.ours, {"visit": [1, 2, 3]})
    with organisation_scope(world.other.pk):
        Organisation.objects.filter(pk=world.other.pk).update(suspended_at=NOW)
    assert ask(world, template(world)) == 1
    assert (len(rows(world.ours)), rows(world.other), rows(world.strange)) == (1, [], [])


def test_asking_twice_is_asking_once_and_a_failed_one_begins_again(world: World) -> None:
    measured(world.ours, {"visit": [1, 2, 3]})
    key = template(world)
    assert (ask(world, key), ask(world, key)) == (2, 2)
    work(world.ours)
    assert ask(world, key) == 1  # the other client still waits
    (row,) = rows(world.ours)
    with organisation_scope(world.ours.pk):
        YardstickScore.objects.update(state="failed", attempts=MAX_ATTEMPTS, error="Broken")
    assert ask(world, key) == 2
    assert [(one.pk, one.state, one.error, one.attempts) for one in rows(world.ours)] == [(row.pk, "waiting", "", 0)]


def _wakes(send: Any, client: Organisation) -> list[str]:
    """The rows of a client that the sweeper sent a message for."""
    calls = [call for call in send.call_args_list if call.args[0] == "insights.yardstick"]
    return [call.kwargs["args"][1] for call in calls if call.kwargs["args"][0] == client.pk]


def test_a_new_run_is_measured_and_the_former_result_stands_until_then(world: World) -> None:
    small = measured(world.ours, {"visit": [1, 2, 3]})
    ask(world, template(world))
    work(world.ours)
    before = line(world.ours)
    with patch("engagement.insights.services.dispatch.current_app.send_task") as send:
        sweep(now=LATER)
    assert _wakes(send, world.ours) == []
    add_customers(small, [(9, {})])
    add_activity(small, [(9, "visit", DAY, 10)])
    score(organisation_id=world.ours.pk, as_of=DAY, cause="request", now=LATER)
    assert line(world.ours) == before
    (row,) = rows(world.ours)
    with patch("engagement.insights.services.dispatch.current_app.send_task") as send:
        sweep(now=LATER)
    assert _wakes(send, world.ours) == [str(row.pk)]
    with patch("django.utils.timezone.now", return_value=LATER):
        yardstick_task(world.ours.pk, str(row.pk))
    found = line(world.ours)
    assert found.sums is not None
    assert (found.run_number, found.sums.n, found.sums.total) == (2, 4, (10 + 20 + 30 + 100) * 1_000_000)
    assert len(rows(world.ours)) == 1  # the former is gone
    assert work(world.ours, now=LATER) == [False]


def test_a_run_of_the_running_day_is_not_what_is_shown(world: World) -> None:
    small = measured(world.ours, {"visit": [1, 2, 3]}, day=NOW.date() - timedelta(days=1))
    ask(world, template(world))
    work(world.ours)
    add_activity(small, [(1, "visit", NOW.date(), 10)])
    score(organisation_id=world.ours.pk, as_of=NOW.date(), cause="intraday", now=NOW)
    assert work(world.ours) == [False]
    assert line(world.ours).run_number == 1
    with patch("engagement.insights.services.dispatch.current_app.send_task") as send:
        sweep(now=LATER)
    assert _wakes(send, world.ours) == []


def test_a_newer_version_replaces_the_older_when_it_is_done(world: World) -> None:
    measured(world.ours, {"visit": [1, 2, 3]})
    key = template(world)
    ask(world, key)
    work(world.ours)
    next_version(world, yardstick(full_points="20"), key=key)
    ask(world, key)
    assert [(row.version, row.state) for row in rows(world.ours)] == [(1, "done"), (2, "waiting")]
    work(world.ours)
    assert [(row.version, row.sum_score_millionths) for row in rows(world.ours)] == [(2, 30_000_000)]


# ── leases, resuming, failing ────────────────────────────────────────────────────────────────────────────────


def _three_chunks(world: World) -> None:
    small = measured(world.ours, {"visit": [1, 2]})
    for chunk in (1, 2):
        add_customers(small, [((chunk << 16) + at, {}) for at in (1, 2)])
        add_activity(small, [((chunk << 16) + at, "visit", DAY, chunk + at) for at in (1, 2)])
    score(organisation_id=world.ours.pk, as_of=DAY, cause="request", now=NOW)


def test_a_killed_worker_leaves_its_chunks_and_another_goes_on_when_the_lease_ends(world: World) -> None:
    _three_chunks(world)
    ask(world, template(world))
    original, calls = yardstick_work._chunk, []

    def killed(*arguments: Any) -> Any:
        calls.append(arguments[1])
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(*arguments)

    with patch.object(yardstick_work, "_chunk", side_effect=killed):
        with pytest.raises(KeyboardInterrupt):
            work(world.ours)
        (row,) = rows(world.ours)
        assert (row.state, row.chunks, row.chunks_done, row.n) == ("waiting", 3, 1, 2)
        assert work(world.ours) == [False]  # somebody else's
        assert work(world.ours, now=LATER + timedelta(days=1)) == [True]
    assert calls == [0, 1, 1, 2]
    found = line(world.ours)
    assert found.sums is not None
    assert (found.chunks_done, found.sums.n, found.sums.total) == (3, 6, (1 + 2 + 2 + 3 + 3 + 4) * 10_000_000)


def test_who_lost_the_lease_writes_nothing(world: World) -> None:
    _three_chunks(world)
    ask(world, template(world))
    original = yardstick_work._chunk

    def overtaken(*arguments: Any) -> Any:
        if arguments[1] == 1:
            (row,) = rows(world.ours)
            with organisation_scope(world.ours.pk):
                YardstickScore.objects.filter(pk=row.pk).update(attempts=row.attempts + 1)
        return original(*arguments)

    with patch.object(yardstick_work, "_chunk", side_effect=overtaken):
        assert work(world.ours) == [False]
    assert [(row.state, row.chunks_done) for row in rows(world.ours)] == [("waiting", 1)]


def test_a_failure_is_tried_again_and_given_up(world: World) -> None:
    measured(world.ours, {"visit": [1, 2, 3]})
    ask(world, template(world))
    for attempt in range(MAX_ATTEMPTS):
        with patch.object(yardstick_work, "_chunk", side_effect=RuntimeError("Broken")), pytest.raises(RuntimeError):
            work(world.ours, now=NOW + timedelta(days=attempt))
    (row,) = rows(world.ours)
    assert (row.state, row.error, row.attempts) == ("failed", "Broken", MAX_ATTEMPTS)
    assert work(world.ours, now=LATER + timedelta(days=9)) == [False]


def test_amounts_that_do_not_add_up_are_the_reason(world: World) -> None:
    measured(world.ours, {"visit": [1, 2, 3]})
    ask(world, template(world))
    with patch.object(yardstick_work, "_chunk", side_effect=InvalidInputError("Too large.")):
        work(world.ours)
    assert (line(world.ours).state, line(world.ours).reason) == ("done", "Too large.")


def test_no_worker_reaches_another_organisations_row(world: World) -> None:
    measured(world.ours, {"visit": [1, 2, 3]})
    ask(world, template(world))
    (row,) = rows(world.ours)
    assert run_yardstick(organisation_id=world.strange.pk, row_id=row.pk, now=NOW) is False
    assert [(one.state, one.attempts) for one in rows(world.ours)] == [("waiting", 0)]


def test_squares_of_large_clients_fit(world: World) -> None:
    measured(world.ours, {"visit": [1, 2, 3]})
    ask(world, template(world))
    with organisation_scope(world.ours.pk):
        YardstickScore.objects.update(sum_score_squares=Decimal(10**16 * 10**9))
    assert int(rows(world.ours)[0].sum_score_squares) == 10**25
