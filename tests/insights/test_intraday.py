"""A day scored again computes only the chunks that were written since, and says what computing all of them says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

import hypothesis.strategies as st
import psycopg
import pytest
from django.test import override_settings
from hypothesis import HealthCheck, given, settings

from engagement.ingest import queries as ingest_queries
from engagement.ingest.models import Customer
from engagement.ingest.services.customers import apply_traits, set_excluded
from engagement.ingest.services.identity import Link, merge_again, merge_customers, undo_merge
from engagement.ingest.types import TraitsIn
from engagement.insights import tasks
from engagement.insights.present_runs import run_page
from engagement.insights.selectors.history import run_record
from engagement.insights.services import score
from engagement.insights.services.dispatch import dispatch_intraday, dispatch_pruning, dispatch_thinning
from engagement.insights.terms import terms_of
from engagement.scoring import queries
from engagement.scoring.models import ChunkTouch, RunPointer, RunRequest, ScoreRun, Weight
from engagement.scoring.runs import plan as plans
from engagement.scoring.runs import reuse
from engagement.scoring.services import activity
from engagement.scoring.services.erasing import erase_activity
from engagement.scoring.services.packing import pack_closed_days
from engagement.scoring.services.thinning import thin_runs
from engagement.scoring.services.touching import prune_touches
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tenants.tenancy import new_id
from tests import database
from tests.conftest import NOW
from tests.insights.chunked_world import AS_OF, CHUNKS, filled, said
from tests.insights.scoring_world import Small, add_segments

SHARED = override_settings(RUN_SHARED_FROM_CHUNKS=2)
ALONE = override_settings(RUN_SHARED_FROM_CHUNKS=10**6)

pytestmark = pytest.mark.django_db(transaction=True)


def _run(small: Small, as_of: date = AS_OF, **more: Any) -> ScoreRun:
    return score(organisation_id=small.id, as_of=as_of, **{"cause": "request", "now": NOW, **more})


def _world() -> Small:
    small = filled()
    add_segments(
        small,
        "keen",
        {"keen": {"all": [{"activity": "points", "op": "gte", "value": 20}]}},
        partition=False,
    )
    return small


# ── what can be written, by the services that write it ───────────────────────────────────────────────────────


def _number(chunk: int, which: int) -> int:
    return ((chunk % CHUNKS) << 16) + 1 + which % 8


def _act(small: Small, chunk: int, which: int) -> None:
    row = (AS_OF - timedelta(days=which % 9), _number(chunk, which), small.definitions["visit"], 1, 0)
    with organisation_scope(small.id):
        activity._write(small.id, [row])


def _join(small: Small, chunk: int, which: int) -> None:
    with organisation_scope(small.id):
        ingest_queries.fetch(
            "add_customers", organisation_id=small.id, now=NOW, external_ids=[f"new{chunk}-{which}"],
            identified=[which % 2 == 0], numbers=[_number(chunk, 0) + 1_000 + which],
        )  # fmt: skip


def _tell(small: Small, chunk: int, which: int) -> None:
    number, told = _number(chunk, which), TraitsIn("x", None, {"plan": "Free"}, NOW + timedelta(days=1), 1)
    with organisation_scope(small.id):
        apply_traits(organisation_id=small.id, traits=[told], numbers={("x", True): number})


def _merge(small: Small, chunk: int, which: int) -> None:
    number = _number(chunk, 0) + 2_000 + which
    with organisation_scope(small.id):
        ingest_queries.fetch(
            "add_customers", organisation_id=small.id, now=NOW, external_ids=[f"visitor{chunk}-{which}"],
            identified=[False], numbers=[number],
        )  # fmt: skip
        activity._write(small.id, [(AS_OF, number, small.definitions["purchase"], 1, 0)])
    with organisation_scope(small.id):
        _merged(small, number, _number(chunk + which, which))


def _merged(small: Small, number: int, target: int) -> None:
    links = [Link(number, target)]
    merge_customers(organisation_id=small.id, links=links, source_id=new_id(), now=NOW)


def _part(small: Small, chunk: int, which: int) -> None:
    """Somebody who was merged is taken apart, and every second one merged again."""
    with organisation_scope(small.id):
        one = Customer.objects.filter(merged_into__isnull=False).order_by("number").first()
        if one is None:
            return
        said = {"number": one.number, "target": int(one.merged_into or 0), "reason": "A shared tablet"}
        undo_merge(organisation=small.organisation, **said, user=None, now=NOW)  # type: ignore[arg-type]
    if which % 2:
        with organisation_scope(small.id):
            merge_again(organisation=small.organisation, **said, user=None, now=NOW)  # type: ignore[arg-type]


def _exclude(small: Small, chunk: int, which: int) -> None:
    with organisation_scope(small.id):
        set_excluded(organisation=small.organisation, number=_number(chunk, which), excluded=which % 3 > 0)


def _erase(small: Small, chunk: int, which: int) -> None:
    erase_activity(organisation_id=small.id, numbers=[_number(chunk, which)], now=NOW)


def _recount(small: Small, chunk: int, which: int) -> None:
    with organisation_scope(small.id):
        activity.recount_days(organisation=small.organisation, days=[AS_OF - timedelta(days=which % 5)])


def _pack(small: Small, chunk: int, which: int) -> None:
    pack_closed_days(organisation_id=small.id, now=NOW)


def _weigh(small: Small, chunk: int, which: int) -> None:
    with organisation_scope(small.id):
        Weight.objects.filter(action__key="t-visit").update(weight_thousandths=1_000 + which)


def _prune(small: Small, chunk: int, which: int) -> None:
    prune_touches(organisation_id=small.id, now=NOW)


WRITES: dict[str, Callable[[Small, int, int], None]] = {
    "act": _act, "join": _join, "tell": _tell, "merge": _merge, "part": _part, "exclude": _exclude, "erase": _erase,
    "recount": _recount, "pack": _pack, "weigh": _weigh, "prune": _prune,
}  # fmt: skip
write = st.tuples(st.sampled_from(sorted(WRITES)), st.integers(0, CHUNKS - 1), st.integers(0, 7))
# Most writes touch little; a round that changes all would leave nothing to take over.
rounds = st.lists(st.lists(write, max_size=3), min_size=1, max_size=4)


def _both_ways(small: Small, base: ScoreRun) -> ScoreRun:
    """The day scored again from the same base, with chunks taken over and with all of them computed."""
    taken = _run(small)
    with organisation_scope(small.id):
        RunPointer.objects.filter(as_of=base.as_of).update(run=base)
    computed = _run(small, reuse=False)
    assert computed.chunks_reused == 0
    assert computed.base_id == taken.base_id == base.id
    assert said(taken) == said(computed)
    with organisation_scope(small.id):
        RunPointer.objects.filter(as_of=base.as_of).update(run=taken)
    return taken


@pytest.mark.parametrize("shared", [False, True])
@given(plan=rounds)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_written_taking_over_says_what_computing_says(shared: bool, plan: list[list[Any]]) -> None:
    small = _world()
    with SHARED if shared else ALONE, override_settings(RUN_HELPERS=0):
        _run(small, AS_OF - timedelta(days=7))
        base = _run(small)
        for writes in plan:
            for name, chunk, which in writes:
                WRITES[name](small, chunk, which)
            base = _both_ways(small, base)


# ── how much is computed ─────────────────────────────────────────────────────────────────────────────────────


def test_the_page_of_a_run_says_how_much_of_it_stood_as_it_was() -> None:
    small = _world()
    base = _run(small)
    _act(small, 1, 3)
    taken = _run(small)
    with organisation_scope(small.id, write=False):
        pages = []
        for run in (base, taken):
            record = run_record(organisation=small.organisation, number=run.number)
            terms = terms_of(organisation=small.organisation, run=record.run)
            pages.append({fact.name: fact.value for fact in run_page(record=record, terms=terms).found})
    assert "Taken over" not in pages[0]
    assert pages[1]["Taken over"] == f"{taken.chunks_reused} of {CHUNKS} parts"
    assert taken.chunks_reused == CHUNKS - 1


@pytest.mark.parametrize(
    ("name", "computed"),
    [("act", 1), ("join", 1), ("tell", 1), ("exclude", 1), ("erase", 1), ("recount", 5), ("pack", 0), ("weigh", 5)],
)
def test_a_write_costs_the_chunks_it_touches(name: str, computed: int) -> None:
    small = _world()
    base = _run(small)
    WRITES[name](small, 2, 1)
    assert CHUNKS - _both_ways(small, base).chunks_reused == computed


def test_nothing_new_computes_nothing_and_every_state_of_the_ledger_is_the_last() -> None:
    small = _world()
    base = _run(small)
    again = _both_ways(small, base)
    assert again.chunks_reused == again.chunks == CHUNKS
    assert again.digest == base.digest
    for _, states in said(again)["ledgers"]:
        assert len({tuple(state[2:]) for state in states}) == 1


def test_activity_of_merged_customers_in_other_chunks_counts() -> None:
    small = _world()  # a visitor of the chunk before the last counts for somebody in chunk 1
    base = _run(small)
    _act(small, CHUNKS - 2, 1)
    assert _both_ways(small, base).chunks_reused == CHUNKS - 2


def test_another_day_another_plan_and_an_old_base_compute_everything() -> None:
    small = _world()
    _run(small, AS_OF - timedelta(days=1))
    base = _run(small)
    assert base.chunks_reused == 0
    late = NOW + reuse.REUSED_FOR + timedelta(seconds=1)
    assert _run(small, now=late).chunks_reused == 0
    _weigh(small, 0, 1)
    assert _run(small, now=late).chunks_reused == 0


def _spoiled(how: str, moment: str) -> str:
    """Nothing, or the snapshot as it was under something else than this database's name."""
    return how.replace("another/{}", "1/" + moment.partition("/")[2]).replace("{}", moment)


