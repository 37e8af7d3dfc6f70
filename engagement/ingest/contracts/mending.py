"""Finds which messages make a request unreadable, so that the others can still be read.

Some libraries write NaN and Infinity, lone surrogates (half an emoji), bare control characters or very deep nesting. A
strict reader gives up the whole request; here such a place is replaced by a harmless one and its message is named. One
pass, linear in the length of the body whatever it holds, without recursion; only bodies that cannot be read otherwise
come here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from engagement.ingest.contracts.values import NESTING_LIMIT

# Possessive, and with an optional closing quotation mark: an unclosed text cannot make the search start over.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{},]|-?(?:NaN|Infinity)', re.DOTALL)
_ESCAPE = re.compile(
    rb"(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)
_CONTROL = re.compile(rb"[\x00-\x1f]")  # inside a text, that is; between values some of them are blanks
_LIKELY = re.compile(rb"NaN|Infinity|\\u[dD][89a-fA-F]|[\x00-\x1f]")
_DEPTH_KEPT = NESTING_LIMIT * 2  # the message's own levels stand above `properties`; readers manage this depth easily
_IN_BATCH = 2  # depth inside {"batch": [


@dataclass(frozen=True, slots=True)
class Mended:
    """A body that can be read, and for each message that could not be (index from 0) its flaw and its own
    bytes.
    """

    body: bytes
    flaws: dict[int, tuple[str, bytes]]


def worth_mending(body: bytes) -> bool:
    """Whether the body holds what `mend` can replace, nesting apart."""
    return _LIKELY.search(body) is not None


def mend(body: bytes, *, is_batch: bool, field: bytes = b"batch") -> Mended:
    """Replaces what a strict reader cannot take; in a single message any flaw is that message's. `field` has the list.

    >>> mend(b'{"batch": [{"a": NaN}, {"a": 1}]}', is_batch=True)
    Mended(body=b'{"batch": [{"a": 0}, {"a": 1}]}', flaws={0: ('number_not_finite', b'{"a": NaN}')})
    """
    pass_ = _Pass(body, list_key=b'"' + field + b'"')
    for token in _TOKEN.finditer(body):
        pass_.take(token[0], token.start(), token.end())
    pass_.out += body[pass_.copied :]
    if is_batch:
        flaws = {index: (flaw, pass_.originals.get(index, b"")) for index, flaw in pass_.flaws.items()}
    else:
        flaws = {0: (pass_.first_flaw, body)} if pass_.first_flaw else {}
    return Mended(body=bytes(pass_.out), flaws=flaws)


@dataclass(slots=True)
class _Pass:
    body: bytes
    list_key: bytes
    out: bytearray = field(default_factory=bytearray)
    copied: int = 0  # bytes of the body that are in `out` or were replaced
    depth: int = 0
    key: bytes = b""  # the last text directly inside the outermost object
    in_batch: bool = False
    index: int = 0
    start: int = 0  # where the current message of the batch starts
    flaws: dict[int, str] = field(default_factory=dict)
    originals: dict[int, bytes] = field(default_factory=dict)
    first_flaw: str = ""

    def take(self, token: bytes, start: int, end: int) -> None:
        if token in b"[{":
            self._open(token, start, end)
        elif token in b"]}":
            self._close(start, end)
        elif token == b",":
            self._comma(start, end)
        elif self.depth > _DEPTH_KEPT:
            return  # inside what is already replaced
        elif token.startswith(b'"'):
            self._text(token, start, end)
        else:
            self._replace(start, end, b"0", "number_not_finite")

    def _open(self, token: bytes, start: int, end: int) -> None:
        if self.depth == 1 and token == b"[" and self.key == self.list_key:
            self.in_batch, self.index, self.start = True, 0, end
            self.flaws.clear()  # a second "batch" replaces the first, as in every reader
            self.originals.clear()
        if self.depth == _DEPTH_KEPT:
            self._replace(start, start, b"0", "too_deep")
        self.depth += 1

    def _close(self, start: int, end: int) -> None:
        self.depth -= 1
        if self.depth == _DEPTH_KEPT:
            self.copied = end
        elif self.in_batch and self.depth < _IN_BATCH:
            self._finish_message(start)
            self.in_batch = False

    def _comma(self, start: int, end: int) -> None:
        if self.in_batch and self.depth == _IN_BATCH:
            self._finish_message(start)
            self.index, self.start = self.index + 1, end

    def _finish_message(self, end: int) -> None:
        if self.index in self.flaws:
            self.originals[self.index] = self.body[self.start : end].strip()

    def _text(self, token: bytes, start: int, end: int) -> None:
        if self.depth == 1:
            self.key = token
        if b"\\u" in token and any(escape.lastgroup == "lone" for escape in _ESCAPE.finditer(token)):
            self._replace(start, end, _CONTROL.sub(b"?", _ESCAPE.sub(_whole, token)), "half_character")
        elif _CONTROL.search(token):
            self._replace(start, end, _CONTROL.sub(b"?", token), "control_character")

    def _replace(self, start: int, end: int, replacement: bytes, flaw: str) -> None:
        self.out += self.body[self.copied : start] + replacement
        self.copied = end
        self.first_flaw = self.first_flaw or flaw
        if self.in_batch:
            self.flaws.setdefault(self.index, flaw)


def _whole(escape: re.Match[bytes]) -> bytes:
    return b"?" if escape.lastgroup == "lone" else escape[0]
