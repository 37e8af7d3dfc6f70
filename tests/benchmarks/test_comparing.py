"""No time counts while two answers differ: every difference is found, and said with both numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import psycopg
import pytest

from engagement.ingest.models import Customer, Event
from engagement.scoring.activity_blocks import unpack_day
from engagement.scoring.models import ActivityBlock, ActivityOpen
from engagement.scoring.services import rebuild_activity
from tenants.scope import organisation_scope
from tests import database
from tests.benchmarks import __main__ as doorway
from tests.benchmarks import figures, ours, peers
from tests.benchmarks.answers import Answer, DifferentAnswersError, Sums, Written, compare, compare_written
from tests.benchmarks.crew import Crew
from tests.benchmarks.definitions import AS_OF, NOW
from tests.benchmarks.peers import by_duckdb
from tests.benchmarks.preview import check
from tests.benchmarks.sizes import SMALL
from tests.benchmarks.world import World

TINY = replace(SMALL, customers=300, events=4_000, organisations=7, rounds=1, workers=1, only=("run",))
ANSWER = Answer({"all": Sums(3, 4_500, 250_000_000), "young": Sums(1, 500, 50_000_000)}, (1, 1, 1))
WRITTEN = Written(np.array([1, 2, 5]), np.array([10, 20, -30]), np.array([1, 2, 0]))


# ── by hand ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_equal_answers_pass() -> None:
    compare(peer="pandas", theirs=replace(ANSWER, segments=dict(ANSWER.segments)), ours=ANSWER)
    compare_written(
        peer="pandas",
        theirs=Written(*(a.copy() for a in (WRITTEN.numbers, WRITTEN.points, WRITTEN.scores))),
        ours=WRITTEN,
    )


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"segments": {**ANSWER.segments, "young": Sums(2, 500, 50_000_000)}}, "n of segment young is 2, ours 1"),
        (
            {"segments": {**ANSWER.segments, "all": Sums(3, 4_501, 250_000_000)}},
            "points of segment all is 4,501, ours 4,500",
        ),
        ({"segments": {**ANSWER.segments, "all": Sums(3, 4_500, 249_999_999)}}, "is 249,999,999, ours 250,000,000"),
        ({"segments": {"all": ANSWER.segments["all"]}}, "name other segments: young"),
        ({"bands": (2, 0, 1)}, r"are \(2, 0, 1\), ours \(1, 1, 1\)"),
    ],
)
def test_a_differing_answer_is_refused_with_both_numbers(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(DifferentAnswersError, match=says):
        compare(peer="pandas", theirs=replace(ANSWER, **changed), ours=ANSWER)


@pytest.mark.parametrize(
    ("theirs", "says"),
    [
        (Written(np.array([1, 2]), np.array([10, 20]), np.array([1, 2])), "about 2 customers, we 3"),
        (replace(WRITTEN, points=np.array([10, 21, -30])), "points of customer 2 are 21, ours 20"),
        (replace(WRITTEN, scores=np.array([1, 2, 1])), "scores of customer 5 are 1, ours 0"),
    ],
)
def test_a_differing_row_is_refused(theirs: Written, says: str) -> None:
    with pytest.raises(DifferentAnswersError, match=says):
        compare_written(peer="pandas", theirs=theirs, ours=WRITTEN)


def test_a_differing_preview_is_refused() -> None:
    answer = Answer({"all": Sums(3, 4_500, 200_000_000)}, (1, 1, 1))
    draft = {"n": 3, "score": "66.666667", "poor": 1, "good": 1, "excellent": 1}
    check({"draft": draft}, answer)
    with pytest.raises(DifferentAnswersError, match=r"66\.666666.*66\.666667"):
        check({"draft": {**draft, "score": "66.666666"}}, answer)


# ── upon data ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def admin(transactional_db: None) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.admin_url(database.DATABASE), autocommit=True) as connection:
        yield connection
        connection.execute(f"DROP SCHEMA IF EXISTS {peers.SCHEMA} CASCADE")


@pytest.fixture
def world(admin: psycopg.Connection, tmp_path: Path) -> World:
    return World(size=TINY, admin=admin, folder=tmp_path)


def test_all_peers_find_what_a_run_finds(world: World) -> None:
    lines = figures.run(world)
    assert [line.figure for line in lines] == [
        "full run, results written", "the same by plain SQL", "the same by DuckDB", "the same by pandas",
    ]  # fmt: skip
    assert [line.at_most for line in lines] == [None, 0.1, 1.0, None]
    everybody = ours.answer_of(world.whole.id, as_of=AS_OF)
    assert everybody.segments["all"].n == TINY.customers
    assert len(everybody.segments) == TINY.segments
    assert all(everybody.bands)


def test_the_data_is_what_the_product_would_have_stored(world: World) -> None:
    """Counted anew by the product's own service, the stored events give the activity that was put in."""
    whole = world.whole.id

    def rows() -> list[tuple[Any, ...]]:
        found = list(ActivityOpen.objects.values_list("day", "customer_number", "definition", "occurrences", "value"))
        for block in ActivityBlock.objects.all():
            day = unpack_day(bytes(block.packed), chunk=block.chunk)
            columns = (day.numbers, day.definitions, day.occurrences, day.values)
            found += [(block.day, *row) for row in zip(*(column.tolist() for column in columns), strict=True)]
        return sorted(found)

    with organisation_scope(whole):
        assert Customer.objects.count() == TINY.customers
        assert Event.objects.count() == TINY.events
        assert Event.objects.values("message_id").distinct().count() == TINY.events
        put_in = rows()
        ActivityOpen.objects.all().delete()
        ActivityBlock.objects.all().delete()
    rebuild_activity(organisation_id=whole, now=NOW)
    with organisation_scope(whole, write=False):
        assert rows() == put_in
        assert len(put_in) > TINY.events // 2


