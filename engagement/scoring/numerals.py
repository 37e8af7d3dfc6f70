"""Numbers in a sentence, written as the language that is on writes them; knows nothing of Django."""

from __future__ import annotations

from engagement.language import _
from engagement.look.locales import Locale, locale_for
from engagement.look.numbers import count_text


def spoken() -> Locale:
    """How the language that is on writes numbers: each catalogue says in place of "en" which one it is."""
    return locale_for(_("en"))


def whole(n: int) -> str:
    """A whole number with its thousands apart.

    >>> whole(2469)
    '2,469'
    """
    return count_text(n, locale=spoken())
