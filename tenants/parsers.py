"""Bodies of the API as JSON that the code can walk and write again: not nested without an end, no half characters.

REST framework refuses half a character in a text, and repeats it where a list of words was asked for: an answer that
nobody can write.
"""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

# Rules, the deepest that anybody sends, have ten levels at most; Python's own reader breaks at some thousand.
LEVELS: Final = 100


class WritableJSONParser(JSONParser):
    """REST framework's own; what it reads can be written again, or is refused as a body that cannot be read."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            found = super().parse(stream, media_type=media_type, parser_context=parser_context)
        except RecursionError:
            raise _too_deep() from None
        _look_through(found)
        return found


def _look_through(found: Any) -> None:
    """Level by level, so that it needs no stack itself."""
    level = [found]
    for _level in range(LEVELS + 1):
        if not all(_is_whole(one) for one in level if isinstance(one, str)):
            raise ParseError(_("The body holds half a character (a lone surrogate). Send it whole, or leave it out."))
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return
    raise _too_deep()


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []


def _is_whole(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _too_deep() -> ParseError:
    return ParseError(_("The body is nested deeper than %(levels)d levels.") % {"levels": LEVELS})
