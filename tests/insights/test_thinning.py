"""Old runs let go of their packed results, and of nothing else: rows, sums and what is still needed stay."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from engagement.celery import app
from engagement.insights import tasks
from engagement.insights.models import SegmentSnapshot
from engagement.insights.services import score
from engagement.insights.services.dispatch import dispatch_thinning
from engagement.scoring import queries
from engagement.scoring.models import CountBlock, MemberBlock, RunRequest, ScoreBlock, ScoreRun
from engagement.scoring.services import thinning
from engagement.scoring.services.thinning import PastRun, Thinned, runs_past_keep, stored_bytes, thin_runs
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests import database
from tests.conftest import NOW, World, build_world
from tests.insights.scoring_world import Small, add_activity, add_customers, make_small

TODAY = NOW.date()
OLD = date(2025, 11, 25)  # 97 days ago, a Tuesday; the Sunday of its week and the end of its month is the 30th


@pytest.fixture
def small(world: World) -> Small:
    made = make_small(world.ours, weights={"visit": ("website", 1_000, None)}, full_points=1_000)
    add_customers(made, [(n, {}) for n in range(1, 41)])
    add_activity(made, [(n, "visit", OLD - timedelta(days=1), 1) for n in range(1, 11)])
    return made


def _score(small: Small, *days: date) -> list[ScoreRun]:
    return [score(organisation_id=small.id, as_of=day, cause="history", now=NOW) for day in days]


def _with_blocks(small: Small) -> set[int]:
    """Numbers of the runs that still have all three kinds of blocks; one with some of them only is an error."""
    with organisation_scope(small.id, write=False):
        found = [set(model.objects.values_list("run_id", flat=True)) for model in (CountBlock, ScoreBlock, MemberBlock)]
        assert found[0] == found[1] == found[2]
        return set(ScoreRun.objects.filter(pk__in=found[0]).values_list("number", flat=True))


def _thinned(small: Small) -> dict[int, bool]:
    with organisation_scope(small.id, write=False):
        return {run.number: run.thinned_at is not None for run in ScoreRun.objects.all()}


def test_blocks_go_and_sums_stay(small: Small) -> None:
    """Two runs of one old day, and its month's end: only the last of the month stays whole."""
    first, second, sunday, latest = _score(small, OLD, OLD, date(2025, 11, 30), TODAY - timedelta(days=1))
    with organisation_scope(small.id, write=False):
        snapshots = list(SegmentSnapshot.objects.order_by("id").values())
        sizes = stored_bytes(organisation_id=small.id)
        past = runs_past_keep(organisation=Organisation.objects.get(pk=small.id), now=NOW)
    assert past == tuple(PastRun(run.id, run.number, OLD, sizes[run.id]) for run in (first, second))
    assert _with_blocks(small) == {1, 2, 3, 4}
    assert thin_runs(organisation_id=small.id, now=NOW) == Thinned(runs=2, bytes=sizes[first.id] + sizes[second.id])
    assert _with_blocks(small) == {sunday.number, latest.number}
    assert _thinned(small) == {1: True, 2: True, 3: False, 4: False}
    with organisation_scope(small.id, write=False):
        assert list(SegmentSnapshot.objects.order_by("id").values()) == snapshots
        assert ScoreRun.objects.get(number=1).uses == first.uses
    assert thin_runs(organisation_id=small.id, now=NOW) == Thinned(runs=0, bytes=0)


def test_sizes_are_those_on_disk(small: Small) -> None:
    (run,) = _score(small, OLD)
    with organisation_scope(small.id, write=False), connection.cursor() as cursor:
        tables = ("count", "score", "member")
        cursor.execute(
            " UNION ALL ".join(f"SELECT pg_column_size(packed) FROM scoring_{name}_block" for name in tables)
        )
        assert stored_bytes(organisation_id=small.id) == {run.id: sum(row[0] for row in cursor.fetchall())}


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, {3, 4}),
        ({"keep_run_days": 97}, {1, 2, 3, 4}),
        ({"keep_run_days": 96}, {3, 4}),
        ({"sample_today": OLD + timedelta(days=30)}, {1, 2, 3, 4}),
    ],
)
def test_the_organisations_settings_and_day_decide(small: Small, changes: dict[str, Any], kept: set[int]) -> None:
    _score(small, OLD, OLD, date(2025, 11, 30), TODAY - timedelta(days=1))
    with organisation_scope(small.id):
        Organisation.objects.filter(pk=small.id).update(**changes)
    thin_runs(organisation_id=small.id, now=NOW)
    assert _with_blocks(small) == kept


def test_what_a_waiting_scoring_is_compared_with_stays(small: Small) -> None:
    """A request for the 26th needs the run of the day before; one for the 25th that day's own."""
    _score(small, OLD - timedelta(days=1), OLD, date(2025, 11, 30))
    with organisation_scope(small.id):
        asked = RunRequest.objects.create(
            organisation_id=small.id, as_of=OLD + timedelta(days=1), cause="request", requested_at=NOW
        )
    thin_runs(organisation_id=small.id, now=NOW)
    assert _with_blocks(small) == {2, 3}
    with organisation_scope(small.id):
        RunRequest.objects.filter(pk=asked.pk).update(state="done")
    thin_runs(organisation_id=small.id, now=NOW)
    assert _with_blocks(small) == {3}


def test_a_running_scoring_is_left_alone_and_a_failed_one_is_not(small: Small) -> None:
    _score(small, OLD, OLD, date(2025, 11, 30))
    with organisation_scope(small.id):
        ScoreRun.objects.filter(number=1).update(state="running")
        ScoreRun.objects.filter(number=2).update(state="failed")
    thin_runs(organisation_id=small.id, now=NOW)
    assert _thinned(small) == {1: False, 2: True, 3: False}


