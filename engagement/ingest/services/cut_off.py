"""Files of a watched folder that were taken before they were whole.

A file counts as whole when nobody has written to it for a while. An upload that stalls for longer looks the same, and
is taken as far as it came; whoever sends it then goes on writing to what lies in `done` by now. That is seen by the
time of the last writing, which is later than the time before the name. (A sender that sets the time of the original
back at the end is seen only while it writes: a look is taken every minute.)
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

DONE: Final = "done"
FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_MARK: Final = "%Y-%m-%d-%H%M%S"
_MARKED: Final = re.compile(r"(\d{4}-\d\d-\d\d-\d{6})-(.+)", re.DOTALL)
_LOOKED_BACK: Final = timedelta(days=1)
_A_MOMENT: Final = timedelta(seconds=2)  # the mark has whole seconds
WORDS: Final = ".error.txt"
_NAME_LIMIT: Final = 255  # bytes of a name


def fitting(name: str, *, before: str = "", after: str = "") -> str:
    """A name made of another's, shortened where a folder could not hold it."""
    whole = f"{before}{name}{after}"
    if len(os.fsencode(whole)) <= _NAME_LIMIT:
        return whole
    mark = "~" + hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
    room = _NAME_LIMIT - len(before) - len(mark) - len(after)
    return before + os.fsencode(name)[:room].decode(errors="ignore") + mark + after


def mark_of(now: datetime) -> str:
    """What stands before the name of a file that was taken then."""
    return f"{now.astimezone(UTC):{_MARK}}-"


def name_of(kept: str) -> str:
    """The name under which a taken file came.

    >>> name_of("2026-03-02-090000-sales.csv")
    'sales.csv'
    """
    found = _MARKED.fullmatch(kept)
    return found[2] if found else kept


def grown(folder: int, *, now: datetime) -> Iterator[str]:
    """Names in `done` of what was taken within a day and written to afterwards, and of which nothing was said since."""
    try:
        done = os.open(DONE, FOLDER, dir_fd=folder)
    except OSError:
        return
    try:
        earliest = mark_of(now - _LOOKED_BACK)
        for kept in sorted(os.listdir(done)):  # noqa: PTH208  of an open folder
            if kept >= earliest and not kept.endswith(WORDS) and _has_grown(done, kept):
                yield kept
    finally:
        os.close(done)


def _has_grown(done: int, kept: str) -> bool:
    found = _MARKED.fullmatch(kept)
    if found is None:
        return False
    taken_at = datetime.strptime(found[1], _MARK).replace(tzinfo=UTC)
    written = _written_at(done, kept)
    if written is None or written <= (taken_at + _A_MOMENT).timestamp():
        return False
    told = _written_at(done, fitting(kept, after=WORDS))
    return told is None or told < written


def _written_at(done: int, name: str) -> float | None:
    with suppress(OSError):
        return os.stat(name, dir_fd=done, follow_symlinks=False).st_mtime
    return None
