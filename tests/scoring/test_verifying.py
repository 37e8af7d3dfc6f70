"""What is stored is proved equal to the events, and what is not is found, told and written anew."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from engagement.errors import ConflictError
from engagement.ingest.models import Event
from engagement.scoring.activity_blocks import pack_day, unpack_day
from engagement.scoring.models import ActionDefinition, ActivityBlock, ActivityOpen, ActivityState
from engagement.scoring.services import verifying
from engagement.scoring.services.packing import pack_closed_days
from engagement.scoring.services.verifying import Difference, Verified, verify_activity
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, build_world
from tests.scoring.config import activity, noon, open_activity, store, stored
from tests.scoring.test_roll_up import _event

TODAY = NOW.date()
VISIT = 1


def _filled(organisation: Organisation) -> None:
    """Sixty events of four customers over twenty days, one of them in the second chunk, packed as far as closed."""
    store(organisation, [_event(n, n % 20, (1, 2, 3, 70_000)[n % 4], "visit", skewed=n % 7 == 0) for n in range(60)])
    pack_closed_days(organisation_id=organisation.id, now=NOW)
    store(organisation, [stored(1, "visit", at=noon(date(2026, 2, 12)), message_id="late")])


def _verified(organisation: Organisation, **more: Any) -> Verified:
    return verify_activity(organisation_id=organisation.id, now=NOW, **more)


@pytest.mark.parametrize("at_once", [200_000, 7])
def test_what_is_right_is_proved(world: World, at_once: int) -> None:
    _filled(world.ours)
    _filled(world.other)
    before = activity(world.ours)
    with patch.object(verifying, "EVENTS_AT_ONCE", at_once):
        found = _verified(world.ours)
    assert found.is_right
    assert (found.n_differing, found.first, found.damaged) == (0, None, [])
    assert found.days == len({day for day, _, _ in before})
    # Each day's rows once: a late event stands beside its block until it is merged.
    assert found.rows == len(before)
    assert activity(world.ours) == before


def _add_to_block(organisation: Organisation, *, day: date, times: int) -> None:
    """A block that is whole and says something else than the events."""
    with organisation_scope(organisation.id), connection.cursor() as cursor:
        block = ActivityBlock.objects.get(day=day, chunk=0)
        rows = unpack_day(bytes(block.packed), chunk=0)
        rows.occurrences[0] += times
        totals = {str(VISIT): int(rows.occurrences.sum())}
        cursor.execute(
            "UPDATE scoring_activity_block SET packed = %s, totals = %s::jsonb"
            " WHERE organisation_id = %s AND day = %s AND chunk = 0",
            [pack_day(rows), str(totals).replace("'", '"'), organisation.id, day],
        )


def test_the_first_difference_is_told_and_repaired(world: World) -> None:
    _filled(world.ours)
    right = activity(world.ours)
    day = sorted({on for on, number, _ in right if number < 65_536})[3]
    _add_to_block(world.ours, day=day, times=2)
    found = _verified(world.ours)
    first = min(number for on, number, _ in right if on == day)
    stored_as = right[day, first, VISIT]
    assert (found.wrong_days, found.n_differing, found.damaged) == ([day], 1, [])
    assert found.first == Difference(day, first, VISIT, (stored_as[0] + 2, stored_as[1]), stored_as)
    assert activity(world.ours) != right  # looking changes nothing
    repaired = _verified(world.ours, repair=True)
    assert repaired.repaired == [day]
    assert activity(world.ours) == right
    assert _verified(world.ours).is_right
    assert day not in {on for on, _, _ in open_activity(world.ours)}


@pytest.mark.parametrize("byte", [0, 20, -6])
def test_damaged_blocks_are_found_and_repaired(world: World, byte: int) -> None:
    _filled(world.ours)
    right = activity(world.ours)
    day = min(on for on, _, _ in right)
    with organisation_scope(world.ours.id), connection.cursor() as cursor:
        damaged = bytearray(ActivityBlock.objects.get(day=day, chunk=0).packed)
        damaged[byte] ^= 255
        cursor.execute(
            "UPDATE scoring_activity_block SET packed = %s WHERE organisation_id = %s AND day = %s AND chunk = 0",
            [bytes(damaged), world.ours.id, day],
        )
    found = _verified(world.ours)
    assert (found.wrong_days, len(found.damaged)) == ([day], 1)
    assert found.damaged[0].startswith(f"{day}, chunk 0: ")
    assert _verified(world.ours, repair=True).repaired == [day]
    assert activity(world.ours) == right


def test_a_block_that_says_another_sum_than_it_holds_is_damaged(world: World) -> None:
    _filled(world.ours)
    with organisation_scope(world.ours.id), connection.cursor() as cursor:
        day = ActivityBlock.objects.filter(chunk=0).order_by("day").values_list("day", flat=True)[0]
        cursor.execute(
            "UPDATE scoring_activity_block SET totals = '{\"1\": 999}' WHERE organisation_id = %s AND day = %s",
            [world.ours.id, day],
        )
    assert _verified(world.ours).wrong_days == [day]
    assert _verified(world.ours, repair=True).repaired == [day]
    assert _verified(world.ours).is_right


def test_rows_without_events_and_events_without_rows_differ(world: World) -> None:
    _filled(world.ours)
    with organisation_scope(world.ours.id):
        ActivityOpen.objects.filter(day=date(2026, 3, 1)).delete()
        Event.objects.filter(occurred_at__gte=noon(date(2026, 2, 20)), occurred_at__lt=noon(date(2026, 2, 21))).delete()
    found = _verified(world.ours, repair=True)
    assert date(2026, 3, 1) in found.wrong_days
    assert {date(2026, 2, 20), date(2026, 2, 21)} & set(found.wrong_days)
    assert _verified(world.ours).is_right


def test_days_that_retention_has_reached_are_not_compared(world: World) -> None:
    _filled(world.ours)
    edge = date(2026, 2, 20)
    with organisation_scope(world.ours.id):
        ActivityState.objects.update_or_create(
            organisation_id=world.ours.id, defaults={"events_from": noon(edge) - timedelta(hours=12)}
        )
        Event.objects.filter(occurred_at__lt=noon(edge) - timedelta(hours=12)).delete()
    before = activity(world.ours)
    found = _verified(world.ours, repair=True)
    assert found.is_right
    assert found.countable_from == edge
    assert activity(world.ours) == before
    assert min(day for day, _, _ in before) < edge


def test_it_waits_for_a_counting(world: World) -> None:
    with organisation_scope(world.ours.id):
        ActionDefinition.objects.filter(number=VISIT).update(rolled_up_at=None)
    with pytest.raises(ConflictError, match="being counted"):
        _verified(world.ours)


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────


def _run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_commands_pack_verify_and_repair() -> None:
    world = build_world()
    slug = world.ours.slug
    store(world.ours, [stored(n, "visit", at=noon(date(2026, 2, 10)), message_id=f"m{n}") for n in (1, 2)])
    assert _run("pack", "--organisation", slug).strip() == "1 days packed."
    assert not open_activity(world.ours)
    assert "1 days with 2 rows are what their events say." in _run("verify_activity", "--organisation", slug)
    _add_to_block(world.ours, day=date(2026, 2, 10), times=3)
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 days are not what their events say"):
        call_command("verify_activity", "--organisation", slug, stdout=out)
    assert "2026-02-10, customer 1, definition 1: stored 4 times, value 0; from events 1 times" in out.getvalue()
    said = _run("verify_activity", "--organisation", slug, "--repair")
    assert "1 days written anew, 2026-02-10 to 2026-02-10." in said
    assert "are what their events say" in _run("verify_activity", "--organisation", slug)
    with pytest.raises(CommandError, match="There is no organisation"):
        _run("verify_activity", "--organisation", "nobody")
