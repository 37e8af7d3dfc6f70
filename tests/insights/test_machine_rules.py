"""Scores of the past made anew without machine-like activity: whose cause the change is, and what the runs say."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from engagement.errors import InvalidInputError
from engagement.insights.models import SegmentLedger
from engagement.insights.selectors.customer import customer_card
from engagement.insights.services import score
from engagement.insights.services.requests import run_request
from engagement.scoring.formula import State, StateSums, ledger_of
from engagement.scoring.models import ActionDefinition, RunPointer, RunRequest, ScoreRun
from engagement.scoring.services.machines import leave_machines_out, remove_machine_rule
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.ingest.conftest import broker  # noqa: F401  fixture
from tests.scoring.config import YESTERDAY, published, story
from tests.scoring.machines_world import BURST, in_force, labels

pytestmark = pytest.mark.usefixtures("broker")


def _causes(run: ScoreRun, measure: Any) -> dict[str, Fraction]:
    """What moved the number of all customers between the run's base and the run."""
    with organisation_scope(run.organisation_id, write=False):
        row = SegmentLedger.objects.get(run=run, segment__key="all")
    found = ledger_of(
        states=[State(cause, action, StateSums(*sums)) for cause, action, *sums in row.states], measure=measure
    )
    assert found is not None
    return {cause: value for cause, value in found.by_cause().items() if value}


def test_the_past_is_scored_again_and_the_change_is_one_of_definitions(world: World) -> None:
    story(world.ours)
    published(world.ours)
    days = [YESTERDAY - timedelta(days=1), YESTERDAY]
    before = {day: score(organisation_id=world.ours.pk, as_of=day, cause="history", now=NOW) for day in days}
    made = in_force(world.ours, {**BURST, "name": "visit"})  # five visits of each of ten customers, all at noon
    assert len(labels(world.ours, made.number)) == 50
    said: dict[str, Any] = {"organisation": world.ours, "user": world.admin, "now": NOW, "note": "Bots"}
    with organisation_scope(world.ours.pk):
        with pytest.raises(InvalidInputError):
            leave_machines_out(**said, number=made.number, score_from=YESTERDAY + timedelta(days=1))
        leave_machines_out(**said, number=made.number, score_from=days[0])
        asked = dict(RunRequest.objects.filter(state="waiting").values_list("as_of", "pk"))
    assert sorted(asked) == days
    for day in days:
        run_request(organisation_id=world.ours.pk, request_id=asked[day], now=NOW)
    for day in days:
        with organisation_scope(world.ours.pk, write=False):
            run = RunPointer.objects.select_related("run").get(as_of=day).run
            left_out = dict(ActionDefinition.objects.values_list("number", "left_out"))
        assert {left_out[action["definition"]] for action in run.uses["actions"]} == {made.number}  # the run says so
        assert {left_out[action["definition"]] for action in before[day].uses["actions"]} == {None}
        # Ten customers lose five points of twenty each; full points are ten, so their scores stay at 100.
        assert _causes(run, "points_per_customer") == {"definitions": Fraction(-50, 100)}
        assert _causes(run, "score") == {}
        with organisation_scope(world.ours.pk, write=False):
            card = customer_card(organisation=world.ours, number=1, now=NOW, as_of=day)
        counted = [event.action_name for event in card.events if event.action_name is not None]
        assert len(card.events) == 7
        assert len(counted) == 2  # the five visits are there, and no action counts them


def test_the_past_is_scored_again_from_one_rule_set_to_the_next(world: World) -> None:
    """The first left the visits out; the next asks for more than ever come, so they count again."""
    story(world.ours)
    published(world.ours)
    said: dict[str, Any] = {"organisation": world.ours, "user": world.admin, "now": NOW, "note": "Bots"}
    score(organisation_id=world.ours.pk, as_of=YESTERDAY, cause="history", now=NOW)
    visits = {**BURST, "name": "visit"}
    causes: list[Any] = []
    for rule, labelled in ((visits, 50), ({**visits, "more_than": 999}, 0)):
        if causes:
            with organisation_scope(world.ours.pk):
                remove_machine_rule(organisation=world.ours, rule=visits, user=None, now=NOW)
        made = in_force(world.ours, rule)
        assert len(labels(world.ours, made.number)) == labelled
        with organisation_scope(world.ours.pk):
            leave_machines_out(**said, number=made.number, score_from=YESTERDAY)
            asked = RunRequest.objects.get(state="waiting", as_of=YESTERDAY).pk
        run_request(organisation_id=world.ours.pk, request_id=asked, now=NOW)
        with organisation_scope(world.ours.pk, write=False):
            run = RunPointer.objects.select_related("run").get(as_of=YESTERDAY).run
            left_out = dict(ActionDefinition.objects.values_list("number", "left_out"))
        assert {left_out[action["definition"]] for action in run.uses["actions"]} == {made.number}
        causes.append(_causes(run, "points_per_customer"))
    assert causes == [{"definitions": Fraction(-50, 100)}, {"definitions": Fraction(50, 100)}]
