"""A text as words that can be compared: case folded, marks dropped, sentences kept apart; and whether it is English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Final

_PARTS: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[.!?;:\n]")
_BREAKS: Final = frozenset(".!?;:\n")
BREAK: Final = "|"  # no word of a text is this: what it parts is no phrase

ENGLISH_SHARE: Final = 6
"""At least one word in so many is known where a text is taken for English. In running English about every second word
is one of those below; of German, Dutch, French, Spanish or Italian texts fewer than one in ten."""

# Words that hold English sentences together. Left out are those that other languages write the same way: was, war, die,
# in, an, am, so, will, also, me, on, as, no, he, is, we, a, has, to, do, not, had, all, her, his.
_FUNCTION: Final = frozenset(
    """
    the and of that it for with you your this but are they be at have from or one were what when there
    which their would about how out if up who them then she been than its these some could my i our us
    him over only after because any very just too more most again never always can't cannot couldn't
    didn't doesn't don't isn't it's i'm i've wasn't won't wouldn't still much before during between both
    being did does doing down each few here into once other own same should such through under until
    where while why by can every nothing everything something anyone everyone nobody somebody got get
    really even back off yet ever since without
    """.split()  # noqa: SIM905  a page of words
)
# In the word list, and words of other languages too, of another meaning.
_AMBIGUOUS: Final = frozenset({
    "war", "die", "fun", "no", "bad", "gut", "arm", "fall", "hell",
    "gift", "not", "mist", "brand", "rot", "kind", "fast", "hat", "lag",
})  # fmt: skip


def words_of(text: str) -> list[str]:
    """The words in order, case folded, with a BREAK wherever a sentence or part of one ends.

    Example: words_of("Slow check-out. WHY?") == ["slow", "check", "out", "|", "why", "|"].
    """
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").casefold()
    return [BREAK if part in _BREAKS else part for part in _PARTS.findall(plain)]


def is_english(text: str, *, listed: Collection[str] = ()) -> bool:
    """Whether a text may be English: one word in ENGLISH_SHARE is an English one, or in the word list (`listed`).

    A guess that costs nothing; a text without any word is not English.
    Example: is_english("The parcel never came") is True; is_english("Das Paket kam nie an") is False.
    """
    words = [word for word in words_of(text) if word != BREAK]
    known = sum(word in _FUNCTION or (word in listed and word not in _AMBIGUOUS) for word in words)
    return known > 0 and known * ENGLISH_SHARE >= len(words)
