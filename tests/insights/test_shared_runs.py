"""Runs shared among workers give the bytes of a run done alone, and a worker that dies costs time, never a number."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.test import override_settings

from engagement.insights.services import score
from engagement.insights.services import score as _score
from engagement.insights.services.score import help_run
from engagement.scoring import queries
from engagement.scoring.models import (
    CountBlock,
    IdentityBlock,
    MemberBlock,
    RunChunk,
    RunPart,
    RunPointer,
    ScoreBlock,
    ScoreRun,
)
from engagement.scoring.runs.moments import MomentGoneError, in_moment, shared_moment
from tenants.scope import organisation_scope
from tests.conftest import NOW
from tests.insights.chunked_world import AS_OF, CHUNKS, filled, said
from tests.insights.scoring_world import Small, add_activity

SHARED = override_settings(RUN_SHARED_FROM_CHUNKS=2)
ALONE = override_settings(RUN_SHARED_FROM_CHUNKS=10**6)

pytestmark = pytest.mark.django_db(transaction=True)


def _run(small: Small, as_of: date = AS_OF) -> ScoreRun:
    return score(organisation_id=small.id, as_of=as_of, cause="request", now=NOW, reuse=False)


@pytest.mark.parametrize("helpers", [0, 1, 3])
def test_the_same_bytes_whatever_the_number_of_workers(helpers: int) -> None:
    small = filled()
    with ALONE:
        _run(small, AS_OF - timedelta(days=7))
        alone = said(_run(small))
    assert len(alone["blocks"]["ScoreBlock"]) == CHUNKS
    assert [chunk for chunk, _ in alone["blocks"]["IdentityBlock"]] == [0, 1, 3]
    with organisation_scope(small.id):
        RunPointer.objects.filter(as_of=AS_OF).delete()  # so that both begin with the same base
    threads: list[threading.Thread] = []

    def help_too(organisation_id: int, run_id: Any, moment: str) -> None:
        try:
            help_run(organisation_id=organisation_id, run_id=run_id, moment=moment)
        finally:
            connection.close()

    def asked(_task: str, *arguments: Any) -> None:
        threads.append(threading.Thread(target=help_too, args=arguments))
        threads[-1].start()

    with SHARED, override_settings(RUN_HELPERS=helpers), patch(f"{_score.__module__}.wake", asked):
        together = _run(small)
    for thread in threads:
        thread.join()
    assert len(threads) == helpers
    assert said(together) == alone
    assert together.chunks_done == together.chunks == CHUNKS
    with organisation_scope(small.id, write=False):
        parts = RunPart.objects.all()
        assert parts.filter(run_id=together.id).count() == CHUNKS
        assert not parts.exclude(chains=None).exists()  # added up, and let go: alone they were never stored
        assert not RunChunk.objects.exists()


def test_everybody_sees_the_same_moment() -> None:
    small = filled()
    with ALONE:
        expected = _run(small).digest
    real = queries.fetch

    def late_in_between(name: str, **bound: Any) -> Any:
        if name == "claim_run_chunk":  # an event for everybody arrives before each chunk
            add_activity(small, [((chunk << 16) + 1, "visit", AS_OF, 1) for chunk in range(CHUNKS)])
        return real(name, **bound)

    with SHARED, patch.object(queries, "fetch", late_in_between):
        assert _run(small).digest == expected
    with SHARED:
        assert _run(small).digest != expected


def test_a_moment_ends_with_its_holder() -> None:
    with shared_moment() as moment, in_moment(moment):
        pass
    with pytest.raises(MomentGoneError), in_moment(moment):
        pass
    with pytest.raises(MomentGoneError), in_moment("'; DROP TABLE x"):
        pass
    small = filled()
    with organisation_scope(small.id):
        queries.run("add_run_chunks", organisation_id=small.id, run_id=_running(small), chunks=2)
        run_id = ScoreRun.objects.get(state="running").id
    assert help_run(organisation_id=small.id, run_id=run_id, moment=moment) == 0


def _running(small: Small) -> Any:
    run = _run(small)
    with organisation_scope(small.id):
        ScoreRun.objects.filter(pk=run.pk).update(state="running")
    return run.pk


def _killed_at(statement: int) -> Callable[..., Any]:
    """An execute wrapper: at the given statement the connection is gone, as when its server process is killed."""
    numbers = count(1)

    def wrapper(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if next(numbers) == statement:
            with connection.connection.cursor() as own:
                own.execute("SELECT pg_backend_pid()")
                pid = own.fetchone()[0]
            from tests.conftest import _superuser

            _superuser().execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        return execute(sql, params, many, context)

    return wrapper


@pytest.mark.parametrize("shared", [False, True])
def test_killed_at_every_statement_the_next_attempt_gives_the_same_bytes(shared: bool) -> None:
    small = filled(chunks=3)
    with ALONE:
        before = _run(small, AS_OF - timedelta(days=7))
        expected = said(_run(small))
    with SHARED if shared else ALONE:
        for statement in range(1, 1_000):
            _forget_day(small)
            with connection.execute_wrapper(_killed_at(statement)):
                try:
                    _run(small)
                except OperationalError:
                    killed = True
                else:
                    killed = False
            connection.close()
            if not killed:
                break
            with organisation_scope(small.id, write=False):
                in_force = list(RunPointer.objects.order_by("as_of").values_list("run_id", flat=True))
                published = ScoreRun.objects.filter(state="published", as_of=AS_OF).exists()
            assert in_force[0] == before.id
            if not published:
                assert len(in_force) == 1
            if statement % 7 == 0:  # each attempt costs its time; the bytes are looked at for every seventh
                _forget_day(small)
                assert said(_run(small)) == expected
        else:
            pytest.fail("the run has no end")
    assert statement > 25


def _forget_day(small: Small) -> None:
    """Nothing is in force for the day, so that the next run's ledger begins where the expected one did."""
    with organisation_scope(small.id):
        RunPointer.objects.filter(as_of=AS_OF).delete()


def test_a_run_that_failed_leaves_nothing_but_its_error() -> None:
    small = filled()
    with (
        SHARED,
        patch(f"{_score.__module__}._finish", side_effect=KeyError("pulled the plug")),
        pytest.raises(KeyError),
    ):
        _run(small)
    with organisation_scope(small.id, write=False):
        assert ScoreRun.objects.get().state == "failed"
        for model in (CountBlock, ScoreBlock, MemberBlock, IdentityBlock, RunPart, RunChunk):
            assert not model.objects.exists()


def test_a_chunk_whose_worker_died_is_computed_by_another() -> None:
    small = filled()
    with ALONE:
        expected = _run(small).digest
    real = queries.fetch
    stolen: list[int] = []

    def steal_one(name: str, **bound: Any) -> Any:
        if name == "claim_run_chunk" and not stolen:
            with organisation_scope(small.id):
                stolen.append(int(real(name, **{**bound, "seconds": 1})[0][0]))  # and nothing is heard of it again
        return real(name, **bound)

    with SHARED, patch.object(queries, "fetch", steal_one):
        assert _run(small).digest == expected
    assert stolen == [0]
