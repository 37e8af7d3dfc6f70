"""Which kind of file something is: told by its first bytes, then by its name."""

from __future__ import annotations

import gzip
import zlib
from enum import StrEnum
from pathlib import Path
from typing import Final

from engagement.ingest.files.sources import GZIP_MAGIC


class Format(StrEnum):
    """The forms a file of rows may have; the first three are text and may be packed with gzip."""

    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    XLSX = "xlsx"

    @property
    def is_text(self) -> bool:
        """Whether the content is UTF-8 text, so that its digest is that of the unpacked content."""
        return self not in (Format.PARQUET, Format.XLSX)

    @property
    def has_text_cells(self) -> bool:
        """Whether every cell is a text, and a number only looks like one."""
        return self in (Format.CSV, Format.TSV)


_LOOK: Final = 64 * 1024  # bytes; the first line of a file that can be read is shorter
_DAMAGE: Final = (gzip.BadGzipFile, EOFError, zlib.error)
_NAMED: Final = {
    ".tsv": Format.TSV,
    ".tab": Format.TSV,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".json": Format.JSONL,
}


def detect_format(path: Path, file_name: str) -> Format:
    """The form of a file, by its content where that says it, else by the name it was uploaded under.

    What is nothing else is CSV: its reader says best what is wrong with a text.
    """
    with path.open("rb") as file:
        start = file.read(_LOOK)
    if start.startswith(GZIP_MAGIC):
        start = _unpacked(start)
    if start.startswith((b"PAR1", b"PARE")):
        return Format.PARQUET
    if start.startswith((b"PK\3\4", b"PK\5\6", b"\xd0\xcf\x11\xe0")):  # the last: .xls, and those with a password
        return Format.XLSX
    return _form_of_text(start, name=file_name.lower().removesuffix(".gz"))


def _unpacked(start: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(start, _LOOK)
    except _DAMAGE:
        return b""


def _form_of_text(start: bytes, *, name: str) -> Format:
    line = next((line for line in start.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip()), b"")
    if line.lstrip().startswith(b"{"):
        return Format.JSONL
    return next((form for ending, form in _NAMED.items() if name.endswith(ending)), Format.CSV)
