"""Connections that are shared: 8 threads, 2 organisations, 10,000 transactions, and no row of the other one.

Every transaction counts rows in plain SQL without any condition, so that nothing but the scope of the transaction
stands between the two. A tenth of them fail and are rolled back, a tenth are followed by a look without any scope.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import close_old_connections, connection, connections

from engagement.ingest.models import Customer
from tenants.scope import organisation_scope
from tests.conftest import NOW, build_world, empty_database
from tests.isolation.pooling import CONNECTIONS, pgbouncer, pgbouncer_program, pool
from tests.isolation.tally import Tally

THREADS, TRANSACTIONS = 8, 10_000
_OWN = {0: 3, 1: 5}  # customers of the first and of the second organisation
_COUNT = "SELECT count(*) FILTER (WHERE organisation_id = %s), count(*) FROM ingest_customer"
_FAILS, _LOOKS_AFTER, _WRITES = 3, 7, 5  # which of ten

POOLED: dict[str, Callable[[], AbstractContextManager[None]]] = {"pool": pool, "pgbouncer": pgbouncer}
without_pgbouncer = pytest.mark.skipif(
    pgbouncer_program() is None, reason="pgbouncer is not installed: apt-get install pgbouncer"
)
WAYS = ["pool", pytest.param("pgbouncer", marks=without_pgbouncer)]


class _OnPurposeError(Exception):
    """A transaction that fails."""


@pytest.fixture(scope="module")
def organisations(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[int, int]]:
    """Two organisations of different firms, with customers."""
    with django_db_blocker.unblock():
        try:
            world = build_world()
            found = (world.ours.pk, world.strange.pk)
            for index, organisation_id in enumerate(found):
                with organisation_scope(organisation_id):
                    for number in range(1, _OWN[index] + 1):
                        _add_customer(organisation_id, number)
            yield found
        finally:
            empty_database()


def _add_customer(organisation_id: int, number: int) -> None:
    Customer.objects.create(
        organisation_id=organisation_id, number=number, external_id=f"c{number}", created_at=NOW, updated_at=NOW
    )


def _count(organisation_id: int) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [organisation_id])
        own, seen = cursor.fetchone()
    return own, seen - own


def _fail(number: int) -> None:
    if number % 10 == _FAILS:
        raise _OnPurposeError


def _transaction(organisation_id: int, number: int, met: Counter[str]) -> None:
    """One transaction as a request has it, and the connection given back as at its end."""
    try:
        with organisation_scope(organisation_id, write=number % 10 == _WRITES):
            own, foreign = _count(organisation_id)
            met.update(own=own, foreign=foreign)
            if number % 10 == _WRITES:
                with connection.cursor() as cursor:
                    cursor.execute("UPDATE ingest_customer SET excluded = excluded WHERE number = 1")
                    met["written_elsewhere"] += cursor.rowcount - 1
            _fail(number)
    except _OnPurposeError:
        met["failed"] += 1
    if number % 10 == _LOOKS_AFTER:
        own, foreign = _count(organisation_id)
        met.update(without_scope=own + foreign)
    met["transactions"] += 1
    close_old_connections()


def _thread(organisations: tuple[int, int], number: int) -> Counter[str]:
    """One thread's share: now for one, now for the other."""
    met: Counter[str] = Counter()
    try:
        for index in range(TRANSACTIONS // THREADS):
            _transaction(organisations[(index + number) % 2], index, met)
    finally:
        connections.close_all()
    return met


@pytest.mark.parametrize("way", WAYS)
def test_no_row_of_the_other_organisation(organisations: tuple[int, int], tally: Tally, way: str) -> None:
    with POOLED[way](), ThreadPoolExecutor(THREADS) as threads:
        shares = list(threads.map(lambda number: _thread(organisations, number), range(THREADS)))
    met = sum(shares, Counter())
    tally.counts.update({
        f"{way}_transactions": met["transactions"],
        f"{way}_foreign_rows": met["foreign"] + met["without_scope"],
    })  # fmt: skip
    assert met["transactions"] == TRANSACTIONS
    assert (met["foreign"], met["without_scope"], met["written_elsewhere"]) == (0, 0, 0)
    assert met["own"] == TRANSACTIONS // 2 * sum(_OWN.values())  # each saw its own, all of them, every time
    assert met["failed"] == TRANSACTIONS // 10


@pytest.mark.parametrize("way", WAYS)
def test_control_a_setting_of_the_session_is_seen_by_the_next(organisations: tuple[int, int], way: str) -> None:
    """SET instead of SET LOCAL: what the house forbids. The same count then meets foreign rows."""

    def careless(organisation_id: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET app.org_read = '{{{organisation_id}}}'")
        connections.close_all()

    def next_one(_: int) -> int:
        own, foreign = _count(organisations[0])
        connections.close_all()
        return own + foreign

    with POOLED[way](), ThreadPoolExecutor(1) as threads:
        before = threads.submit(next_one, 0).result()
        for _ in range(CONNECTIONS):
            threads.submit(careless, organisations[1]).result()
        seen = [threads.submit(next_one, number).result() for number in range(CONNECTIONS)]
    assert before == 0
    assert _OWN[1] in seen
