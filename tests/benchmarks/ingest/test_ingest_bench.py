"""The bench of taking events in: its arguments, what it sends, and that ratios stay within a round."""

from __future__ import annotations

import json
import os
from unittest.mock import MagicMock
from uuid import UUID

import pytest

from engagement.ingest.contracts import parse
from tests.benchmarks.ingest import stages as timing_of_stages
from tests.benchmarks.ingest.costs import Cost, family, peak_megabytes, processor_seconds
from tests.benchmarks.ingest.measuring import BESIDE_HTTP, Found
from tests.benchmarks.ingest.messages import SENT_AT, bodies
from tests.benchmarks.ingest.raw import Raw
from tests.benchmarks.ingest.report import tables
from tests.benchmarks.ingest.sending import Load
from tests.benchmarks.ingest.sizes import read_size
from tests.benchmarks.ingest.stages import Stages
from tests.benchmarks.sizes import ArgumentError


def test_arguments_win_over_the_environment() -> None:
    size = read_size(arguments=["EVENTS=5000"], environment={"EVENTS": "9000", "ROUNDS": "2", "ONLY": "worker"})
    assert (size.name, size.events, size.rounds, size.only) == ("other", 5_000, 2, ("worker",))
    assert read_size(arguments=[], environment={"SIZE": "full"}).events == 400_000


@pytest.mark.parametrize("argument", ["SIZE=huge", "EVENTS=999", "ROUNDS=none", "ONLY=disk", "nonsense"])
def test_an_argument_that_cannot_be_used_is_refused(argument: str) -> None:
    with pytest.raises(ArgumentError):
        read_size(arguments=[argument], environment={})


@pytest.mark.parametrize(("in_order", "version"), [(False, 4), (True, 7)])
def test_every_message_can_be_stored_and_has_an_id_of_its_own(in_order: bool, version: int) -> None:
    sent = bodies(events=300, at_once=100, customers=10, seed=1, in_order=in_order)
    read = [parse(body, kind="batch", received_at=SENT_AT) for body in sent]
    events = [event for one in read for event in one.events]
    ids = [event.message_id for event in events]
    assert (len(sent), len(events), len(set(ids))) == (3, 300, 300)
    assert {UUID(text).version for text in ids} == {version}
    assert (sorted(ids) == ids) is in_order
    assert sent == bodies(events=300, at_once=100, customers=10, seed=1, in_order=in_order)
    other = bodies(events=100, at_once=100, customers=10, seed=2, in_order=in_order)
    assert json.loads(sent[0]) != json.loads(other[0])


def test_ratios_are_taken_within_a_round_and_processors_apart() -> None:
    found = Found()
    for slowness in (1.0, 10.0):
        found.add("A1", 1_000, Cost(slowness, 0.1, 0.1))
        found.add("A1 without foreign key", 1_000, Cost(slowness, 0.1, 0.0))
        found.add("worker, 1,000 a request", 1_000, Cost(2 * slowness, 0.2, 0.3))
    assert found.ratio("worker, 1,000 a request", "A1") == 0.5
    assert found.ratio("worker, 1,000 a request", "A1", processors=True) == pytest.approx(0.4)
    text = tables(read_size(arguments=[], environment={}), found)
    assert "≥ 0.5: met" in text
    found.add("A1", 1_000, Cost(1.0, 0.1, 0.1))
    found.add("A1 without foreign key", 1_000, Cost(1.0, 0.1, 0.1))
    found.add("worker, 1,000 a request", 1_000, Cost(9.0, 0.1, 0.1))
    for name in ("A1", "A1 without foreign key", "worker, 1,000 a request"):
        del found.rates[name][:2]
    assert "≥ 0.5: MISSED" in tables(read_size(arguments=[], environment={}), found)


def test_http_is_held_against_what_was_measured_beside_it() -> None:
    """The service's own workers would take what the worker alone is measured with: the two are measured apart."""
    found = Found()
    for of, slowness in (("", 1.0), (BESIDE_HTTP, 4.0)):
        found.add(f"A1{of}", 1_000, Cost(slowness, 0.1, 0.1))
        found.add(f"A1 without foreign key{of}", 1_000, Cost(slowness, 0.1, 0.1))
    found.add_load("HTTP, 1,000 a request", 1_000, Load(1.0, Cost(10.0, 0.3, 0.2), [0.1]))
    text = tables(read_size(arguments=[], environment={}), found)
    said = next(line for line in text.splitlines() if "| HTTP" in line)
    assert "0.40" in said
    assert "≥ 0.25: met" in said


def test_shares_add_up() -> None:
    stages = Stages()
    stages.seconds.update(parse=1.0, insert=2.0)
    assert stages.shares(4.0) == {"insert": 0.5, "parse": 0.25, "rest": 0.25}


class _Clock:
    """Each look at it is a second later."""

    def __init__(self) -> None:
        self.at = 0.0

    def perf_counter(self) -> float:
        self.at += 1
        return self.at


def test_a_stage_within_another_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, stages = _Clock(), Stages()
    monkeypatch.setattr(timing_of_stages, "time", clock)
    commit = stages._timed("commit", lambda: None)
    claim = stages._timed("claim", lambda: [commit(), commit()])
    begun = clock.perf_counter()
    claim()
    commit()
    shares = stages.shares(clock.perf_counter() - begun)
    assert stages.seconds == {"commit": 3.0, "claim": 3.0}
    assert (sum(shares.values()), shares["rest"] > 0) == (pytest.approx(1), True)


@pytest.mark.parametrize(
    ("statement", "stage"), [("lock_timeless", "locks"), ("lock_storing_shared", "locks"), ("look_back", "insert")]
)
def test_statements_of_storing_have_a_stage(statement: str, stage: str) -> None:
    stages = Stages()
    assert stages._statement(lambda name: name)(statement) == statement
    assert list(stages.seconds) == [stage]


@pytest.mark.parametrize("in_order", [False, True])
def test_what_is_copied_beside_ids_in_order_lies_in_their_order(in_order: bool) -> None:
    admin = MagicMock()
    Raw(admin).take(organisation_id=1, newest=10, in_order=in_order)
    ((query,), _named) = admin.cursor().__enter__().copy.call_args
    assert ("ORDER BY message_id" in query, "ORDER BY random()" in query) == (in_order, not in_order)


def test_this_process_has_used_processors_and_memory() -> None:
    assert processor_seconds(os.getpid()) > 0
    assert peak_megabytes([os.getpid()]) > 10
    assert os.getpid() in family(os.getppid())
