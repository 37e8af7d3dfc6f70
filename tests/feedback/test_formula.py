"""Words, tone and themes of a text: worked out by hand, and held against plain second ways."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.feedback.formula.themes import Matcher, OfferedPhrase, frequent_phrases, plain_phrase
from engagement.feedback.formula.tone import Judgement, judge, model_name, tone_of
from engagement.feedback.formula.words import BREAK, is_english, words_of

# VADER's compounds of its authors' own examples (README of vaderSentiment 3.3.2), as ten-thousandths.
PUBLISHED = [
    ("VADER is smart, handsome, and funny.", 8316, "positive"),
    ("VADER is smart, handsome, and funny!", 8439, "positive"),
    ("VADER is very smart, handsome, and funny.", 8545, "positive"),
    ("VADER is not smart, handsome, nor funny.", -7424, "negative"),
    ("The book was good.", 4404, "positive"),
    ("At least it isn't a horrible book.", 4310, "positive"),
    ("Today SUX!", -5461, "negative"),
    ("The parcel came on the day after.", 0, "neutral"),
]


@pytest.mark.parametrize(("text", "compound", "tone"), PUBLISHED)
def test_a_text_has_the_compound_that_the_word_lists_authors_publish(text: str, compound: int, tone: str) -> None:
    assert judge(text, language="en") == Judgement(tone, compound)


@pytest.mark.parametrize(
    ("compound", "tone"),
    [(-10_000, "negative"), (-500, "negative"), (-499, "neutral"), (0, "neutral"), (499, "neutral"), (500, "positive")],
)
def test_thresholds_are_inclusive_at_five_hundredths(compound: int, tone: str) -> None:
    assert tone_of(compound) == tone


def test_the_model_is_named_with_its_version() -> None:
    assert model_name() == "vaderSentiment 3.3.2"


@pytest.mark.parametrize("language", ["de", "", "fr-ca", "english"])
def test_another_language_is_not_judged_and_neither_is_none(language: str) -> None:
    assert judge("This is terrible", language=language) == Judgement("unjudged", None, "language")


@pytest.mark.parametrize(
    "text",
    [
        "Das Paket kam nie an",
        "Die Lieferung war sehr gut und super schnell",  # three of its words are in the English list, none means that
        "Le service est vraiment bon et la livraison rapide",
        "El producto no funciona y el servicio es malo",
        "De levering was te laat en de service is slecht",
        "La consegna in ritardo, ma il prodotto e buono",
        "👍👍",
        "12345",
        "…",
    ],
)
def test_a_text_that_says_it_is_english_and_is_not_is_not_judged(text: str) -> None:
    assert judge(text, language="en").because == "words"


@pytest.mark.parametrize(
    "text", ["Terrible", "Not good", "Great product fast delivery", "Nobody answered me for two weeks", "I'm waiting"]
)
def test_short_english_is_english(text: str) -> None:
    assert judge(text, language="en-GB").tone != "unjudged"


def test_words_are_case_folded_and_sentences_stay_apart() -> None:
    assert words_of("Slow check-out. WHY?\nDon’t ask") == ["slow", "check", "out", "|", "why", "|", "|", "don't", "ask"]
    assert words_of("STRASSE") == words_of("Straße")
    assert is_english("") is False


# ── themes ───────────────────────────────────────────────────────────────────────────────────────────────────

THEMES = Matcher.of({1: ["late", "never came"], 2: ["slow support"], 3: ["check-out"]}, version=7)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It was LATE.", [1]),
        ("Lately it is fine", []),
        ("translate", []),
        ("It never came, and slow   Support on top", [1, 2]),
        ("It was slow. Support was kind", []),
        ("The check out hangs", [3]),
        ("The CHECK-OUT is late", [1, 3]),
        ("", []),
    ],
)
def test_a_theme_is_found_by_whole_words_within_a_sentence(text: str, found: list[int]) -> None:
    assert THEMES.match(text) == found


def test_a_phrase_without_words_is_never_found() -> None:
    assert Matcher.of({1: ["…", " "]}, version=1).match("… | anything") == []


_WORD = st.sampled_from(["slow", "support", "late", "lately", "app", "Slow", "supports"])


@given(words=st.lists(_WORD, max_size=12), phrase=st.lists(_WORD, min_size=1, max_size=2))
def test_matching_agrees_with_a_regular_expression(words: list[str], phrase: list[str]) -> None:
    text, wanted = " ".join(words), " ".join(phrase)
    plain = re.search(rf"\b{re.escape(wanted)}\b", text, re.IGNORECASE) is not None
    assert (Matcher.of({5: [wanted]}, version=1).match(text) == [5]) is plain


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    assert all(word == BREAK or word == word.casefold() for word in words_of(text))
    phrase = plain_phrase(text)
    assert plain_phrase(phrase) == phrase
    if phrase:
        assert Matcher.of({1: [phrase]}, version=1).match(phrase) == [1]


def test_frequent_phrases_count_texts_and_leave_stop_words_out() -> None:
    texts = [
        "Slow support again, slow support!",
        "slow support today",
        "The SLOW support",
        "App crash",
        "app. Crash",
        "app",
    ]
    # "slow" and "support" stand in no text without the other, so the pair says it all; "app crash" stands in one.
    assert frequent_phrases(texts) == (OfferedPhrase("app", 3), OfferedPhrase("slow support", 3))
    assert frequent_phrases(["the and of", ""]) == ()
    assert frequent_phrases([]) == ()
    assert frequent_phrases(["one parcel", "two parcels"]) == ()