def test_another_organisation_is_left_alone(small: Small, world: World) -> None:
    other = make_small(world.other, weights={"visit": ("website", 1_000, None)}, full_points=1_000)
    add_customers(other, [(1, {})])
    add_activity(other, [(1, "visit", OLD, 1)])
    for each in (small, other):
        _score(each, OLD, date(2025, 11, 30))
    thin_runs(organisation_id=small.id, now=NOW)
    assert (_with_blocks(small), _with_blocks(other)) == ({2}, {1, 2})


@pytest.mark.django_db(transaction=True)
def test_a_crash_between_batches_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of one: the second fails, the first stays thinned whole, and the next night does the rest."""
    world = build_world()
    small = make_small(world.ours, weights={"visit": ("website", 1_000, None)}, full_points=1_000)
    add_customers(small, [(1, {})])
    add_activity(small, [(1, "visit", OLD, 1)])
    _score(small, OLD, OLD, OLD, date(2025, 11, 30))
    monkeypatch.setattr(thinning, "AT_ONCE", 1)
    real, calls = queries.fetch, iter(range(100))

    def fails_at_the_second(name: str, **parameters: Any) -> Any:
        found = real(name, **parameters)
        if name == "delete_blocks" and next(calls) == 1:
            raise RuntimeError("the worker was killed")
        return found

    with patch.object(queries, "fetch", fails_at_the_second), pytest.raises(RuntimeError):
        thin_runs(organisation_id=small.id, now=NOW)
    assert (_with_blocks(small), _thinned(small)) == ({2, 3, 4}, {1: True, 2: False, 3: False, 4: False})
    assert thin_runs(organisation_id=small.id, now=NOW).runs == 2
    assert _with_blocks(small) == {4}


@pytest.mark.django_db(transaction=True)
def test_two_at_once_take_turns() -> None:
    """While somebody else holds the organisation's lock, thinning waits for it, and then decides anew."""
    world = build_world()
    small = make_small(world.ours, weights={"visit": ("website", 1_000, None)}, full_points=1_000)
    add_customers(small, [(1, {})])
    add_activity(small, [(1, "visit", OLD, 1)])
    _score(small, OLD, date(2025, 11, 30))
    done: list[Thinned] = []

    def thin() -> None:
        done.append(thin_runs(organisation_id=small.id, now=NOW))
        connection.close()

    waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 7319 AND NOT granted"
    with psycopg.connect(database.admin_url(database.DATABASE), autocommit=True) as holder:
        holder.execute("SELECT pg_advisory_lock(7319, %s)", [small.id])
        thread = threading.Thread(target=thin)
        thread.start()
        until = time.monotonic() + 20
        while holder.execute(waiting).fetchone() is None:
            assert time.monotonic() < until, "nobody waits for the lock"
            time.sleep(0.02)
        assert done == []
        holder.execute("SELECT pg_advisory_unlock(7319, %s)", [small.id])
        thread.join()
    assert [each.runs for each in done] == [1]


# ── the clock and the shell ──────────────────────────────────────────────────────────────────────────────────


def _sent(calls: Iterable[Any]) -> list[tuple[str, list[int]]]:
    return [(call.args[0], call.kwargs["args"]) for call in calls]


def test_every_night_workers_are_told_who_has_old_runs(small: Small, world: World) -> None:
    other = make_small(world.other, weights={"visit": ("website", 1_000, None)}, full_points=1_000)
    _score(small, OLD, date(2025, 11, 30))
    _score(other, TODAY - timedelta(days=90))
    with patch("engagement.insights.services.dispatch.current_app.send_task") as send:
        assert dispatch_thinning(now=NOW) == 1
        assert dispatch_thinning(now=NOW + timedelta(days=1)) == 2
    assert _sent(send.call_args_list) == [
        ("insights.thin", [small.id]), *(("insights.thin", [each.id]) for each in (small, other)),
    ]  # fmt: skip
    assert {"insights.thin", "insights.nightly"} <= app.tasks.keys()
    assert app.conf.beat_schedule["nightly"]["task"] == "insights.nightly"
    tasks.thin(small.id)
    assert _thinned(small)[1]


def test_the_command_lists_first_and_then_does_it(small: Small, world: World) -> None:
    def said(*options: str) -> str:
        out = io.StringIO()
        with (
            patch("engagement.insights.management.commands.thin_runs.timezone.now", return_value=NOW),
            patch("engagement.insights.management.commands.thin_runs.find_organisation", return_value=small),
        ):
            call_command("thin_runs", "--organisation", small.organisation.slug, *options, stdout=out)
        return out.getvalue()

    runs = _score(small, OLD, date(2025, 11, 30))
    with organisation_scope(small.id, write=False):
        size = stored_bytes(organisation_id=small.id)[runs[0].id]
    expected = f"run 1 of 2025-11-25: {size} bytes\n1 run would be thinned, {size} bytes freed.\n"
    assert said("--dry-run") == expected
    assert _with_blocks(small) == {1, 2}
    assert said() == f"1 run thinned, {size} bytes freed.\n"
    assert said("--dry-run") == "0 runs would be thinned, 0 bytes freed.\n"
    assert _with_blocks(small) == {2}


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_command_knows_no_such_organisation() -> None:
    with pytest.raises(CommandError, match="nowhere"):
        call_command("thin_runs", "--organisation", "nowhere")
