"""How a file of text writes its numbers: with a point (12.50), or with a comma (12,50 and 1.234,50).

“1.234” is a thousand and more in one of them and one and a bit in the other. Nothing here decides between the two for
a person: a file is taken to write a comma where its own cells prove it, and otherwise a point, as in data everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from engagement.ingest.files.cells import property_of

Numbers = Literal["point", "comma"]
POINT: Final = "point"
COMMA: Final = "comma"
STYLES: Final[tuple[Numbers, ...]] = (POINT, COMMA)
ROLES: Final = frozenset({"count", "value"})
"""Roles whose cells are numbers."""

_GROUPED: Final = "[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+"
_WITH_COMMA: Final = re.compile(rf"(-?)(0|[1-9][0-9]*|{_GROUPED.format(mark='[.]')})(?:,([0-9]+))?")
_WITH_POINT: Final = re.compile(rf"-?(?:0|[1-9][0-9]*|{_GROUPED.format(mark=',')})(?:[.][0-9]+)?")


@dataclass(frozen=True, slots=True)
class Seen:
    """What speaks for a way of writing numbers: a cell and its column. `is_proof`: it can be read in no other way."""

    column: str
    text: str
    is_proof: bool


def in_point_order(text: str) -> str | None:
    """A number that is written with a comma, as it is written with a point; None for what is no number so written.

    >>> [in_point_order(text) for text in ("12,50", "-1.234,50", "1.234", "7", "12.50", "1,2,3", "007")]
    ['12.50', '-1234.50', '1234', '7', None, None, None]
    """
    found = _WITH_COMMA.fullmatch(text)
    if found is None:
        return None
    sign, whole, fraction = found.groups()
    digits = f"{sign}{whole.replace('.', '')}"
    return digits if fraction is None else f"{digits}.{fraction}"


def property_reader(numbers: Numbers) -> Callable[[str], object]:
    """How the cell of a property is read: as a number where it is written so and nothing of it is lost, else as text.

    >>> [property_reader("comma")(text) for text in ("12,50", "1.234", "12.50", "007")]
    [12.5, 1234, '12.50', '007']
    """
    return property_of if numbers == POINT else _with_comma


def _with_comma(text: str) -> object:
    plain = in_point_order(text)
    found = text if plain is None else property_of(plain)
    return text if isinstance(found, str) else found


def guess_numbers(seen: Mapping[Numbers, Seen]) -> Numbers:
    """How a file most likely writes its numbers: with a comma where a column proves it, and none proves a point."""
    comma, point = seen.get(COMMA), seen.get(POINT)
    is_comma = comma is not None and comma.is_proof and not (point is not None and point.is_proof)
    return COMMA if is_comma else POINT


def numbers_seen(
    columns: Sequence[str], places: Iterable[int], rows: Sequence[Sequence[object]]
) -> dict[Numbers, Seen]:
    """What speaks for each way in the first rows of some columns, a proof rather than what could be either.

    A column says something only where all of its filled cells are numbers in that way. “12,50” proves a comma; “1.234”
    proves nothing, and neither does “1.234.567”, which an article's number may look like.
    """
    found: dict[Numbers, Seen] = {}
    for place in places:
        cells = [row[place] for row in rows if place < len(row)]
        texts = [text for cell in cells if isinstance(cell, str) and (text := cell.strip())]
        for style, seen in _seen_in(columns[place], texts):
            if style not in found or (seen.is_proof and not found[style].is_proof):
                found[style] = seen
    return found


def _seen_in(column: str, texts: Sequence[str]) -> Iterator[tuple[Numbers, Seen]]:
    marked = [text for text in texts if "," in text or "." in text]
    if marked and all(map(_WITH_COMMA.fullmatch, texts)):
        proof = next((text for text in marked if "," in text and not _WITH_POINT.fullmatch(text)), None)
        yield COMMA, Seen(column, proof or marked[0], proof is not None)
    if marked and all(map(_WITH_POINT.fullmatch, texts)):
        proof = next((text for text in marked if not _WITH_COMMA.fullmatch(text)), None)
        yield POINT, Seen(column, proof or marked[0], proof is not None)
