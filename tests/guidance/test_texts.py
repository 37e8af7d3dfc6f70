"""Our texts: every measure whole in both languages, every question of the agreed list there, nothing said twice."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Final

import pytest

from engagement.guidance.evidence import activity, companions, levels  # noqa: F401  they register themselves
from engagement.guidance.evidence.speaking import TELLERS, names
from engagement.guidance.markdown import html_of
from engagement.guidance.measures import ATTRIBUTE_NAMES, ATTRIBUTES, BY_KEY, MEASURES, OBJECTIVES
from engagement.guidance.searching import words_in
from engagement.guidance.texts import files
from engagement.guidance.texts.reading import TextError, page_of, sections_of

LEAST: Final = {"formula": 60}  # characters of an attribute; of all others 120
RUN: Final = 8  # words in a row that two cards may not share
# The questions that were asked for, and the file that answers each.
ASKED: Final = {
    "why it matters": "why-it-matters",
    "what influences the score": "what-influences-the-score",
    "how to track it": "how-to-track-it",
    "how to improve it": "how-to-improve-it",
    "is high always good": "is-high-always-good",
    "how often to review": "how-often-to-review",
    "can technology help": "can-technology-help",
    "what role feedback plays": "role-of-feedback",
    "how it relates to NPS, CSAT, CLV and churn": "relation-to-other-measures",
    "what good looks like by industry, and that retail has no published range": "what-good-looks-like",
    "why there are two formulas": "why-two-formulas",
    "where 0–100 comes from": "where-0-to-100-comes-from",
    "what the number does not measure": "what-it-does-not-measure",
}
LANGUAGES = pytest.mark.parametrize("language", files.LANGUAGES)


@LANGUAGES
def test_every_measure_has_all_twelve_attributes(language: str) -> None:
    assert len(ATTRIBUTES) == 12
    assert set(ATTRIBUTE_NAMES) == set(ATTRIBUTES)
    short = []
    for key, card in files.cards(language).items():
        assert [section.key for section in card.sections] == list(ATTRIBUTES)
        short += [
            (key, section.key, len(section.text))
            for section in card.sections
            if len(section.text) < LEAST.get(section.key, 120)
        ]
        assert card.name, key
        assert 30 < len(card.short) < 160, key
    assert short == []
    assert len(files.cards(language)) == len(MEASURES) == 11


def test_the_two_languages_are_two_texts() -> None:
    english, german = (files.cards(language) for language in ("en", "de"))
    same = [
        (key, section.key)
        for key, card in english.items()
        for section, other in zip(card.sections, german[key].sections, strict=True)
        if section.text == other.text
    ]
    assert same == []


def shared_runs(one: str, other: str, *, length: int = RUN) -> set[tuple[str, ...]]:
    """Runs of so many words that stand in both texts."""

    def runs(text: str) -> set[tuple[str, ...]]:
        words = words_in(text)
        return {words[at : at + length] for at in range(len(words) - length + 1)}

    return runs(one) & runs(other)


def test_shared_runs_finds_a_sentence_in_two_texts_and_none_where_one_word_differs() -> None:
    said = "numbers are shown from five customers on and bands from thirty"
    assert shared_runs(f"Here {said}.", f"There, {said}!")
    assert not shared_runs("one two three four five six seven eight", "one two three four five six seven nine")


@LANGUAGES
def test_no_two_cards_say_the_same_words(language: str) -> None:
    texts = {key: " . ".join(one.text for one in card.sections) for key, card in files.cards(language).items()}
    found = {(one, other): shared_runs(texts[one], texts[other]) for one, other in combinations(texts, 2)}
    assert {pair: runs for pair, runs in found.items() if runs} == {}


@LANGUAGES
def test_every_question_that_was_asked_for_is_answered(language: str) -> None:
    entries = files.entries(language)
    assert set(ASKED.values()) == set(entries)
    for key, entry in entries.items():
        assert entry.question.endswith("?"), key
        assert len(entry.text) > 600, key
        assert set() < set(entry.explains) <= set(BY_KEY), key
        assert set() < set(entry.evidence) <= set(TELLERS), key


def test_both_languages_ask_for_the_same_evidence_in_the_same_order() -> None:
    said = [
        [(one.key, one.order, one.explains, one.evidence) for one in files.entries(language).values()]
        for language in files.LANGUAGES
    ]
    assert said[0] == said[1]


def test_every_evidence_has_a_name_and_is_used_or_offered() -> None:
    assert set(names()) == set(TELLERS)


@LANGUAGES
def test_facts_carry_over_with_their_label(language: str) -> None:
    entries = files.entries(language)
    ranges = entries["what-good-looks-like"].text
    for span in ("60–80", "50–70", "70–85", "65–90", "55–75"):
        assert span in ranges
    assert ("indicative, unsourced" if language == "en" else "ohne Quelle") in ranges
    assert "5 × 1 + 1 × 5 + 1 × 10 = **20**" in entries["why-two-formulas"].text


def test_objectives_name_measures_that_there_are() -> None:
    assert [objective.key for objective in OBJECTIVES] == ["grow", "keep", "win-back", "spend", "service", "campaign"]
    for objective in OBJECTIVES:
        for horizon in (objective.short_term, objective.long_term):
            assert {horizon.leads, *horizon.follow} <= set(BY_KEY)
            assert horizon.leads not in horizon.follow


def test_related_measures_are_others() -> None:
    for measure in MEASURES:
        assert measure.related
        assert measure.key not in measure.related
        assert set(measure.related) <= set(BY_KEY)


@LANGUAGES
def test_the_words_of_the_house(language: str) -> None:
    """A difference of scores is no points, and the initials that mean two things are not used."""
    texts = [section.text for card in files.cards(language).values() for section in card.sections]
    texts += [entry.text for entry in files.entries(language).values()]
    for text in texts:
        assert not re.search(r"\bCES\b", text)
        assert not re.search(r"\+\d+ (points|Punkte)", text)


@LANGUAGES
def test_our_own_texts_lose_nothing_when_they_are_cleaned(language: str) -> None:
    for entry in files.entries(language).values():
        shown = re.sub(r"<[^>]+>", " ", str(html_of(entry.text)))
        assert words_in(shown.replace("&amp;", "&")) == words_in(
            re.sub(r"[|*_#]|---", " ", entry.text).replace("\n", " ")
        ) or ("|" in entry.text or re.search(r"^\d+\. ", entry.text, re.MULTILINE)), entry.key


@pytest.mark.parametrize("text", ["", "question: Why?", "---\nquestion\n---\nBecause.", "---\nquestion: Why?"])
def test_a_file_without_its_facts_is_an_error(text: str) -> None:
    with pytest.raises(TextError):
        page_of(text)


@pytest.mark.parametrize("body", ["Before.\n## formula\nOne.", "## formula\nOne.\n## formula\nTwo."])
def test_sections_given_twice_or_text_before_them_is_an_error(body: str) -> None:
    with pytest.raises(TextError):
        sections_of(body)
