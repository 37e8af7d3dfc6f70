"""How well a name fits what was typed: words in, a grade out. Case and accents do not count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

WHOLE, BEGINNING, WORDS, ALSO, INSIDE = range(5)
"""Grades, the best first: the whole name, its beginning, beginnings of its words, with synonyms, inside it."""

Words = tuple[str, ...]

_SHORTEST_INSIDE = 3  # one or two letters are inside almost everything
_WORD = re.compile(r"\w+")


def folded(text: str) -> str:
    """Text as it is compared: " Café  Orrin " is "cafe orrin"."""
    plain = unicodedata.normalize("NFKD", text)
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).casefold().split())


def words_of(text: str) -> Words:
    """The words of what was typed: of "Age 45–54" they are "age", "45" and "54"."""
    return tuple(_WORD.findall(folded(text)))


def _begin(asked: Words, words: Sequence[str]) -> bool:
    return all(any(word.startswith(part) for word in words) for part in asked)


def grade(asked: Words, name: str, also: str = "") -> int | None:
    """How well a name, with other words for it, fits; None where it does not.

    Example: grade(("wei",), "Weights") == BEGINNING; grade(("points",), "Weights", "points") == ALSO.
    """
    if not asked:
        return None
    own, other = words_of(name), words_of(also)
    typed, whole = " ".join(asked), " ".join(own)
    if typed == whole:
        return WHOLE
    if whole.startswith(typed):
        return BEGINNING
    if _begin(asked, own):
        return WORDS
    if _begin(asked, (*own, *other)):
        return ALSO
    return INSIDE if len(typed) >= _SHORTEST_INSIDE and all(part in whole for part in asked) else None


def without(asked: Words, name: str) -> Words:
    """The words that do not begin a word of the name.

    Example: without(("fennel", "weights"), "Fennel Grocers") == ("weights",).
    """
    own = words_of(name)
    return tuple(part for part in asked if not _begin((part,), own))