@pytest.mark.parametrize("moment", ["", "another/{}", "1{}", "{}x"])
def test_a_moment_of_another_database_or_none_takes_nothing_over(moment: str) -> None:
    small = _world()
    base = _run(small)
    with organisation_scope(small.id):
        ScoreRun.objects.filter(pk=base.pk).update(moment=_spoiled(moment, base.moment))
    assert _run(small).chunks_reused == 0


def test_code_that_gives_other_numbers_takes_nothing_over() -> None:
    small = _world()
    _run(small)
    with patch.object(plans, "CODE_VERSION", "2"):
        assert _run(small).chunks_reused == 0


def test_inside_somebody_elses_transaction_nothing_is_taken_over() -> None:
    small = _world()
    _run(small)
    with organisation_scope(small.id):
        assert _run(small).chunks_reused == 0


# ── a writer whose transaction is open while the base is made ────────────────────────────────────────────────


@contextmanager
def _open_writer(small: Small) -> Iterator[psycopg.Connection[Any]]:
    """Somebody who has written activity in chunk 2 and has not committed."""
    with psycopg.connect(database.admin_url(database.DATABASE)) as writer:
        writer.execute(
            queries.statement("add_activity"),
            {
                "organisation_id": small.id, "days": [AS_OF], "customers": [_number(2, 1)],
                "definitions": [small.definitions["visit"]], "occurrences": [3], "values": [0],
            },
        )  # fmt: skip
        yield writer


