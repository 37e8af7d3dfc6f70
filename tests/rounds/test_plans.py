"""What happens by itself: rounds that plans prepare, and reports that are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engagement.errors import InvalidInputError
from engagement.insights.selectors import client_rows, portfolio
from engagement.insights.terms import terms_of
from engagement.rounds import queries
from engagement.rounds.services.approving import leave_out
from engagement.rounds.services.planning import set_plan
from engagement.rounds.services.preparing import ask_due_rounds
from engagement.rounds.types import State
from engagement.scorecards.words.needs import needs_of
from tenants.models import Organisation
from tenants.scope import organisation_scope, tenant
from tests.conftest import World
from tests.rounds.rounds_world import FEBRUARY, NOW, actor_of, approved, listed, ready, scored, stands, work_off

THIRD = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)


def planned(organisation: Organisation, **changes: Any) -> None:
    with organisation_scope(organisation.pk):
        set_plan(organisation=organisation, changes=changes)


def due(now: datetime) -> set[int]:
    return {key for key, _day in queries.STATEMENTS.fetch("due_rounds", moment=now)}


def change(organisation: Organisation, **values: Any) -> None:
    with organisation_scope(organisation.pk):
        Organisation.objects.filter(pk=organisation.pk).update(**values)


# ── preparing by itself ──────────────────────────────────────────────────────────────────────────────────────


def test_a_firms_plan_prepares_its_clients_from_that_moment_and_once(world: World) -> None:
    for one in (world.ours, world.other, world.strange):
        scored(one)
    planned(world.firm, prepare_day=3, prepare_hour=6)
    assert due(THIRD - timedelta(minutes=1)) == set()
    assert due(THIRD) == {world.ours.pk, world.other.pk}
    assert ask_due_rounds(now=THIRD) == 2
    assert ask_due_rounds(now=THIRD) == 0
    work_off(world.ours, world.other, now=THIRD)
    assert due(THIRD + timedelta(days=20)) == set()
    assert stands(world.ours).report_id is not None


def test_a_clients_own_times_and_clock_count(world: World) -> None:
    for one in (world.ours, world.other):
        scored(one)
    planned(world.firm, prepare_day=3, prepare_hour=6)
    planned(world.ours, has_own_times=True, prepare_day=None)
    change(world.other, time_zone="America/New_York")
    assert due(THIRD) == set()
    assert due(THIRD + timedelta(hours=5)) == {world.other.pk}
    planned(world.ours, has_own_times=False)
    assert due(THIRD) == {world.ours.pk}


def test_nothing_is_prepared_before_it_is_scored_or_where_it_is_left_out(world: World) -> None:
    planned(world.firm, prepare_day=3)
    assert due(THIRD) == set()
    scored(world.ours)
    assert due(THIRD) == {world.ours.pk}
    with organisation_scope(world.ours.pk):
        leave_out(organisation=world.ours, last_day=FEBRUARY, because="Moved", now=NOW)
    assert due(THIRD) == set()
    scored(world.other)
    change(world.other, suspended_at=NOW)
    assert due(THIRD) == set()


def test_a_plan_prepares_and_never_approves(world: World) -> None:
    ready(world.ours)
    planned(world.firm, prepare_day=1, prepare_hour=0, send_day=2, send_hour=0)
    ask_due_rounds(now=THIRD)
    assert stands(world.ours, now=THIRD).state is State.READY


@pytest.mark.parametrize(
    "changes",
    [{"prepare_day": 29}, {"send_day": 0}, {"prepare_hour": 24}, {"due_days": 0}, {"link_days": 367},
     {"sends_link": False}],
)  # fmt: skip
def test_a_plan_that_cannot_be_is_refused(world: World, changes: dict[str, Any]) -> None:
    with organisation_scope(world.ours.pk), pytest.raises(InvalidInputError):
        set_plan(organisation=world.ours, changes=changes)


# ── "report due" in the portfolio ────────────────────────────────────────────────────────────────────────────


def needs(world: World, client: Organisation, now: datetime) -> list[str]:
    """What the portfolio says of a client's report."""
    actor = actor_of(world.consultant)
    firm = next(one for one in actor.firms() if one.organisation_id == world.firm.pk)
    reaches = actor.clients_of(world.firm.pk)
    with tenant(read=[world.firm.pk, *(one.organisation_id for one in reaches)]):
        rows = client_rows(clients=reaches)
        lines = portfolio(firm=firm, rows=rows, now=now)
    line = next(one for one in lines if one.organisation_id == client.pk)
    row = next(one for one in rows if one.pk == client.pk)
    found = needs_of(line=line, terms=terms_of(organisation=row, run=None), today=row.today(now))
    return [f"{one.what} {one.why} {one.url_name}" for one in found if one.url_name == "round"]


def test_a_report_is_due_five_days_after_the_month_until_it_is_published(world: World) -> None:
    ready(world.ours)
    scored(world.other)
    on_the_fifth, on_the_sixth = (datetime(2026, 3, day, 12, 0, tzinfo=UTC) for day in (5, 6))
    assert needs(world, world.ours, on_the_fifth) == []
    assert needs(world, world.ours, on_the_sixth) == [
        "The report of February 2026 is due. It was to be published by 5 Mar. round"
    ]
    assert needs(world, world.other, on_the_sixth) == [], "nobody waits for it"
    approved(world.ours, world.consultant)
    assert needs(world, world.ours, on_the_sixth) == []


def test_a_plan_makes_a_report_due_and_says_after_how_many_days(world: World) -> None:
    scored(world.ours)
    planned(world.firm, prepare_day=1, due_days=10)
    assert needs(world, world.ours, datetime(2026, 3, 10, 12, 0, tzinfo=UTC)) == []
    assert needs(world, world.ours, datetime(2026, 3, 11, 12, 0, tzinfo=UTC)) != []
    planned(world.ours, has_own_times=True, prepare_day=1, due_days=20)
    assert needs(world, world.ours, datetime(2026, 3, 11, 12, 0, tzinfo=UTC)) == []


def test_whoever_was_never_scored_owes_no_report(world: World) -> None:
    listed(world.ours, "board@ours.example")
    planned(world.firm, prepare_day=1)
    assert needs(world, world.ours, datetime(2026, 3, 20, 12, 0, tzinfo=UTC)) == []
    scored(world.ours)
    assert needs(world, world.ours, datetime(2026, 3, 20, 12, 0, tzinfo=UTC)) != []


def test_what_is_left_out_is_not_due(world: World) -> None:
    scored(world.ours)
    listed(world.ours, "board@ours.example")
    with organisation_scope(world.ours.pk):
        leave_out(organisation=world.ours, last_day=FEBRUARY, because="Moved", now=NOW)
    assert needs(world, world.ours, datetime(2026, 3, 20, 12, 0, tzinfo=UTC)) == []
