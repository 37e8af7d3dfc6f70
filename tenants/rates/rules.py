"""Which limits there are, as the settings say them: so many in so long."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.conf import settings

_WRITTEN: Final = re.compile(r"(\d{1,9})\s*/\s*(\d{0,6})\s*([smhd])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
OFF: Final = "off"


@dataclass(frozen=True, slots=True)
class Limit:
    """`count` in each window of `seconds`; windows begin at whole multiples of their length since 1970.

    `leased`: a process draws many at a time, so that counting costs next to nothing; for what comes a thousand times a
    second. What guards a password is counted one by one, and is refused when nobody can count.
    """

    name: str
    count: int
    seconds: int
    leased: bool


class UnreadableLimitError(ValueError):
    """A limit in the settings that nobody can read."""


# The names in settings.RATE_LIMITS, with what each counts.
LOGIN_PAIR, LOGIN_ACCOUNT, LOGIN_DEVICE, LOGIN_ADDRESS = "login-pair", "login-account", "login-device", "login-address"
RESET_ACCOUNT, RESET_ADDRESS, ACCOUNT = "reset-account", "reset-address", "account"
API, WRONG_TOKEN, INGEST, WRONG_KEY = "api", "wrong-token", "ingest", "wrong-key"
SHARED = "shared"  # links to reports, by address
FIND = "find"  # asked with every few letters that somebody types
_LEASED: Final = {API, INGEST, FIND}


@lru_cache(maxsize=256)
def read_limit(name: str, written: str) -> Limit | None:
    """20 in 300 seconds of "20/5m", None of "off". Raises UnreadableLimitError."""
    if written.strip().lower() == OFF:
        return None
    match = _WRITTEN.fullmatch(written.strip())
    count, number = (int(match[1]), int(match[2] or 1)) if match else (0, 0)
    if not match or not count or not number:
        raise UnreadableLimitError(f"“{written}” is no limit: write 20/5m (twenty in five minutes), or {OFF}.")
    return Limit(name=name, count=count, seconds=number * _SECONDS[match[3]], leased=name in _LEASED)


def limit(name: str) -> Limit | None:
    """The limit of that name; None where it is switched off."""
    return read_limit(name, settings.RATE_LIMITS[name])
