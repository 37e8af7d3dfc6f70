"""Numbers in a sentence, written as the language that is on writes them; knows nothing of Django."""

from __future__ import annotations

from engagement.look.locales import spoken
from engagement.look.numbers import count_text


def whole(n: int) -> str:
    """A whole number with its thousands apart.

    >>> whole(2469)
    '2,469'
    """
    return count_text(n, locale=spoken())
