"""A day's rows come back from their block as they went in, whatever their order, and a changed byte is noticed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.scoring.activity_blocks import (
    DayRows,
    added_up,
    occurrences_by_definition,
    pack_day,
    unpack_day,
)
from engagement.scoring.blocks import BlockError

CHUNK = 3
ROW = st.tuples(
    st.integers(CHUNK << 16, (CHUNK << 16) + 40),
    st.integers(1, 5),
    st.integers(0, 2**40),
    st.integers(-(2**50), 2**50),
)
ROWS = st.lists(ROW, max_size=60)


def rows_of(rows: list[tuple[int, int, int, int]]) -> DayRows:
    columns = zip(*rows, strict=True) if rows else ([], [], [], [])
    return DayRows(*(np.array(list(column), dtype=np.int64) for column in columns))


def plain(*parts: list[tuple[int, int, int, int]]) -> dict[tuple[int, int], tuple[int, int]]:
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for number, definition, occurrences, value in (row for part in parts for row in part):
        n, total = found.get((number, definition), (0, 0))
        found[number, definition] = (n + occurrences, total + value)
    return found


def as_dict(rows: DayRows) -> dict[tuple[int, int], tuple[int, int]]:
    columns = (rows.numbers, rows.definitions, rows.occurrences, rows.values)
    keyed = zip(*(column.tolist() for column in columns), strict=True)
    return {(number, definition): (n, value) for number, definition, n, value in keyed}


@given(ROWS, ROWS)
def test_parts_add_up_and_come_back(one: list[tuple[int, int, int, int]], two: list[tuple[int, int, int, int]]) -> None:
    whole = added_up([rows_of(one), rows_of(two)])
    assert as_dict(whole) == plain(one, two)
    assert len(whole) == len(plain(one, two))
    back = unpack_day(pack_day(whole), chunk=CHUNK)
    assert as_dict(back) == plain(one, two)
    by_definition: dict[str, int] = {}
    for (_, definition), (n, _) in plain(one, two).items():
        by_definition[str(definition)] = by_definition.get(str(definition), 0) + n
    assert occurrences_by_definition(whole) == by_definition


@given(ROWS, st.randoms(use_true_random=False))
def test_the_same_rows_give_the_same_bytes_in_any_order(rows: list[tuple[int, int, int, int]], chance: object) -> None:
    mixed = list(rows)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    merged_first = rows_of([(*key, *amounts) for key, amounts in plain(rows).items()])
    assert pack_day(rows_of(rows)) == pack_day(rows_of(mixed)) == pack_day(merged_first)


def test_values_cost_a_column_only_where_there_are_any() -> None:
    n = 1_000
    column = np.arange(n, dtype=np.int64)
    plain_rows = DayRows(column, column % 12 + 1, column % 7 + 1, np.zeros(n, dtype=np.int64))
    with_values = DayRows(column, column % 12 + 1, column % 7 + 1, column)
    assert len(pack_day(plain_rows)) < 5 * n
    assert len(pack_day(with_values)) > len(pack_day(plain_rows))


def test_a_changed_byte_and_a_wrong_kind_of_block_are_noticed() -> None:
    packed = bytearray(pack_day(rows_of([(CHUNK << 16, 1, 2, 3)])))
    packed[len(packed) // 2] ^= 1
    with pytest.raises(BlockError, match="damaged"):
        unpack_day(bytes(packed), chunk=CHUNK)


def test_what_does_not_add_up_in_64_bits_is_refused() -> None:
    huge = rows_of([(CHUNK << 16, 1, 2**62, 0), (CHUNK << 16, 1, 2**62, 0)])
    with pytest.raises(BlockError, match="64 bits"):
        added_up([huge])
