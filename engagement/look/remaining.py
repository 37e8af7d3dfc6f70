"""How long work in the background still takes: by its pace so far, as words, and nothing while that says too little."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_SETTLED = timedelta(seconds=10)  # what comes first is the slowest: caches are cold, and helpers are still on their way
_LEAST_SHARE = 20  # a twentieth: less says next to nothing about the rest
_MINUTE, _HOUR = 60, 3600


def seconds_left(*, elapsed: timedelta, done: int, total: int) -> int | None:
    """Elapsed · (total − done) ÷ done, whole seconds rounded up.

    None where nobody knows: in the first ten seconds, before a twentieth is done, and where the total is not known.

    >>> seconds_left(elapsed=timedelta(seconds=30), done=100, total=500)
    120
    >>> seconds_left(elapsed=timedelta(seconds=9), done=400, total=500) is None
    True
    """
    if elapsed < _SETTLED or done <= 0 or done * _LEAST_SHARE < total:
        return None
    return -(-int(elapsed.total_seconds()) * max(total - done, 0) // done)


def time_left(seconds: int | None) -> str:
    """In words; empty where nobody knows.

    >>> time_left(61), time_left(10), time_left(9_000), time_left(None)
    ('about 2 minutes left', 'less than a minute left', 'about 3 hours left', '')
    """
    if seconds is None:
        return ""
    if seconds < _MINUTE:
        return _("less than a minute left")
    if seconds < 2 * _HOUR:
        minutes = -(-seconds // _MINUTE)
        return ngettext("about {n} minute left", "about {n} minutes left", minutes).format(n=minutes)
    hours = -(-seconds // _HOUR)
    return ngettext("about {n} hour left", "about {n} hours left", hours).format(n=hours)
