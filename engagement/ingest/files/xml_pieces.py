"""XML read piece by piece with expat: no document type, no entities, no token without end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final
from xml.parsers import expat

from engagement.errors import InvalidInputError
from engagement.ingest.files.zips import damaged
from engagement.language import noop

_TOKEN_LIMIT: Final = 1024 * 1024  # bytes that expat holds back because a tag has not ended; the longest seen is 2 kB
_DEPTH_LIMIT: Final = 64  # a cell stands on level 6

Start = Callable[[str, dict[str, str]], object]


def feed(
    pieces: Iterable[bytes],
    *,
    start: Start,
    end: Callable[[str], object],
    text: Callable[[str], object] | None = None,
) -> Iterator[None]:
    """Calls back for tags (names without prefix) and texts, and gives control back after each piece.

    Raises InvalidInputError for XML that cannot be read or that declares a document type: workbooks have none, and
    entities that grow can only be declared there.
    """
    parser = expat.ParserCreate()
    depth = 0

    def on_start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEPTH_LIMIT:
            raise damaged()
        start(name.rpartition(":")[2], attributes)

    def on_end(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name.rpartition(":")[2])

    parser.StartElementHandler, parser.EndElementHandler = on_start, on_end
    parser.StartDoctypeDeclHandler = _refuse
    parser.buffer_text = True
    if text is not None:
        parser.CharacterDataHandler = text
    fed = 0
    for piece in pieces:
        fed += len(piece)
        _parse(parser, piece)
        if fed - parser.CurrentByteIndex > _TOKEN_LIMIT:
            raise damaged()
        yield
    _parse(parser, b"", is_last=True)
    yield


def _parse(parser: expat.XMLParserType, piece: bytes, *, is_last: bool = False) -> None:
    try:
        parser.Parse(piece, is_last)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the others: an encoding that it cannot read
        raise damaged() from error


def _refuse(*_declared: object) -> None:
    raise InvalidInputError(noop("The file declares an XML document type, which no workbook does. Save it anew."))
