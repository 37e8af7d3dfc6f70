"""Who is erased is gone from events, rows and blocks, with everybody merged into them; nobody else changes."""

from __future__ import annotations

import io
from datetime import date, timedelta
from unittest.mock import patch

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from engagement.errors import ConflictError
from engagement.ingest.models import Customer, Event
from engagement.insights.services import score
from engagement.scoring.activity_blocks import pack_day, unpack_day
from engagement.scoring.blocks import unpack
from engagement.scoring.models import ActivityBlock
from engagement.scoring.runs.store import read_chunks
from engagement.scoring.services import erasing, packing
from engagement.scoring.services.erasing import erase_activity
from engagement.scoring.services.packing import pack_closed_days
from engagement.scoring.services.roll_up import rebuild_activity
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, build_world
from tests.scoring.config import activity, add_customers, noon, open_activity, published, store, stored

FAR = 70_000  # in the second chunk
EVERYBODY = (1, 2, 3, 4, FAR)
DAYS = [date(2026, 2, 10) + timedelta(days=n) for n in range(20)]


def _filled(organisation: Organisation) -> None:
    add_customers(organisation, {number: {} for number in EVERYBODY})
    store(
        organisation,
        [
            stored(number, "visit", at=noon(day), message_id=f"{number}{day}", occurrences=1 + number % 5)
            for number in EVERYBODY
            for day in DAYS
        ],
    )
    pack_closed_days(organisation_id=organisation.id, now=NOW)


def _blocks(organisation: Organisation) -> dict[tuple[date, int], bytes]:
    with organisation_scope(organisation.id, write=False):
        return {(block.day, block.chunk): bytes(block.packed) for block in ActivityBlock.objects.all()}


def _merge(organisation: Organisation, merged: int, into: int) -> None:
    with organisation_scope(organisation.id):
        Customer.objects.filter(number=merged).update(merged_into=into)


@pytest.mark.parametrize("at_once", [100, 3])
def test_a_customer_and_who_was_merged_into_them_are_gone(world: World, at_once: int) -> None:
    for organisation in (world.ours, world.other):
        _filled(organisation)
    _merge(world.ours, FAR, 3)
    _merge(world.ours, 3, 2)
    before, blocks, theirs = activity(world.ours), _blocks(world.ours), _blocks(world.other)
    with patch.object(erasing, "_BLOCKS_AT_ONCE", at_once):
        done = erase_activity(organisation_id=world.ours.id, numbers=[2], now=NOW)
    closed = len({day for day, _ in blocks})
    assert (done.numbers, done.events, done.open_rows) == ((2, 3, FAR), 60, 3 * (20 - closed))
    assert done.blocks == len(blocks)
    assert activity(world.ours) == {key: row for key, row in before.items() if key[1] in {1, 4}}
    assert {number for _, number, _ in open_activity(world.ours)} == {1, 4}
    for (day, chunk), packed in _blocks(world.ours).items():
        assert chunk == 0  # the second chunk held nobody else
        assert unpack(packed)[0].tolist() == [1, 4]
        rows = unpack_day(blocks[day, chunk], chunk=chunk)
        assert packed == pack_day(rows.where(np.isin(rows.numbers, [1, 4])))
    assert _blocks(world.other) == theirs
    with organisation_scope(world.ours.id, write=False):
        assert set(Event.objects.values_list("customer_number", flat=True)) == {1, 4}


def test_blocks_without_them_are_not_written(world: World) -> None:
    _filled(world.ours)
    store(world.ours, [stored(9, "visit", at=noon(DAYS[0]), message_id="nine")])
    pack_closed_days(organisation_id=world.ours.id, now=NOW)
    with organisation_scope(world.ours.id, write=False):
        versions = dict(ActivityBlock.objects.filter(chunk=0).values_list("day", "version"))
    assert erase_activity(organisation_id=world.ours.id, numbers=[9], now=NOW).blocks == 1
    with organisation_scope(world.ours.id, write=False):
        after = dict(ActivityBlock.objects.filter(chunk=0).values_list("day", "version"))
    assert after == {**versions, DAYS[0]: versions[DAYS[0]] + 1}
    assert erase_activity(organisation_id=world.ours.id, numbers=[9], now=NOW).blocks == 0


def test_later_runs_and_counting_anew_are_without_them(world: World) -> None:
    _filled(world.ours)
    published(world.ours)
    erase_activity(organisation_id=world.ours.id, numbers=[FAR, 1], now=NOW)
    gone = activity(world.ours)
    rebuild_activity(organisation_id=world.ours.id, now=NOW)
    assert activity(world.ours) == gone
    run = score(organisation_id=world.ours.id, as_of=DAYS[-1], cause="request", now=NOW)
    with organisation_scope(world.ours.id, write=False):
        points = {
            int(number): int(found)
            for chunk in read_chunks(run).values()
            for number, found in zip(chunk.numbers, chunk.points, strict=True)
        }
    assert {number for number, found in points.items() if found} == {2, 3, 4}


def test_a_damaged_block_says_what_to_do(world: World) -> None:
    _filled(world.ours)
    with organisation_scope(world.ours.id), connection.cursor() as cursor:
        cursor.execute("UPDATE scoring_activity_block SET packed = 'no' WHERE organisation_id = %s", [world.ours.id])
    with pytest.raises(ConflictError, match="verify_activity with --repair"):
        erase_activity(organisation_id=world.ours.id, numbers=[1], now=NOW)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_what_broke_off_is_finished_by_doing_it_again() -> None:
    world = build_world()
    _filled(world.ours)
    rewrite, calls = packing.rewrite_block, []

    def break_off(**what: object) -> bool:
        calls.append(what)
        if len(calls) == 8:
            raise KeyError("pulled the plug")
        return rewrite(**what)  # type: ignore[arg-type]

    with (
        patch.object(erasing, "_BLOCKS_AT_ONCE", 3),
        patch.object(erasing, "rewrite_block", break_off),
        pytest.raises(KeyError),
    ):
        erase_activity(organisation_id=world.ours.id, numbers=[1], now=NOW)
    assert 1 in {number for _, number, _ in activity(world.ours)}
    out = io.StringIO()
    call_command("erase_activity", "1", "--organisation", world.ours.slug, "--yes", stdout=out)
    assert out.getvalue().startswith("1 customers: 0 events and 0 open rows erased, ")
    assert {number for _, number, _ in activity(world.ours)} == {2, 3, 4, FAR}


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_command_asks_first() -> None:
    world = build_world()
    _filled(world.ours)
    with patch("builtins.input", return_value="no"), pytest.raises(CommandError, match="Nothing was erased"):
        call_command("erase_activity", "1", "--organisation", world.ours.slug)
    assert 1 in {number for _, number, _ in activity(world.ours)}
