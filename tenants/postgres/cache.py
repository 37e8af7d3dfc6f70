"""Django's cache in PostgreSQL: shared by all processes where there is no Redis, and never losing a count.

Each call is one statement on an unlogged table. Django's own database cache reads before it writes, which loses counts
of requests at once, and stores pickles, which would let whoever can write a row run code; here a value is JSON. Keys
are kept as keyed digests: a dump tells nobody which address or account was counted.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.utils.crypto import salted_hmac

from tenants.statements import Statements

_SALT = "tenants.postgres.cache"
# One write in so many also lets go of what has expired: at most twice as many rows as were written meanwhile.
_SWEEP_EVERY: Final = 500
_SWEEP_ROWS: Final = 1_000
_statements = Statements(Path(__file__).resolve().parent.parent / "sql")


class PostgresCache(BaseCache):
    """The `default` cache without CACHE_URL. A call inside a transaction that is undone is undone with it."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def _digest(self, key: str, version: int | None) -> bytes:
        name = self.make_key(key, version=version)
        return salted_hmac(_SALT, name, algorithm="sha256").digest()

    def _seconds(self, timeout: Any) -> float | None:
        if timeout is DEFAULT_TIMEOUT:
            timeout = self.default_timeout
        return None if timeout is None else max(0.0, float(timeout))

    def _write(self, name: str, **parameters: Any) -> int:
        _sweep_sometimes()
        return _statements.run(name, **parameters)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        rows = _statements.fetch("cache_get", digest=self._digest(key, version))
        return json.loads(rows[0][0]) if rows else default

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._write(
            "cache_put", digest=self._digest(key, version), value=json.dumps(value), seconds=self._seconds(timeout)
        )

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(
            self._write(
                "cache_add", digest=self._digest(key, version), value=json.dumps(value), seconds=self._seconds(timeout)
            )
        )

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(_statements.run("cache_touch", digest=self._digest(key, version), seconds=self._seconds(timeout)))

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(_statements.run("cache_delete", digest=self._digest(key, version)))

    def clear(self) -> None:
        _statements.run("cache_clear")

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Raises ValueError where there is no number, as Django's own back ends do."""
        rows = _statements.fetch("cache_change", digest=self._digest(key, version), delta=delta)
        if not rows:
            raise ValueError(f"Key '{key}' not found")
        return int(rows[0][0])

    def count(self, key: str, delta: int, *, timeout: int, version: int | None = None) -> int:
        """Add to a counter, which begins now where there is none; returns what it stands at."""
        _sweep_sometimes()
        rows = _statements.fetch("cache_count", digest=self._digest(key, version), delta=delta, seconds=timeout)
        return int(rows[0][0])


def _sweep_sometimes() -> None:
    if secrets.randbelow(_SWEEP_EVERY) == 0:
        _statements.run("cache_sweep", at_most=_SWEEP_ROWS)


class JsonSerializer:
    """For the Redis back end, whose usual pickles would run whatever stands in Redis."""

    def dumps(self, value: Any) -> bytes | int:
        # Redis counts only what it finds as a bare number.
        return value if type(value) is int else json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)
