"""A ZIP archive opened with care: nothing is unpacked before its sizes were judged, and never more than asked for."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

from engagement.errors import InvalidInputError, TooLargeError
from engagement.ingest.files.sources import CountedFile, too_much
from engagement.language import noop

DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, RuntimeError, ValueError)
PIECE: Final = 64 * 1024

_MOST_ENTRIES: Final = 2_000  # a workbook has a dozen, and one for each sheet, drawing and comment
_DIRECTORY_LIMIT: Final = 1024 * 1024  # bytes of the list of entries, which is read as a whole
_RATIO_FROM: Final = 1024 * 1024
_MOST_RATIO: Final = 200  # sheets shrink to a tenth or a thirtieth; zeros to a thousandth
_END: Final = b"PK\x05\x06"
_END_SIZE: Final = 22
_LOCATOR_SIZE: Final = 20
_COMMENT_LIMIT: Final = 65_535
_OLD: Final = b"\xd0\xcf\x11\xe0"
_OLD_BOOK: Final = noop("The file is an old workbook (.xls) or has a password. Save it as XLSX without one.")
_BOMB: Final = noop("The file unpacks to far more than it is. Save it anew with a spreadsheet program, or as CSV.")
_DAMAGED: Final = noop("The file is damaged or not complete. Save it again, or as CSV.")


def damaged() -> InvalidInputError:
    """The error for an archive, or what is in it, that cannot be read."""
    return InvalidInputError(_DAMAGED)


class Archive:
    """The entries of a ZIP file, read one after the other.

    Raises InvalidInputError for what is damaged, protected by a password or packed to deceive, and TooLargeError where
    the entries asked for hold more than `limit_bytes` together.
    """

    def __init__(self, file: CountedFile, *, limit_bytes: int) -> None:
        _check_directory(file)
        try:
            self._zip = zipfile.ZipFile(file)
        except DAMAGE as error:
            raise damaged() from error
        self._limit_bytes, self._left = limit_bytes, limit_bytes
        self.names = frozenset(self._zip.namelist())

    def pieces(self, name: str, *, limit_bytes: int | None = None) -> Iterator[bytes]:
        """The content of an entry, piece by piece; its size is judged before the first."""
        info = self._zip.getinfo(name)
        if info.flag_bits & 1:
            raise InvalidInputError(noop("The file is protected by a password. Save it without one."))
        if info.file_size > _RATIO_FROM and info.file_size > _MOST_RATIO * max(info.compress_size, 1):
            raise InvalidInputError(_BOMB)
        if limit_bytes is not None and info.file_size > limit_bytes:
            raise TooLargeError(_BOMB)
        self._left -= info.file_size
        if self._left < 0:
            raise too_much(self._limit_bytes)
        return self._read(info)

    def _read(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        try:
            with self._zip.open(info) as entry:
                while piece := entry.read(PIECE):
                    yield piece
        except DAMAGE as error:
            raise damaged() from error

    def close(self) -> None:
        """Let go of the archive; the file is its opener's."""
        self._zip.close()


def _check_directory(file: CountedFile) -> None:
    """Judges the list of entries by what the end of the file says of it, before anybody reads it."""
    file.seek(0)
    if file.read(len(_OLD)) == _OLD:
        raise InvalidInputError(_OLD_BOOK)
    size = file.seek(0, io.SEEK_END)
    tail_size = min(size, _END_SIZE + _LOCATOR_SIZE + _COMMENT_LIMIT)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    at = len(tail) - _END_SIZE
    if at < 0 or not (tail.startswith(_END, at) and tail.endswith(b"\0\0")):
        at = tail.rfind(_END)
    if at < 0 or at + _END_SIZE > len(tail):
        raise damaged()
    entries, directory_bytes = struct.unpack_from("<HL", tail, at + 10)
    has_large = tail[max(at - _LOCATOR_SIZE, 0) :].startswith(b"PK\x06\x07")
    if has_large or entries > _MOST_ENTRIES or directory_bytes > _DIRECTORY_LIMIT:
        raise InvalidInputError(_BOMB)
