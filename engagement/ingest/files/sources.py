"""The bytes of an uploaded file: counted for progress, unpacked, and the digest that names their content."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from typing import Final, Protocol

from engagement.errors import InvalidInputError, TooLargeError

GZIP_MAGIC: Final = b"\x1f\x8b"
UTF8_REMEDY: Final = "Save the file as UTF-8 (in a spreadsheet: “CSV UTF-8”) and upload it again."

_PIECE = 64 * 1024
_DAMAGE = (gzip.BadGzipFile, EOFError, zlib.error)
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class ByteSource(Protocol):
    """Anything that gives bytes piece by piece: an open file, an upload, a CountedSource."""

    def read(self, size: int = ..., /) -> bytes: ...


class CountedSource:
    """A source that knows how many bytes of the file as uploaded were read, for showing progress."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self.bytes_read = 0

    def read(self, size: int = -1, /) -> bytes:
        piece = self._source.read(size)
        self.bytes_read += len(piece)
        return piece


class PlainBytes:
    """The content of a file, unpacked where it starts like gzip; never more than a piece of it in memory.

    Raises InvalidInputError for a damaged or truncated gzip file, whenever the damage is reached.
    """

    def __init__(self, source: ByteSource) -> None:
        buffered = io.BufferedReader(_Readable(source), buffer_size=_PIECE)
        packed = buffered.peek(len(GZIP_MAGIC)).startswith(GZIP_MAGIC)
        self._stream = io.BufferedReader(gzip.GzipFile(fileobj=buffered), _PIECE) if packed else buffered

    def read(self, size: int, /) -> bytes:
        try:
            return self._stream.read(size)
        except _DAMAGE as error:
            raise _damaged(error) from error

    def readline(self, limit: int, /) -> bytes:
        """The next line with its end, at most `limit` bytes of it; empty at the end of the file."""
        try:
            return self._stream.readline(limit)
        except _DAMAGE as error:
            raise _damaged(error) from error


class _Readable(io.RawIOBase):
    def __init__(self, source: ByteSource) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]
        piece = self._source.read(len(target))
        target[: len(piece)] = piece
        return len(piece)


def digest_of(source: ByteSource, *, limit_bytes: int | None = None) -> str:
    """The SHA-256 (64 hex digits) of the unpacked content, so that a file and its gzip are the same file.

    Reads the source to its end, piece by piece, and on the way checks what can only be judged for the whole:
    raises InvalidInputError for damaged gzip and for text that is not UTF-8, before any row was taken, and
    TooLargeError as soon as more than `limit_bytes` came out of it.
    """
    plain = PlainBytes(source)
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, size = 1, 0
    while piece := plain.read(_PIECE):
        if size == 0:
            check_not_wide(piece)
        size += len(piece)
        if limit_bytes is not None and size > limit_bytes:
            raise TooLargeError(f"The file holds more than {limit_bytes:,} bytes (unpacked). Upload it in parts.")
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(piece)
        except UnicodeDecodeError as error:
            at = max(error.start - held, 0)
            raise not_utf8(line=line + piece.count(b"\n", 0, at), byte=error.object[error.start]) from error
        digest.update(piece)
        line += piece.count(b"\n")
    if decoder.getstate()[0]:
        raise not_utf8(line=line, byte=decoder.getstate()[0][0])
    return digest.hexdigest()


def check_not_wide(start: bytes) -> None:
    """Refuses files that begin like UTF-16, which spreadsheets call “Unicode text”."""
    if start.startswith(_WIDE_MARKS):
        raise InvalidInputError(f"The file is UTF-16, not UTF-8 (line 1). {UTF8_REMEDY}")


def not_utf8(*, line: int, byte: int) -> InvalidInputError:
    """The error for text in another encoding, naming where it shows."""
    return InvalidInputError(f"Line {line} is not UTF-8 text: it holds the byte 0x{byte:02x}. {UTF8_REMEDY}")


def _damaged(error: Exception) -> InvalidInputError:
    return InvalidInputError(
        f"The gzip file is damaged or not complete ({error}). Pack it again, or upload it unpacked."
    )
