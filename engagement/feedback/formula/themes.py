"""Which themes a text speaks of: one of a theme's phrases stands in it, whole words, whatever the case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from engagement.feedback.formula.words import BREAK, words_of

LEAST_ITEMS: Final = 3
"""A phrase is offered from so many texts on: in fewer it is somebody's wording, not a theme."""
MOST_OFFERED: Final = 20
_SHORTEST: Final = 3


@dataclass(frozen=True, slots=True)
class OfferedPhrase:
    """A phrase that no theme covers, and in how many texts it stands."""

    phrase: str
    n: int


@dataclass(frozen=True, slots=True)
class Matcher:
    """The themes of one version, ready to be looked for. `version` is the number of the last change of any theme."""

    version: int
    needles: tuple[tuple[int, tuple[str, ...]], ...]

    @classmethod
    def of(cls, themes: Mapping[int, Sequence[str]], *, version: int) -> Matcher:
        """From phrases by theme number; a phrase without any word is never found."""
        needles = {
            number: tuple(f" {plain} " for phrase in phrases if (plain := plain_phrase(phrase)))
            for number, phrases in themes.items()
        }
        return cls(version, tuple(sorted(needles.items())))

    def match(self, text: str) -> list[int]:
        """The numbers of the themes that a text speaks of, ascending.

        A phrase is found as whole words in a row within one sentence: "out of stock" is not in "Sold out. Of stock…".
        Example: Matcher.of({1: ["late"], 2: ["slow support"]}, version=1).match("Slow SUPPORT, lately") == [2].
        """
        heard = f" {' '.join(words_of(text))} "
        return [number for number, needles in self.needles if any(needle in heard for needle in needles)]


def plain_phrase(phrase: str) -> str:
    """A phrase as it is compared: its words case folded, one space between. Example: " Check-Out " -> "check out"."""
    return " ".join(word for word in words_of(phrase) if word != BREAK)


def frequent_phrases(texts: Iterable[str]) -> tuple[OfferedPhrase, ...]:
    """Words and pairs of words that stand in at least LEAST_ITEMS of the texts, the most frequent first.

    Stop words are left out, of words and of pairs; a single word goes where a pair that holds it is as frequent. Counts
    are texts, not occurrences. English stop words: in other languages their own will be among what is offered.
    """
    # Read when needed: it takes a second and 80 MB, in workers only.
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer  # noqa: PLC0415

    stops = ENGLISH_STOP_WORDS | {"don't", "didn't", "it's", "i'm", "isn't", "doesn't", "wasn't", "can't"}
    sentences = [_runs(text, stops) for text in texts]
    counter = CountVectorizer(analyzer=_grams, min_df=LEAST_ITEMS, binary=True)
    try:
        counts = counter.fit_transform(sentences).sum(axis=0).A1
    except ValueError:  # no word is left, or none is frequent
        return ()
    found = {phrase: int(counts[at]) for phrase, at in counter.vocabulary_.items()}
    in_pairs = _most_in_pairs(found)
    left = [OfferedPhrase(phrase, n) for phrase, n in found.items() if in_pairs.get(phrase, 0) < n]
    return tuple(sorted(left, key=lambda one: (-one.n, one.phrase))[:MOST_OFFERED])


def _runs(text: str, stops: Iterable[str]) -> list[list[str]]:
    """Stretches of words between stop words and ends of sentences."""
    runs: list[list[str]] = [[]]
    for word in words_of(text):
        if word == BREAK or word in stops or len(word) < _SHORTEST or word.isdigit():
            runs.append([])
        else:
            runs[-1].append(word)
    return runs


def _grams(runs: list[list[str]]) -> list[str]:
    pairs = [f"{one} {next_}" for run in runs for one, next_ in pairwise(run)]
    return [word for run in runs for word in run] + pairs


def _most_in_pairs(found: Mapping[str, int]) -> dict[str, int]:
    """Of each word, in how many texts the most frequent pair stands that holds it."""
    most: dict[str, int] = {}
    for phrase, n in found.items():
        for word in phrase.split() if " " in phrase else ():
            most[word] = max(most.get(word, 0), n)
    return most
