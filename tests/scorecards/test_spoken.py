"""Which language is spoken: files are English whoever takes them, and words are said in the language that is on."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import get_language, gettext_noop, override

from engagement.look.said import Said
from engagement.scorecards.files import csv_lines, in_english


def _rows() -> Iterator[tuple[str]]:
    yield (get_language(),)


def test_a_file_is_made_in_english_and_the_page_goes_on_in_its_own_language() -> None:
    with override("de"):
        assert in_english(get_language)() == "en"
        assert get_language() == "de"


def test_so_are_the_lines_that_are_written_after_the_view_has_answered() -> None:
    with override("de"):
        assert list(csv_lines(header=["Language"], rows=_rows())) == [b"Language\r\n", b"en\r\n"]
        assert get_language() == "de"


def test_words_are_looked_up_when_they_are_asked_for() -> None:
    words = Said({1: gettext_noop("Monday")})  # of Django's own catalogue
    with override("de"):
        assert (words[1], words.get(2, ""), list(words), len(words)) == ("Montag", "", [1], 1)
    with override("en"):
        assert words[1] == "Monday"
