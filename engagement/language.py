"""Words for modules that know nothing of Django: the same catalogue, whichever it is, put in by `engagement.apps`.

Everything else says `from django.utils.translation import gettext as _`.
"""

from __future__ import annotations

import gettext
from typing import Protocol


class Words(Protocol):
    """What has the words of the language that is on."""

    def gettext(self, message: str, /) -> str: ...
    def ngettext(self, singular: str, plural: str, number: int, /) -> str: ...


class _Book:
    words: Words = gettext.NullTranslations()


def use(words: Words) -> None:
    """Let these words be said from here on, in the whole process."""
    _Book.words = words


def _(message: str) -> str:
    """The message in the language that is on; itself where there is no translation."""
    return _Book.words.gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """The form for so many, in the language that is on."""
    return _Book.words.ngettext(singular, plural, number)


def noop(message: str) -> str:
    """A message to be said later: marked for the catalogue here, translated where it is shown."""
    return message
