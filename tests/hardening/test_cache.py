"""The cache that all processes share: PostgreSQL's and Redis', held to the same tests."""

from __future__ import annotations

import pickle
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from shutil import which
from typing import Any

import psycopg
import pytest
from django.core.cache.backends.redis import RedisCache
from django.db import connection, transaction

from tenants.postgres import cache as module
from tenants.postgres.cache import JsonSerializer, PostgresCache
from tests import database

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def postgres() -> PostgresCache:
    return PostgresCache("", {})


@pytest.fixture(scope="module")
def redis_socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = which("redis-server")
    if program is None:
        pytest.skip("needs a redis-server on the path")
    path = tmp_path_factory.mktemp("redis") / "r.sock"
    server = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(path.parent)],
        stdout=subprocess.DEVNULL,
    )
    for _ in range(100):
        if path.exists():
            break
        time.sleep(0.05)
    yield str(path)
    server.terminate()
    server.wait()


@pytest.fixture
def redis(redis_socket: str) -> Iterator[RedisCache]:
    serializer = "tenants.postgres.cache.JsonSerializer"
    found = RedisCache(f"unix://{redis_socket}", {"OPTIONS": {"serializer": serializer}})
    yield found
    found.clear()


@pytest.fixture(params=["postgres", "redis"])
def cache(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def _rows() -> list[Any]:
    with psycopg.connect(database.admin_url(database.DATABASE)) as superuser:
        return superuser.execute("SELECT digest, value, expires_at FROM tenants_cache").fetchall()


def test_what_is_put_is_there_until_it_expires_or_goes(cache: Any) -> None:
    assert cache.get("a", "nothing") == "nothing"
    cache.set("a", [1.5, {"b": None}, True, "é"], 60)
    assert cache.get("a") == [1.5, {"b": None}, True, "é"]
    cache.set("a", 7, None)
    assert (cache.get("a"), cache.has_key("a"), "b" in cache) == (7, True, False)
    assert cache.get("a", version=2) is None
    assert cache.touch("a", 60) is True
    assert (cache.delete("a"), cache.delete("a"), cache.get("a")) == (True, False, None)
    cache.set_many({"x": 1, "y": 2})
    assert cache.get_many(["x", "y", "z"]) == {"x": 1, "y": 2}
    cache.clear()
    assert cache.get("x") is None


def test_what_has_expired_is_as_if_it_had_never_been(cache: Any) -> None:
    cache.set("a", 1, 1)
    cache.set("gone", 1, 0)
    assert cache.get("gone") is None
    time.sleep(1.1)
    assert cache.get("a") is None
    assert cache.touch("a", 60) is False
    assert cache.delete("a") is False
    with pytest.raises(ValueError, match="not found"):
        cache.incr("a")
    assert cache.add("a", 5, 60) is True


def test_add_is_won_once(cache: Any) -> None:
    assert [cache.add("a", number, 60) for number in range(3)] == [True, False, False]
    assert cache.get("a") == 0
    assert cache.incr("a", 5) == 5
    assert cache.decr("a", 2) == 3


def test_counters_begin_at_nought_and_keep_their_end(postgres: PostgresCache) -> None:
    assert [postgres.count("a", 2, timeout=1), postgres.count("a", 3, timeout=600)] == [2, 5]
    time.sleep(1.1)
    assert postgres.count("a", 1, timeout=60) == 1


def test_counts_at_once_are_never_lost(postgres: PostgresCache) -> None:
    def count(_: int) -> None:
        for _ in range(50):
            postgres.count("exact", 1, timeout=60)
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(4)))
    assert postgres.get("exact") == 200


def test_of_adds_at_once_one_wins(postgres: PostgresCache) -> None:
    def add(number: int) -> bool:
        won = postgres.add("once", number, 60)
        connection.close()
        return won

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(add, range(8))) == 1


def test_nothing_readable_lies_in_the_table(postgres: PostgresCache) -> None:
    postgres.set("203.0.113.7 ada@example.com", 3, 60)
    [(digest, value, _)] = _rows()
    assert len(digest) == 32
    assert b"203.0.113.7" not in digest
    assert value == 3


def test_an_undone_transaction_undoes_the_count(postgres: PostgresCache) -> None:
    """Which is why limits are counted outside of one."""
    with suppress(RuntimeError), transaction.atomic():
        postgres.count("a", 1, timeout=60)
        raise RuntimeError
    assert postgres.get("a") is None


def test_what_has_expired_is_swept(postgres: PostgresCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SWEEP_EVERY", 10**9)  # no write sweeps by chance
    for number in range(5):
        postgres.set(f"old {number}", 1, 0)
    postgres.set("kept", 1, 600)
    assert len(_rows()) == 6
    monkeypatch.setattr(module, "_SWEEP_EVERY", 1)
    postgres.count("new", 1, timeout=600)
    assert sorted(value for _, value, _ in _rows()) == [1, 1]


def test_the_table_is_unlogged() -> None:
    with psycopg.connect(database.admin_url(database.DATABASE)) as superuser:
        row = superuser.execute("SELECT relpersistence::text FROM pg_class WHERE relname = 'tenants_cache'").fetchone()
    assert row == ("u",)


def test_redis_is_given_json_and_its_pickles_are_not_read() -> None:
    codec = JsonSerializer()
    assert [codec.dumps(value) for value in (3, True, "a", [1])] == [3, b"true", b'"a"', b"[1]"]
    assert [codec.loads(data) for data in (b"3", b"true", b'"a"', b"[1]")] == [3, True, "a", [1]]
    with pytest.raises(ValueError, match=r"decode|Expecting"):
        codec.loads(pickle.dumps(print))
