"""Packed blocks come back as they went in, and a changed byte is noticed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.scoring.blocks import (
    BlockError,
    chunk_of,
    full_numbers,
    low_bits,
    pack,
    pack_masks,
    smallest,
    unpack,
    unpack_masks,
)

INT64 = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(st.tuples(INT64, st.integers(0, 200), st.integers(-5, 5)), max_size=50))
def test_columns_come_back_and_the_same_columns_give_the_same_bytes(rows: list[tuple[int, int, int]]) -> None:
    columns = [np.array([row[at] for row in rows], dtype=np.int64) for at in range(3)]
    packed = pack(columns)
    assert packed == pack([column.copy() for column in columns])
    assert [column.tolist() for column in unpack(packed)] == [column.tolist() for column in columns]


@pytest.mark.parametrize(
    ("values", "type_name"),
    [
        ([0, 255], "uint8"),
        ([-1, 100], "int8"),
        ([256], "uint16"),
        ([-129], "int16"),
        ([65_536], "uint32"),
        ([-32_769], "int32"),
        ([2**32], "int64"),
        ([], "uint8"),
    ],
)
def test_each_column_takes_the_narrowest_type(values: list[int], type_name: str) -> None:
    assert smallest(np.array(values, dtype=np.int64)).dtype.name == type_name


def test_every_changed_byte_is_noticed() -> None:
    packed = pack([np.arange(20), np.arange(20) * 1000])
    for at in range(len(packed)):
        damaged = bytearray(packed)
        damaged[at] ^= 0x40
        with pytest.raises(BlockError):
            unpack(bytes(damaged))


def test_a_block_that_was_cut_off_is_refused() -> None:
    packed = pack([np.arange(20)])
    for length in (0, 5, len(packed) - 1):
        with pytest.raises(BlockError):
            unpack(packed[:length])


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(BlockError, match="same length"):
        pack([np.arange(3), np.arange(4)])


def test_numbers_keep_their_low_bits_and_the_chunk_gives_the_rest() -> None:
    numbers = np.array([65_536, 65_540, 131_071], dtype=np.int64)
    assert {chunk_of(int(number)) for number in numbers} == {1}
    assert low_bits(numbers).tolist() == [0, 4, 65_535]
    assert full_numbers(low_bits(numbers), chunk=1).tolist() == numbers.tolist()


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=0, max_size=40))
def test_bitmaps_come_back(rows: list[tuple[bool, bool]]) -> None:
    masks = [np.array([row[at] for row in rows], dtype=np.bool_) for at in range(2)]
    back = unpack_masks(pack_masks(masks), rows=len(rows))
    assert [mask.tolist() for mask in back] == [mask.tolist() for mask in masks]
