"""How well a text fits what was asked, in whole numbers. No Django, no database."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_WORD: Final = re.compile(r"\w+")
_TITLE, _KEYWORD, _TEXT, _PHRASE = 6, 4, 1, 12
_BEGINS: Final = 3  # letters from which on the beginning of a word stands for it
_LONGEST: Final = 20  # words of a question that are looked at
# Words that stand in every question and say nothing about which one.
_ENGLISH: Final = (
    "a an and are as at be can do does for from how i in is it my of on or our should that the to we what when which"
    " why with you your"
)
_GERMAN: Final = (
    "auf bei das dem den der die ein eine einen es fuer fur hat ich im in ist kann man mein meine mit oder sich sind"
    " soll und unser unsere von was wann warum welche wenn wie wir zu zum zur"
)
_IDLE: Final = frozenset((*_ENGLISH.split(), *_GERMAN.split()))


@dataclass(frozen=True, slots=True)
class Document:
    """What is searched: a title, further words for it, and its text."""

    key: str
    title: str
    keywords: str = ""
    text: str = ""


def words_in(text: str) -> tuple[str, ...]:
    """Words as they are compared: without case and accents.

    >>> words_in("Café: 2 Wörter")
    ('cafe', '2', 'worter')
    """
    plain = unicodedata.normalize("NFKD", text)
    return tuple(_WORD.findall("".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()))


def asked_words(text: str) -> tuple[str, ...]:
    """The words of a question that say what it is about; all of them where none does."""
    words = words_in(text)[:_LONGEST]
    return tuple(word for word in words if word not in _IDLE) or words


def ranked(documents: Iterable[Document], asked: str) -> list[str]:
    """Keys of the documents that fit, the best first; equal ones keep their order.

    Each asked word counts by where it stands (title 6, keywords 4, text 1) times how rare it is among the documents
    (how many there are ÷ how many have it, in hundredths); a title that holds the whole question counts 12 more. At
    least half of the words have to stand somewhere.
    """
    kept = [_Words.of(document) for document in documents]
    words = asked_words(asked)
    if not words:
        return []
    rarity = {word: len(kept) * 100 // max(sum(one.worth(word) > 0 for one in kept), 1) for word in words}
    whole = " ".join(words)
    marked = [(one, _mark(one, words, rarity, whole)) for one in kept]
    fitting = [(one, mark) for one, mark in marked if mark]
    return [one.key for one, _mark_ in sorted(fitting, key=lambda pair: -pair[1])]


@dataclass(frozen=True, slots=True)
class _Words:
    key: str
    title: tuple[str, ...]
    keywords: tuple[str, ...]
    text: frozenset[str]

    @classmethod
    def of(cls, document: Document) -> _Words:
        text = frozenset(words_in(document.text))
        return cls(document.key, words_in(document.title), words_in(document.keywords), text)

    def worth(self, word: str) -> int:
        """Where a word stands first: in the title, the keywords, the text, or nowhere."""
        for words, worth in ((self.title, _TITLE), (self.keywords, _KEYWORD), (self.text, _TEXT)):
            if _stands(word, words):
                return worth
        return 0


def _stands(word: str, words: Iterable[str]) -> bool:
    return any(other == word or (len(word) >= _BEGINS and other.startswith(word)) for other in words)


def _mark(one: _Words, words: Sequence[str], rarity: dict[str, int], whole: str) -> int:
    found = [(one.worth(word), rarity[word]) for word in words]
    if sum(1 for worth, _rare in found if worth) * 2 < len(words):
        return 0
    return sum(worth * rare for worth, rare in found) + (_PHRASE * 100 if whole in " ".join(one.title) else 0)
