"""How results are packed: columns of one chunk of customers as bytes, with a version and a checksum.

A chunk holds the customers whose number >> 16 is the chunk's, so a number is kept as its low 16 bits. Layout of every
block: magic, version, number of columns, rows; then per column a type code and its bytes; then CRC-32 of all before.
Everything is little-endian. Packing the same columns gives the same bytes, always.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

CHUNK_BITS: Final = 16
CHUNK_SIZE: Final = 1 << CHUNK_BITS

_HEADER: Final = struct.Struct("<4sBHI")
_MAGIC: Final = b"rpt1"
_VERSION: Final = 1
_TYPES: Final = tuple(np.dtype(code) for code in ("<u1", "<i1", "<u2", "<i2", "<u4", "<i4", "<i8"))

Column = NDArray[Any]


class BlockError(ValueError):
    """A block's bytes are not what was written: damaged, or of another version."""


def chunk_of(number: int) -> int:
    """The chunk that holds a customer number."""
    return number >> CHUNK_BITS


def smallest(values: NDArray[Any]) -> Column:
    """The same whole numbers in the narrowest type that holds them all."""
    low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    for dtype in _TYPES:
        limits = np.iinfo(dtype)
        if limits.min <= low and high <= limits.max:
            return values.astype(dtype)
    raise BlockError("a value does not fit 64 bits")


def pack(columns: Sequence[NDArray[Any]]) -> bytes:
    """Columns of equal length as bytes; each is narrowed to the smallest type that holds it."""
    rows = len(columns[0]) if columns else 0
    parts = [_HEADER.pack(_MAGIC, _VERSION, len(columns), rows)]
    for column in columns:
        if len(column) != rows:
            raise BlockError("columns of one block have the same length")
        narrow = smallest(column)
        parts.append(bytes([_TYPES.index(narrow.dtype)]))
        parts.append(np.ascontiguousarray(narrow).tobytes())
    body = b"".join(parts)
    return body + struct.pack("<I", zlib.crc32(body))


def unpack(packed: bytes | memoryview) -> list[Column]:
    """The columns of a block; raises BlockError when a byte has changed."""
    data = memoryview(packed)
    if len(data) < _HEADER.size + 4:
        raise BlockError("the block is cut off")
    body, (checksum,) = data[:-4], struct.unpack("<I", data[-4:])
    if zlib.crc32(body) != checksum:
        raise BlockError("the checksum does not fit: the block is damaged")
    magic, version, n_columns, rows = _HEADER.unpack(body[: _HEADER.size])
    if magic != _MAGIC or version != _VERSION:
        raise BlockError(f"unknown version {version} of a block")
    columns, offset = [], _HEADER.size
    for _ in range(n_columns):
        dtype = _TYPES[body[offset]]
        columns.append(np.frombuffer(body, dtype=dtype, count=rows, offset=offset + 1))
        offset += 1 + rows * dtype.itemsize
    return columns


def low_bits(numbers: NDArray[np.int64]) -> Column:
    """Customer numbers of one chunk as their low 16 bits."""
    return (numbers & (CHUNK_SIZE - 1)).astype("<u2")


def full_numbers(low: Column, *, chunk: int) -> NDArray[np.int64]:
    """The customer numbers again."""
    return low.astype(np.int64) + (chunk << CHUNK_BITS)


def pack_masks(masks: Sequence[NDArray[np.bool_]]) -> bytes:
    """One bitmap per segment, each over the same customers."""
    return pack([np.packbits(mask) for mask in masks])


def unpack_masks(packed: bytes | memoryview, *, rows: int) -> list[NDArray[np.bool_]]:
    """The bitmaps again, cut to the number of customers."""
    return [np.unpackbits(column.astype(np.uint8), count=rows).astype(np.bool_) for column in unpack(packed)]
