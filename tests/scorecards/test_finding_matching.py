"""How well a name fits what was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.scorecards.finding.matching import ALSO, BEGINNING, INSIDE, WHOLE, WORDS, grade, without, words_of


@pytest.mark.parametrize(
    ("typed", "name", "also", "fits"),
    [
        ("weights", "Weights", "", WHOLE),
        ("  WEIGHTS ", "Weights", "", WHOLE),
        ("wei", "Weights", "", BEGINNING),
        ("new s", "New segment", "", BEGINNING),
        ("segment", "New segment", "", WORDS),
        ("seg new", "New segment", "", WORDS),
        ("caps", "Weights", "caps window", ALSO),
        ("wei caps", "Weights", "caps window", ALSO),
        ("ights", "Weights", "", INSIDE),
        ("indow", "Weights", "caps window", None),
        ("ht", "Weights", "", None),
        ("cafe", "Café Orrin", "", BEGINNING),
        ("45–54", "45-54", "", WHOLE),
        ("weights x", "Weights", "", None),
        ("targets", "Weights", "caps", None),
        ("", "Weights", "", None),
        ("–", "Weights", "", None),
    ],
)
def test_the_better_fit_has_the_lower_grade(typed: str, name: str, also: str, fits: int | None) -> None:
    assert grade(words_of(typed), name, also) == fits


def test_words_that_name_the_organisation_are_set_apart() -> None:
    assert without(words_of("fennel weights"), "Fennel Grocers") == ("weights",)
    assert without(words_of("weights"), "Fennel Grocers") == ("weights",)
    assert without(words_of("fen gro"), "Fennel Grocers") == ()


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_whatever_is_typed_is_answered(typed: str, name: str, also: str) -> None:
    asked = words_of(typed)
    fits = grade(asked, name, also)
    assert fits is None or WHOLE <= fits <= INSIDE
    if asked and asked == words_of(name):
        assert fits == WHOLE
