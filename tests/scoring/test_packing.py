"""Packing changes where activity lies and nothing else: not a number, not a byte of a run."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from engagement.insights.services import score
from engagement.scoring import services
from engagement.scoring.models import ActionDefinition, ActivityBlock, ActivityOpen
from engagement.scoring.selectors.actions import actions
from engagement.scoring.services import activity as counting
from engagement.scoring.services.packing import pack_closed_days
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import add_activity, add_customers, make_small
from tests.scoring.config import activity, noon, open_activity, packed_activity, store, stored

WEIGHTS = {"visit": ("website", 1_000, None), "purchase": ("purchase", 10_000, 3)}
TODAY = date(2026, 3, 2)  # of NOW
FAR = 70_000  # a number in the second chunk


def _client(organisation: Organisation) -> Any:
    small = make_small(organisation, weights=WEIGHTS)
    add_customers(small, [(number, {}) for number in (*range(1, 41), FAR)])
    add_activity(
        small,
        [
            (number, action, TODAY - timedelta(days=(number * 7) % 30), 1 + number % 3)
            for number in (*range(1, 41), FAR)
            for action in WEIGHTS
        ],
    )
    return small


def test_closed_days_are_packed_and_open_ones_are_not(world: World) -> None:
    small = _client(world.ours)
    before = activity(world.ours)
    days = pack_closed_days(organisation_id=small.id, now=NOW)
    assert activity(world.ours) == before
    packed_days = {day for day, _, _ in packed_activity(world.ours)}
    open_days = {day for day, _, _ in open_activity(world.ours)}
    assert max(packed_days) < TODAY - timedelta(days=3) <= min(open_days)
    assert days == len(packed_days)
    with organisation_scope(small.id, write=False):
        assert set(ActivityBlock.objects.values_list("chunk", flat=True)) == {0, 1}
        assert set(ActivityBlock.objects.values_list("version", flat=True)) == {1}


def test_the_late_window_is_the_organisations(world: World) -> None:
    small = _client(world.ours)
    with organisation_scope(small.id):
        Organisation.objects.filter(pk=small.id).update(late_days=20)
    pack_closed_days(organisation_id=small.id, now=NOW)
    assert max(day for day, _, _ in packed_activity(world.ours)) < TODAY - timedelta(days=20)


def test_doing_it_again_changes_nothing(world: World) -> None:
    small = _client(world.ours)
    pack_closed_days(organisation_id=small.id, now=NOW)
    assert pack_closed_days(organisation_id=small.id, now=NOW) == 0
    with organisation_scope(small.id, write=False):
        assert set(ActivityBlock.objects.values_list("version", flat=True)) == {1}


def test_a_run_gives_the_same_bytes_before_and_after_packing(world: World) -> None:
    small = _client(world.ours)
    as_of = TODAY - timedelta(days=1)
    before = score(organisation_id=small.id, as_of=as_of, cause="request", now=NOW)
    pack_closed_days(organisation_id=small.id, now=NOW)
    after = score(organisation_id=small.id, as_of=as_of, cause="request", now=NOW)
    assert after.digest == before.digest
    assert after.customers == 41
    with organisation_scope(small.id):
        ActivityBlock.objects.filter(chunk=1).delete()
    assert score(organisation_id=small.id, as_of=as_of, cause="request", now=NOW).digest != before.digest


def test_what_comes_late_counts_at_once_and_is_merged_at_the_next_packing(world: World) -> None:
    small = _client(world.ours)
    pack_closed_days(organisation_id=small.id, now=NOW)
    late = TODAY - timedelta(days=7)
    assert (late, 1, small.definitions["visit"]) in packed_activity(world.ours)
    add_activity(small, [(1, "visit", late, 5), (2, "visit", late, 1)])
    before = activity(world.ours)
    as_of = TODAY - timedelta(days=1)
    run = score(organisation_id=small.id, as_of=as_of, cause="request", now=NOW)
    assert pack_closed_days(organisation_id=small.id, now=NOW) == 1
    assert activity(world.ours) == before
    assert score(organisation_id=small.id, as_of=as_of, cause="request", now=NOW).digest == run.digest
    with organisation_scope(small.id, write=False):
        assert ActivityBlock.objects.get(day=late, chunk=0).version == 2
        assert not ActivityOpen.objects.filter(day=late).exists()


def test_times_counted_are_the_same_before_and_after(world: World) -> None:
    store(
        world.ours,
        [stored(n, "visit", at=noon(TODAY - timedelta(days=10 + n)), message_id=f"m{n}") for n in range(1, 6)],
    )
    with organisation_scope(world.ours.id, write=False):
        before = {line.key: line.times for line in actions(organisation=world.ours, now=NOW)}
    assert before["visit"] == 5
    pack_closed_days(organisation_id=world.ours.id, now=NOW)
    assert not open_activity(world.ours)
    with organisation_scope(world.ours.id, write=False):
        assert {line.key: line.times for line in actions(organisation=world.ours, now=NOW)} == before


def test_counting_anew_and_replaced_days_reach_into_blocks(world: World) -> None:
    days = [TODAY - timedelta(days=back) for back in (10, 11, 12)]
    store(
        world.ours,
        [
            stored(n, name, at=noon(day), message_id=f"{n}{day}{name}")
            for n in (1, 2)
            for day in days
            for name in ("visit", "purchase")
        ],
    )
    pack_closed_days(organisation_id=world.ours.id, now=NOW)
    before = activity(world.ours)
    with organisation_scope(world.ours.id):
        visit = ActionDefinition.objects.get(action__key="visit")
    services.roll_up_definition(organisation_id=world.ours.id, definition_id=visit.pk, now=NOW)
    assert activity(world.ours) == before == packed_activity(world.ours)
    with organisation_scope(world.ours.id):
        counting.recount_days(organisation=world.ours, days=[days[1]])
    assert activity(world.ours) == before
    assert days[1] not in {day for day, _, _ in packed_activity(world.ours)}
    services.rebuild_activity(organisation_id=world.ours.id, now=NOW)
    assert activity(world.ours) == before == packed_activity(world.ours)


def test_nothing_of_another_organisation_is_touched(world: World) -> None:
    for organisation in (world.ours, world.other):
        store(organisation, [stored(1, "visit", at=noon(TODAY - timedelta(days=10)), message_id="m")])
    pack_closed_days(organisation_id=world.ours.id, now=NOW)
    assert packed_activity(world.ours)
    assert not packed_activity(world.other)
    assert activity(world.other)


@pytest.mark.parametrize("byte", [3, 20, -6])
def test_a_damaged_block_stops_the_run_and_leaves_what_was_in_force(world: World, byte: int) -> None:
    small = _client(world.ours)
    pack_closed_days(organisation_id=small.id, now=NOW)
    as_of = TODAY - timedelta(days=1)
    score(organisation_id=small.id, as_of=as_of, cause="request", now=NOW)
    with organisation_scope(small.id), connection.cursor() as cursor:
        day, packed = ActivityBlock.objects.filter(chunk=0).values_list("day", "packed")[0]
        damaged = bytearray(packed)
        damaged[byte] ^= 255
        cursor.execute(
            "UPDATE scoring_activity_block SET packed = %s WHERE organisation_id = %s AND day = %s AND chunk = 0",
            [bytes(damaged), small.id, day],
        )
    with pytest.raises(ValueError, match="block"):
        score(organisation_id=small.id, as_of=as_of, cause="request", now=NOW)
