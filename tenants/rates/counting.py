"""Counting against a limit: one statement for one thing, or one statement for a block drawn ahead.

The counters live in Django's `default` cache (Redis, or tenants/postgres/cache.py), which all processes share. A
counter is named by a keyed digest, so that neither addresses nor accounts lie there.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Final

import structlog
from django.core.cache import cache
from django.db import DatabaseError
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from redis.exceptions import RedisError

from engagement.errors import TooManyError, UnavailableError
from tenants.bounded import remember
from tenants.rates.rules import Limit, limit

log = structlog.get_logger(__name__)

_SALT = "tenants.rates"
# A process draws a two-hundredth of a limit ahead, at most a hundred: what it does not use is lost for that window, so
# with ten processes at most a twentieth of a limit is.
_BLOCKS: Final = 200
_BLOCK_AT_MOST: Final = 100
_REMEMBERED: Final = 4_096
_WORDS: Final = _lazy("That was too many in a short time. Try again in {wait}.")


@dataclass(slots=True)
class _Lease:
    """What this process may still let through in one window, without asking."""

    window: int
    left: int
    spent: bool = False


class Leases:
    """The leases of one process, the least recently used forgotten first: forgetting costs a statement, no more."""

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        self._leases: OrderedDict[str, _Lease] = OrderedDict()
        self._remembered = remembered
        self._lock = Lock()

    def take(self, key: str, window: int) -> bool | None:
        """True: let through; False: the window is spent; None: ask the counter."""
        with self._lock:
            lease = self._leases.get(key)
            if lease is None or lease.window != window:
                return None
            self._leases.move_to_end(key)
            if lease.left > 0:
                lease.left -= 1
                return True
            return False if lease.spent else None

    def grant(self, key: str, window: int, *, left: int, spent: bool) -> None:
        """What the counter gave; threads that asked at once add up."""
        with self._lock:
            lease = self._leases.get(key)
            if lease is None or lease.window != window:
                lease = _Lease(window=window, left=0)
            lease.left += left
            lease.spent = lease.spent or spent
            remember(self._leases, key, lease, most=self._remembered)


_leases = Leases()


def spend(name: str, who: str, *, now: datetime) -> None:
    """Count one against the limit of that name; raises TooManyError beyond it, with the time to wait.

    Do not call it inside a transaction: it would hold the counter's row, and an undone transaction would forget it.
    Where nobody can count, passwords are refused (UnavailableError) and programs are let through.
    """
    rule = limit(name)
    if rule is None:
        return
    window, passed = divmod(int(now.timestamp()), rule.seconds)
    try:
        allowed = _spend(rule, _key(rule, who, window), window)
    except (DatabaseError, RedisError, OSError) as error:
        log.exception("limit_unavailable", limit=name)
        if rule.leased:
            return
        raise UnavailableError from error
    if not allowed:
        wait_seconds = rule.seconds - passed
        log.warning("limit_reached", limit=name)
        raise TooManyError(_WORDS.format(wait=_spoken(wait_seconds)), retry_after_seconds=wait_seconds)


def give_back(name: str, who: str, *, now: datetime) -> None:
    """Undo one `spend` of the same window: what turned out not to be a guess does not count."""
    rule = limit(name)
    if rule is None:
        return
    window = int(now.timestamp()) // rule.seconds
    try:
        _count(_key(rule, who, window), -1, rule.seconds)
    except (DatabaseError, RedisError, OSError):
        log.exception("limit_unavailable", limit=name)


def _spend(rule: Limit, key: str, window: int) -> bool:
    if not rule.leased:
        return _count(key, 1, rule.seconds) <= rule.count
    taken = _leases.take(key, window)
    if taken is not None:
        return taken
    block = max(1, min(_BLOCK_AT_MOST, rule.count // _BLOCKS))
    total = _count(key, block, rule.seconds)
    granted = max(0, block - max(0, total - rule.count))
    _leases.grant(key, window, left=max(0, granted - 1), spent=granted < block)
    return granted > 0


def _key(rule: Limit, who: str, window: int) -> str:
    digest = salted_hmac(_SALT, f"{rule.name}\0{who}", algorithm="sha256").hexdigest()
    return f"limit:{digest}:{rule.seconds}:{window}"


def _count(key: str, delta: int, seconds: int) -> int:
    """The counter after adding; it lives a little longer than its window, so that it never ends within it."""
    kept_seconds = seconds + 60
    at_once = getattr(cache, "count", None)
    if at_once is not None:
        return int(at_once(key, delta, timeout=kept_seconds))
    cache.add(key, 0, timeout=kept_seconds)
    return int(cache.incr(key, delta))


def _spoken(seconds: int) -> str:
    if seconds < 90:  # noqa: PLR2004  up to there seconds say more
        return ngettext("a second", "{n} seconds", seconds).format(n=seconds)
    minutes = -(-seconds // 60)
    return f"{minutes} minutes"