def _base_beside_an_open_writer(small: Small) -> ScoreRun:
    with _open_writer(small) as writer:
        _act(small, 4, 1)  # somebody else begins later, and is done before
        base = _run(small)
        writer.commit()
    return base


def test_what_was_open_when_the_base_was_made_is_found() -> None:
    small = _world()
    base = _base_beside_an_open_writer(small)
    assert _both_ways(small, base).chunks_reused == CHUNKS - 1


def test_the_order_of_transaction_numbers_would_not_do() -> None:
    small = _world()
    right = queries.statement("chunks_touched")
    asked = "NOT pg_visible_in_snapshot(t.xid, %(snapshot)s::pg_snapshot)"
    assert asked in right
    by_number = right.replace(asked, "t.xid >= pg_snapshot_xmax(%(snapshot)s::pg_snapshot)")
    base = _base_beside_an_open_writer(small)
    with patch.dict(queries.STATEMENTS.texts, chunks_touched=by_number), pytest.raises(AssertionError):
        _both_ways(small, base)


# ── clearing away ────────────────────────────────────────────────────────────────────────────────────────────


def _touched(small: Small) -> int:
    with organisation_scope(small.id, write=False):
        return ChunkTouch.objects.count()


def test_what_every_run_has_seen_is_cleared_away_and_nothing_else() -> None:
    small = _world()
    _run(small)
    assert _touched(small)
    prune_touches(organisation_id=small.id, now=NOW)
    assert not _touched(small)
    with _open_writer(small) as writer:
        base = _run(small)
        writer.commit()
    prune_touches(organisation_id=small.id, now=NOW)
    assert _touched(small) == 1
    assert _both_ways(small, base).chunks_reused == CHUNKS - 1
    prune_touches(organisation_id=small.id, now=NOW)
    assert _touched(small) == 1  # the base is a run of these days as well
    prune_touches(organisation_id=small.id, now=NOW + reuse.KEPT_FOR + timedelta(seconds=1))
    assert not _touched(small)


