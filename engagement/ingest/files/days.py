"""Days and times as people's files write them, put into the order of ISO 8601."""

from __future__ import annotations

import re
from typing import Final

# Day, month, year, with dots: nobody writes the month first so. With slashes some do: those are not guessed.
_DOTTED: Final = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?![0-9])(.*)")
_CLOCK: Final = re.compile(r"(.{10})(?:,? +|T)([0-9]):(.*)")


def in_iso_order(text: str) -> str:
    """The same day and time as ISO 8601 has it; what is written in another way stays as it is.

    >>> in_iso_order("31.12.2025"), in_iso_order("1.6.2025 9:05"), in_iso_order("2025-06-01 9:05"), in_iso_order("soon")
    ('2025-12-31', '2025-06-01 09:05', '2025-06-01 09:05', 'soon')
    """
    text = text.strip()
    dotted = _DOTTED.fullmatch(text)
    if dotted:
        day, month, year, rest = dotted.groups()
        text = f"{year}-{month:0>2}-{day:0>2}{rest.replace(',', '', 1) if rest.startswith(',') else rest}"
    clock = _CLOCK.fullmatch(text)
    return f"{clock[1]} 0{clock[2]}:{clock[3]}" if clock else text