@pytest.mark.parametrize("peer", ["plain SQL", "DuckDB", "pandas"])
def test_a_peer_with_another_weight_is_caught(world: World, peer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the least that can be wrong, in one peer alone."""
    by, *rest = figures._PEERS[peer]

    def wrong(case: peers.Case) -> Answer:
        first, *others = case.specs
        return by(replace(case, specs=[replace(first, weight=first.weight + 1), *others]))

    monkeypatch.setattr(figures, "_PEERS", {peer: (wrong, *rest)})
    with pytest.raises(DifferentAnswersError, match=f"{peer}: points of segment all is"):
        figures.run(world)


def test_a_peer_that_writes_something_else_than_it_says_is_caught(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    by, *rest = figures._PEERS["DuckDB"]

    def tampered(case: peers.Case) -> Answer:
        answer = by(case)
        case.admin.execute("UPDATE bench.duckdb SET score = score + 1 WHERE customer_number = 7")
        return answer

    monkeypatch.setattr(figures, "_PEERS", {"DuckDB": (tampered, *rest)})
    with pytest.raises(DifferentAnswersError, match="DuckDB: scores of customer 7"):
        figures.run(world)


def test_a_missing_event_is_caught(world: World) -> None:
    case = figures.case_of(world)
    ours.score_all(organisation_ids=[case.organisation_id], as_of=AS_OF, workers=1)
    answer = ours.answer_of(case.organisation_id, as_of=AS_OF)
    compare(peer="plain SQL", theirs=peers.by_sql(case), ours=answer)
    world.admin.execute(
        "DELETE FROM ingest_event WHERE message_id = (SELECT min(message_id) FROM ingest_event WHERE name = %s AND "
        "occurred_at BETWEEN %s AND %s)",
        [world.specs[0].name, case.window_from, case.window_to],
    )
    with pytest.raises(DifferentAnswersError):
        compare(peer="plain SQL", theirs=peers.by_sql(case), ours=answer)


def test_the_many_are_the_one_cut_in_pieces(world: World) -> None:
    one, many = figures.tenants(world)
    assert (one.figure, many.figure) == ("one organisation × 4,000 events", "7 organisations × 571 events")
    assert many.ratio is not None
    with organisation_scope(world.many[0]):
        ActivityOpen.objects.all().delete()
    with pytest.raises(DifferentAnswersError, match="7 organisations together"):
        figures.tenants(world)


def test_a_longer_history_changes_no_answer(world: World) -> None:
    assert [line.figure for line in figures.history(world)] == [
        "full run of 60 customers", "with 2× the history", "with 4× the history",
    ]  # fmt: skip
    with organisation_scope(world.histories[4]):
        ActivityOpen.objects.filter(day=AS_OF).delete()
    with pytest.raises(DifferentAnswersError, match="a history of 4×"):
        figures.history(world)


def test_workers_of_their_own_find_the_same_and_say_what_they_took(world: World) -> None:
    organisations = world.many[:3]
    ours.score_all(organisation_ids=organisations, as_of=AS_OF, workers=1)
    here = [ours.answer_of(organisation_id, as_of=AS_OF) for organisation_id in organisations]
    with organisation_scope(organisations[2]):
        ActivityOpen.objects.all().delete()
        ActivityBlock.objects.all().delete()
    ours.score_all(organisation_ids=organisations, as_of=AS_OF, workers=2)
    apart = [ours.answer_of(organisation_id, as_of=AS_OF) for organisation_id in organisations]
    assert apart[:2] == here[:2]
    assert apart[2].segments["all"] == Sums(here[2].segments["all"].n, 0, 0)  # they did score again
    ours.dismiss()
    worker = ours.score_apart(organisation_ids=organisations[:1], as_of=AS_OF)
    assert worker.peak_bytes > worker.before_bytes > 10_000_000


def test_several_workers_share_one_organisation_and_find_the_same(world: World) -> None:
    far = 3 << 16
    with organisation_scope(world.whole.id):
        Customer.objects.filter(number=7).update(number=far)
    ours.score_all(organisation_ids=[world.whole.id], as_of=AS_OF, workers=1)
    alone = ours.answer_of(world.whole.id, as_of=AS_OF)
    with patch.object(Crew, "help", autospec=True, side_effect=Crew.help) as asked:
        ours.score_all(organisation_ids=[world.whole.id], as_of=AS_OF, workers=2)
    ours.dismiss()
    assert asked.call_count == 1
    assert ours.answer_of(world.whole.id, as_of=AS_OF) == alone


def test_a_warm_worker_that_fails_is_noticed(world: World) -> None:
    with pytest.raises(RuntimeError, match="A worker has failed"):
        ours.score_all(organisation_ids=[world.empty.id + 1_000] * 2, as_of=AS_OF, workers=2)
    ours.dismiss()


def test_a_worker_that_fails_is_not_taken_for_a_time(world: World) -> None:
    with pytest.raises(RuntimeError, match="A worker has failed with 1"):
        ours.score_apart(organisation_ids=[world.empty.id + 1_000], as_of=AS_OF)


def test_storage_is_counted(world: World) -> None:
    found = {line.figure: line.value.middle for line in figures.storage(world)}
    assert all(held > 0 for held in found.values())
    assert found["storage: events per customer and day"] > found["storage: an event"]


def test_the_draft_is_another_answer(world: World) -> None:
    """The preview is compared with the peer's answer for the draft: were it the same, the comparison would be empty."""
    case = figures.case_of(world)
    specs = world.draft(world.whole)
    assert by_duckdb(replace(case, specs=specs), write=False) != by_duckdb(case, write=False)


def test_the_door_answers_2_for_what_it_cannot_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["tests.benchmarks", "SIZE=huge"])
    assert doorway.main() == 2
    assert "SIZE is small or full" in capsys.readouterr().err


def test_the_door_answers_1_and_prints_no_table_when_answers_differ(
    admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("tests.benchmarks.report.FOLDER", tmp_path / "bench")
    url = database.admin_url(database.DATABASE)
    assert doorway._benchmark(TINY, url) == 0
    said = capsys.readouterr()
    assert "| full run, results written" in said.out
    assert (tmp_path / "bench" / "small.json").exists()
    by, *rest = figures._PEERS["pandas"]
    monkeypatch.setattr(figures, "_PEERS", {"pandas": (lambda case: replace(by(case), bands=(0, 0, 0)), *rest)})
    assert doorway._benchmark(TINY, url) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "no time counts. pandas: customers by band are (0, 0, 0)" in said.err
