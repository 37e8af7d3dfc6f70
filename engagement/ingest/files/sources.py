"""The bytes of an uploaded file: counted for progress, unpacked, and the digest that names their content."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable
from typing import BinaryIO, Final, Protocol

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
    """A source that knows how many bytes of the file as uploaded were read, and tells `progress` after each piece."""

    def __init__(self, source: ByteSource, *, progress: Callable[[int], None] | None = None) -> None:
        self._source, self._progress = source, progress
        self.bytes_read = 0

    def read(self, size: int = -1, /) -> bytes:
        piece = self._source.read(size)
        self.bytes_read += len(piece)
        if self._progress is not None:
            self._progress(self.bytes_read)
        return piece


class CountedFile(io.RawIOBase):
    """A file that is read here and there: counts what was read, at most the file's size."""

    def __init__(self, file: BinaryIO, *, progress: Callable[[int], None] | None = None) -> None:
        self._file, self._progress = file, progress
        self._size = file.seek(0, io.SEEK_END)
        self._read = 0
        file.seek(0)

    @property
    def bytes_read(self) -> int:
        return min(self._read, self._size)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]
        piece = self._file.read(len(target))
        target[: len(piece)] = piece
        self._read += len(piece)
        if self._progress is not None:
            self._progress(self.bytes_read)
        return len(piece)

    def close(self) -> None:
        self._file.close()
        super().close()


class PlainBytes:
    """The content of a file, unpacked where it starts like gzip; never more than a piece of it in memory.

    Raises InvalidInputError for a damaged or truncated gzip file, whenever the damage is reached, and TooLargeError as
    soon as more than `limit_bytes` came out of it.
    """

    def __init__(self, source: ByteSource, *, limit_bytes: int | None = None) -> None:
        self._limit_bytes, self._given = limit_bytes, 0
        buffered = io.BufferedReader(_Readable(source), buffer_size=_PIECE)
        packed = buffered.peek(len(GZIP_MAGIC)).startswith(GZIP_MAGIC)
        self._stream = io.BufferedReader(gzip.GzipFile(fileobj=buffered), _PIECE) if packed else buffered

    def read(self, size: int, /) -> bytes:
        try:
            return self._within(self._stream.read(size))
        except _DAMAGE as error:
            raise _damaged(error) from error

    def readline(self, limit: int, /) -> bytes:
        """The next line with its end, at most `limit` bytes of it; empty at the end of the file."""
        try:
            return self._within(self._stream.readline(limit))
        except _DAMAGE as error:
            raise _damaged(error) from error

    def _within(self, piece: bytes) -> bytes:
        self._given += len(piece)
        if self._limit_bytes is not None and self._given > self._limit_bytes:
            raise too_much(self._limit_bytes)
        return piece


class _Readable(io.RawIOBase):
    def __init__(self, source: ByteSource) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]
        piece = self._source.read(len(target))
        target[: len(piece)] = piece
        return len(piece)


def digest_of(source: ByteSource, *, limit_bytes: int | None = None, is_text: bool = True) -> str:
    """The SHA-256 (64 hex digits) of the unpacked content, so that a file and its gzip are the same file.

    What is no text (`Format.is_text`) is taken as it lies there.

    Reads the source to its end, piece by piece, and on the way checks what can only be judged for the whole:
    raises InvalidInputError for damaged gzip and for text that is not UTF-8, before any row was taken, and
    TooLargeError as soon as more than `limit_bytes` came out of it.
    """
    if not is_text:
        return _digest_of_bytes(source)
    plain = PlainBytes(source, limit_bytes=limit_bytes)
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, size = 1, 0
    while piece := plain.read(_PIECE):
        if size == 0:
            check_not_wide(piece)
        size += len(piece)
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


def _digest_of_bytes(source: ByteSource) -> str:
    digest = hashlib.sha256()
    while piece := source.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


def too_much(limit_bytes: int) -> TooLargeError:
    """The error for a file from which more comes out than may."""
    return TooLargeError(f"The file holds more than {limit_bytes:,} bytes (unpacked). Upload it in parts.")


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
