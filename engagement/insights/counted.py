"""Small numbers at the beginning of a heading, as words."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _lazy

_FROM_TWO: Final = (
    _lazy("Two"), _lazy("Three"), _lazy("Four"), _lazy("Five"), _lazy("Six"), _lazy("Seven"), _lazy("Eight"),
    _lazy("Nine"), _lazy("Ten"), _lazy("Eleven"), _lazy("Twelve"),
)  # fmt: skip
_FIRST: Final = 2


def number_word(count: int) -> str:
    """Two to twelve as a word that begins a sentence, any other number in digits.

    >>> number_word(2), number_word(12), number_word(13), number_word(1)
    ('Two', 'Twelve', '13', '1')
    """
    return str(_FROM_TWO[count - _FIRST]) if _FIRST <= count < _FIRST + len(_FROM_TWO) else str(count)