def test_while_a_run_is_under_way_nothing_is_cleared_away() -> None:
    small = _world()
    run = _run(small)
    with organisation_scope(small.id):
        ScoreRun.objects.filter(pk=run.pk).update(state="running")
    _act(small, 0, 1)
    prune_touches(organisation_id=small.id, now=NOW)
    assert _touched(small)


def test_a_base_without_its_parts_is_computed() -> None:
    small = _world()
    base = _run(small)
    with patch.object(reuse, "read_parts", lambda run: [replace(part) for part in read_some(run)]):
        assert _run(small).chunks_reused == 1
    assert base.chunks == CHUNKS


def read_some(run: ScoreRun) -> list[Any]:
    from engagement.scoring.runs.parts import read_parts

    return [part for part in read_parts(run) if part.chunk == 0]


def test_every_night_each_organisation_with_touches_is_asked() -> None:
    small = _world()
    with patch("engagement.insights.services.dispatch.current_app.send_task") as sent:
        assert dispatch_pruning() == 1
    sent.assert_called_once_with("insights.prune", args=[small.id])
    tasks.prune(small.id)
    assert not _touched(small)


def test_who_counts_for_whom_may_change_without_a_write_to_the_chunk() -> None:
    small = _world()
    visitors = {"a": 5_000, "b": (4 << 16) + 5_000}
    with organisation_scope(small.id):
        ingest_queries.fetch(
            "add_customers", organisation_id=small.id, now=NOW, external_ids=list(visitors),
            identified=[False, False], numbers=list(visitors.values()),
        )  # fmt: skip
        activity._write(small.id, [(AS_OF, visitors["a"], small.definitions["purchase"], 1, 0)])
        _merged(small, visitors["a"], visitors["b"])
    base = _run(small)
    with organisation_scope(small.id):  # so a counts for a customer of chunk 2 now, and nobody wrote to chunk 0
        _merged(small, visitors["b"], _number(2, 3))
    assert _both_ways(small, base).chunks_reused == CHUNKS - 3


# ── by the clock ─────────────────────────────────────────────────────────────────────────────────────────────


def _at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 2, 28, hour, minute, tzinfo=UTC)


def _done(small: Small, cause: str) -> None:
    with organisation_scope(small.id):
        RunRequest.objects.filter(cause=cause).update(state="done")


def test_a_running_day_is_asked_for_once_every_so_many_hours() -> None:
    small = _world()
    assert dispatch_intraday(now=_at(12)) == 0  # off by default
    with organisation_scope(small.id):
        Organisation.objects.filter(pk=small.id).update(intraday_hours=4, time_zone="Asia/Tokyo")
    assert dispatch_intraday(now=_at(15, 30)) == 0  # half past midnight in Tokyo: the day has just begun
    assert dispatch_intraday(now=_at(1)) == 1  # 10:00: due since 8:00
    assert dispatch_intraday(now=_at(1, 1)) == 0  # it waits
    _done(small, "intraday")
    assert dispatch_intraday(now=_at(2, 59)) == 0
    assert dispatch_intraday(now=_at(3)) == 1  # 12:00
    with organisation_scope(small.id, write=False):
        assert set(RunRequest.objects.values_list("as_of", "cause")) == {(date(2026, 2, 28), "intraday")}


def test_a_scoring_of_today_that_waits_already_is_enough() -> None:
    small = _world()
    with organisation_scope(small.id):
        Organisation.objects.filter(pk=small.id).update(intraday_hours=1)
        RunRequest.objects.create(organisation_id=small.id, as_of=AS_OF, cause="request", requested_at=_at(9))
    assert dispatch_intraday(now=_at(10)) == 0
    _done(small, "request")
    assert dispatch_intraday(now=_at(10)) == 1


def test_replaced_runs_of_a_running_day_keep_their_results_for_two_days() -> None:
    small = _world()
    runs = [_run(small, cause=cause) for cause in ("intraday", "request", "intraday", "intraday")]
    two_days, three_days = NOW, NOW + timedelta(days=1)
    assert (NOW.date() - AS_OF).days == 2
    with patch("engagement.insights.services.dispatch.current_app.send_task"):
        assert (dispatch_thinning(now=two_days), dispatch_thinning(now=three_days)) == (0, 1)
    assert thin_runs(organisation_id=small.id, now=two_days).runs == 0
    assert thin_runs(organisation_id=small.id, now=three_days).runs == 2
    with organisation_scope(small.id, write=False):
        whole = set(ScoreRun.objects.filter(thinned_at__isnull=True).values_list("pk", flat=True))
    assert whole == {runs[1].pk, runs[3].pk}
