"""Whether a request holds more messages than are taken at once, told before anything is made of them: one of two
bytes costs a hundred once it is an object.
"""

from __future__ import annotations

import re
from typing import Final

from engagement.errors import TooLargeError

MESSAGES_MAX: Final = 20_000

# Possessive, as in mending.py; what it leaves are brackets and commas.
_BESIDE: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[^\[\]{},"]++', re.DOTALL)
_COMMA, _LIST, _OPENING = b","[0], b"["[0], b"[{"


def check_list(body: bytes) -> None:
    """Raises TooLargeError for more than MESSAGES_MAX in the list that the body is, or in a list of its outermost
    object, whatever its name. Most bodies have too few commas to be looked at.
    """
    if body.count(b",") < MESSAGES_MAX:
        return
    level = 1 if body.lstrip()[:1] == b"[" else 2
    depth, commas, is_list = 0, 0, False
    for mark in _BESIDE.sub(b"", body):
        if mark == _COMMA:
            commas += is_list and depth == level
            if commas >= MESSAGES_MAX:
                raise _too_many()
        elif mark in _OPENING:
            depth += 1
            if depth == level:
                commas, is_list = 0, mark == _LIST
        else:
            depth -= 1


def check_lines(body: bytes) -> None:
    """Raises TooLargeError for more than MESSAGES_MAX lines of one message each."""
    if max(body.count(b"\n"), body.count(b"\r")) > MESSAGES_MAX:
        raise _too_many()


def _too_many() -> TooLargeError:
    return TooLargeError(f"The request holds more than {MESSAGES_MAX:,} messages. Send fewer at once.")
