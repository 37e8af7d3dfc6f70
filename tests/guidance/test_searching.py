"""What fits a question best stands first."""

from __future__ import annotations

import pytest

from engagement.guidance.searching import Document, asked_words, ranked, words_in
from engagement.guidance.texts import files

DOCUMENTS = [
    Document("title", "How do I improve churn?", "", "Nothing of it."),
    Document("keyword", "Another question", "churn leaving", "Nothing of it."),
    Document("text", "A third", "", "Here and there churn is named."),
    Document("none", "A fourth", "other", "Silence."),
]


def test_title_before_keywords_before_text_and_what_lacks_it_not_at_all() -> None:
    assert ranked(DOCUMENTS, "churn") == ["title", "keyword", "text"]


def test_the_beginning_of_a_word_stands_for_it_from_three_letters_on() -> None:
    assert ranked(DOCUMENTS, "chur") == ["title", "keyword", "text"]
    assert ranked(DOCUMENTS, "ch") == []


def test_a_rare_word_counts_more_than_a_common_one() -> None:
    documents = [
        Document("common", "Score", "", "score"),
        Document("rare", "Weights", "", "score and a half-life"),
        *(Document(f"d{at}", f"Page {at}", "", "score") for at in range(8)),
    ]
    assert ranked(documents, "score half")[0] == "rare"


def test_half_of_the_words_have_to_stand_somewhere() -> None:
    assert ranked(DOCUMENTS, "churn elephants") == ["title", "keyword", "text"]
    assert ranked(DOCUMENTS, "churn elephants zebras") == []


def test_words_that_say_nothing_are_passed_over_unless_there_are_no_others() -> None:
    assert asked_words("What is the churn?") == ("churn",)
    assert asked_words("what is") == ("what", "is")
    assert words_in("Führt CAFÉ") == ("fuhrt", "cafe")


@pytest.mark.parametrize("asked", ["", "   ", "?!", "<>"])
def test_nothing_asked_finds_nothing(asked: str) -> None:
    assert ranked(DOCUMENTS, asked) == []


@pytest.mark.parametrize(
    ("language", "asked", "best"),
    [
        ("en", "Is a high score always good?", "is-high-always-good"),
        ("en", "why two formulas", "why-two-formulas"),
        ("en", "full points", "where-0-to-100-comes-from"),
        ("en", "benchmark retail", "what-good-looks-like"),
        ("en", "how often should we review", "how-often-to-review"),
        ("en", "survey", "role-of-feedback"),
        ("de", "Branche", "what-good-looks-like"),
        ("de", "volle Punkte", "where-0-to-100-comes-from"),
        ("de", "Was misst der Score nicht", "what-it-does-not-measure"),
    ],
)
def test_our_questions_are_found_by_what_people_ask(language: str, asked: str, best: str) -> None:
    entries = files.entries(language).values()
    documents = [Document(entry.key, entry.question, entry.keywords, entry.text) for entry in entries]
    assert ranked(documents, asked)[0] == best
